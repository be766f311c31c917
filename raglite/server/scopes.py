"""What a credential is good for."""

from collections.abc import Iterable
from enum import StrEnum

from raglite.ports import Principal


class Scope(StrEnum):
    """A kind of thing that may be done. `canary` comes beside `read`: who has it is nobody, and counts as no user."""

    READ = "read"
    INGEST = "ingest"
    ADMIN = "admin"
    CANARY = "canary"


READERS = (Scope.READ,)
INGESTERS = (Scope.INGEST,)
ADMINS = (Scope.ADMIN,)
ANYBODY = (Scope.READ, Scope.INGEST)


def permits(principal: Principal, scopes: Iterable[Scope]) -> bool:
    """Whether a principal has one of some scopes."""
    return not principal.scopes.isdisjoint(scopes)


def lacking(principal: Principal, scopes: Iterable[Scope]) -> str:
    """Return the sentence for who has none of some scopes."""
    return f"The key {principal.name} lacks the scope {' or '.join(scopes)}: ask for one that has it."
