"""What the index holds of one key, and what of it a reader sees now."""

from dataclasses import dataclass

from raglite.model import DocumentVersion
from raglite.ports import Edition, Holding, Services, VectorIndex


@dataclass(frozen=True, slots=True)
class Shelf:
    """One look at the index, which knows for sure what the registry only remembers."""

    key: str
    commit: int
    holdings: tuple[Holding, ...]
    spec: str  # digest of what the index is built with

    @classmethod
    def of(cls, key: str, services: Services) -> "Shelf":
        """Look at a key. The number is read first: what is published meanwhile is another key's."""
        commit = services.registry.commit_number()
        return cls(key, commit, services.index.holdings(key), spec_of(services.index))

    @property
    def versions(self) -> set[str]:
        """The versions of which anything is held."""
        return {held.edition.version_id for held in self.holdings}

    @property
    def has_leftovers(self) -> bool:
        """Whether there are points that nobody has published."""
        return any(held.committed is None for held in self.holdings)

    @property
    def has_stamps_ahead(self) -> bool:
        """Whether there are stamps that no commit has made good: only a publisher that died leaves them on our key."""
        return any(max(held.committed or 0, held.superseded or 0) > self.commit for held in self.holdings)

    @property
    def visible(self) -> dict[Edition, int]:
        """The editions that are answered from, with their points: one, unless something went wrong."""
        found: dict[Edition, int] = {}
        for held in self.holdings:
            if held.visible(self.commit):
                found[held.edition] = found.get(held.edition, 0) + held.points
        return found

    def answers_from(self, version_id: str) -> bool:
        """Whether any of a version's points are visible."""
        return any(edition.version_id == version_id for edition in self.visible)

    def shows(self, record: DocumentVersion) -> bool:
        """Whether the recorded edition is visible with as many points as were recorded."""
        return 0 < record.chunks_in(self.spec) == self.visible.get(edition_of(record), 0)

    def shows_only(self, record: DocumentVersion) -> bool:
        """Whether it is visible as recorded, and nothing else of the key."""
        return self.shows(record) and len(self.visible) == 1

    def committed(self, record: DocumentVersion) -> int:
        """Return the commit number that made the recorded edition visible."""
        numbers = (held.committed for held in self.holdings if held.edition == edition_of(record))
        return min((number for number in numbers if number is not None), default=self.commit)

    def superseded(self, record: DocumentVersion) -> int:
        """Return the commit number that hid the recorded edition; the current one where the index has lost it."""
        numbers = (held.superseded for held in self.holdings if held.edition == edition_of(record))
        return min((number for number in numbers if number is not None and number <= self.commit), default=self.commit)

    def next_edition(self, version_id: str) -> int:
        """Return the number that no published edition of the version has."""
        return 1 + max((held.edition.number for held in self._published(version_id)), default=0)

    def _published(self, version_id: str) -> list[Holding]:
        return [
            held
            for held in self.holdings
            if held.edition.version_id == version_id and held.committed is not None and held.committed <= self.commit
        ]


def spec_of(index: VectorIndex) -> str:
    """Return the digest of the spec that an index is built with; "" if there is none."""
    built = index.built()
    return built.spec.digest if built else ""


def edition_of(record: DocumentVersion) -> Edition:
    """Return the edition that a record speaks of."""
    return Edition(record.key, record.version_id, record.edition)
