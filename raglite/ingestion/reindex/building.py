"""Filling a collection and keeping up with what is published meanwhile: each commit names the key that it changed."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from raglite.errors import ResourceExhausted
from raglite.ingestion.reindex.mirror import Mirror, Unbuildable
from raglite.ingestion.reindex.plan import are_alike, plan
from raglite.model import DocumentVersion
from raglite.ports import Holding

PATIENCE = 900.0  # seconds that a key is waited for which tasks work on
PAUSE = 0.2  # seconds between two tries

Told = Callable[[int, int], None]  # how many keys are done, of how many


def _nobody(_done: int, _of: int) -> None:
    return


@dataclass(slots=True)
class Building:
    """Work on the target's keys. `done` is the commit number up to which everything is in the target or `pending`."""

    mirror: Mirror
    told: Told = _nobody
    pause: Callable[[float], None] = time.sleep
    done: int = -1
    pending: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)  # of keys that cannot be made the same, until they change

    def fill(self) -> int:
        """Bring all keys to the state of now, those being worked on excepted; return how many there were to do."""
        self.done = self.mirror.services.registry.commit_number()
        self.pending |= self.differing()
        return self._work()

    def follow(self) -> None:
        """Bring the target up to the last commit; ResourceExhausted if tasks hold a missing key for too long."""
        held: dict[str, datetime] = {}  # since when
        while self.is_behind():
            self._work()
            now = self.mirror.services.clock.now()
            held = {key: held.get(key, now) for key in self.pending}
            if late := sorted(key for key, since in held.items() if now - since > timedelta(seconds=PATIENCE)):
                raise ResourceExhausted(
                    f"Tasks have been at work on {', '.join(late[:3])} for {PATIENCE:g} s; try again."
                )
            if held:
                self.pause(PAUSE)

    def is_behind(self) -> bool:
        """Read what was committed since; whether anything is pending."""
        changes = self.mirror.services.registry.changes(self.done)
        if changes:
            self.done = changes[0].number
            keys = {change.key for change in changes}
            changed = self.differing() if None in keys else {key for key in keys if key}
            self.pending |= changed
            self.faults = {key: fault for key, fault in self.faults.items() if key not in changed}
        return bool(self.pending)

    def try_once(self) -> bool:
        """Do what is pending, as far as no task works on it; whether nothing is left."""
        self._work()
        return not self.pending

    def differing(self) -> set[str]:
        """Compare everything; return the keys of which the two do not hold the same."""
        services, source, target = self.mirror.services, self.mirror.source, self.mirror.target
        commit = services.registry.commit_number()
        held = by_key(services.index.beside(source.name).holdings())
        copied = by_key(services.index.beside(target.name).holdings())
        alike = are_alike(source.spec, target.spec)
        known: defaultdict[str, list[DocumentVersion]] = defaultdict(list)
        for record in services.registry.documents():
            known[record.key].append(record)

        def agrees(key: str) -> bool:
            return plan(held.get(key, ()), copied.get(key, ()), commit, known.get(key, ()), alike=alike).agrees

        return {key for key in held.keys() | copied.keys() | known.keys() if not agrees(key)}

    def _work(self) -> int:
        todo = sorted(self.pending)
        for number, key in enumerate(todo, 1):
            if self._is_done(key):
                self.pending.discard(key)
            self.told(number, len(todo))
        return len(todo)

    def _is_done(self, key: str) -> bool:
        try:
            return self.mirror.copy(key)
        except Unbuildable as error:
            self.faults[key] = str(error)
            return True


def by_key(holdings: Iterable[Holding]) -> Mapping[str, list[Holding]]:
    """Return holdings by the key they are of."""
    found: defaultdict[str, list[Holding]] = defaultdict(list)
    for held in holdings:
        found[held.edition.key].append(held)
    return found
