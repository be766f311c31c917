"""The registry alone is lost: the backup's, taken to where index and bucket are. All is kept but when it was done."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from raglite.errors import ConfigurationError, InvalidRequest
from raglite.ingestion.live import work_on_live
from raglite.ports import AuditField, Built
from raglite.ports.recovery import CollectionState
from raglite.recovery.opened import Opened
from raglite.recovery.restoring.agreement import Agreement
from raglite.recovery.restoring.registry import RegistryRestore
from raglite.recovery.restoring.target import Restored, Target
from raglite.recovery.restoring.verification import Verification
from raglite.telemetry import AuditAction


@dataclass(frozen=True, slots=True)
class LostRegistry:
    """Into a new table, beside the live bucket and the live index.

    What was published since the backup bears stamps that the index knows: the commit number goes on from the newest.
    A question about a moment in between is answered as of the backup.
    """

    backup: Opened
    target: Target

    def run(self) -> Restored:
        """Fill the table, bring all up to date and verify; InvalidRequest if the table or the index will not do."""
        backup, target = self.backup, self.target
        backup.check()
        live = self._live()
        written = self._filled(live)
        told: dict[str, AuditField] = {
            "backup": backup.manifest.id,
            "commit": target.registry.commit(),
            "registry": target.registry.name,
        }
        target.services.audit.append(AuditAction.RESTORED, target.actor, told)
        work_on_live(target.services)
        mended = Agreement(target, target.services).reach()
        faults = tuple(self.faults())
        return Restored(backup.manifest.id, target.registry.commit(), self.names, written, mended, faults=faults)

    @property
    def names(self) -> dict[str, str]:
        """What is filled."""
        return {"registry": self.target.registry.name}

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with what is there."""
        verification = Verification(self.backup, self.target)
        yield from verification.of_registry()
        yield from verification.of_index(None)
        yield from verification.of_agreement()

    def _live(self) -> CollectionState:
        live = self.target.index.live()
        if live is None:
            raise InvalidRequest(
                f"{self.target.alias} leads to no collection: the index is lost, too. Restore it with the registry, "
                "into stores of other names (docs/how-to/restore.md)."
            )
        spec = self.target.services.embedder.spec
        if live.spec != spec:
            raise ConfigurationError(
                f"The collection {live.name} is built with another embedding spec than this process has "
                f"({spec.digest[:12]}...): restore with the model and the release that it was built with."
            )
        return live

    def _filled(self, live: CollectionState) -> Counter[str]:
        registry = RegistryRestore(self.backup, self.target.registry)
        registry.refuse_others()
        if registry.is_done():
            return Counter()
        self.target.told(f"Restoring {self.backup.manifest.counts.items} items into {self.target.registry.name}.")
        newest = self.target.index.newest_stamp(live.name)
        return registry.run(Built(name=live.name, spec=live.spec), newest, self.target.services.clock.now())
