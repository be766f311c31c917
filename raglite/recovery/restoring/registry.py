"""The registry out of a backup, and how what was committed after the backup is taken into account.

All items are written before the commit number, and word of it last: a run that finds that word writes nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from raglite.errors import InvalidRequest
from raglite.ports import Built
from raglite.ports.recovery import Item, RegistryArchive
from raglite.recovery.items import (
    COMMIT,
    COMMITS,
    RESTORED,
    ROSTER,
    commit_item,
    lost_commit,
    place_of,
    restored_item,
    roster_item,
    text_of,
    unleased,
)
from raglite.recovery.manifest import REGISTRY
from raglite.recovery.opened import Opened

AT_ONCE = 200  # items that are written in one call
OURS = {COMMIT, ROSTER, RESTORED}  # what a restore writes of its own


@dataclass(frozen=True, slots=True)
class RegistryRestore:
    """From a backup into a table that holds nothing, or a part of this backup: what an earlier run has written."""

    backup: Opened
    table: RegistryArchive

    def is_done(self) -> bool:
        """Whether an earlier run has written everything; InvalidRequest if it was of another backup."""
        word = next((item for item in self.table.singles() if place_of(item) == RESTORED), None)
        if word is None:
            return False
        if word["backup"] != self.backup.manifest.id:
            raise self._foreign(f"backup {word['backup']}")
        return True

    def refuse_others(self) -> None:
        """InvalidRequest if the table holds anything that the backup does not."""
        held = self.table.items()
        first = next(held, None)
        if first is None or self.is_done():
            return
        wanted = {place_of(item): _digest(item) for item in self.backup.rows(REGISTRY)}
        for item in (first, *held):
            if (
                not self._is_lost_commit(item)
                and place_of(item) not in OURS
                and wanted.get(place_of(item)) != _digest(item)
            ):
                raise self._foreign(" / ".join(place_of(item)))

    def run(self, live: Built, newest: int, now: datetime) -> Counter[str]:
        """Write all items, for an index with the collection `live`, and return how many.

        `newest` is the newest commit number that the index has stamps of: those above the backup's were made good
        after it, and the number goes on from there. Of such a commit nothing is known but that it was made by `now`.
        """
        manifest, singles, written = self.backup.manifest, dict[tuple[str, str], Item](), 0
        for some in _batches(self._of_documents(singles)):
            self.table.write(some)
            written += len(some)
        before = str(singles.get(COMMIT, {}).get("committed_at", ""))
        moment, number = max(text_of(now), before), max(newest, manifest.commit)
        lost = self._lost(number, moment)
        for some in _batches(lost):
            self.table.write(some)
        self.table.write([roster_item(singles.get(ROSTER), live)])
        if number > 0:
            self.table.write([commit_item(number, max((_moment(one) for one in lost), default=before))])
        self.table.write([restored_item(manifest.id, number, now)])
        return Counter(items=written + len(lost))

    def _of_documents(self, singles: dict[tuple[str, str], Item]) -> Iterator[Item]:
        """Yield what is written as it is; the others are put aside."""
        for item in self.backup.rows(REGISTRY):
            if place_of(item) in OURS:
                singles[place_of(item)] = item
            elif item["pk"] != COMMITS or item["number"] <= self.backup.manifest.commit:
                yield unleased(item)

    def _lost(self, number: int, moment: str) -> list[Item]:
        """Return the commits after the backup's; those that an earlier run has written as it wrote them."""
        commit = self.backup.manifest.commit
        known = {item["number"]: item for item in self.table.singles(commit) if item["pk"] == COMMITS}
        moment = max([moment, *(_moment(item) for item in known.values())])
        return [known.get(one) or lost_commit(one, moment) for one in range(commit + 1, number + 1)]

    def _is_lost_commit(self, item: Item) -> bool:
        return bool(item["pk"] == COMMITS and item["number"] > self.backup.manifest.commit and "key" not in item)

    def _foreign(self, what: str) -> InvalidRequest:
        return InvalidRequest(
            f"The table {self.table.name} holds {what}, which is not in backup {self.backup.manifest.id}: nothing is "
            "overwritten, restore into an empty one."
        )


def _moment(commit: Item) -> str:
    return str(commit["sk"]).rpartition("#")[0]


def _digest(item: Item) -> bytes:
    return hashlib.sha256(json.dumps(unleased(item), sort_keys=True).encode()).digest()[:16]


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while some := list(islice(left, AT_ONCE)):
        yield some
