"""Which collections the index has, and how far a change from one to another has come. Kept in the registry."""

from datetime import datetime
from enum import StrEnum

from raglite.model import EmbeddingSpec, Frozen


class Built(Frozen):
    """A collection, and what it is built with."""

    name: str
    spec: EmbeddingSpec


class Phase(StrEnum):
    """What the collection beside the live one is there for."""

    BUILDING = "building"  # it is being filled, or followed
    SWITCHING = "switching"  # it is whole and verified: whoever publishes next makes it the live one first
    KEPT = "kept"  # it was the live one, and could be again
    DROPPING = "dropping"  # it is being removed


class Roster(Frozen):
    """The collections by their roles, changed only from one `generation` to the next.

    `live` is None until the first reindex: there is one collection then, the one behind the alias. `complete_to` is the
    commit number up to which `beside` has all that `live` has. `owner` is the reindex at work, until `expires`.
    """

    generation: int = 0
    live: Built | None = None
    beside: Built | None = None
    phase: Phase | None = None
    complete_to: int = 0
    owner: str | None = None
    expires: datetime | None = None

    @property
    def is_switching(self) -> bool:
        """Whether a switch was begun that nobody has said to be finished."""
        return self.phase is Phase.SWITCHING

    @property
    def followers(self) -> tuple[Built, ...]:
        """The collections besides the live one from which is removed at once what is removed from it."""
        return () if self.beside is None or self.phase is Phase.DROPPING else (self.beside,)

    def next(self, **changed: object) -> "Roster":
        """Return the roster that follows this one."""
        return self.model_copy(update={**changed, "generation": self.generation + 1})

    def switched(self) -> "Roster":
        """Return it with the two collections in each other's roles."""
        return self.next(live=self.beside, beside=self.live, phase=Phase.KEPT, owner=None, expires=None)

    def is_owned(self, now: datetime, but_by: str) -> bool:
        """Whether somebody else is at work on it."""
        return self.owner not in {None, but_by} and self.expires is not None and self.expires >= now
