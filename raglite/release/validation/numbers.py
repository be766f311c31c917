"""The numbers of criteria. Bounds stand once: in slo.json, in the policy, as the gate's target, or here."""

from collections.abc import Iterable, Sequence

from raglite.errors import InvalidRequest
from raglite.evaluation.baseline import Baseline
from raglite.evaluation.evidence import Evidence as Judgeable
from raglite.evaluation.gate import Thresholds, judge
from raglite.observability.satisfaction import SATISFIED
from raglite.observability.slo import Slo
from raglite.observability.statistics import Samples
from raglite.release.evidence import Accuracy, Drill, Load
from raglite.release.policy import RPO_SECONDS, RTO_SECONDS
from raglite.release.validation.findings import Judged, Measure
from raglite.release.validation.observation import Ingested, Minutes, Told, Use
from raglite.telemetry import INGESTION_LATENCY, QUERY_LATENCY

UPTIME, EXTENDED_BELOW = 99.0, 95.0  # percent: the specification's
SHARE = 90.0  # percent of financial questions
RATINGS = 10  # as many as the specification wants questions a week: fewer say nothing of a team
TALLIED = 50  # questions that a survey must tell of
RESTORING = frozenset(
    {"index-lost", "registry-lost", "documents-lost", "environment-lost"}
)  # drills that need a backup


def minutes(found: Minutes) -> Judged:
    """Uptime. A silent minute may have been either: what is told holds whichever it was."""
    total = max(found.total, 1)
    least, most = 100 * found.up / total, 100 * (found.total - found.down) / total
    told = (
        f"The canary found the service up in {found.up:,} minutes and down in {found.down:,}; in {found.silent:,} it "
    )
    if least >= UPTIME:
        what, value = "uptime, at least", least
    elif most < UPTIME:
        what, value = "uptime, at most", most
    else:
        return Judged(
            measures=[_at_least("uptime", None, UPTIME, "%")],
            lacking=[f"{told}did not ask: {least:.2f} % to {most:.2f} % of the week. Let it run for a whole week."],
        )
    return Judged(measures=[_at_least(what, value, UPTIME, "%")], far_below=most < EXTENDED_BELOW)


def load(found: Load | None, slo: Slo) -> Judged:
    """The promises about questions, and that they were answered at all: of failed ones there is no latency."""
    measured = found or Load(samples={})
    events = len(measured.samples.get(QUERY_LATENCY.name, ()))
    latency = [
        _at_most(f"{promise.metric}, {promise.statistic}", _statistic(measured, promise.metric, promise.statistic),
                 promise.at_most, "ms")
        for promise in slo.promises.values()
        if promise.metric == QUERY_LATENCY.name
    ]  # fmt: skip
    objective = slo.objectives["availability"]
    total, bad = (_statistic(measured, *count) for count in (objective.total, objective.bad))
    counted = objective.bad_metric in measured.samples and total
    answered = 100 * (1 - (bad or 0.0) / total) if counted and total else None
    return Judged(
        measures=[*latency, _at_least("questions answered", answered, objective.at_least_percent, "%")],
        lacking=_few(events, "answered questions", slo.burn.events_at_least),
    )


def uploads(found: Load | None, slo: Slo) -> Judged:
    """The promise about documents, of those that a gate uploaded."""
    values = (found or Load(samples={})).samples.get(INGESTION_LATENCY.name, ())
    return ingested(Ingested(documents=len(values), slowest=max(values, default=None)), slo)


def ingested(found: Ingested, slo: Slo) -> Judged:
    """The promise about documents."""
    promise = slo.promises["ingestion"]
    return Judged(
        measures=[_at_most("slowest document", found.slowest, promise.at_most, "s")],
        lacking=_few(found.documents, "documents", slo.burn.events_at_least),
    )


def drills(found: Sequence[Drill]) -> Judged:
    """Recovery time, what was lost and what was answered wrongly: the worst of all drills decides."""
    took = [(one.well - one.failed).total_seconds() for one in found]
    restored = any(one.name in RESTORING for one in found)
    return Judged(
        measures=[
            _at_most("recovery time (RTO)", max(took, default=None), RTO_SECONDS, "s"),
            _at_most("writes lost (RPO)", max((one.lost_seconds for one in found), default=None), RPO_SECONDS, "s"),
            _at_most("wrong answers", sum(one.wrong for one in found) if found else None, 0, ""),
        ],
        lacking=[
            *(f"The drill {one.name} asked nothing." for one in found if not one.questions),
            *(f"The drill {one.name} was over before it began." for one in found if one.well < one.failed),
            *([] if restored else ["No drill restored from a backup: play index-lost."]),
        ],
    )


def accuracy(found: Accuracy | None, baseline: Baseline | None) -> Judged:
    """The gate's headline against its target; whatever blocks the gate makes the run incomplete."""
    if found is None:
        return Judged(measures=[_at_least("retrieval accuracy", None, 100 * Thresholds().target, "%")])
    try:
        verdict = judge(Judgeable(found.questions, found.run, found.corpus, baseline), Thresholds())
    except InvalidRequest as error:
        return Judged(lacking=[str(error)])
    return Judged(
        measures=[
            _at_least(
                f"{verdict.metric} of {verdict.questions} questions, 95 % interval "
                f"{100 * verdict.interval.low:.1f} to {100 * verdict.interval.high:.1f}",
                100 * verdict.value if verdict.questions else None,
                100 * verdict.thresholds.target,
                "%",
            )
        ],
        lacking=[reason.sentence for reason in verdict.reasons],
    )


def satisfaction(found: Use) -> Judged:
    """The mean of what users gave."""
    mean = sum(found.ratings) / len(found.ratings) if found.ratings else None
    return Judged(
        measures=[_at_least(f"mean of {len(found.ratings)} ratings", mean, SATISFIED, "of 10")],
        lacking=_few(len(found.ratings), "ratings", RATINGS),
    )


def share(found: Iterable[Told]) -> Judged:
    """Of the financial questions that people had, how many they asked here. The service knows of no others."""
    told = list(found)
    questions = sum(one.questions for one in told)
    value = 100 * sum(one.asked_here for one in told) / questions if questions else None
    return Judged(
        measures=[_at_least(f"of {questions} questions of {len(told)} people, asked here", value, SHARE, "%")],
        lacking=_few(questions, "tallied questions", TALLIED),
    )


def _few(events: int, what: str, at_least: int) -> list[str]:
    if events >= at_least:
        return []
    return [f"{events} {what} were counted, and fewer than {at_least} show nothing."]


def _statistic(measured: Load, metric: str, statistic: str) -> float | None:
    values = measured.samples.get(metric, ())
    return Samples((0, value) for value in values).statistic(statistic, 0, 1)


def _at_most(what: str, value: float | None, bound: float, unit: str) -> Measure:
    return Measure(what=what, value=value, bound=bound, unit=unit, at_most=True)


def _at_least(what: str, value: float | None, bound: float, unit: str) -> Measure:
    return Measure(what=what, value=value, bound=bound, unit=unit, at_most=False)
