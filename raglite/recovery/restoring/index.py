"""A collection out of a backup's snapshots, for nobody to read until it is whole."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from raglite.errors import ConfigurationError, InvalidBackup, InvalidRequest
from raglite.model import DocumentVersion, EmbeddingSpec
from raglite.ports import Built, DocumentRegistry, VectorIndex
from raglite.ports.recovery import CollectionState, IndexArchive, StoredObject
from raglite.recovery.items import record_of
from raglite.recovery.lines import object_of
from raglite.recovery.manifest import DOCUMENTS, REGISTRY, Collection
from raglite.recovery.opened import Opened

SHORT = 12  # hex digits of a digest in a name
WITHOUT = "Restore without it (--without-index): the index is then built anew from the documents."


@dataclass(frozen=True, slots=True)
class IndexRestore:
    """From a backup into a collection that is not there, or that an earlier run has left half done."""

    backup: Opened
    archive: IndexArchive
    index: VectorIndex
    registry: DocumentRegistry

    @property
    def collection(self) -> Collection:
        """The collection that was live; InvalidBackup if the backup was made without it."""
        found = self.backup.manifest.collections
        if not found:
            raise InvalidBackup(f"Backup {self.backup.manifest.id} was made without the index. {WITHOUT}")
        return found[0]

    def name_for(self, alias: str) -> str:
        """Return what the collection is called under another alias."""
        collection, before = self.collection, self.backup.manifest.alias
        if collection.name.startswith(f"{before}-"):
            return alias + collection.name.removeprefix(before)
        return f"{alias}-{collection.spec.digest[:SHORT]}"

    def refuse_model(self, spec: EmbeddingSpec) -> None:
        """ConfigurationError unless what came after the backup can be indexed with this process's model."""
        if self.collection.spec != spec:
            raise ConfigurationError(
                f"Backup {self.backup.manifest.id} has an index of another embedding spec "
                f"({self.collection.spec.digest[:SHORT]}..., this process has {spec.digest[:SHORT]}...): restore with "
                f"the model and the release that it was built with. {WITHOUT}"
            )

    def refuse_others(self, name: str) -> None:
        """InvalidRequest if the collection is there and read, or holds points of versions that are not ours."""
        state = self.archive.state(name)
        if state is None:
            return
        if state.aliases:
            raise InvalidRequest(f"{state.aliases[0]} leads to the collection {name}: restore into another one.")
        known = self._versions()
        for held in self.index.beside(name).holdings():
            if (held.edition.key, held.edition.version_id) not in known:
                raise InvalidRequest(
                    f"The collection {name} holds points of {held.edition.key} that neither backup "
                    f"{self.backup.manifest.id} nor the registry knows: nothing is overwritten, take another name."
                )

    def run(self, name: str) -> Built:
        """Make the collection as readers at the backup's commit saw it; InvalidBackup if it is not that afterwards."""
        collection, commit = self.collection, self.backup.manifest.commit
        built = self.archive.recover(_state(collection), name, [self.backup.part(one) for one in collection.snapshots])
        self.index.beside(name).rollback(commit)  # published after the registry was read, or by who died over it
        visible = self.archive.visible(name, commit)
        if visible != collection.visible:
            raise InvalidBackup(
                f"Backup {self.backup.manifest.id}: its index shows {visible} points, and {collection.visible} were "
                f"counted when it was made. {WITHOUT}"
            )
        if self.archive.digest(name, commit) != collection.digest:
            raise InvalidBackup(
                f"Backup {self.backup.manifest.id}: its index shows other points than when it was made. {WITHOUT}"
            )
        return built

    @property
    def written(self) -> Counter[str]:
        """How much `run` writes."""
        size = sum(self.backup.manifest.part(name).size for name in self.collection.snapshots)
        return Counter(points=self.collection.points, bytes=size)

    def _versions(self) -> set[tuple[str, str]]:
        objects = (object_of(row) for row in self.backup.rows(DOCUMENTS))
        records = (record_of(row) for row in self.backup.rows(REGISTRY))
        known: Iterable[StoredObject | DocumentVersion]
        known = chain(objects, (one for one in records if one is not None), self.registry.documents())
        return {(one.key, one.version_id) for one in known}


def _state(collection: Collection) -> CollectionState:
    return CollectionState(
        name=collection.name,
        spec=collection.spec,
        points=collection.points,
        aliases=collection.aliases,
        payload_indexes=collection.payload_indexes,
        parameters=collection.parameters,
    )
