"""An estate of fakes with a bucket of backups, and how to make one."""

from dataclasses import dataclass, field, replace
from typing import Any

from raglite.ports.recovery import Recovery
from raglite.recovery.backup import Made, Making, create
from tests.fakes.archives import FakeDocumentsArchive, FakeIndexArchive, FakeParsedArchive, FakeRegistryArchive
from tests.fakes.backups import FakeBackupStore, FakeSecretVersions, FakeSigner
from tests.fakes.services import World

PARTS = ("store", "signer", "registry", "documents", "parsed", "index", "secrets")
DAY = 24 * 3600.0


@dataclass
class BackedUp:
    """A world whose stores are read as wholes; `heard` is what a backup has said."""

    world: World = field(default_factory=World)
    store: FakeBackupStore = field(init=False)
    heard: list[str] = field(default_factory=list)
    paused: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = FakeBackupStore(self.world.clock)

    @property
    def recovery(self) -> Recovery:
        world = self.world
        return Recovery(
            store=self.store,
            signer=FakeSigner(),
            registry=FakeRegistryArchive(world.registry),
            documents=FakeDocumentsArchive(world.documents),
            parsed=FakeParsedArchive(world.documents),
            index=FakeIndexArchive(world.index.server),
            secrets=FakeSecretVersions(),
        )

    def making(self, **replaced: Any) -> Making:
        made = Making(
            environment="test",
            revision="0" * 40,
            alias="live",
            settings={"collection": "live"},
            days=30,
            actor="raglite (somebody)",
            clock=self.world.clock,
            telemetry=self.world.telemetry,
            audit=self.world.audit,
            told=self.heard.append,
            pause=self.paused.append,
        )
        return replace(made, **replaced)

    def back_up(self, **replaced: Any) -> Made:
        """Make a backup of the estate; some of its parts may be replaced, and some of how it is made."""
        parts = {name: part for name, part in replaced.items() if name in PARTS}
        how = {name: value for name, value in replaced.items() if name not in PARTS}
        self.world.clock.advance(1)
        return create(replace(self.recovery, **parts), self.making(**how))


def estate() -> BackedUp:
    """Return an estate with a replaced, a deleted, a quarantined and a plain document."""
    made = BackedUp()
    made.world.ingest("a/replaced.txt", b"Acme Corp 10-K 2021\nThe rim is vermilion.")
    made.world.ingest("a/replaced.txt", b"Acme Corp 10-K 2022\nThe rim is ochre.")
    made.world.ingest("b/deleted.txt", b"Bolt Inc 10-K 2021\nThe rim is teal.")
    made.world.documents.delete("b/deleted.txt")
    made.world.registry.request("b/deleted.txt")
    made.world.ingest("plain.txt", b"Cog Ltd 10-K 2021\nThe rim is plum.")
    made.world.documents.described["plain.txt", "v5"] = {"company": "Cog", "content-type": "text/plain"}
    return made
