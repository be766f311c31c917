"""Registry and index from the documents bucket alone: no backup is needed, only time.

What cannot be read from documents is not there afterwards: earlier commit numbers, and with them answers as of earlier.
"""

from dataclasses import dataclass

from raglite.errors import InvalidRequest
from raglite.ingestion.live import work_on_live
from raglite.recovery.items import RESTORED, place_of, restored_item
from raglite.recovery.restoring.agreement import Agreement
from raglite.recovery.restoring.target import Restored, Target
from raglite.recovery.restoring.verification import agreement_faults
from raglite.telemetry import AuditAction


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """Into an empty table and an alias that leads nowhere yet."""

    target: Target

    def run(self) -> Restored:
        """Index every document anew; InvalidRequest if table or alias hold what no earlier run has put there."""
        target, services = self.target, self.target.services
        if not self._is_begun():
            target.registry.write([restored_item(self._source, 0, services.clock.now())])
        told = {"source": self._source, "registry": target.registry.name, "collection": target.alias}
        services.audit.append(AuditAction.RESTORED, target.actor, told)
        services.index.begin(services.embedder.spec)  # of what is parsed already, nothing is lost
        work_on_live(services)
        mended = Agreement(target, services).reach()
        names = {"registry": target.registry.name, "collection": target.alias}
        faults = tuple(agreement_faults(target))
        return Restored(None, target.registry.commit(), names, {}, mended, faults=faults)

    @property
    def _source(self) -> str:
        return f"documents {self.target.documents.name}"

    def _is_begun(self) -> bool:
        """Whether an earlier run has begun here; InvalidRequest if something else has."""
        items = list(zip(self.target.registry.items(), range(1), strict=False))
        word = next((one for one in self.target.registry.singles() if place_of(one) == RESTORED), None)
        if word is not None and word["backup"] == self._source:
            return True
        if items:
            raise InvalidRequest(f"The table {self.target.registry.name} is not empty: rebuild into another one.")
        live = self.target.index.live()
        if live is not None:
            raise InvalidRequest(
                f"{self.target.alias} leads to the collection {live.name}: rebuild under another name."
            )
        return False
