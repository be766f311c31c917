"""Being the one reindex at work: the roster of collections names it, and a thread keeps its name there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from raglite.errors import LeaseLost, RagliteError
from raglite.ingestion.lease import RENEWALS
from raglite.ports import Lease, Roster, Services


class Claim:
    """The roster, changed by nobody else while the claim lasts. `change` fails with LeaseLost if somebody did."""

    def __init__(self, services: Services, roster: Roster, owner: str, seconds: float) -> None:
        self.roster = roster
        self._services = services
        self._owner = owner
        self._seconds = seconds
        self._lock = threading.Lock()
        self._done = threading.Event()

    def change(self, lease: Lease | None = None, **changed: Any) -> None:
        """Write the roster with these changes, and this claim prolonged; under a lease, if one is given."""
        with self._lock:
            now, present = self._services.clock.now(), self._services.registry.roster()
            if present.is_owned(now, but_by=self._owner):
                raise LeaseLost("Another reindex is at work: wait until it has ended.")
            if present.owner == self._owner:  # a write of ours may have gone through and failed to say so
                self.roster = present
            expires = now + timedelta(seconds=self._seconds)
            following = self.roster.next(owner=self._owner, expires=expires, **changed)
            self._services.registry.enroll(following, lease)
            self.roster = following

    def finish(self, following: Roster, lease: Lease | None = None) -> None:
        """Write the roster that the claim ends with."""
        with self._lock:
            self._services.registry.enroll(following, lease)
            self.roster = following
            self._done.set()

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Prolong it in the background while the body runs, and give it up after it, unless it was finished."""
        thread = threading.Thread(target=self._beat, name="reindex", daemon=True)
        thread.start()
        try:
            yield
        finally:
            finished = self._done.is_set()
            self._done.set()
            thread.join()
            if not finished:
                self._give_up()

    def _beat(self) -> None:
        while not self._done.wait(self._seconds / RENEWALS):
            try:
                self.change()
            except LeaseLost:
                return  # the next change has the last word
            except RagliteError:
                continue

    def _give_up(self) -> None:
        try:
            self.finish(self.roster.next(owner=None, expires=None))
        except RagliteError:
            return  # somebody else has it, or it runs out by itself
