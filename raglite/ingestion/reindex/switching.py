"""`raglite reindex`: a new collection beside the live one, built, followed, verified, and made the live one.

Every step can be done again: what a process that was killed left is looked at, and gone on from there.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from raglite.errors import ConfigurationError, InvalidRequest, LeaseLost, ResourceExhausted
from raglite.evaluation.runs import Question
from raglite.ingestion.collections import settled
from raglite.ingestion.lease import HeldLease
from raglite.ingestion.publishing import publishing_turn
from raglite.ingestion.reindex.building import Building, Told
from raglite.ingestion.reindex.claim import Claim
from raglite.ingestion.reindex.mirror import Mirror, Worker
from raglite.ingestion.reindex.verification import Verified, verify
from raglite.ports import (
    RUNBOOK,
    AuditField,
    Built,
    CollectionMissing,
    Phase,
    Roster,
    Services,
    is_new,
    refuse_behind,
)
from raglite.telemetry import AuditAction

TURNS = 20  # of publishing that are taken: each finds what was published before it
MOMENT = 2.0  # seconds in a turn that keys are waited for which tasks work on: they may wait for the turn


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What came of it. Switched at commit number `commit`; not if there are `faults`, or if it was not wanted.

    `verified` is None if there was nothing to do. `embedded` counts the vectors that were computed.
    """

    before: Built
    after: Built
    switched: bool
    commit: int
    embedded: int = 0
    verified: Verified | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reindexer:
    """Who does it, and whom it tells how far it is."""

    services: Services
    worker: Worker
    told: Callable[[str], None]
    progress: Told
    pause: Callable[[float], None] = time.sleep

    def forward(self, golden: Sequence[Question] = (), *, switching: bool = True) -> Reindexed:
        """Build the collection of this process's embedding spec, and make it the live one.

        `switching` False ends before that, with a collection that is verified.
        """
        spec = self.services.embedder.spec
        roster = self._roster()
        live = self._live(roster)
        refuse_behind(self.services.registry, self.services.index.beside(live.name))
        if live.spec == spec:
            self._lead_to_live()
            return Reindexed(roster.beside or live, live, switched=True, commit=roster.complete_to)
        if roster.beside is not None and roster.beside.spec != spec:
            _refuse_third(roster)
        if roster.beside is not None and roster.phase is Phase.KEPT:
            raise InvalidRequest(
                f"{roster.beside.name} was the live collection before: go back to it by `raglite reindex --back`."
            )
        target = roster.beside or self.services.index.create(spec)
        claim = self._claimed(roster, live=live, beside=target, phase=Phase.BUILDING)
        if roster.beside is not None:
            self.services.index.create(spec, target.name)  # it may have been lost since
        return self._reindexed(claim, golden, switching=switching)

    def back(self, golden: Sequence[Question] = ()) -> Reindexed:
        """Make the collection that was live before the live one again, with what was published since.

        Whatever the live one has lost meanwhile, it may be gone: what was published, the registry knows.
        """
        roster = self._roster()
        if roster.phase is not Phase.KEPT or roster.beside is None:
            raise InvalidRequest("No collection is kept to go back to.")
        refuse_behind(self.services.registry, self.services.index.beside(roster.beside.name))
        return self._reindexed(self._claimed(roster, phase=Phase.KEPT), golden, switching=True)

    def drop(self, phase: Phase) -> Built:
        """Remove the collection beside the live one, which is in this phase, and return what it was."""
        roster = self._roster()
        beside = roster.beside
        if beside is None or roster.phase not in {phase, Phase.DROPPING}:
            what = "is kept from before" if phase is Phase.KEPT else "is being built"
            raise InvalidRequest(f"No collection {what}: there is nothing to remove.")
        claim = self._claimed(roster, phase=Phase.DROPPING)
        self._audit(AuditAction.COLLECTION_DROPPED, beside)
        self.services.index.drop(beside.name)
        claim.finish(claim.roster.next(beside=None, phase=None, owner=None, expires=None))
        return beside

    # --- steps ----------------------------------------------------------------------------------------------------

    def _reindexed(self, claim: Claim, golden: Sequence[Question], *, switching: bool) -> Reindexed:
        live, target = claim.roster.live, claim.roster.beside
        if live is None or target is None:
            raise ConfigurationError("The roster of collections names none: run it again.")
        building = Building(Mirror(self.services, live, target, self.worker), self.progress, self.pause)
        with claim.kept_alive():
            verified = self._verified(building, golden)
            switched = switching and not verified.faults and self._is_switched(claim, building, target)
        faults = verified.faults or tuple(building.faults.values())
        return Reindexed(live, target, switched, building.done, building.mirror.embedded, verified, faults)

    def _verified(self, building: Building, golden: Sequence[Question]) -> Verified:
        self.told(f"Filling {building.mirror.target.name} beside {building.mirror.source.name}.")
        building.fill()
        building.follow()
        self.told("Verifying what it holds and what it answers.")
        return verify(building, golden)

    def _is_switched(self, claim: Claim, building: Building, target: Built) -> bool:
        """Make it the live one in a turn of publishing in which nothing is missing; not if something cannot be made."""
        for _ in range(TURNS):
            building.follow()
            with publishing_turn(self.worker.owner, self.services, self.worker.publish_seconds) as turn:
                if self._has_caught_up(building) and not building.faults:
                    self._make_live(claim, building.done, turn, target)
                    return True
            if building.faults:
                return False
        raise ResourceExhausted("So much is being published that nothing could be switched in between; try again.")

    def _has_caught_up(self, building: Building) -> bool:
        clock = self.services.clock
        deadline = clock.now() + timedelta(seconds=MOMENT)
        while building.is_behind() and not building.try_once():
            if clock.now() > deadline:
                return False
            self.pause(0.05)
        return True

    def _make_live(self, claim: Claim, commit: int, turn: HeldLease, target: Built) -> None:
        """Say that it is to be, and do it. Who comes after a process that died in between does it too (settled)."""
        self._audit(AuditAction.COLLECTION_SWITCHED, target)
        turn.check()
        claim.change(turn.lease, phase=Phase.SWITCHING, complete_to=commit)
        turn.check()
        self.services.index.switch(target)
        with suppress(LeaseLost):  # another publisher's turn came, and it has finished the switch
            claim.finish(claim.roster.switched(), turn.lease)

    def _lead_to_live(self) -> None:
        """Lead readers to the live collection: a process that overslept its turn may have led them elsewhere."""
        with publishing_turn(self.worker.owner, self.services, self.worker.publish_seconds) as turn:
            roster = settled(self.services, turn)
            if roster.live is not None:
                turn.check()
                self.services.index.switch(roster.live)

    def _roster(self) -> Roster:
        """Return the roster, settled."""
        roster = self.services.registry.roster()
        if roster.is_switching:
            with publishing_turn(self.worker.owner, self.services, self.worker.publish_seconds) as turn:
                return settled(self.services, turn)
        return roster

    def _live(self, roster: Roster) -> Built:
        live = roster.live or self.services.index.built()
        if live is None and is_new(self.services.registry, self.services.documents):
            raise InvalidRequest("There is no collection yet: the first document creates it, with this embedding spec.")
        if live is None:
            raise CollectionMissing("index", f"the live collection is gone: restore it ({RUNBOOK}).")
        return live

    def _claimed(self, roster: Roster, **changed: Any) -> Claim:
        claim = Claim(self.services, roster, self.worker.owner, self.worker.lease_seconds)
        claim.change(**changed)
        return claim

    def _audit(self, action: AuditAction, collection: Built) -> None:
        told: dict[str, AuditField] = {"collection": collection.name, "commit": self.services.registry.commit_number()}
        self.services.audit.append(action, self.worker.actor, told)


def _refuse_third(roster: Roster) -> None:
    name, phase = roster.beside.name if roster.beside else "", roster.phase
    advice = {
        Phase.BUILDING: "finish it with its release, or remove it by `raglite reindex --abandon`",
        Phase.KEPT: "remove it by `raglite reindex --drop-old`, once nobody reads it",
    }.get(phase or Phase.DROPPING, "`raglite reindex --drop-old` again removes it")
    raise InvalidRequest(f"There is {name} beside the live collection ({phase}): {advice}.")
