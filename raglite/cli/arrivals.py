"""Waiting for what becomes of uploaded versions: so many lookups a second at most, fewer where nothing moves."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from raglite.cli.outside import Outside
from raglite.errors import EndCode, TransientError
from raglite.model import DocumentVersion, VersionState

LOST = frozenset({VersionState.QUARANTINED, VersionState.DELETED})
AT_REST = LOST | {VersionState.SEARCHABLE, VersionState.SUPERSEDED}
LOOKUPS = 50  # versions looked up at once: the others have their turn at the next look
PAUSE, LONGEST_PAUSE = 1.0, 5.0  # seconds between two looks
BACKOFF = 1.5

Id = tuple[str, str]  # key and version id


class Arrivals:
    """Uploaded versions on their way."""

    def __init__(self, versions: Sequence[DocumentVersion], reach: Outside) -> None:
        self._reach = reach
        self._known = {(version.key, version.version_id): version for version in versions}
        self._pending = deque(self._known)
        self._received = deque(self._known)

    @property
    def versions(self) -> list[DocumentVersion]:
        """All of them as last seen, in key order."""
        return sorted(self._known.values(), key=lambda version: version.key)

    def await_all(self, timeout: float) -> Iterator[list[DocumentVersion]]:
        """Yield them after each look, until all have come to rest or `timeout` seconds are over.

        The last look is at all that are still on their way; TransientError if the registry does not answer even then.
        """
        deadline, pause = self._now() + timedelta(seconds=timeout), PAUSE
        while self._pending and self._now() < deadline:
            moved = False
            with suppress(TransientError):  # it may be back before the time is over
                moved = self._look(LOOKUPS)
                self._look_for_erased()
            yield self.versions
            pause = PAUSE if moved else min(BACKOFF * pause, LONGEST_PAUSE)
            if self._pending:
                self._reach.pause(max(0.0, min(pause, (deadline - self._now()).total_seconds())))
        self._look(len(self._pending))
        yield self.versions

    def _look(self, most: int) -> bool:
        """Look up those whose turn it is; whether any has another state than before."""
        moved = False
        for version in [self._pending[at] for at in range(min(most, len(self._pending)))]:
            found = self._reach.services.registry.find(*version)
            if found is not None:
                moved = moved or found.state is not self._known[version].state
                self._known[version] = found
            self._pending.popleft()
            if self._known[version].state not in AT_REST:
                self._pending.append(version)
        return moved

    def _look_for_erased(self) -> None:
        """Ask the bucket about one version that nobody has looked at yet: if it was erased, nobody ever will."""
        self._received = deque(one for one in self._received if self._known[one].state is VersionState.RECEIVED)
        if not self._received:
            return
        version = self._received[0]
        self._received.rotate(-1)
        held = self._reach.services.documents.versions(version[0])
        if version[1] not in {one.version_id for one in held}:
            sentence = "It was erased from the bucket before a task looked at it."
            update = {"state": VersionState.DELETED, "reason": EndCode.ERASED.value, "reason_sentence": sentence}
            self._known[version] = self._known[version].model_copy(update=update)
            self._pending.remove(version)

    def _now(self) -> datetime:
        return self._reach.services.clock.now()
