"""Whether the service has kept what dashboards/slo.json promises, and whether the run can say so at all."""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum

from raglite.errors import ConfigurationError
from raglite.model import Frozen
from raglite.observability.slo import Count, Objective, Promise, Slo
from tests.load.crowds.measured import Asked, answered, samples, statistic
from tests.load.crowds.messages import GENERATOR
from tests.load.crowds.plan import Plan

DECIDING = ("query-p50", "query-p95", "availability", "latency")
AVAILABILITY = "availability"


class Code(IntEnum):
    """Exit codes."""

    HOLDS = 0
    BROKEN = 1
    TOO_FEW = 2
    VOID = 3


WORDS = {Code.HOLDS: "holds", Code.BROKEN: "broken", Code.TOO_FEW: "too few", Code.VOID: "void"}


class Check(Frozen):
    """One promise or objective held against what was measured; `found` and `bound` are in `unit`.

    `within_ms` is the latency that a good event does not exceed.
    """

    name: str
    meaning: str
    found: float
    bound: float
    unit: str
    holds: bool
    within_ms: float | None = None

    @property
    def decides(self) -> bool:
        """Whether the verdict rests on it."""
        return self.name in DECIDING


class Generator(Frozen):
    """How the generator itself fared: p95 of its lateness and of its share of a core in each second."""

    late_ms: float
    cpu_percent: float
    broken_off: bool = False


class Verdict(Frozen):
    """What the exit code says, and why."""

    code: Code
    reasons: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        return WORDS[self.code]


def judge(asked: Sequence[Asked], generator: Generator, plan: Plan, slo: Slo) -> Verdict:
    """Return the verdict.

    A void run says nothing, good or bad. Too few answers say nothing either, unless it is the failures of enough
    questions that have left so few: a service that is down is not excused.
    """
    found = checks(samples(asked), slo)
    if void := tuple(_void(asked, generator, plan)):
        return Verdict(code=Code.VOID, reasons=void, checks=found)
    broken = [check for check in found if check.decides and not check.holds]
    if len(answered(asked)) < plan.at_least:
        broken = [check for check in broken if check.name == AVAILABILITY and len(asked) >= plan.at_least]
        if not broken:
            few = f"{len(answered(asked))} questions were answered, fewer than {plan.at_least}: run a longer load."
            return Verdict(code=Code.TOO_FEW, reasons=(few,), checks=found)
    code = Code.BROKEN if broken else Code.HOLDS
    return Verdict(code=code, reasons=tuple(_sentence(check) for check in broken), checks=found)


def checks(measured: Mapping[str, Sequence[float]], slo: Slo) -> tuple[Check, ...]:
    """Return a check of everything that is promised of what was measured; none of a metric without events."""
    if missing := [name for name in DECIDING if name not in {*slo.promises, *slo.objectives}]:
        raise ConfigurationError(f"dashboards/slo.json has no {missing[0]}: nothing could be judged by it.")
    promised = (_promise(name, one, measured) for name, one in slo.promises.items())
    aimed = (_objective(name, one, measured) for name, one in slo.objectives.items())
    return tuple(check for check in (*promised, *aimed) if check)


def _promise(name: str, one: Promise, measured: Mapping[str, Sequence[float]]) -> Check | None:
    found = _counted(Count(one.metric, one.statistic), measured)
    if found is None:
        return None
    holds = found <= one.at_most
    return Check(name=name, meaning=one.meaning, found=found, bound=one.at_most, unit="ms", holds=holds)


def _objective(name: str, one: Objective, measured: Mapping[str, Sequence[float]]) -> Check | None:
    total = _counted(one.total, measured)
    if not total:
        return None
    good = 100 * (1 - (_counted(one.bad, measured) or 0) / total)
    return Check(
        name=name,
        meaning=one.meaning,
        found=good,
        bound=one.at_least_percent,
        unit="%",
        holds=good >= one.at_least_percent,
        within_ms=one.within,
    )


def _counted(count: Count, measured: Mapping[str, Sequence[float]]) -> float | None:
    return statistic(measured.get(count.metric, ()), count.statistic)


def _void(asked: Sequence[Asked], generator: Generator, plan: Plan) -> Iterator[str]:
    if generator.broken_off:
        yield "The run was broken off: let it come to its end."
    if generator.late_ms > plan.late_ms:
        yield (
            f"The generator came {generator.late_ms:.0f} ms late to its questions (p95), more than {plan.late_ms:g} "
            "ms: its own lateness would count as the service's. Ask less, or from another machine."
        )
    if generator.cpu_percent > plan.cpu_percent:
        yield (
            f"The generator used {generator.cpu_percent:.0f} % of a core (p95 of its seconds), more than "
            f"{plan.cpu_percent:g} %: it measured itself. Ask less, or from another machine."
        )
    if faults := sum(one.failure == GENERATOR for one in asked):
        yield f"The generator itself failed at {faults} questions: its log says why."


def _sentence(check: Check) -> str:
    found, bound = f"{check.found:,.2f} {check.unit}", f"{check.bound:,g} {check.unit}"
    side = "below" if check.unit == "%" else "above"
    return f"{check.name} is {found}, {side} {bound}. Promised: {check.meaning}."
