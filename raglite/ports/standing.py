"""How registry and index stand to each other, before anybody works with both: two rules, nothing is written here.

A publisher stamps points with the number after the current one, then moves the number. So no stamp is ever more than
one ahead, and without a single commit there was no point to be seen: what is otherwise is the loss of one of the two.
"""

from raglite.errors import DependencyUnavailable
from raglite.ports.documents import DocumentRegistry, DocumentStore
from raglite.ports.index import VectorIndex

RUNBOOK = "docs/how-to/restore.md"


class RegistryBehind(DependencyUnavailable):
    """The registry is older than the index: it was lost, or brought back from an old backup."""

    def __init__(self, commit: int) -> None:
        self.commit = commit
        super().__init__(
            "registry",
            f"is older than the index: it is at commit {commit}, and the index bears stamps beyond the next. Nothing "
            f"is answered or published until it is restored: {RUNBOOK}.",
        )


def is_new(registry: DocumentRegistry, documents: DocumentStore) -> bool:
    """Whether nothing was ever published, so that there may be no collection yet.

    Nobody parses a document before there is a collection: where any is parsed, registry and index are both lost.
    """
    return registry.commit_number() == 0 and registry.roster().live is None and not documents.has_parsed()


def refuse_behind(registry: DocumentRegistry, index: VectorIndex) -> int:
    """Return the commit number; RegistryBehind if the index bears stamps that no publisher of this registry made.

    What others publish between the two looks is no such stamp: the number is looked at again. CollectionMissing if
    there is no index.
    """
    commit = registry.commit_number()
    while index.ahead(commit + 1):
        again = registry.commit_number()
        if again == commit:
            raise RegistryBehind(commit)
        commit = again
    return commit
