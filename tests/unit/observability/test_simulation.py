"""Alarms are judged by AWS's rules: its own tables, sliding windows, composite alarms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import ConfigurationError
from raglite.observability.alarms import CompositeAlarm, MetricAlarm, MetricKey, Silence, State, Watched
from raglite.observability.simulation import Simulation, is_true, judged, named_in
from raglite.observability.statistics import Samples

KEY = MetricKey.of("RAGLite", "Errors", {"Environment": "production"})


def alarm(**changes):
    stated = {
        "name": "a",
        "inputs": {"m": Watched(KEY, "Sum")},
        "expression": "m",
        "period": 60,
        "periods": 3,
        "datapoints": 3,
        "operator": "GreaterThanThreshold",
        "threshold": 0.5,
        "silence": Silence.NOT_BREACHING,
        "notifies": True,
    }
    return MetricAlarm(**stated | changes)


def values(drawn):
    return [{"0": 0.0, "X": 1.0, "-": None}[sign] for sign in drawn]


# "Configuring how CloudWatch alarms treat missing data": its tables of 3 of 3 and 2 of 3, and the patterns of its text.
# What a single young breaching value comes to stood in the tables of former years only.
TABLES = {
    3: """
        0 - X - X  OK                 OK       OK     OK
        0 - - - -  OK                 OK       OK     OK
        - - - - -  INSUFFICIENT_DATA  RETAINED ALARM  OK
        0 X X - X  ALARM              ALARM    ALARM  ALARM
        - - X - -  ALARM              RETAINED ALARM  OK
        - - - - X  INSUFFICIENT_DATA  RETAINED ALARM  OK
        - - - X 0  OK                 OK       OK     OK
        """,
    2: """
        0 - X - X  ALARM              ALARM    ALARM  ALARM
        0 0 X 0 X  ALARM              ALARM    ALARM  ALARM
        0 - X - -  OK                 OK       ALARM  OK
        - - - - 0  OK                 OK       ALARM  OK
        - - - X -  ALARM              RETAINED ALARM  OK
        - - - - X  INSUFFICIENT_DATA  RETAINED ALARM  OK
        """,
}
ROWS = [(datapoints, line.split()) for datapoints, table in TABLES.items() for line in table.strip().splitlines()]
SILENCES = (Silence.MISSING, Silence.IGNORE, Silence.BREACHING, Silence.NOT_BREACHING)


@pytest.mark.parametrize(("datapoints", "row"), ROWS)
@pytest.mark.parametrize("current", State)
def test_missing_data_is_treated_as_aws_tabulates(datapoints, row, current):
    drawn, states = row[:5], [current.value if word == "RETAINED" else word for word in row[5:]]
    found = [judged(values(drawn), alarm(datapoints=datapoints, silence=one), current).value for one in SILENCES]
    assert found == states


points = st.lists(st.none() | st.sampled_from([0.0, 1.0]), min_size=5, max_size=5)


@given(points, st.sampled_from(Silence), st.integers(1, 3))
def test_as_many_real_values_as_are_asked_for_decide_alone(drawn, silence, datapoints):
    real = [value for value in drawn if value is not None]
    if len(real) >= 3:
        expected = State.ALARM if sum(real[-3:]) >= datapoints else State.OK
        assert judged(drawn, alarm(datapoints=datapoints, silence=silence), State.INSUFFICIENT_DATA) is expected


@given(points, st.integers(1, 3))
def test_taking_silence_for_a_fault_never_alarms_less_than_taking_it_for_health(drawn, datapoints):
    good, bad = (
        judged(drawn, alarm(datapoints=datapoints, silence=silence), State.OK)
        for silence in (Silence.NOT_BREACHING, Silence.BREACHING)
    )
    assert (good, bad) in {(State.OK, State.OK), (State.OK, State.ALARM), (State.ALARM, State.ALARM)}


@pytest.mark.parametrize(
    ("operator", "states"),
    [
        ("GreaterThanThreshold", "OK OK ALARM"),
        ("GreaterThanOrEqualToThreshold", "OK ALARM ALARM"),
        ("LessThanThreshold", "ALARM OK OK"),
        ("LessThanOrEqualToThreshold", "ALARM ALARM OK"),
    ],
)
def test_a_value_is_compared_as_the_operator_says(operator, states):
    one = alarm(periods=1, datapoints=1, operator=operator, threshold=2)
    assert [judged([value], one, State.OK).value for value in (1, 2, 3)] == states.split()


def played(alarms, timed, until, step=60):
    simulation = Simulation(alarms, {KEY: Samples(timed)})
    return [tuple(change) for change in simulation.play(range(0, until + 1, step))]


def test_a_long_period_is_looked_at_every_minute_over_a_window_that_slides():
    one = alarm(period=300, periods=1, datapoints=1, threshold=2)
    # Three at minutes 4 to 6: no window aligned to five minutes holds more than two of them.
    changes = played([one], [(240, 1), (300, 1), (360, 1)], until=1500)
    assert changes[0] == (0, "a", State.OK)
    assert changes[1] == (420, "a", State.ALARM)
    assert changes[2] == (600, "a", State.OK)


def test_a_window_begins_with_its_first_second_and_ends_before_its_last():
    one = alarm(period=60, periods=1, datapoints=1)
    assert (60, "a", State.ALARM) in played([one], [(59.9, 1)], until=60)
    assert (60, "a", State.ALARM) not in played([one], [(60, 1)], until=60)


def test_a_high_resolution_alarm_is_looked_at_every_ten_seconds():
    one = alarm(period=10, periods=1, datapoints=1)
    assert played([one], [(11, 1)], until=50, step=10) == [
        (0, "a", State.OK),
        (20, "a", State.ALARM),
        (50, "a", State.OK),  # as long as it is in the range, the one real value decides
    ]


def test_another_metric_of_the_same_name_is_not_looked_at():
    stranger = MetricKey.of("RAGLite", "Errors", {"Environment": "staging"})
    one = alarm(inputs={"m": Watched(stranger, "Sum")}, periods=1, datapoints=1)
    assert played([one], [(0, 1)], until=120) == [(0, "a", State.OK)]


def test_a_composite_alarm_follows_at_once_and_so_does_one_that_stands_on_it():
    below = alarm(periods=1, datapoints=1)
    first = CompositeAlarm("first", 'ALARM("a")', notifies=True)
    second = CompositeAlarm("second", "ALARM(first) AND NOT OK(a)", notifies=True)
    changes = played([second, first, below], [(0, 1)], until=60)
    assert {(name, state) for at, name, state in changes if at == 60} == {
        ("a", State.ALARM),
        ("first", State.ALARM),
        ("second", State.ALARM),
    }


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ('ALARM("red")', True),
        ("ALARM(red) AND OK(green)", True),
        ("ALARM(red) AND ALARM(green)", False),
        ("ALARM(green) OR INSUFFICIENT_DATA(new)", True),
        ("NOT (ALARM(red) OR FALSE)", False),
        ("TRUE AND NOT ALARM(green)", True),
        ("ALARM(arn:aws:cloudwatch:eu-central-1:123456789012:alarm:red)", True),
        ("FALSE AND FALSE OR TRUE", True),
    ],
)
def test_a_rule_holds_as_its_words_say(rule, holds):
    states = {"red": State.ALARM, "green": State.OK, "new": State.INSUFFICIENT_DATA}
    assert is_true(rule, states) is holds


@pytest.mark.parametrize(
    "rule", ["ALARM(blue)", "ALARM(red) ALARM(red)", "AT_LEAST(1, ALARM, (red))", "AND", "red", "()"]
)
def test_a_rule_that_is_none_is_refused(rule):
    with pytest.raises(ConfigurationError, match="The rule"):
        is_true(rule, {"red": State.OK})


def test_a_rule_tells_whom_it_names():
    assert named_in('ALARM("a-long") AND NOT OK(arn:aws:cloudwatch:x:1:alarm:b)') == {"a-long", "b"}
