"""Nothing is met but by evidence that counts, and nothing gets better by getting worse."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.release.validation.criteria import CRITERIA, Decision
from raglite.release.validation.findings import Finding, Status
from raglite.release.validation.report import Report, report
from tests.unit.release.made import EVENTS, NOW, Release, repository
from tests.unit.release.observed import ground, observation, with_proofs

Change = Callable[[dict[str, Any]], Any]
PLACES = ("production", "staging")
OTHER = "e" * 40
BY_PEOPLE = {"satisfaction", "share"}
ALL = {one.id for one in CRITERIA}
GATED = {one.id for one in CRITERIA if one.gated}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return with_proofs(Release(repository(tmp_path_factory.mktemp("repository"), NOW), NOW))


def seen(release: Release, *changes: Change) -> list[dict[str, Any]]:
    """Return observations of production and staging, changed alike."""
    made = [observation(place, release.checkout.git_sha, release.now) for place in PLACES]
    for one in made:
        for change in changes:
            change(one)
    return made


def production(release: Release, *changes: Change) -> Report:
    return report(ground(release, "production", seen(release, *changes)))


def changed(release: Release, **kinds: Change) -> Release:
    """Return a copy of a release with other evidence."""
    made = copy.copy(release)
    made.kinds = copy.deepcopy(release.kinds)
    for kind, change in kinds.items():
        change(made.kinds[kind])
    return made


def local(release: Release, **kinds: Change) -> Report:
    return report(ground(changed(release, **kinds), "local", []))


def of(found: Report, criterion: str) -> Finding:
    return next(one for one in found.findings if one.criterion == criterion)


def statuses(found: Report) -> dict[str, Status]:
    return {one.criterion: one.status for one in found.findings}


def met(found: Report) -> set[str]:
    return {name for name, status in statuses(found).items() if status is Status.MET}


def test_a_rollout_is_approved_if_all_is_met_on_production(release: Release) -> None:
    found = production(release)
    assert statuses(found) == dict.fromkeys(statuses(found), Status.MET)
    assert (found.decision, found.all_met) == (Decision.APPROVED, True)


def test_gates_meet_what_they_measure_for_the_estate_beside_them_and_nothing_else(release: Release) -> None:
    assert met(local(release)) == GATED
    assert report(ground(release, "production", [])).count(Status.MET) == 0
    assert report(ground(release, "staging", [])).count(Status.MET) == 0


def test_another_environment_than_production_approves_nothing(release: Release) -> None:
    found = report(ground(release, "staging", seen(release)))
    assert found.all_met
    assert found.decision is Decision.UNDECIDED
    assert "only production" in found.sentence


def test_ratings_where_nobody_works_are_tests(release: Release) -> None:
    made = observation("local", release.checkout.git_sha, release.now)
    found = report(ground(release, "local", [made]))
    assert met(found) == ALL - BY_PEOPLE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one.update(endpoint="http://127.0.0.1:4566"),
        lambda one: one.update(git_sha=OTHER),
        lambda one: one.update(dirty=["raglite/errors.py"]),
        lambda one: one.update({name: (NOW - timedelta(hours=25)).isoformat() for name in ("started", "ended")}),
        lambda one: one.update({name: (NOW + timedelta(hours=1)).isoformat() for name in ("started", "ended")}),
        lambda one: one.update(since=NOW.isoformat()),
        lambda one: one.update(environment="local"),
    ],
    ids=["a stand-in", "another commit", "a dirty tree", "stale", "yet to come", "out of order", "the local estate"],
)
def test_an_observation_that_does_not_count_meets_nothing(release: Release, spoil: Change) -> None:
    found = production(release, spoil)
    assert statuses(found) == dict.fromkeys(statuses(found), Status.NOT_MEASURED)
    assert found.decision is Decision.UNDECIDED


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one.update(git_sha=OTHER),
        lambda one: one.update(dirty=["raglite/errors.py"]),
        lambda one: one.update(started=(NOW - timedelta(days=8)).isoformat()),
        lambda one: one["locks"].update(dict.fromkeys(one["locks"], "0" * 64)),
    ],
    ids=["another commit", "a dirty tree", "stale", "other locks"],
)
@pytest.mark.parametrize("criterion", [one for one in CRITERIA if one.gated], ids=lambda one: one.id)
def test_gates_evidence_that_does_not_count_meets_nothing(release: Release, criterion: Any, spoil: Change) -> None:
    found = local(release, **dict.fromkeys(criterion.gates.split(), spoil))
    assert of(found, criterion.id).status is Status.NOT_MEASURED


def test_production_is_not_judged_by_the_gates_of_its_commit(release: Release) -> None:
    found = report(ground(release, "production", seen(release, lambda one: one.update(load=None)), promoted=True))
    assert of(found, "latency").status is Status.NOT_MEASURED
    assert of(found, "scaling").status is Status.NOT_MEASURED


def test_a_drill_on_staging_counts_for_production_which_drills_refuse(release: Release) -> None:
    staging = observation("staging", release.checkout.git_sha, release.now)
    live = observation("production", release.checkout.git_sha, release.now) | {"drills": []}
    found = of(report(ground(release, "production", [live, staging])), "recovery")
    assert (found.status, [one.environment for one in found.sources]) == (Status.MET, ["staging"])
    assert of(report(ground(release, "production", [live])), "recovery").status is Status.NOT_MEASURED


def test_two_observations_of_one_environment_leave_nothing_to_choose(release: Release) -> None:
    found = report(ground(release, "production", [*seen(release), *seen(release)]))
    assert found.count(Status.NOT_MEASURED) == len(CRITERIA)


@pytest.mark.parametrize("place", ["drill", "accuracy", "load"])
@pytest.mark.parametrize(
    ("begun", "deployed"), [(2, 1.5), (25, 48), (-1, 48)], ids=["before the deployment", "stale", "yet to come"]
)
def test_what_was_measured_of_an_earlier_release_or_not_of_late_does_not_count(
    release: Release, place: str, begun: float, deployed: float
) -> None:
    moment = (NOW - timedelta(hours=begun)).isoformat()
    changes: dict[str, Change] = {
        "drill": lambda one: one["drills"][0].update(failed=moment, well=moment),
        "accuracy": lambda one: one["accuracy"].update(made=moment),
        "load": lambda one: one["load"].update(began=moment),
    }
    since = (NOW - timedelta(hours=deployed)).isoformat()
    criterion = {"drill": "recovery", "load": "latency"}.get(place, place)
    found = of(production(release, changes[place], lambda one: one.update(deployed=since)), criterion)
    assert (found.status, len(found.reasons)) == (Status.NOT_MEASURED, 1)


@pytest.mark.parametrize(
    ("minutes", "status", "decision"),
    [
        ((9980, 100, 0), Status.MET, Decision.APPROVED),
        ((9980, 0, 100), Status.MET, Decision.APPROVED),
        ((9900, 90, 90), Status.NOT_MEASURED, Decision.UNDECIDED),
        ((9900, 180, 0), Status.NOT_MET, Decision.UNDECIDED),
        ((9500, 580, 0), Status.NOT_MET, Decision.EXTEND),
        ((9400, 200, 480), Status.NOT_MET, Decision.UNDECIDED),
        ((1440, 0, 8640), Status.NOT_MEASURED, Decision.UNDECIDED),
        ((0, 0, 10_080), Status.NOT_MEASURED, Decision.UNDECIDED),
    ],
)
def test_uptime_holds_whatever_the_silent_minutes_were(
    release: Release, minutes: tuple[int, int, int], status: Status, decision: Decision
) -> None:
    told = dict(zip(("up", "down", "silent"), minutes, strict=True))
    found = production(release, lambda one: one.update(minutes=told))
    assert (of(found, "uptime").status, found.decision) == (status, decision)


def test_less_than_a_week_says_nothing_of_uptime(release: Release) -> None:
    day = {"minutes": {"up": 1440, "down": 0, "silent": 0}, "since": (NOW - timedelta(days=1)).isoformat()}
    assert of(production(release, lambda one: one.update(day)), "uptime").status is Status.NOT_MEASURED


# One number of each criterion, made worse step by step; the last is beyond its bound.
WORSE: dict[str, tuple[str, list[Change]]] = {
    "p50": ("latency", [lambda one, x=x: _samples(one).update(QueryLatency=[x] * EVENTS) for x in (4999, 5001)]),
    "p95": ("latency", [lambda one, n=n: _samples(one).update(QueryLatency=[40.0] * (EVENTS - n) + [16e3] * n)
                        for n in (1, 3, 4)]),
    "answered": ("latency", [lambda one, n=n: _samples(one).update(Errors=[1.0] * n) for n in (0, 1)]),
    "slowest": ("ingestion", [lambda one, x=x: one["ingested"].update(slowest=x) for x in (300.0, 300.1)]),
    "rto": ("recovery", [lambda one, h=h: one["drills"][0].update(well=(NOW + timedelta(hours=h - 2)).isoformat())
                         for h in (4, 4.1)]),
    "rpo": ("recovery", [lambda one, h=h: one["drills"][0].update(lost_seconds=3600.0 * h) for h in (24, 24.1)]),
    "wrong": ("recovery", [lambda one, n=n: one["drills"][0].update(wrong=n) for n in (0, 1)]),
    "rating": ("satisfaction", [lambda one, n=n: one["use"].update(ratings=[8] * (12 - n) + [7] * n) for n in (0, 1)]),
    "share": ("share", [lambda one, n=n: one.update(survey=[{"person": "a", "questions": 60, "asked_here": n}])
                        for n in (54, 53)]),
    "shown": ("dashboards", [lambda one, n=n: one["dashboards"][0]["metrics"].update(Errors=n) for n in (1, 0)]),
    "hit": ("accuracy", [lambda one, page=page: one["accuracy"]["answers"]["run"][0]["ranked"][0].update(page=page)
                         for page in (1, 99)]),
}  # fmt: skip


def _samples(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = one["load"]["measured"]["samples"]
    return found


@pytest.mark.parametrize("number", WORSE)
def test_a_number_beyond_its_bound_is_not_met_and_one_on_it_is(release: Release, number: str) -> None:
    criterion, steps = WORSE[number]
    found = [of(production(release, change), criterion).status for change in steps]
    assert found == [Status.MET] * (len(steps) - 1) + [Status.NOT_MET]


@pytest.mark.parametrize("number", ["p50", "p95", "answered", "slowest"])
def test_degraded_performance_extends_the_phase(release: Release, number: str) -> None:
    assert production(release, WORSE[number][1][-1]).decision is Decision.EXTEND


def test_another_environment_than_production_extends_nothing(release: Release) -> None:
    found = report(ground(release, "staging", seen(release, WORSE["slowest"][1][-1])))
    assert (of(found, "ingestion").status, found.decision) == (Status.NOT_MET, Decision.UNDECIDED)


@pytest.mark.parametrize("number", ["rto", "rating", "share", "hit", "shown"])
def test_what_is_not_performance_leaves_the_decision_open(release: Release, number: str) -> None:
    found = production(release, WORSE[number][1][-1])
    assert found.decision is Decision.UNDECIDED
    assert "Missing" in found.sentence


FEW: dict[str, tuple[str, Change]] = {
    "answers": ("latency", lambda one: _samples(one).update(QueryLatency=[40.0] * 49)),
    "users": ("latency", lambda one: one["load"].update(users=9)),
    "seconds": ("latency", lambda one: one["load"].update(seconds=599.0)),
    "errors": ("latency", lambda one: _samples(one).pop("Errors")),
    "tasks": ("scaling", lambda one: one["load"].update(most_tasks=2)),
    "tasks unknown": ("scaling", lambda one: one["load"].update(fewest_tasks=None)),
    "documents": ("ingestion", lambda one: one["ingested"].update(documents=49)),
    "restores": ("recovery", lambda one: one["drills"][0].update(name="task-lost")),
    "asked": ("recovery", lambda one: one["drills"][0].update(questions=0)),
    "ratings": ("satisfaction", lambda one: one["use"].update(ratings=[10] * 9)),
    "tallies": ("share", lambda one: one.update(survey=[{"person": "a", "questions": 49, "asked_here": 49}])),
    "boards": ("dashboards", lambda one: one.update(dashboards=[])),
    "dense": ("accuracy", lambda one: one["accuracy"]["answers"]["corpus"].update(dense=False)),
}


@pytest.mark.parametrize("what", FEW)
def test_too_little_is_not_measured(release: Release, what: str) -> None:
    criterion, change = FEW[what]
    found = of(production(release, change), criterion)
    assert (found.status, bool(found.reasons)) == (Status.NOT_MEASURED, True)


def test_without_a_record_of_the_promotion_the_pipeline_has_shown_nothing(release: Release) -> None:
    found = report(ground(release, "production", seen(release), promoted=False))
    assert statuses(found) == dict.fromkeys(ALL, Status.MET) | {"pipeline": Status.NOT_MEASURED}


TESTED = {"scaling": "rollout", "pipeline": "checkers", "dashboards": "plan"}


@pytest.mark.parametrize("criterion", TESTED)
def test_a_gate_that_failed_speaks_against_what_tests_show(release: Release, criterion: str) -> None:
    found = local(release, **{TESTED[criterion]: lambda one: one["steps"][0].update(exit_code=1)})
    assert of(found, criterion).status is Status.NOT_MET


def test_a_gate_that_failed_for_another_reason_leaves_its_numbers_incomplete(release: Release) -> None:
    found = local(release, load=lambda one: one["steps"][0].update(exit_code=1))
    assert of(found, "latency").status is Status.NOT_MEASURED
    assert "ended with 1" in of(found, "latency").reasons[0]


@pytest.mark.parametrize(("criterion", "kind"), [("pipeline", "unit"), ("scaling", "rollout"), ("dashboards", "e2e")])
def test_a_proof_that_did_not_run_is_missing(release: Release, criterion: str, kind: str) -> None:
    assert of(local(release, **{kind: lambda one: one["steps"][0]["tests"].pop()}), criterion).status is not Status.MET


@given(kept=st.sets(st.sampled_from(["production", "staging", "record"])), gone=st.sets(st.sampled_from(sorted(ALL))))
def test_taking_evidence_away_never_meets_a_criterion(release: Release, kept: set[str], gone: set[str]) -> None:
    def parts(one: dict[str, Any]) -> None:
        for name in ("minutes", "ingested", "load", "accuracy", "use"):
            one[name] = None if name in gone else one[name]
        for name in ("drills", "dashboards", "survey"):
            one[name] = [] if {"drills": "recovery", "survey": "share"}.get(name, name) in gone else one[name]

    spoilt = seen(release, WORSE["p50"][1][-1], WORSE["rating"][1][-1])
    before = met(report(ground(release, "production", spoilt)))
    for one in spoilt:
        parts(one)
    left = [one for one in spoilt if one["environment"] in kept]
    assert met(report(ground(release, "production", left, promoted="record" in kept))) <= before


@given(kinds=st.sets(st.sampled_from(["unit", "e2e", "accuracy", "load", "rollout", "drill", "checkers", "plan"])))
def test_taking_a_gates_file_away_never_meets_a_criterion(release: Release, kinds: set[str]) -> None:
    made = changed(release, drill=lambda one: one["drills"][0].update(wrong=1))
    before = met(report(ground(made, "local", [])))
    made.kinds = {kind: one for kind, one in made.kinds.items() if kind not in kinds}
    after = met(report(ground(made, "local", [])))
    assert after == {one.id for one in CRITERIA if one.id in before and not kinds & set(one.gates.split())}


@given(data=st.data())
def test_making_a_number_worse_never_meets_a_criterion(release: Release, data: st.DataObject) -> None:
    up, down, silent = data.draw(st.tuples(*[st.integers(0, 10_080)] * 3))
    moved = data.draw(st.integers(0, up))
    before = {"up": up, "down": down, "silent": silent + 10_080}
    after = {"up": up - moved, "down": down + moved, "silent": silent + 10_080}
    latency = data.draw(st.lists(st.floats(0, 20_000), min_size=EVENTS, max_size=EVENTS))
    ratings = data.draw(st.lists(st.integers(2, 10), max_size=20))
    slower = data.draw(st.floats(0, 5000))

    def made(minutes: dict[str, int], more: float, less: int) -> Change:
        def change(one: dict[str, Any]) -> None:
            one["minutes"] = minutes
            one["ingested"]["slowest"] = 290 + more
            one["use"]["ratings"] = [rating - less for rating in ratings]
            _samples(one)["QueryLatency"] = [value + more for value in latency]

        return change

    was, worse = production(release, made(before, 0, 0)), production(release, made(after, slower, 1))
    assert met(worse) <= met(was)
    assert worse.decision is not Decision.APPROVED or was.decision is Decision.APPROVED
