"""Test files of alarms: what a fault fires, when, and what a reader is told if that is something else."""

from pathlib import Path

import pytest

from raglite.errors import ConfigurationError
from raglite.observability import alarm_cases
from raglite.observability.alarm_cases import Case, Healthy, Outcome, Stream, play, relatives, unproven
from raglite.observability.alarm_matrix import matrix_json, matrix_markdown
from raglite.observability.alarms import CompositeAlarm, MetricAlarm, MetricKey, Silence, Watched

HERE = {"Environment": "production"}
ERRORS = MetricKey.of("RAGLite", "Errors", HERE)


def threshold(name, above, *, notifies=True, period=60):
    inputs, silence = {"m": Watched(ERRORS, "Sum")}, Silence.NOT_BREACHING
    return MetricAlarm(name, inputs, "m", period, 1, 1, "GreaterThanThreshold", above, silence, notifies)


BOTH = CompositeAlarm("both", "ALARM(few) AND ALARM(more)", notifies=True)
ALARMS = {
    alarm.name: alarm
    for alarm in (threshold("few", 0, notifies=False), threshold("more", 1, notifies=False), threshold("many", 5), BOTH)
}
HEALTHY = Healthy(stream=(Stream(metric="RAGLite/Errors", dimensions=HERE, values=()),))


def case(errors, until=120, **expected):
    fault = Stream(metric="RAGLite/Errors", until=until, values=errors)
    return Case.model_validate({"name": "errors", "lasts": "10m", "fault": (fault,), **expected})


def outcome(errors, **expected):
    return play(case(errors, **expected), HEALTHY, ALARMS)


def test_what_fires_first_and_what_clears_last_is_told_in_seconds():
    found = outcome([1, 1])
    assert found.fired == {"few": 60, "more": 60, "both": 60}
    # After two more periods nothing real is in the alarms' range any more: 120 seconds of fault, 60 and 2 times 60.
    assert found.cleared == dict.fromkeys(found.fired, 300)
    assert found.told == {"both"}


def test_a_case_that_goes_as_expected_has_no_faults():
    assert outcome([1, 1], fires={"both": "1m"}, clears={"both": "5m"}).faults == ()
    assert outcome([], fires={}).faults == ()


@pytest.mark.parametrize(
    ("errors", "expected", "fault"),
    [
        ([1, 1], {"fires": {"both": "2m"}}, "both should fire at 2m: at 1m"),
        ([1, 1], {"fires": {}}, "both should fire never: at 1m"),
        ([1], {"fires": {"both": "1m"}}, "both should fire at 1m: never"),
        ([1, 1], {"fires": {"both": "1m"}, "clears": {"both": "90s"}}, "both should clear at 90s: at 5m"),
        ([1], {"fires": {"few": "2m"}}, "few should fire at 2m: at 1m"),
    ],
)
def test_a_difference_is_told_with_both_times(errors, expected, fault):
    assert outcome(errors, **expected).faults == (fault,)


def test_an_alarm_that_tells_nobody_need_not_be_expected():
    assert outcome([1], fires={}).fired == {"few": 60}
    assert outcome([1], fires={}).faults == ()


def test_an_alarm_that_fires_before_the_fault_is_told_at_its_beginning():
    sick = Healthy(stream=(Stream(metric="RAGLite/Errors", dimensions=HERE, values=[9]),))
    assert play(case([]), sick, ALARMS).fired["many"] == 0


def test_the_fault_takes_the_place_of_health_only_while_it_lasts():
    busy = Healthy(stream=(Stream(metric="RAGLite/Errors", dimensions=HERE, every=60, values=[1, 1]),))
    found = play(case([1], until=180), busy, ALARMS)
    assert found.cleared["more"] == 60
    assert found.fired["more"] == 0
    assert "few" not in found.cleared


def test_two_faults_of_one_metric_add_up():
    streams = (Stream(metric="RAGLite/Errors", until=60, values=[4]), Stream(metric="RAGLite/Errors", values=[2]))
    assert play(Case(name="two", lasts=300, fault=streams), HEALTHY, ALARMS).fired["many"] == 60


def test_names_and_metrics_that_nobody_knows_are_refused():
    with pytest.raises(ConfigurationError, match="there is no alarm fwe"):
        outcome([1], fires={"fwe": "1m"})
    stranger = Case(name="x", lasts=60, fault=(Stream(metric="RAGLite/Error", values=[1]),))
    with pytest.raises(ConfigurationError, match="no alarm watches RAGLite/Error"):
        play(stranger, HEALTHY, ALARMS)


def test_an_alarm_is_related_to_what_stands_on_it_and_what_that_stands_on():
    assert relatives("few", ALARMS) == relatives("both", ALARMS) == {"few", "more", "both"}
    assert relatives("many", ALARMS) == {"many"}


def test_an_alarm_without_a_fault_of_its_own_is_found():
    proven = outcome([1, 1], alarms=("both", "few", "more"), fires={"both": "1m"})
    assert unproven([proven], ALARMS) == ["many: no case makes it fire; add one whose `alarms` name it."]


def test_a_case_that_does_not_fire_its_alarm_proves_nothing():
    silent = outcome([1], alarms=("both", "more"), fires={})
    assert [fault.partition(":")[0] for fault in unproven([silent], ALARMS)] == ["both", "few", "many", "more"]


def test_an_alarm_that_fires_beside_the_one_that_is_meant_is_a_fault():
    found = outcome([9], alarms=("many",), fires={"many": "1m", "both": "1m"})
    assert found.faults == ()
    assert "errors: both fires too, which is not what is broken." in unproven([found], ALARMS)


def test_the_matrix_shows_what_fired_and_what_was_meant():
    found = Outcome(case([], alarms=("both",)), {"few": 60, "both": 60}, {"few": 120}, frozenset({"both"}))
    assert matrix_json([found], ALARMS)["cases"] == [
        {
            "name": "errors",
            "alarms": ["both"],
            "fired": {"both": 60, "few": 60},
            "cleared": {"few": 120},
            "faults": ["both should fire never: at 1m"],
        }
    ]
    lines = matrix_markdown([found], ALARMS).splitlines()
    assert lines[0] == "| fault  |  1 |  2 |  3 |  4 |"
    assert lines[2] == "| errors |  X |  x |    |    |"
    assert lines[-4:] == [" 1 both", " 2 few", " 3 many", " 4 more"]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    path = tmp_path / "cases.toml"
    path.write_bytes(b"PK\x03\x04\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        alarm_cases.load(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("healthy = 'healthy.toml'\n[[case]]\nname = 'x'\nlasts = 'soon'", "case.0.lasts"),
        ("healthy = 'healthy.toml'\n[[case]]\nname = 'x'\nlasts = '1m'\nfire = {}", "case.0.fire"),
        ("healthy = 'nowhere.toml'\ncase = []", "nowhere.toml cannot be read"),
        ("healthy =", "cannot be read"),
    ],
)
def test_a_file_with_a_mistake_is_refused_with_its_place(tmp_path: Path, text: str, sentence: str):
    (tmp_path / "healthy.toml").write_text("stream = []")
    path = tmp_path / "cases.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=sentence):
        alarm_cases.load(path)
