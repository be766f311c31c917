"""What a restore fills, and what has come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from raglite.ingestion.synchronize import Policy
from raglite.ports import Services
from raglite.ports.recovery import DocumentsArchive, IndexArchive, ParsedArchive, RegistryArchive

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Target:
    """The stores by their names, as wholes and as the use cases see them.

    `services` are over the same stores; their index is that of `alias`. `actor` is who restores.
    """

    documents: DocumentsArchive
    parsed: ParsedArchive
    registry: RegistryArchive
    index: IndexArchive
    alias: str
    services: Services
    policy: Policy
    actor: str
    told: Told
    began: datetime  # what is uploaded from then on is the business of the estate's own tasks

    @property
    def names(self) -> dict[str, str]:
        """The stores' names by what they are."""
        return {
            "documents": self.documents.name,
            "parsed": self.parsed.name,
            "registry": self.registry.name,
            "collection": self.alias,
        }


@dataclass(frozen=True, slots=True)
class Mended:
    """What bringing up to date came to: keys that were looked at, and those whose newest version is quarantined."""

    synchronized: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and what is wrong with it (`faults`, sentences): it is whole if there are none.

    `backup` is None where nothing but documents was read. `written` counts, by what it was, what this run has written:
    what was there from an earlier run is not written again. Bytes.
    """

    backup: str | None
    commit: int
    targets: Mapping[str, str]
    written: Mapping[str, int] = field(default_factory=dict)
    mended: Mended = Mended()
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
