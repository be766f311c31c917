"""Whether everything ran that should have, came out well, and rested on nothing that is only a shape."""

from collections import Counter
from collections.abc import Iterator

from raglite.evaluation.runs import some
from raglite.release.allowances import relied_on
from raglite.release.case import Case
from raglite.release.evidence import Evidence, Outcome, RanTest, Step
from raglite.release.policy import STEPS, TESTED
from raglite.release.refusals import Refusal, Why

BAD = frozenset({Outcome.FAILED, Outcome.ERROR, Outcome.XPASSED})
NOT_RUN = frozenset({Outcome.SKIPPED, Outcome.XFAILED})
REAL, SHAPE = "real", "shape"


def steps(case: Case) -> Iterator[Refusal]:
    """Each step of a kind must have run once, to a good end."""
    for one in case.evidence:
        ran = Counter(step.name for step in one.steps)
        if missing := [name for name in STEPS[one.kind] if not ran[name]]:
            yield Refusal(
                Why.STEP_MISSING,
                f"{one.kind} lacks {_made(missing)}: `make evidence KINDS={one.kind}` runs all of it.",
            )
        if twice := [name for name, times in ran.items() if times > 1]:
            yield Refusal(Why.STEP_TWICE, f"{one.kind} tells of {_made(twice)} more than once: keep one.")
        for step in one.steps:
            if step.exit_code:
                yield Refusal(
                    Why.STEP_FAILED,
                    f"{one.kind}: `make {step.name}` ended with {step.exit_code}: mend what it complains of.",
                )


def tests(case: Case) -> Iterator[Refusal]:
    """Tests must have run, all of them, and passed."""
    for one in case.evidence:
        for step in one.steps:
            if step.name in TESTED and not any(test.outcome is Outcome.PASSED for test in step.tests):
                yield Refusal(Why.NO_TESTS, f"{_at(one, step)}: not one test passed, so nothing is shown.")
            if bad := [test.test for test in step.tests if test.outcome in BAD]:
                yield Refusal(
                    Why.TEST_FAILED,
                    f"{_at(one, step)}: {len(bad)} tests went wrong ({some(bad)}): mend them.",
                )
            if step.deselected:
                yield Refusal(
                    Why.TESTS_LEFT_OUT,
                    f"{_at(one, step)}: a filter left {step.deselected} tests out: run all of them.",
                )


def skips(case: Case) -> Iterator[Refusal]:
    """A test that did not run needs an entry in the list of those that need not."""
    for one in case.evidence:
        for test in one.tests:
            if test.outcome in NOT_RUN and not case.allowances.excuses(test.test):
                yield Refusal(Why.SKIP_UNEXPLAINED, _unexplained(one, test))


def capabilities(case: Case) -> Iterator[Refusal]:
    """What tests rest on must behave as AWS does, or be waived for a time."""
    for one in case.evidence:
        for step in one.steps:
            if step.relies_on != relied_on((test.test for test in step.tests), case.allowances.reliances):
                yield Refusal(
                    Why.RELIANCE_DIFFERS,
                    f"{_at(one, step)}: it names other capabilities than tests/data/relies.toml does: measure again.",
                )
        for name, target in sorted({(name, step.target) for step in one.steps for name in step.relies_on}):
            if refusal := _rests_on(case, one, name, target):
                yield refusal


def _rests_on(case: Case, one: Evidence, name: str, target: str) -> Refusal | None:
    level, waiver = case.allowances.levels.get(name, {}).get(target), case.allowances.waiver(name)
    if level == REAL:
        return None
    if level is None:
        where = f" on {target}" if target else ""
        return Refusal(
            Why.CAPABILITY_UNKNOWN,
            f"{one.kind} relies on {name}, of which local/capabilities.json tells nothing{where}: show it there, or "
            "correct tests/data/relies.toml.",
        )
    if level != SHAPE:
        return Refusal(
            Why.CAPABILITY_ABSENT,
            f"{one.kind} relies on {name}, which is {level}: no test can have shown it. Mend the reliance.",
        )
    if waiver is None:
        return Refusal(
            Why.SHAPE_RELIED_ON,
            f"{one.kind} relies on {name}, which only has AWS's shape: make it real, or waive it in "
            "local/waivers.toml with date, owner, reason and expiry.",
        )
    if not waiver.date <= case.now.date() <= waiver.expires:
        return Refusal(
            Why.WAIVER_EXPIRED,
            f"{one.kind} relies on {name}, whose waiver holds from {waiver.date} to {waiver.expires}: "
            f"{waiver.owner} renews it or makes it real.",
        )
    return None


def _unexplained(one: Evidence, test: RanTest) -> str:
    return (
        f"{one.kind}: {test.test} was {test.outcome} ({test.reason or 'without a reason'}): run it, or say in "
        "tests/data/skips.toml why it need not run."
    )


def _at(one: Evidence, step: Step) -> str:
    return f"{one.kind}, `make {step.name}`"


def _made(names: list[str]) -> str:
    return ", ".join(f"`make {name}`" for name in names)
