"""Taking up the live collection, as whoever writes to it or answers from it begins."""

from collections.abc import Callable

from raglite.model import EmbeddingSpec
from raglite.ports import CollectionMissing, Services, is_new


def work_on_live(services: Services) -> None:
    """Let the index work on the live collection, by its name; ConfigurationError if that has another spec."""
    _on_live(services, services.index.prepare)


def answer_from_live(services: Services) -> None:
    """Let the index read where questions of this process's model go to; ConfigurationError if there is no such."""
    _on_live(services, services.index.serve)


def _on_live(services: Services, take: Callable[[EmbeddingSpec], None]) -> None:
    """Take the live collection; the first is begun here, so that a new installation is ready before its first document.

    CollectionMissing where anything was ever published: an empty collection would answer for the one that was lost.
    """
    spec = services.embedder.spec
    try:
        take(spec)
    except CollectionMissing:
        if not is_new(services.registry, services.documents):
            raise
        services.index.begin(spec)
        take(spec)
