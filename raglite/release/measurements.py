"""Whether what was measured keeps the bounds. Every verdict is computed here, from the raw numbers."""

from collections.abc import Iterator

from raglite.errors import InvalidRequest
from raglite.evaluation.evidence import Evidence as Judged
from raglite.evaluation.gate import Thresholds, judge
from raglite.evaluation.runs import some
from raglite.observability.slo import Count, Slo
from raglite.observability.statistics import Samples
from raglite.release.case import Case
from raglite.release.evidence import Accuracy, Drill, Kind, Load, PlannedAlarms
from raglite.release.policy import RPO_SECONDS, RTO_SECONDS
from raglite.release.refusals import Refusal, Why

UPLOADS = frozenset({"IngestionLatency"})  # none are made while versions and tasks change


def coverage(case: Case) -> Iterator[Refusal]:
    """The unit tests must reach so much of the product."""
    for one in case.of(Kind.UNIT):
        if one.coverage is None:
            yield _unmeasured(Kind.UNIT, "coverage")
        elif one.coverage.percent < case.bounds.coverage:
            yield Refusal(
                Why.COVERAGE_TOO_LOW,
                f"unit: {one.coverage.percent:.1f} % of raglite/ is covered, below "
                f"{case.bounds.coverage:g} %: test what is not.",
            )


def accuracy(case: Case) -> Iterator[Refusal]:
    """The gate must let the run pass, as it does for `raglite eval`."""
    for one in case.of(Kind.ACCURACY):
        if one.accuracy is None:
            yield _unmeasured(Kind.ACCURACY, "answers")
            continue
        yield from _blocked(one.accuracy, case)
        if one.accuracy.corpus.embedding != one.tools.get("model"):
            yield Refusal(
                Why.ACCURACY_BLOCKED,
                "accuracy: the service that was asked embeds with another model than the one that it was "
                "measured with: serve that one.",
            )


def load(case: Case) -> Iterator[Refusal]:
    """Promises and objectives must hold for every event that was measured, also while versions and tasks change."""
    for one in (*case.of(Kind.LOAD), *case.of(Kind.ROLLOUT)):
        if one.load is None:
            yield _unmeasured(one.kind, "load")
            continue
        for rule in (_enough, _promises, _objectives):
            yield from rule(one.kind, one.load, case.bounds.slo)


def drills(case: Case) -> Iterator[Refusal]:
    """Every drill must have come back in time, with everything, and answer as before."""
    for one in case.of(Kind.DRILL):
        if not one.drills:
            yield _unmeasured(Kind.DRILL, "drill")
        for drill in one.drills:
            yield from _drilled(drill)


def alarms(case: Case) -> Iterator[Refusal]:
    """The planned alarms must be those of slo.json, and every one must have met its fault."""
    for one in case.of(Kind.PLAN):
        if one.alarms is None:
            yield _unmeasured(Kind.PLAN, "alarm")
        else:
            yield from _played(one.alarms, case)


def _blocked(measured: Accuracy, case: Case) -> Iterator[Refusal]:
    try:
        verdict = judge(Judged(measured.questions, measured.run, measured.corpus, case.bounds.baseline), Thresholds())
    except InvalidRequest as error:
        yield Refusal(Why.ACCURACY_BLOCKED, f"accuracy: {error}")
        return
    for reason in verdict.reasons:
        yield Refusal(Why.ACCURACY_BLOCKED, f"accuracy, {reason.code}: {reason.sentence}")


def _enough(kind: Kind, measured: Load, slo: Slo) -> Iterator[Refusal]:
    promised = {promise.metric for promise in slo.promises.values()}
    metrics = promised | {objective.metric for objective in slo.objectives.values()}
    for metric in sorted(metrics - (UPLOADS if kind is Kind.ROLLOUT else set())):
        events = len(measured.samples.get(metric, ()))
        if events < slo.burn.events_at_least:
            yield Refusal(
                Why.TOO_FEW_EVENTS,
                f"{kind}: {events} events of {metric} were measured, and fewer than {slo.burn.events_at_least} show "
                "nothing: run a longer load.",
            )


def _promises(kind: Kind, measured: Load, slo: Slo) -> Iterator[Refusal]:
    for promise in slo.promises.values():
        found = _statistic(measured, Count(promise.metric, promise.statistic))
        if found is not None and found > promise.at_most:
            yield Refusal(
                Why.PROMISE_BROKEN,
                f"{kind}: {promise.metric} has {promise.statistic} {found:g}, above {promise.at_most:g}. Promised: "
                f"{promise.meaning}.",
            )


def _objectives(kind: Kind, measured: Load, slo: Slo) -> Iterator[Refusal]:
    for objective in slo.objectives.values():
        total, bad = _statistic(measured, objective.total), _statistic(measured, objective.bad)
        if objective.bad_metric and objective.bad_metric not in measured.samples:
            yield _unmeasured(kind, objective.bad_metric)
        elif total and (good := 100 * (1 - (bad or 0) / total)) < objective.at_least_percent:
            yield Refusal(
                Why.OBJECTIVE_MISSED,
                f"{kind}: {good:.2f} of 100 {objective.metric} were good, below {objective.at_least_percent:g}. "
                f"Objective: {objective.meaning}.",
            )


def _statistic(measured: Load, count: Count) -> float | None:
    values = measured.samples.get(count.metric, ())
    return Samples((0, value) for value in values).statistic(count.statistic, 0, 1)


def _drilled(drill: Drill) -> Iterator[Refusal]:
    took = (drill.well - drill.failed).total_seconds()
    if not 0 <= took <= RTO_SECONDS:
        yield Refusal(
            Why.RECOVERY_TOO_SLOW,
            f"drill {drill.name}: well again after {took:g} s, allowed are {RTO_SECONDS}: make it faster.",
        )
    if drill.lost_seconds > RPO_SECONDS:
        yield Refusal(
            Why.TOO_MUCH_LOST,
            f"drill {drill.name}: {drill.lost_seconds:g} s of writes were lost, allowed are {RPO_SECONDS}: "
            "back up more often.",
        )
    if not drill.questions or drill.wrong:
        yield Refusal(
            Why.WRONG_AFTER_RECOVERY,
            f"drill {drill.name}: {drill.wrong} of {drill.questions} questions were answered otherwise than "
            "before: ask some, and mend what differs.",
        )


def _played(planned: PlannedAlarms, case: Case) -> Iterator[Refusal]:
    if differing := sorted(set(planned.alarms) ^ case.bounds.slo.alarm_names):
        yield Refusal(
            Why.ALARMS_DIFFER,
            f"plan: only one of Terraform and slo.json knows {some(differing)}: plan what is declared.",
        )
    proven = {alarm for one in planned.cases for alarm in one.alarms if alarm in one.fired}
    if unproven := sorted(set(planned.alarms) - proven):
        yield Refusal(
            Why.ALARM_UNPROVEN,
            f"plan: no fault was shown to fire {some(unproven)}: add one to tests/data/alarms.",
        )
    for one in planned.cases:
        for fault in one.faults:
            yield Refusal(Why.ALARM_FAULT, f"plan, {one.name}: {fault}")


def _unmeasured(kind: Kind, what: str) -> Refusal:
    return Refusal(Why.NOT_MEASURED, f"{kind}: no {what} was measured: `make evidence KINDS={kind}` does that.")
