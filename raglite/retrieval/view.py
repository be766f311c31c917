"""The registry as one question sees it: at one commit number, by one caller."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from raglite.model import (
    CitedDocument,
    DocumentVersion,
    Figure,
    Filing,
    Filters,
    NotIndexed,
    VersionState,
)
from raglite.ports import DocumentRegistry, FoundChunk, is_erased, is_rejected
from raglite.retrieval.catalog import NEWEST, Catalog, Groups, Listing
from raglite.retrieval.moments import spoken
from raglite.retrieval.question.companies import Directory


@dataclass(frozen=True)
class View:
    """`moment` is the one asked about, None for now; `late` are versions that only the index tells of yet.

    Used by one thread.
    """

    commit: int
    moment: datetime | None
    groups: Groups
    listing: Listing
    registry: DocumentRegistry
    late: tuple[DocumentVersion, ...] = ()
    _cited: dict[tuple[str, str], CitedDocument] = field(default_factory=dict)

    @classmethod
    def of(cls, catalog: Catalog, moment: datetime | None, groups: Groups) -> "View":
        """Read the commit number, and the records if they are too old; for a moment that is past, they are fresher."""
        commit = catalog.commit(moment)
        return cls(commit, moment, groups, catalog.listing(soon=moment is not None), catalog.registry)

    def knowing(self, found: Iterable[FoundChunk]) -> "View":
        """Return the view with those found versions that are not listed; itself if all are.

        A record follows its commit, and records are listed now and then: what the index shows is answered from already.
        """
        filings = {(one.key, one.version_id): one.filing for one in found}
        late = [
            DocumentVersion(key=key, version_id=version_id, state=VersionState.SEARCHABLE, filing=filing)
            for (key, version_id), filing in filings.items()
            if not self._listed(key, version_id)
        ]
        return replace(self, late=tuple(late)) if late else self

    @cached_property
    def directory(self) -> Directory:
        """The companies with a document that is answered from."""
        listed, late = self.listing.directory(self.commit, self.groups), [one.filing for one in self.late]
        if all(map(listed.knows, late)):
            return listed
        return Directory.of([*(one.filing for one in self._in_force), *late])

    @cached_property
    def versions(self) -> tuple[DocumentVersion, ...]:
        """The versions that are answered from, by the registry: only the index knows for sure."""
        replaced = {one.key for one in self.late}
        listed = (one for one in self._in_force if one.key not in replaced and not is_erased(one))
        return (*listed, *self.late)

    @cached_property
    def erased(self) -> tuple[DocumentVersion, ...]:
        """The versions that were answered from at the moment asked about, and of which nothing is left."""
        return tuple(one for one in self._in_force if is_erased(one)) if self.moment else ()

    @property
    def _in_force(self) -> tuple[DocumentVersion, ...]:
        return self.listing.in_force(self.commit, self.groups)

    @property
    def audited(self) -> dict[str, int | str]:
        """At what an answer was read, for the audit log."""
        moment = {"as_of": self.moment.isoformat()} if self.moment else {}
        return {"index_commit": self.commit, **moment}

    def nothing(self) -> str | None:
        """Return that nothing at all was searchable at the moment asked about, as a sentence; None if something was."""
        if self.moment is None or self._in_force:
            return None
        times = (one.transitions.get(VersionState.SEARCHABLE) for one in self.listing.seen_by(self.groups))
        first = min((time for time in times if time), default=None)
        begun = f" The first document became searchable at {spoken(first)}." if first and first > self.moment else ""
        return f"No document was searchable at {spoken(self.moment)}.{begun}"

    def cited(self, key: str, version_id: str, filing: Filing | None = None) -> CitedDocument:
        """Return what is cited of a version: what it was read as (`filing`: by the index), and how far it is whole."""
        if (key, version_id) not in self._cited:
            record = self._record(key, version_id) or _unknown(key, version_id)
            self._cited[key, version_id] = self.of_record(record, filing)
        return self._cited[key, version_id]

    def of_record(self, record: DocumentVersion, filing: Filing | None = None) -> CitedDocument:
        """Return the same of a version whose record is known."""
        read_as = {name: value for name, value in filing or record.filing if name in CitedDocument.model_fields}
        return CitedDocument(
            id=record.document_id,
            key=record.key,
            version_id=record.version_id,
            superseded=record.committed is not None and not record.in_force(NEWEST),
            pages_total=record.pages_total,
            pages_missing=record.pages_missing,
            newer=self._newer(record),
            **read_as,
        )

    def label(self, label: str, document: CitedDocument) -> str:
        """Return a citation's label; of a version that is answered from no longer it says so."""
        if self.moment is None or not document.superseded:
            return label
        return f"{label} (as of {spoken(self.moment)}, superseded since)"

    def labelled(self, figure: Figure) -> Figure:
        """Return a figure with its operands labelled so."""
        operands = tuple(
            one.model_copy(update={"label": self.label(one.label, document)})
            for one, document in zip(figure.operands, self.behind([figure]), strict=True)
        )
        return figure.model_copy(update={"operands": operands})

    def behind(self, figures: Iterable[Figure]) -> list[CitedDocument]:
        """Return the document of every operand."""
        return [self.cited(one.key, one.version_id) for figure in figures for one in figure.operands]

    def _record(self, key: str, version_id: str) -> DocumentVersion | None:
        """Return a record; one that is not listed yet, or was listed before its version was published, is looked up."""
        return self._listed(key, version_id) or self.registry.find(key, version_id)

    def _listed(self, key: str, version_id: str) -> DocumentVersion | None:
        known = self.listing.records.get(key, {}).get(version_id)
        return known if known and known.in_force(self.commit) else None

    def _newer(self, record: DocumentVersion) -> NotIndexed | None:
        """Return the newest version that came after, by the moment asked about, and could not be indexed."""
        others = (one for one in self.listing.records.get(record.key, {}).values() if is_rejected(one))
        rejected = [one for one in others if self._follows(one, record)]
        newest = max(rejected, key=lambda one: (one.uploaded or record.uploaded, one.version_id), default=None)
        if newest is None:
            return None
        reason, sentence = newest.reason or "", newest.reason_sentence or ""
        return NotIndexed(version_id=newest.version_id, uploaded=newest.uploaded, reason=reason, sentence=sentence)

    def _follows(self, one: DocumentVersion, record: DocumentVersion) -> bool:
        """Tell whether a rejected version was uploaded after another. The bucket's clock ticks in seconds."""
        if one.version_id == record.version_id or not one.uploaded or not record.uploaded:
            return False
        if self.moment and one.uploaded > self.moment:
            return False
        is_newest = one.state is VersionState.QUARANTINED  # nothing that can be indexed came after it
        return one.uploaded >= record.uploaded if is_newest else one.uploaded > record.uploaded


def is_within(version: DocumentVersion, limits: Filters) -> bool:
    """Tell whether a version is one that the caller's filters let pass."""
    filing = version.filing
    return (
        (not limits.companies or filing.company in limits.companies)
        and (not limits.forms or filing.form in limits.forms)
        and (not limits.fiscal_years or filing.fiscal_year in limits.fiscal_years)
        and (not limits.document_ids or version.document_id in limits.document_ids)
    )


def _unknown(key: str, version_id: str) -> DocumentVersion:
    """Return what is known of a version that the index holds and the registry does not (yet)."""
    return DocumentVersion(key=key, version_id=version_id, state=VersionState.RECEIVED)
