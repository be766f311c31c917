"""Which way back is meant by what is to be filled."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Protocol

from raglite.errors import InvalidRequest
from raglite.recovery.opened import Opened
from raglite.recovery.restoring.everything import EverythingRestore
from raglite.recovery.restoring.lost_index import LostIndex
from raglite.recovery.restoring.lost_registry import LostRegistry
from raglite.recovery.restoring.one_document import OneDocument
from raglite.recovery.restoring.target import Restored, Target

REGISTRY, INDEX, BOTH = {"registry"}, {"collection"}, {"registry", "collection"}
EVERYTHING = {"documents", "parsed", "registry", "collection"}


class Way(Protocol):
    """A way back."""

    @property
    def names(self) -> dict[str, str]:
        """What is filled, by what it is."""

    def run(self) -> Restored:
        """Go it."""

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with what is there, however it came there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The names of the stores to fill, or the key of one document."""

    documents: str | None = None
    parsed: str | None = None
    registry: str | None = None
    collection: str | None = None
    document: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """What is to be filled."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in named.items() if value is not None}

    @property
    def settings(self) -> dict[str, str]:
        """What the settings are called over the stores that are filled.

        A lost index comes back beside the live registry: its alias stays what it is.
        """
        places = {"documents": "documents_bucket", "parsed": "parsed_bucket", "registry": "registry_table"}
        if self.given.keys() != INDEX:
            places["collection"] = "collection"
        return {place: self.given[name] for name, place in places.items() if name in self.given}

    def way(self, backup: Opened, target: Target, *, with_index: bool) -> Way:
        """Return the way from a backup; InvalidRequest if there is none like it."""
        given = self.given
        if given.keys() == {"document"}:
            return OneDocument(backup, target, given["document"])
        if given.keys() == INDEX:
            return LostIndex(backup, target, given["collection"])
        if given.keys() == REGISTRY:
            return LostRegistry(backup, target)
        return EverythingRestore(backup, target, given.keys() == EVERYTHING, with_index)

    def refuse_others(self, source: str) -> None:
        """InvalidRequest unless a way leads from a source to what is to be filled."""
        known = [BOTH] if source == "documents" else [EVERYTHING, BOTH, REGISTRY, INDEX, {"document"}]
        if self.given.keys() not in known:
            ways = "; ".join(" ".join(_option(name) for name in sorted(way)) for way in known)
            raise InvalidRequest(f"From {source} can be restored: {ways}.")


def _option(name: str) -> str:
    return "--document" if name == "document" else f"--to-{name}"
