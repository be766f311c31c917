"""Compare bucket, registry and index about every key, and ask for another look at those where they disagree.

The mending itself is synchronize(): a repair only requests it. So one lost event, the loss of the whole index and that
of the whole registry are mended in the same way.

A look at everything takes a while and is no snapshot: what it suspects is looked at again, key by key, and a key that
somebody works on or that waits is on its way, whatever it looks like.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from raglite.errors import RagliteError, TransientError
from raglite.ingestion.disagreement import Finding, FindingKind, Noted, View, disagreements, gravest
from raglite.ingestion.shelf import Shelf, spec_of
from raglite.model import DocumentVersion, VersionState
from raglite.ports import CollectionMissing, DocumentRegistry, Holding, RegistryBehind, Services, is_new, refuse_behind
from raglite.telemetry import (
    DOCUMENTS,
    DUPLICATES,
    GHOSTS,
    HALF_INDEXED,
    LEFTOVERS,
    LOST_EVENTS,
    MISSING,
    STUCK,
    AuditAction,
    Metric,
)

GRACE_SECONDS = 300.0  # what is promised: searchable within five minutes of the upload
LOOKS = 3  # at a key whose records change while it is looked at
METRICS: Mapping[FindingKind, Metric] = {
    FindingKind.GHOST: GHOSTS,
    FindingKind.DUPLICATE: DUPLICATES,
    FindingKind.MISSING: MISSING,
    FindingKind.HALF_INDEXED: HALF_INDEXED,
    FindingKind.LOST_EVENT: LOST_EVENTS,
    FindingKind.STUCK: STUCK,
    FindingKind.LEFTOVER: LEFTOVERS,
}
# Exit codes: apart from those of errors.py (64 and up), from 2 (wrong usage) and from what a crash gives (1).
EXIT_CODES: Mapping[FindingKind, int] = {kind: 10 + place for place, kind in enumerate(FindingKind)}


@dataclass(frozen=True, slots=True)
class Report:
    """What was compared and found. `busy` keys wait or are worked on: they were not judged.

    `states` counts the versions that the bucket holds or the registry knows; those without a record were received.
    `loss` says that the index or the registry is lost as a whole: then nothing can be mended before it is restored.
    """

    keys: int
    versions: int
    busy: int
    findings: tuple[Finding, ...]
    states: Mapping[VersionState, int]
    loss: str | None = None

    @property
    def disagreeing(self) -> tuple[str, ...]:
        """The keys with findings, each once, in the order they were found."""
        return tuple(dict.fromkeys(finding.key for finding in self.findings))

    @property
    def exit_code(self) -> int:
        """0 if all agree, else the gravest kind's; a loss that shows in none is a fault that may pass."""
        kind = gravest(self.findings)
        if kind is not None:
            return EXIT_CODES[kind]
        return TransientError.exit_code if self.loss else 0


@dataclass(frozen=True, slots=True)
class Repair:
    """What was asked for: another look at `requested`; `asleep` says why no task could be woken for them."""

    requested: tuple[str, ...]
    asleep: str | None


def reconcile(services: Services, grace_seconds: float = GRACE_SECONDS, *, judging_busy: bool = False) -> Report:
    """Return where the three disagree. Nothing is changed. Keys that are on their way are left out, unless told not to.

    Memory: about 0.9 KB for every version with its edition, however long; nothing is kept of what the bucket lists.
    """
    loss = lost(services)
    busy = set() if judging_busy else busy_keys(services.registry)
    settled = services.clock.now() - timedelta(seconds=grace_seconds)
    keys, versions, suspects, states = 0, 0, [], Counter[VersionState]()
    for view in _views(services):
        keys += 1
        versions += sum(not version.is_delete_marker for version in view.versions)
        states.update(view.states)
        if view.key not in busy and disagreements(view, settled):
            suspects.append(view.key)
    findings = _confirmed(suspects, services, settled)
    if not judging_busy and findings:  # some may have come to be worked on meanwhile
        busy_now = busy_keys(services.registry)
        findings = tuple(finding for finding in findings if finding.key not in busy_now)
    return Report(keys, versions, len(busy), findings, {state: states[state] for state in VersionState}, loss)


def lost(services: Services) -> str | None:
    """Return that the index, or the registry, is lost as a whole, and what to do; None if neither is."""
    try:
        refuse_behind(services.registry, services.index)
    except RegistryBehind as error:
        return str(error)
    except CollectionMissing as error:
        return None if is_new(services.registry, services.documents) else str(error)
    return None


def repair(report: Report, services: Services, actor: str) -> Repair:
    """Request another look at every key that disagrees, and wake a task for them; of a loss no task can mend any."""
    keys = () if report.loss else report.disagreeing
    for key in keys:
        services.registry.request(key)
    asleep = wake(services) if keys else None
    kinds = {kind.value: sum(one.kind is kind for one in report.findings) for kind in FindingKind}
    services.audit.append(AuditAction.RECONCILED, actor, {"requested": len(keys), **kinds})
    return Repair(keys, asleep)


def wake(services: Services) -> str | None:
    """Wake a task; returns why not, if it cannot be done: what waits is then found by the schedule."""
    try:
        services.tasks.wake()
    except RagliteError as error:
        return f"No task could be woken, the schedule starts one within five minutes ({error})"
    return None


def count_findings(report: Report, services: Services) -> None:
    """Record one value for every kind and every state, zeros too: only then does a chart tell none from not looked."""
    for kind, metric in METRICS.items():
        services.telemetry.metric(metric, sum(finding.kind is kind for finding in report.findings))
    for state, versions in report.states.items():
        services.telemetry.metric(DOCUMENTS, versions, State=state)


def busy_keys(registry: DocumentRegistry) -> set[str]:
    """Return the keys that wait or that somebody works on."""
    return {item.key for item in registry.work()}


def _views(services: Services) -> Iterator[View]:
    """Yield every key that any of the three knows: the bucket's in key order, then the others."""
    noted: defaultdict[str, dict[str, Noted]] = defaultdict(dict)
    spec = spec_of(services.index)
    for record in services.registry.documents():
        noted[record.key][record.version_id] = Noted.of(record, spec)
    commit = services.registry.commit_number()
    held: defaultdict[str, list[Holding]] = defaultdict(list)
    for holding in services.index.holdings():
        held[holding.edition.key].append(holding)
    for versions in services.documents.inventory():
        key = versions[0].key
        yield View(key, versions, noted.pop(key, {}), Shelf(key, commit, tuple(held.pop(key, ())), spec))
    for key in sorted(noted.keys() | held.keys()):
        yield View(key, (), noted.get(key, {}), Shelf(key, commit, tuple(held.get(key, ())), spec))


def _confirmed(suspects: Iterable[str], services: Services, settled: datetime) -> tuple[Finding, ...]:
    """Look at each suspect itself."""
    return tuple(finding for key in suspects for finding in disagreements(_look(key, services), settled))


def _look(key: str, services: Services) -> View:
    """Look at one key. The bucket is read last, so that what changed there meanwhile is seen to be new."""
    records, shelf = _records(key, services), Shelf.of(key, services)
    for _ in range(LOOKS - 1):
        again = _records(key, services)
        if again == records:
            break
        records, shelf = again, Shelf.of(key, services)
    noted = {version_id: Noted.of(record, shelf.spec) for version_id, record in records.items()}
    return View(key, services.documents.versions(key), noted, shelf)


def _records(key: str, services: Services) -> dict[str, DocumentVersion]:
    return {record.version_id: record for record in services.registry.history(key)}
