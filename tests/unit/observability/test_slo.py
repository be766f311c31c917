"""dashboards/slo.json says what it must, and mistakes in it are told in sentences."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import ConfigurationError
from raglite.observability.simulation import SPARE
from raglite.observability.slo import SECONDS_A_DAY, Alarm, Count, Policy, Urgency, load

FILE = Path(__file__).resolve().parents[3] / "dashboards" / "slo.json"


def test_the_specifications_promises_stand_beside_tighter_objectives() -> None:
    slo = load(FILE)
    promised = {name: (one.metric, one.statistic, one.at_most) for name, one in slo.promises.items()}
    assert promised == {
        "query-p50": ("QueryLatency", "p50", 5000),
        "query-p95": ("QueryLatency", "p95", 15000),
        "ingestion": ("IngestionLatency", "Maximum", 300),
    }
    assert slo.objectives["availability"].at_least_percent >= 99
    within = {name: one.within for name, one in slo.objectives.items() if one.within}
    assert within.keys() == {"latency", "ingestion"}
    assert within["latency"] < slo.promises["query-p50"].at_most
    assert within["ingestion"] < slo.promises["ingestion"].at_most


def test_bad_events_are_counted_by_a_metric_of_their_own_or_by_what_is_above_a_bound() -> None:
    slo = load(FILE)
    availability, latency = slo.objectives["availability"], slo.objectives["latency"]
    assert (availability.bad, availability.total) == (Count("Errors", "Sum"), Count("Queries", "Sum"))
    bound = f"{latency.within:g}"
    assert latency.bad == Count("QueryLatency", f"TC({bound}:)")
    assert latency.total == Count("QueryLatency", "SampleCount")


def test_every_number_is_derived_or_stands_once() -> None:
    """A second copy of a threshold would show as a promise's number in an alarm."""
    raw = json.loads(FILE.read_text())
    promised = {promise["at_most"] for promise in raw["promises"].values()}
    stated = [alarm.get("above", alarm.get("below")) for alarm in raw["alarms"].values()]
    assert not promised & set(stated)


SPOKEN = {"twice": 2, "two": 2, "five": 5, "ten": 10}
UNITS = {"second": 1, "minute": 60, "hour": 3600}


def told(sentence: str) -> tuple[set[float], set[float]]:
    """The durations that a sentence names, in seconds, and all other numbers."""
    durations, others = set[float](), set[float]()
    words = "|".join((r"\d+", *SPOKEN))
    for number, unit in re.findall(rf"\b({words})\b(?: ({'|'.join(UNITS)})s?)?", sentence):
        value = float(SPOKEN.get(number, number))
        (durations if unit else others).add(value * UNITS.get(unit, 1))
    return durations, others


def percents(statistic: str) -> set[float]:
    found = re.fullmatch(r"p(\d+)", statistic)
    return {float(found[1]), 100 - float(found[1]), 100} if found else set()


def windows(alarm: Alarm) -> set[float]:
    """The seconds that an alarm looks at; before it believes in silence, `SPARE` periods longer."""
    lengths = {1, alarm.periods, alarm.datapoints or 1, alarm.periods + SPARE * alarm.silence_is_alarming}
    return {length * alarm.period_seconds for length in lengths}


def test_what_people_are_told_has_the_numbers_that_are_meant() -> None:
    slo = load(FILE)
    for alarm in slo.alarms.values():
        (durations, others), threshold = told(alarm.meaning), slo.threshold(alarm)
        assert durations <= {threshold, threshold / 1000} | windows(alarm), alarm.meaning
        assert others <= {threshold, alarm.periods} | percents(alarm.statistic), alarm.meaning
        assert threshold <= 1 or (durations | others) & {threshold, threshold / 1000}, alarm.meaning
    for promise in slo.promises.values():
        durations, others = told(promise.meaning)
        assert durations & {promise.at_most, promise.at_most / 1000} == durations != set(), promise.meaning
        assert others <= percents(promise.statistic), promise.meaning
    for objective in slo.objectives.values():
        durations, others = told(objective.meaning)
        assert others == {objective.at_least_percent, 100}, objective.meaning
        within = objective.within or 0
        assert durations & {within, within / 1000} == durations, objective.meaning
        assert bool(durations) == bool(within), objective.meaning
    for policy in slo.burn.policies.values():
        days = round(slo.window_days / policy.burn_rate(slo.window_days))
        assert told(policy.meaning) == (set(), {days}), policy.meaning


def test_what_a_policy_spends_within_its_long_window_is_its_share_of_the_budget() -> None:
    slo = load(FILE)
    for policy in slo.burn.policies.values():
        rate = policy.burn_rate(slo.window_days)
        spent = 100 * rate * policy.long_seconds / (slo.window_days * SECONDS_A_DAY)
        assert spent == pytest.approx(policy.budget_spent_percent)
    assert [policy.urgency for policy in slo.burn.policies.values()] == [Urgency.PAGE, Urgency.PAGE, Urgency.TICKET]


@given(st.floats(0.1, 100), st.integers(2, 1440), st.integers(1, 90))
def test_a_policy_burns_faster_than_the_window_allows_if_it_spends_more_than_its_share_of_time(
    percent: float, minutes: int, days: int
) -> None:
    policy = Policy(
        meaning="m", budget_spent_percent=percent, long_seconds=minutes * 60, short_seconds=60, urgency=Urgency.PAGE
    )
    spends_more = percent / 100 > minutes / (days * 1440)
    assert (policy.burn_rate(days) > 1 + 1e-9) == spends_more or policy.burn_rate(days) == pytest.approx(1)


def test_the_alarms_that_burn_names_are_those_of_the_objectives_that_have_them() -> None:
    slo = load(FILE)
    assert slo.burn_alarms["raglite-latency-burn-fast"] == (
        "raglite-latency-burn-fast-long",
        "raglite-latency-burn-fast-short",
    )
    assert not [name for name in slo.alarm_names if name.startswith("raglite-ingestion-burn")]
    assert len(slo.alarm_names) == len(slo.alarms) + 3 * len(slo.burn_alarms)


def changed(tmp_path: Path, *keys: str, value: Any) -> Path:
    raw = json.loads(FILE.read_text())
    place = raw
    for key in keys[:-1]:
        place = place[key]
    if value is None:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    path = tmp_path / "slo.json"
    path.write_text(json.dumps(raw))
    return path


@pytest.mark.parametrize(
    ("keys", "value", "sentence"),
    [
        (("objectives", "latency", "bad_metric"), "Errors", "say either bad_metric or within"),
        (("objectives", "latency", "within"), None, "say either bad_metric or within"),
        (("objectives", "availability", "at_least_percent"), 100, "less than 100"),
        (("burn", "policies", "fast", "short_seconds"), 3600, "short_seconds must be less than long_seconds"),
        (("burn", "policies", "fast", "long_seconds"), 86_460, "less than or equal to 86400"),
        (("burn", "policies", "fast", "short_seconds"), 90, "multiple of 60"),
        (("alarms", "raglite-dead-letters", "below"), 1, "exactly one of above, above_promise and below"),
        (("alarms", "raglite-dead-letters", "above"), None, "exactly one of above, above_promise and below"),
        (("alarms", "raglite-high-latency", "above_promise"), "query-p99", "no such promise"),
        (("alarms", "raglite-high-latency", "metrics"), ["QueryLatencies"], "declares no such metric"),
        (("alarms", "raglite-high-latency", "statistic"), "tm90", "should match pattern"),
        (("alarms", "raglite-audit-delayed", "datapoints"), 4, "could never fire"),
        (("alarms", "raglite-stores-disagree", "periods"), 25, "more than a day"),
        (("alarms", "raglite-dead-letters", "colour"), "red", "Extra inputs are not permitted"),
        (("alarms", "Dead Letters"), {}, "should match pattern"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_that_says_where(
    tmp_path: Path, keys: tuple[str, ...], value: Any, sentence: str
) -> None:
    path = changed(tmp_path, *keys, value=value)
    with pytest.raises(ConfigurationError) as error:
        load(path)
    assert sentence in str(error.value)
    assert str(path) in str(error.value)


def test_a_file_that_is_not_there_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--file"):
        load(tmp_path / "none.json")
