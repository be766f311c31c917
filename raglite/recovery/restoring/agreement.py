"""Bringing what came out of a backup up to date: the documents bucket is right, and nothing in it is lost.

It is `reconcile` and `synchronize`, in this process, over the stores that were filled.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from raglite.errors import NotFound, TransientError
from raglite.ingestion.disagreement import Finding, FindingKind
from raglite.ingestion.reconciling import busy_keys, reconcile
from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from raglite.ports import Services
from raglite.recovery.restoring.target import Mended, Target

ANY_AGE = -86_400.0  # seconds of grace: clocks differ, and nothing is too young to be looked at
ROUNDS = 6  # each looks at everything: a key may be worked on by somebody else, or be erased meanwhile
SHOWN = 5  # keys that are named
WRONG_ANSWERS = {FindingKind.GHOST, FindingKind.DUPLICATE, FindingKind.MISSING, FindingKind.HALF_INDEXED}


def since(began: datetime, services: Services) -> float:
    """Return the seconds of grace that leave out what has come since a moment."""
    return (services.clock.now() - began).total_seconds()


@dataclass(slots=True)
class Agreement:
    """What is done until nothing disagrees; `services` are the target's, with the index that is to agree."""

    target: Target
    services: Services
    looked_at: dict[str, None] = field(default_factory=dict)
    failed: dict[str, TransientError] = field(default_factory=dict)

    def reach(self) -> Mended:
        """Synchronize the keys that disagree or wait until there are none; TransientError names those that stay.

        What is uploaded from here on is left to the tasks of the estate: who uploads does not stop for a restore.
        """
        began, keys = self.services.clock.now(), self._due()
        for _ in range(ROUNDS):
            if not keys:
                return Mended(tuple(self.looked_at), tuple(self._quarantined()))
            self.target.told(f"Bringing {len(keys)} documents up to date.")
            for key in keys:
                self._synchronize(key)
            keys = self._left(began)
        if not keys:
            return Mended(tuple(self.looked_at), tuple(self._quarantined()))
        left = sorted(keys)
        named = ", ".join(left[:SHOWN]) + (f" and {len(left) - SHOWN} more" if len(left) > SHOWN else "")
        why = next((f" The last error: {self.failed[key]}" for key in left if key in self.failed), "")
        raise TransientError(f"{named} could not be brought up to date: run it again.{why}")

    def wrong(self) -> tuple[Finding, ...]:
        """Return what would be answered wrongly now, of keys that wait or are worked on, too."""
        found = reconcile(self.services, ANY_AGE, judging_busy=True).findings
        return tuple(one for one in found if one.kind in WRONG_ANSWERS)

    def _due(self) -> set[str]:
        return {*reconcile(self.services, ANY_AGE).disagreeing, *busy_keys(self.services.registry)}

    def _left(self, began: datetime) -> set[str]:
        """Return the keys that are still due. One that has come to wait since then is a new upload's."""
        waiting = busy_keys(self.services.registry) & self.looked_at.keys()
        return {*reconcile(self.services, since(began, self.services)).disagreeing, *waiting, *self.failed}

    def _synchronize(self, key: str) -> None:
        self.looked_at[key] = None
        self.failed.pop(key, None)
        try:
            with suppress(NotFound):  # erased while it was read: the next round knows
                synchronize(key, self.services, self.target.policy)
        except TransientError as error:
            self.failed[key] = error

    def _quarantined(self) -> Iterator[str]:
        """Yield the keys whose newest version cannot be indexed."""
        for key in sorted(self.looked_at):
            newest = next(iter(self.services.documents.versions(key)), None)
            record = newest and self.services.registry.find(key, newest.version_id)
            if record and record.state is VersionState.QUARANTINED:
                yield key
