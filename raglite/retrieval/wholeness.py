"""Whether the index still shows what the registry says was published: a document that was lost must not look unknown.

At most one look a second and a process, but for answers that abstain: the points that a reader sees now are counted,
and held against the sum that the records say. What differs is most often on its way, a record follows its commit a
moment later: so what differs is looked at by itself, and only what nobody works on, and nothing explains, is lost.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from raglite.errors import DependencyUnavailable
from raglite.model import DocumentVersion, VersionState, document_id
from raglite.ports import RUNBOOK, Built, CollectionMissing, Edition, RegistryBehind, Services, refuse_behind
from raglite.retrieval.catalog import Catalog, Listing

LOOK_AGE = timedelta(seconds=1)  # how old a look may be that an answer rests on
MOST_SUSPECTS = 20  # keys that are looked at by themselves: one that is lost is enough
MORE = 100  # documents in the index that the listing does not know yet
_NEVER = datetime.min.replace(tzinfo=UTC)


class PointsLost(DependencyUnavailable):
    """The index has lost points of documents that were published: what it would answer may be wrong."""

    def __init__(self, documents: int, *, at_least: bool) -> None:
        self.documents, self.at_least = documents, at_least
        number = f"at least {documents}" if at_least else f"{documents}"
        super().__init__(
            "index",
            f"points of {number} document{'' if documents == 1 else 's'} are lost, which the registry calls "
            f"searchable. Nothing is answered until they are restored: {RUNBOOK}.",
        )


@dataclass
class Wholeness:
    """Looks at registry and index, and refuses; safe to share between threads.

    `refuse` for questions about now, `refuse_behind` for those about a moment that is past: what was answered from then
    is not counted.
    """

    services: Services
    catalog: Catalog
    _looked: datetime = _NEVER
    _sound_at: int = -1  # the commit number at which no stamp was ahead
    _spec: str = ""  # digest of what the collection that is read is built with
    _behind: RegistryBehind | None = None
    _lost: PointsLost | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refuse(self, moment: datetime | None = None, since: datetime | None = None) -> None:
        """Raise RegistryBehind or PointsLost; of a moment that is past only the first. CollectionMissing without any.

        While one thread looks, the others go on with what was known before. Whoever is about to say that there is
        nothing waits for a look that was begun `since` then.
        """
        if self._is_due(since) and self._lock.acquire(blocking=since is not None or self._looked == _NEVER):
            try:
                if self._is_due(since):
                    self._look()
            finally:
                self._lock.release()
        if self._behind is not None:
            raise RegistryBehind(self._behind.commit)
        if self._lost is not None and moment is None:
            raise PointsLost(self._lost.documents, at_least=self._lost.at_least)

    def _is_due(self, since: datetime | None) -> bool:
        is_old = self.catalog.clock.now() - self._looked >= LOOK_AGE
        return is_old or (since is not None and self._looked < since)

    def _look(self) -> None:
        asked = self.catalog.clock.now()
        try:
            commit = self._sound()
        except RegistryBehind as error:
            self._behind, self._lost = error, None
        else:
            self._behind, self._lost = None, self._losses(self.catalog.listing(), commit)
        self._looked = asked

    def _sound(self) -> int:
        """Return the commit number, at which no stamp is ahead by more than a publisher's; looked at once a number."""
        commit = self.catalog.commit()
        if commit != self._sound_at:
            refuse_behind(self.services.registry, self.services.index)
            self._sound_at = commit
        return commit

    def _losses(self, listing: Listing, commit: int) -> PointsLost | None:
        index = self.services.index
        shown = index.count(commit=commit)
        if shown == listing.points(commit, self._spec or self.services.embedder.spec.digest):
            return None
        built = index.built()
        if built is None:
            raise CollectionMissing("index", f"the collection is gone: {RUNBOOK}.")
        self._spec = built.spec.digest
        if shown == listing.points(commit, self._spec) or not self._is_live(built):
            return None
        suspects = self._suspects(listing, commit)
        looked_at = list(islice(suspects, MOST_SUSPECTS))
        lost = self._confirmed(looked_at)
        return PointsLost(len(lost), at_least=next(suspects, None) is not None) if lost else None

    def _is_live(self, built: Built) -> bool:
        """One that is kept for tasks of another model lags behind, as everybody knows (docs/decisions/0024)."""
        live = self.services.registry.roster().live
        return live is None or live.name == built.name

    def _suspects(self, listing: Listing, commit: int) -> Iterator[str]:
        """Yield the keys of which fewer points are seen than were recorded."""
        expected = listing.points_by_key(commit, self._spec)
        shown = self.services.index.shown(commit, len(expected) + MORE)
        return (key for key, points in expected.items() if shown.get(document_id(key), 0) < points)

    def _confirmed(self, suspects: list[str]) -> list[str]:
        """Return the keys that have lost points, whatever happens meanwhile.

        Who changes what is seen holds the key's lease until it is recorded. So the records are read, the points, who
        works on what, and the records again: what was changed before any of these shows in one that comes after it.
        """
        registry = self.services.registry
        commit = registry.commit_number()
        short = {key: before for key in suspects if self._is_short(key, before := registry.history(key), commit)}
        if not short:
            return []
        busy = {item.key for item in registry.work()}
        same = [key for key, before in short.items() if key not in busy and _same(before, registry.history(key))]
        changed = {change.key for change in registry.changes(commit)} if same else set()
        return [] if None in changed else [key for key in same if key not in changed]

    def _is_short(self, key: str, records: tuple[DocumentVersion, ...], commit: int) -> bool:
        """Tell whether fewer points are seen than were recorded of a version that is called searchable."""
        seen = Counter[Edition]()
        for held in self.services.index.holdings(key):
            seen[held.edition] += held.points if held.visible(commit) else 0
        return any(
            seen[Edition(key, one.version_id, one.edition)] < one.chunks_in(self._spec)
            for one in records
            if one.state is VersionState.SEARCHABLE and one.in_force(commit)
        )


def _same(before: tuple[DocumentVersion, ...], after: tuple[DocumentVersion, ...]) -> bool:
    return _by_version(before) == _by_version(after)


def _by_version(records: tuple[DocumentVersion, ...]) -> Mapping[str, DocumentVersion]:
    return {one.version_id: one for one in records}
