"""Holding a key's lease while the work takes as long as it takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from raglite.errors import LeaseLost, RagliteError
from raglite.ports import DocumentRegistry, Lease

RENEWALS = 3  # times a lease is renewed before it would run out


class HeldLease:
    """A lease that a thread of its own keeps alive. `check` before every step that others can see."""

    def __init__(self, registry: DocumentRegistry, lease: Lease, seconds: float) -> None:
        self.lease = lease
        self._registry = registry
        self._seconds = seconds
        self._lost: RagliteError | None = None
        self._done = threading.Event()

    def check(self) -> None:
        """Renew now; LeaseLost if another task has taken over."""
        if self._lost is not None:
            raise LeaseLost(str(self._lost))
        self.lease = self._registry.renew(self.lease, self._seconds)

    def _beat(self) -> None:
        while not self._done.wait(self._seconds / RENEWALS):
            try:
                self._registry.renew(self.lease, self._seconds)
            except LeaseLost as error:
                self._lost = error
                return
            except RagliteError:
                continue  # the registry may be back before the lease runs out; `check` has the last word

    @contextmanager
    def kept_alive(self) -> Iterator["HeldLease"]:
        """Renew in the background while the body runs."""
        thread = threading.Thread(target=self._beat, name=f"lease {self.lease.key}", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._done.set()
            thread.join()
