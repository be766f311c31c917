"""Registry and index out of one backup, and the documents if they are lost, too, into stores of other names."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from raglite.errors import InvalidRequest
from raglite.ingestion.live import work_on_live
from raglite.ports import AuditField, Built
from raglite.recovery.opened import Opened
from raglite.recovery.restoring.agreement import Agreement
from raglite.recovery.restoring.documents import DocumentsRestore
from raglite.recovery.restoring.index import IndexRestore
from raglite.recovery.restoring.parsed import ParsedRestore
from raglite.recovery.restoring.registry import RegistryRestore
from raglite.recovery.restoring.target import Restored, Target
from raglite.recovery.restoring.verification import Verification
from raglite.telemetry import AuditAction


@dataclass(frozen=True, slots=True)
class EverythingRestore:
    """With the documents, what was erased since the backup comes back, and what was uploaded since is lost.

    Without `with_documents` their bucket is the live one, and nothing of it is lost. Without `with_index` the snapshot
    is left alone, and the index is built anew from the documents.
    """

    backup: Opened
    target: Target
    with_documents: bool = True
    with_index: bool = True

    def run(self) -> Restored:
        """Check, fill, bring up to date and verify; InvalidRequest, and nothing is written, if a store is not empty."""
        backup, target = self.backup, self.target
        backup.check()
        self._refuse_others()
        written = self._filled()
        live = self._collection()
        target.services.index.switch(live)
        told: dict[str, AuditField] = {"backup": backup.manifest.id, "commit": target.registry.commit(), **self.names}
        target.services.audit.append(AuditAction.RESTORED, target.actor, told)
        work_on_live(target.services)
        mended = Agreement(target, target.services).reach()
        target.told("Holding all of it against the backup.")
        faults = tuple(self.faults())
        return Restored(backup.manifest.id, target.registry.commit(), self.names, written, mended, faults=faults)

    @property
    def names(self) -> dict[str, str]:
        """The stores that are filled."""
        filled = (*(("documents", "parsed") if self.with_documents else ()), "registry", "collection")
        return {what: self.target.names[what] for what in filled}

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with what is there."""
        verification = Verification(self.backup, self.target)
        if self.with_documents:
            yield from verification.of_backup()
            yield from verification.of_documents()
            yield from verification.of_parsed()
        yield from verification.of_registry()
        yield from verification.of_index(verification.expected())
        yield from verification.of_agreement()

    @property
    def _registry(self) -> RegistryRestore:
        return RegistryRestore(self.backup, self.target.registry)

    @property
    def _index(self) -> IndexRestore:
        return IndexRestore(self.backup, self.target.index, self.target.services.index, self.target.services.registry)

    def _refuse_others(self) -> None:
        target = self.target
        if self.with_index:
            self._index.refuse_model(target.services.embedder.spec)
        target.told(f"Looking whether {', '.join(self.names.values())} hold nothing but of this backup.")
        if self.with_documents:
            DocumentsRestore(self.backup, target.documents).refuse_others()
            ParsedRestore(self.backup, target.parsed).refuse_others()
        self._registry.refuse_others()
        if self._registry.is_done():
            return
        live = target.index.live()
        if live is not None:
            raise InvalidRequest(f"{target.alias} leads to the collection {live.name}: restore under another name.")
        if self.with_index:
            self._index.refuse_others(self._index.name_for(target.alias))

    def _filled(self) -> Counter[str]:
        """Fill the stores: the registry last, which says that the others are filled."""
        target = self.target
        written = self._documents_filled() if self.with_documents else Counter[str]()
        if self._registry.is_done():
            return written
        items = self.backup.manifest.counts.items
        target.told(f"Restoring the index as {target.alias}, and {items} items into {target.registry.name}.")
        live = self._made()
        written += self._index.written if self.with_index else Counter()
        return written + self._registry.run(live, self.backup.manifest.commit, target.services.clock.now())

    def _documents_filled(self) -> Counter[str]:
        target, counts = self.target, self.backup.manifest.counts
        target.told(f"Restoring {counts.versions} versions of {counts.keys} documents into {target.documents.name}.")
        written = DocumentsRestore(self.backup, target.documents).run()
        target.told(f"Restoring {counts.parsed} parsed files into {target.parsed.name}.")
        return written + ParsedRestore(self.backup, target.parsed).run()

    def _made(self) -> Built:
        if self.with_index:
            return self._index.run(self._index.name_for(self.target.alias))
        return self.target.services.index.create(self.target.services.embedder.spec)

    def _collection(self) -> Built:
        """Return the collection that the registry calls live; made again if it was lost since an earlier run."""
        live = self.target.services.registry.roster().live
        if live is None:
            raise InvalidRequest(
                f"The table {self.target.registry.name} names no live collection: restore into another."
            )
        if self.target.index.state(live.name) is None:
            return self._made()
        return live
