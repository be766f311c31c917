"""What gates say of criteria. Whatever a promotion would refuse does not count here either."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from raglite.release import measurements, outcomes, provenance
from raglite.release.allowances import matches
from raglite.release.case import Case
from raglite.release.evidence import Evidence, Kind, Outcome
from raglite.release.refusals import Refusal, Why
from raglite.release.validation import numbers
from raglite.release.validation.findings import Judged, Measure
from raglite.release.validation.ground import Ground

Rule = Callable[[Case], Iterable[Refusal]]
# An image is of no account here: gates run the code that they stand beside.
OF_THIS_CODE: Sequence[Rule] = (
    provenance.kinds, provenance.commits, provenance.times, provenance.locks, provenance.tools,
)  # fmt: skip
RAN: Sequence[Rule] = (outcomes.steps, outcomes.tests, outcomes.skips, outcomes.capabilities)
# What says that something went wrong, and not only that something is missing.
WENT_WRONG = frozenset(
    {
        Why.STEP_FAILED,
        Why.TEST_FAILED,
        Why.COVERAGE_TOO_LOW,
        Why.ALARMS_DIFFER,
        Why.ALARM_UNPROVEN,
        Why.ALARM_FAULT,
    }
)


@dataclass(frozen=True)
class Gates:
    """Kinds of evidence that show a criterion, and tests of which at least one must have passed each.

    By tests alone a criterion is `tested`: one that fails speaks against it. Where numbers decide, a gate that fails
    for another reason only makes the evidence incomplete.
    """

    kinds: tuple[Kind, ...]
    proofs: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    tested: bool = False


def latency(ground: Ground) -> Judged:
    """Questions under load."""
    return _with(ground, Gates((Kind.LOAD,)), lambda one: numbers.load(one.load, ground.case.bounds.slo))


def ingestion(ground: Ground) -> Judged:
    """Documents that were uploaded for the load and for the benchmark."""
    return _with(ground, Gates((Kind.LOAD,)), lambda one: numbers.uploads(one.load, ground.case.bounds.slo))


def scaling(ground: Ground) -> Judged:
    """Tasks that are added under load without a failed question, and ten users who are answered in time."""
    added = Gates((Kind.ROLLOUT,), ("tests/integration/test_scaling.py::*",), tested=True)
    return _with(ground, added, _passed).beside(latency(ground))


def pipeline(ground: Ground) -> Judged:
    """The tests that a pipeline runs, the checkers of the pipeline itself, and releases that are made under load."""
    gates = Gates(
        (Kind.UNIT, Kind.CHECKERS, Kind.ROLLOUT),
        ("tests/unit/test_workflows.py::*", "tests/integration/test_scaling.py::*"),
        (measurements.coverage,),
        tested=True,
    )
    return _with(ground, gates, _passed)


def dashboards(ground: Ground) -> Judged:
    """Dashboards that are drawn from live metrics, and alarms that each meet their own fault."""
    gates = Gates(
        (Kind.E2E, Kind.PLAN), ("tests/integration/test_dashboards.py::*",), (measurements.alarms,), tested=True
    )
    return _with(ground, gates, _passed)


def recovery(ground: Ground) -> Judged:
    """Disasters, among them one that a backup mends."""
    return _with(ground, Gates((Kind.DRILL,)), lambda one: numbers.drills(one.drills))


def accuracy(ground: Ground) -> Judged:
    """The gate's questions; whatever else blocks it makes the evidence incomplete."""
    gates = Gates((Kind.ACCURACY,), rules=(measurements.accuracy,))
    return _with(ground, gates, lambda one: numbers.accuracy(one.accuracy, ground.case.bounds.baseline))


def _with(ground: Ground, gates: Gates, numbers_of: Callable[[Evidence], Judged]) -> Judged:
    case = ground.case
    policy = case.policy.model_copy(update={"kinds": gates.kinds, "images": ()})
    part = replace(case, evidence=[one for one in case.evidence if one.kind in gates.kinds], policy=policy)
    ran = list(chain.from_iterable(rule(part) for rule in (*RAN, *gates.rules)))
    broken = [one.sentence for one in ran if gates.tested and one.why in WENT_WRONG]
    told = Judged(
        sources=[ground.source(one) for one in part.evidence],
        void=[one.sentence for rule in OF_THIS_CODE for one in rule(part)],
        broken=broken,
        lacking=[*(one.sentence for one in ran if one.sentence not in broken), *_unproven(part.evidence, gates)],
    )
    for one in part.evidence:
        told = told.beside(numbers_of(one))
    return told


def _unproven(evidence: Iterable[Evidence], gates: Gates) -> Iterator[str]:
    passed = [test.test for one in evidence for test in one.tests if test.outcome is Outcome.PASSED]
    for pattern in gates.proofs:
        if not any(matches(pattern, test) for test in passed):
            yield f"No test of {pattern.partition('::')[0]} passed: measure again."


def _passed(one: Evidence) -> Judged:
    """Return how many tests and targets of a kind went wrong."""
    wrong = sum(test.outcome in outcomes.BAD for test in one.tests)
    failed = sum(step.exit_code != 0 for step in one.steps)
    told = {
        f"{one.kind}: tests that went wrong, of {len(one.tests)}": wrong,
        f"{one.kind}: make targets that failed, of {len(one.steps)}": failed,
    }
    return Judged(
        measures=[Measure(what=what, value=value, bound=0, unit="", at_most=True) for what, value in told.items()]
    )
