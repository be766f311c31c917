"""The index alone is lost: the backup's collection beside the registry, brought up to date, then made the live one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from raglite.errors import InvalidRequest, ResourceExhausted
from raglite.ingestion.lease import HeldLease
from raglite.ingestion.publishing import publishing_turn
from raglite.ingestion.reconciling import wake
from raglite.ports import AuditField, Built, Roster, Services
from raglite.recovery.opened import Opened
from raglite.recovery.restoring.agreement import Agreement
from raglite.recovery.restoring.index import IndexRestore
from raglite.recovery.restoring.target import Mended, Restored, Target
from raglite.recovery.restoring.verification import Verification
from raglite.telemetry import AuditAction

TURNS = 10  # of publishing that are taken: each finds what was published before it


@dataclass(frozen=True, slots=True)
class LostIndex:
    """Into a new collection `name`, beside the live bucket and the live registry.

    Ingest tasks cannot work meanwhile, or work on what is left of the live collection: what they have published by then
    is looked for again, in a turn of publishing, before the new one becomes the live one.
    """

    backup: Opened
    target: Target
    name: str

    def run(self) -> Restored:
        """Make it, bring it up to date, make it the live one and verify; InvalidRequest if the name will not do."""
        target, services = self.target, self.target.services
        index = IndexRestore(self.backup, target.index, services.index, services.registry)
        index.refuse_model(services.embedder.spec)
        self.backup.check()
        self._without_lost_ones()
        written = Counter[str]()
        live = target.index.live()
        if live is None or live.name != self.name:
            self._refuse_enrolled()
            index.refuse_others(self.name)
            target.told(f"Restoring {index.collection.points} points into the collection {self.name}.")
            index.run(self.name)
            written = index.written
        mended = self._made_live(Built(name=self.name, spec=index.collection.spec))
        asleep = wake(services)
        commit, faults = services.registry.commit_number(), tuple(self.faults())
        notes = (*self._forgotten(commit), *([] if asleep is None else [asleep]))
        return Restored(self.backup.manifest.id, commit, self.names, written, mended, notes, faults)

    def _forgotten(self, commit: int) -> Iterator[str]:
        """Yield what questions as of a moment that is past are not told any more."""
        manifest = self.backup.manifest
        if commit > manifest.commit:
            yield (
                f"A question as of a moment between {manifest.began:%Y-%m-%d %H:%M} UTC and now is answered as of the "
                "backup: of what was published in between, only what is true now is known again."
            )

    @property
    def names(self) -> dict[str, str]:
        """What is filled."""
        return {"collection": self.name}

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with what is there."""
        verification = Verification(self.backup, self.target)
        yield from verification.of_live(self.name)
        yield from verification.of_index(verification.expected())
        yield from verification.of_agreement()

    def _made_live(self, built: Built) -> Mended:
        services = replace(self.target.services, index=self.target.services.index.beside(built.name))
        policy = self.target.policy
        agreed = Agreement(self.target, services)
        for _ in range(TURNS):
            done = agreed.reach()
            with publishing_turn(policy.owner, services, policy.publish_seconds) as turn:
                if not agreed.wrong():
                    self._switch(built, services, turn)
                    return done
        raise ResourceExhausted("So much is being published that nothing could be switched in between; try again.")

    def _switch(self, built: Built, services: Services, turn: HeldLease) -> None:
        """Lead questions to it, then say so. Who comes after a process that died in between does it again."""
        told: dict[str, AuditField] = {
            "collection": built.name,
            "commit": services.registry.commit_number(),
            "backup": self.backup.manifest.id,
        }
        services.audit.append(AuditAction.COLLECTION_SWITCHED, self.target.actor, told)
        turn.check()
        services.index.switch(built)
        roster = services.registry.roster()
        if roster.live != built:
            services.registry.enroll(roster.next(live=built), turn.lease)

    def _without_lost_ones(self) -> None:
        """Strike the collection beside the live one from the roster if it is lost, too."""
        registry = self.target.services.registry
        roster = registry.roster()
        if roster.beside is None:
            return
        if self.target.index.state(roster.beside.name) is None:
            registry.enroll(roster.next(beside=None, phase=None, owner=None, expires=None))
        elif roster.is_switching:
            raise InvalidRequest(
                f"{roster.beside.name} is whole and about to become live: `raglite reindex` ends that."
            )

    def _refuse_enrolled(self) -> None:
        roster: Roster = self.target.services.registry.roster()
        enrolled = {one.name for one in (roster.live, roster.beside) if one is not None}
        if self.name in enrolled and self.target.index.state(self.name) is not None:
            raise InvalidRequest(f"The collection {self.name} is in use: restore into another one.")
