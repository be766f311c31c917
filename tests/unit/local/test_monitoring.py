"""The rules of the emulator's CloudWatch that hold for any numbers."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.emulator.monitoring import embedded
from local.emulator.monitoring.aggregation import statistic
from local.emulator.monitoring.alarming import Point, evaluate, judge, span_at
from local.emulator.monitoring.series import HIGH, Bucket, Series, Store
from local.emulator.monitoring.vended import Queues

ROWS = st.text("0X-", min_size=5, max_size=5)
VALUES = st.lists(st.integers(0, 50), min_size=1, max_size=120)


def points(row):
    return [Point(age, 0, 0, sign == "X") for age, sign in enumerate(reversed(row), 1) if sign != "-"]


def bucket_of(values):
    bucket = Bucket()
    for value in values:
        bucket.add(float(value))
    return bucket


@given(ROWS, st.integers(1, 3))
def test_missing_points_decide_only_where_there_are_too_few_real_ones(row, to_alarm):
    states = {
        treat: judge(points(row), 3, to_alarm, treat) for treat in ("missing", "ignore", "breaching", "notBreaching")
    }
    enough = row.count("X") + row.count("0") >= 3
    newest = [sign for sign in reversed(row) if sign != "-"][:3]
    if enough or newest.count("X") >= to_alarm:
        assert set(states.values()) == {"ALARM" if newest.count("X") >= to_alarm else "OK"}
    else:
        assert states["notBreaching"] == "OK"
        assert states["breaching"] == ("ALARM" if newest.count("X") + 3 - len(newest) >= to_alarm else "OK")
        assert states["ignore"] == ("OK" if "0" in row else None)
        assert (states["missing"] == "OK") == ("0" in row)
        assert newest or states["missing"] == "INSUFFICIENT_DATA"


@given(VALUES, st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values, percent):
    rank = -(-percent * len(values) // 100)
    assert statistic(f"p{percent}")(bucket_of(values)) == sorted(values)[rank - 1]


@given(VALUES, st.integers(0, 50))
def test_what_lies_above_a_bound_and_what_does_not_is_everything(values, bound):
    bucket = bucket_of(values)
    above, rest = (statistic(name)(bucket) for name in (f"TC({bound}:)", f"TC(:{bound})"))
    assert (above, above + rest) == (sum(value > bound for value in values), len(values))
    assert math.isclose(statistic(f"PR(:{bound})")(bucket), 100 * rest / len(values))


@given(VALUES, st.integers(1, 99))
def test_both_sides_of_a_trimmed_ranking_have_the_whole_sum(values, percent):
    bucket = bucket_of(values)
    sides = [statistic(f"TS({side})")(bucket) for side in (f":{percent}%", f"{percent}%:")]
    assert math.isclose(sum(sides), sum(values), abs_tol=1e-6)


@given(st.lists(st.tuples(st.integers(0, 299), st.integers(0, 9)), min_size=1), st.sampled_from([10, 20, 60, 300]))
def test_whatever_the_period_nothing_is_lost_or_counted_twice(values, period):
    store, series = Store(), Series("N", "m")
    for at, value in values:
        with store.open(series, at, resolution=HIGH) as bucket:
            bucket.add(value)
    windows = store.windows(series, 0, 300, period)
    assert sum(window.total for window in windows.values()) == sum(value for _, value in values)
    assert set(windows) == {at // period * period for at, _ in values}


def test_the_window_slides_with_the_minute_and_ends_when_its_last_values_may_have_come():
    alarm = {"Namespace": "N", "MetricName": "m", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1}
    assert span_at(alarm, 6000 + 59.9 + 2).end == 6000
    assert span_at(alarm, 6000 + 60 + 2).end == 6060
    assert span_at(alarm | {"Period": 10}, 6012).end == 6010
    assert span_at(alarm | {"Period": 86_400, "EvaluationPeriods": 2}, 7300).end == 7200


def test_values_of_one_period_are_judged_together_whichever_minute_it_began():
    alarm = {"Namespace": "N", "MetricName": "m", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1}
    alarm |= {"Threshold": 5, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
    store = Store()
    for at in (6010, 6250):
        store.put(Series("N", "m"), at, [3])
    states = {end: evaluate(alarm, store, span_at(alarm, end + 2)).state for end in range(6060, 7560, 60)}
    # and judged again while nothing newer has come, as far back as the range goes: three periods for one
    assert [end for end, state in states.items() if state == "ALARM"] == [6300, 6600, 6900]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
METRIC = st.fixed_dictionaries({"Name": st.just("m") | JSON}, optional={"Unit": JSON, "StorageResolution": JSON})
DIRECTIVE = st.fixed_dictionaries(
    {"Namespace": st.just("N") | JSON, "Dimensions": st.just([[]]) | JSON, "Metrics": st.lists(METRIC) | JSON}
)
METADATA = st.fixed_dictionaries({"CloudWatchMetrics": st.lists(DIRECTIVE) | JSON, "Timestamp": st.just(0) | JSON})


@given(METADATA, JSON)
def test_no_line_however_odd_stops_the_reading_of_the_next(metadata, value):
    try:
        measured, faults = embedded.extract(json.dumps({"_aws": metadata, "m": value}), 0)
    except embedded.NotParsed as error:
        measured, faults = [], [str(error)]
    assert all(isinstance(number, float) for measurement in measured for number in measurement.values)
    assert all(faults)


@pytest.mark.parametrize("value", ["NaN", "Infinity", '"12"', "true", "null", "[1, null]", "{}", str([1] * 101)])
def test_only_finite_numbers_are_values(value):
    directive = '{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "m"}]}'
    line = f'{{"_aws": {{"Timestamp": 0, "CloudWatchMetrics": [{directive}]}}, "m": {value}}}'
    measured, faults = embedded.extract(line, 0)
    assert (measured, len(faults)) == ([], 1)


def test_what_was_received_three_times_no_longer_counts_for_the_age_of_the_oldest_message():
    sent = time.time() - 100
    messages = [{"sent_at": sent, "receive_count": 3}, {"sent_at": sent + 90, "receive_count": 2}]
    [(_, _, told)] = Queues({"url": {"name": "hints", "messages": messages}}).readings()
    ages = {name: value for name, value, _ in told}
    assert ages["ApproximateAgeOfOldestMessage"] == pytest.approx(10, abs=2)
    assert ages["ApproximateNumberOfMessagesVisible"] == 2
