"""The registry's items as backups hold and restores write them; adapters/dynamodb_registry.py tells what they are."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from raglite.model import DocumentVersion, VersionState
from raglite.ports import Built, Roster
from raglite.ports.recovery import Item

COMMIT, ROSTER, RESTORED = ("index", "commit"), ("index", "roster"), ("index", "restored")
COMMITS = "commits"
LEASE = {"lease_owner", "lease_expires"}
VERSION = "version#"


def place_of(item: Item) -> tuple[str, str]:
    """Return what an item is found by."""
    return item["pk"], item["sk"]


def record_of(item: Item) -> DocumentVersion | None:
    """Return a version's record; None if the item is none. What this release does not know of it is left out."""
    if not item["sk"].startswith(VERSION):
        return None
    return DocumentVersion.model_validate_json(item["record"], extra="ignore")


def is_searchable(item: Item) -> bool:
    """Whether it is the record of a version that was answered from."""
    return bool(item["sk"].startswith(VERSION) and item["state"] == VersionState.SEARCHABLE)


def unleased(item: Item) -> dict[str, Any]:
    """Return an item that nobody holds a lease on: whoever held it worked on another table."""
    return {name: value for name, value in item.items() if name not in LEASE}


def roster_item(item: Item | None, live: Built) -> dict[str, Any]:
    """Return the roster of a table whose index has but this collection."""
    before = Roster.model_validate_json(item["roster"]) if item else Roster()
    now = before.next(live=live, beside=None, phase=None, owner=None, expires=None)
    return _at(ROSTER) | {"generation": now.generation, "roster": now.model_dump_json()}


def commit_item(number: int, moment: str) -> dict[str, Any]:
    """Return the commit number, current since a moment."""
    return _at(COMMIT) | {"number": number, "committed_at": moment}


def lost_commit(number: int, moment: str) -> dict[str, Any]:
    """Return a commit of which nothing is known but that it was made."""
    return {"pk": COMMITS, "sk": f"{moment}#{number:012d}", "number": number}


def restored_item(backup: str, commit: int, moment: datetime) -> dict[str, Any]:
    """Return the word that a restore leaves when all items are written."""
    return _at(RESTORED) | {"backup": backup, "number": commit, "restored_at": text_of(moment)}


def text_of(moment: datetime) -> str:
    """Format as the registry does: text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two items say the same, but for leases."""
    return unleased(one) == unleased(other)


def _at(place: tuple[str, str]) -> dict[str, Any]:
    return {"pk": place[0], "sk": place[1]}
