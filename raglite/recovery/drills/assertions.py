"""What must hold after every drill, each a name and the sentences that speak against it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from raglite.errors import NotFound, RagliteError
from raglite.ingestion.reconciling import busy_keys, reconcile
from raglite.ports import DocumentStore
from raglite.recovery.drills.golden import Golden, all_right
from raglite.recovery.drills.ground import Ground, NotMended
from raglite.recovery.drills.journal import Kind, Write
from raglite.recovery.drills.picture import (
    Picture,
    collection_otherwise,
    digest_at,
    documents_missing,
    points_missing,
    registry_missing,
    some,
    take,
)
from raglite.recovery.drills.report import Assertion
from raglite.recovery.drills.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Before:
    """What is compared with. `backed_up` is the picture before the backup, `last` the one before the disaster."""

    golden: list[Golden]
    backed_up: Picture
    last: Picture
    secrets: frozenset[str] = frozenset()
    drift: frozenset[str] | None = None


def of_disaster(ground: Ground) -> Assertion:
    """See that there was one: a way back from nothing shows nothing."""
    faults = ("it reached nothing: what comes after it shows nothing",) if ground.struck == 0 else ()
    return Assertion(name="the disaster struck", faults=faults)


def of_answers(ground: Ground) -> Iterator[Assertion]:
    """Yield what the log of questions says."""
    journal = ground.journal
    wrongs = (f"{one.asked:%H:%M:%S} {one.sentence}" for one in journal.probes if one.kind is Kind.WRONG)
    yield Assertion(name="no answer was wrong", faults=some(wrongs))
    yield Assertion(name="questions were asked all the time", faults=(*ground.ended, *_silences(ground)))


def _silences(ground: Ground) -> Iterator[str]:
    for what, since in (("the disaster", ground.disaster), ("the way back", ground.mended)):
        if since is not None and not any(one.began >= since for one in ground.journal.rounds):
            yield f"no round of questions was asked after {what}: that shows nothing"


def of_state(ground: Ground, before: Before, scenario: Scenario) -> Iterator[Assertion]:
    """Yield what stores, service, audit log and plan look like now."""
    expected = before.backed_up if scenario.falls_back else before.last
    yield _settled(ground)
    after = take(ground.estate, frozenset(expected.hashes))
    yield Assertion(name="documents", faults=some(documents_missing(expected, after)))
    yield Assertion(name="registry", faults=some(registry_missing(expected, after)))
    yield Assertion(name="points", faults=some(points_missing(expected, after)))
    yield _same_digest(ground, before.backed_up)
    yield Assertion(name="aliases, payload indexes and spec", faults=some(collection_otherwise(expected, after)))
    answers = all_right(ground.estate.levers.door, before.golden)
    yield Assertion(name="golden questions", faults=some(iter(answers)))
    yield _same_secrets(ground, before)
    yield _audited(ground)
    yield _planned(ground, before)


def lost(documents: DocumentStore, writes: Sequence[Write]) -> list[Write]:
    """Return the acknowledged writes that the bucket has not, or not with the bytes that were written."""
    with TemporaryDirectory() as folder:
        return [one for one in writes if _hash(documents, one, Path(folder) / "one") != one.sha256]


def _hash(documents: DocumentStore, write: Write, into: Path) -> str | None:
    try:
        return documents.fetch(write.key, write.version_id, into)
    except NotFound:
        return None


def _settled(ground: Ground) -> Assertion:
    """Wait until nothing waits, and see whether bucket, registry and index agree."""
    services = ground.estate.services
    name = "bucket, registry and index agree"
    try:
        ground.until(lambda: not busy_keys(services.registry), ground.pace.searchable, "nothing waits any more")
        ground.until(lambda: not reconcile(services, 0).findings, ground.pace.searchable, "they agree")
    except NotMended as error:
        found = reconcile(services, 0).findings
        told = some(f"{one.kind} {one.key}: {one.sentence}" for one in found)
        return Assertion(name=name, faults=told or (str(error),))
    return Assertion(name=name)


def _same_digest(ground: Ground, before: Picture) -> Assertion:
    """Payloads and vectors, as of the commit of the backup: what came since is new in every way."""
    now = digest_at(ground.estate.services, before.commit)
    fault = f"what a reader at commit {before.commit} sees is {now[:12] or 'nothing'}, not {before.digest[:12]}"
    return Assertion(name="payloads and vectors", faults=() if now == before.digest else (fault,))


def _same_secrets(ground: Ground, before: Before) -> Assertion:
    name = "secrets are as before"
    if ground.estate.secrets is None:
        return Assertion(name=name, skipped="nothing tells which there are")
    now = {f"{one.name} {one.version_id}" for one in ground.estate.secrets.current()}
    gone = sorted(before.secrets - now - {one for one in before.secrets if one.partition(" ")[0] in ground.rotated})
    return Assertion(name=name, faults=tuple(f"{one} is not the current version any more" for one in gone))


def _audited(ground: Ground) -> Assertion:
    name = "the audit log is intact across the gap"
    if ground.estate.audit_faults is None:
        return Assertion(name=name, skipped="there is no audit log")
    return Assertion(name=name, faults=some(iter(ground.estate.audit_faults())))


def _planned(ground: Ground, before: Before) -> Assertion:
    name = "the plan is as before"
    if before.drift is None or ground.estate.levers.infrastructure is None:
        return Assertion(name=name, skipped="this drill changes nothing that is planned, or there is no Terraform")
    try:
        now = ground.infrastructure.drift()
    except RagliteError as error:
        return Assertion(name=name, faults=(str(error),))
    return Assertion(name=name, faults=some(iter(sorted(now - before.drift))))
