"""What observations of a running environment say of criteria."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from raglite.release.promote import Promotion
from raglite.release.validation import numbers
from raglite.release.validation.findings import Judged, Measure, Source
from raglite.release.validation.ground import LOCAL, PRODUCTION, Ground
from raglite.release.validation.observation import Drawn, Observation

STAGING = "staging"
WEEK_SECONDS = 7 * 86_400
USERS, LOAD_SECONDS = 10, 600  # the specification's load
DASHBOARD = "RAGLite-Production"  # and what the specification draws on it
DRAWN = ("QueryLatency", "Errors", "RunningTaskCount", "DesiredTaskCount")


def uptime(ground: Ground) -> Judged:
    """Minutes of a week, by the canary."""

    def read(seen: Observation) -> Judged:
        if seen.minutes is None:
            return _unseen("The canary's minutes were not counted.")
        short = (seen.started - seen.since).total_seconds() < WEEK_SECONDS or 60 * seen.minutes.total < WEEK_SECONDS
        found = numbers.minutes(seen.minutes)
        return found.beside(Judged(void=["It was observed for less than a week."])) if short else found

    return _of(ground, ground.environment, read)


def latency(ground: Ground) -> Judged:
    """Questions under a load that asked this environment."""
    return _of(ground, ground.environment, lambda seen: _under_load(ground, seen))


def ingestion(ground: Ground) -> Judged:
    """Documents that became searchable in the window."""

    def read(seen: Observation) -> Judged:
        if seen.ingested is None:
            return _unseen("The documents of the window were not counted.")
        return numbers.ingested(seen.ingested, ground.case.bounds.slo)

    return _of(ground, ground.environment, read)


def scaling(ground: Ground) -> Judged:
    """Whether more tasks ran under that load than at rest, and users met nothing of it."""

    def read(seen: Observation) -> Judged:
        found = seen.load
        told = _under_load(ground, seen)
        if found is None:
            return told
        if found.fewest_tasks is None or found.most_tasks is None:
            return told.beside(_unseen("The tasks that ran under load were not counted."))
        if found.most_tasks > found.fewest_tasks:
            what = f"most tasks at once, where {found.fewest_tasks} ran before"
            more = Measure(what=what, value=found.most_tasks, bound=found.fewest_tasks + 1, unit="", at_most=False)
            return told.beside(Judged(measures=[more]))
        return told.beside(
            _unseen(f"{found.most_tasks} tasks ran under load, as many as at rest: it made the service add none.")
        )

    return _of(ground, ground.environment, read)


def pipeline(ground: Ground) -> Judged:
    """The record of the promotion of the commit that is deployed."""
    told = _of(ground, ground.environment, lambda _: Judged())
    promoted = ground.promoted
    if promoted is None:
        return told.beside(Judged(void=["There is no record of a promotion: the pipeline deploys only with one."]))
    told = told.beside(Judged(void=[one.sentence for one in promoted.against]))
    if promoted.record is None:
        return told
    kinds = len(promoted.record.evidence)
    wanted = len(ground.case.policy.kinds)
    measure = Measure(
        what="kinds of evidence that the promotion of the deployed commit rests on",
        value=kinds, bound=wanted, unit="", at_most=False,
    )  # fmt: skip
    return told.beside(Judged(sources=[_source(promoted.file, promoted.record)], measures=[measure]))


def _source(file: Path, record: Promotion) -> Source:
    return Source(
        file=str(file), environment=record.environment, stand_ins=(), git_sha=record.git_sha, begun=record.decided
    )


def dashboards(ground: Ground) -> Judged:
    """Whether the specification's dashboard is there and draws values."""

    def read(seen: Observation) -> Judged:
        found = [one for one in seen.dashboards if one.name == DASHBOARD]
        return _drawn(found[0]) if found else _unseen(f"There is no dashboard {DASHBOARD}.")

    return _of(ground, ground.environment, read)


def recovery(ground: Ground) -> Judged:
    """Drills. They refuse production, so that a drill on staging, on AWS, counts for it; none elsewhere does."""
    where = STAGING if ground.environment == PRODUCTION else ground.environment

    def read(seen: Observation) -> Judged:
        void = [fault for one in seen.drills for fault in _of_late(ground, seen, one.failed, f"The drill {one.name}")]
        return numbers.drills(seen.drills).beside(Judged(void=void))

    return _of(ground, where, read)


def accuracy(ground: Ground) -> Judged:
    """Questions that this environment's service was asked about its own documents."""

    def read(seen: Observation) -> Judged:
        if seen.accuracy is None:
            return numbers.accuracy(None, None)
        void = list(_of_late(ground, seen, seen.accuracy.made, "The evaluation"))
        return numbers.accuracy(seen.accuracy.answers, None).beside(Judged(void=void))

    return _of(ground, ground.environment, read)


def satisfaction(ground: Ground) -> Judged:
    """What users gave."""
    return _people(ground, lambda seen: numbers.satisfaction(seen.use) if seen.use else _unseen("Nobody was asked."))


def share(ground: Ground) -> Judged:
    """What people tallied."""
    return _people(ground, lambda seen: numbers.share(seen.survey))


def _people(ground: Ground, read: Callable[[Observation], Judged]) -> Judged:
    """Judge what only people can tell: where none work, what was rated are tests."""
    if ground.environment == LOCAL:
        return Judged(void=["Nobody works with this environment, so whoever rates here is a test."])
    return _of(ground, ground.environment, read)


def _of(ground: Ground, environment: str, read: Callable[[Observation], Judged]) -> Judged:
    found = ground.of(environment)
    if not found:
        return Judged(void=[f"There is no observation of {environment}."])
    if len(found) > 1:
        files = ", ".join(str(one.file) for one in found)
        return Judged(
            void=[f"{environment} was observed in several files ({files}): keep one, so that nobody chooses."]
        )
    return Judged(sources=[found[0].source], void=list(ground.objections(found[0]))).beside(read(found[0].seen))


def _under_load(ground: Ground, seen: Observation) -> Judged:
    found = seen.load
    if found is None:
        return _unseen("No load has asked this environment.")
    told = f"{found.users} users asked for {found.seconds:g} s: the load is {USERS} users for {LOAD_SECONDS} s."
    is_small = found.users < USERS or found.seconds < LOAD_SECONDS
    void = list(_of_late(ground, seen, found.began, "The load"))
    measured = numbers.load(found.measured, ground.case.bounds.slo)
    return measured.beside(Judged(void=void, lacking=[told] if is_small else []))


def _of_late(ground: Ground, seen: Observation, moment: datetime, what: str) -> Iterator[str]:
    """Say why what was measured at a moment of its own is not of what is deployed now."""
    if moment < seen.deployed:
        yield f"{what} was begun before the present commit was deployed: measure again."
    if not ground.case.now - ground.case.policy.max_age <= moment <= seen.ended:
        yield f"{what} was begun at {moment:%F %T%z}, too long ago or not yet: measure again."


def _drawn(found: Drawn) -> Judged:
    missing = [name for name in DRAWN if name not in found.metrics]
    silent = [name for name in DRAWN if not found.metrics.get(name)]
    measure = Measure(
        what=f"of {', '.join(DRAWN)} drawn with values",
        value=len(DRAWN) - len(silent), bound=len(DRAWN), unit="", at_most=False,
    )  # fmt: skip
    return Judged(measures=[measure], broken=[f"{found.name} does not draw {name}." for name in missing])


def _unseen(sentence: str) -> Judged:
    return Judged(lacking=[sentence])
