"""A small estate, a backup of it, and the empty stores that it is restored into."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from raglite.ingestion.synchronize import synchronize
from raglite.ports import Services
from raglite.ports.recovery import Recovery
from raglite.recovery.backup import create
from raglite.recovery.opened import Backups, Opened, Which, opened
from raglite.recovery.restoring.target import Target
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question
from tests.fakes.archives import FakeDocumentsArchive, FakeIndexArchive, FakeParsedArchive, FakeRegistryArchive
from tests.fakes.backups import FakeBackupStore, FakeSecretVersions, FakeSigner
from tests.fakes.documents import FakeDocuments
from tests.fakes.index import FakeIndex, FakeServer
from tests.fakes.parser import BROKEN, report
from tests.fakes.registry import FakeRegistry
from tests.fakes.services import ANALYST, POLICY, World
from tests.unit.recovery.backed_up import BackedUp

REPLACED, DELETED, PLAIN, BACK, BAD = "a/replaced.txt", "a/deleted.txt", "b/plain.txt", "b/back.txt", "c/bad.txt"
QUESTION = Question(query="What is the seal like?", top_k=50)


def text(company: str, year: int, colour: str) -> bytes:
    lines = (f"The rim of the {company} seal is {colour}.", f"The foot of the {company} seal was cast in {year}.")
    return report(f"{company}, Inc.", year, *lines)


@dataclass(frozen=True)
class Stores:
    """The four stores, as the use cases see them and as wholes."""

    documents: FakeDocuments
    registry: FakeRegistry
    server: FakeServer
    tables: FakeRegistryArchive

    @classmethod
    def empty(cls, world: World, prefix: str) -> "Stores":
        registry = FakeRegistry(world.clock)
        documents = FakeDocuments(world.clock, prefix)
        return cls(documents, registry, FakeServer(), FakeRegistryArchive(registry, f"registry-{prefix}"))

    @classmethod
    def of(cls, world: World) -> "Stores":
        return cls(world.documents, world.registry, world.index.server, FakeRegistryArchive(world.registry))

    def with_registry(self, world: World, prefix: str) -> "Stores":
        other = Stores.empty(world, prefix)
        return replace(self, registry=other.registry, tables=other.tables)

    def services(self, world: World, **replaced: Any) -> Services:
        ours = {"documents": self.documents, "registry": self.registry, "index": FakeIndex(self.server)}
        return world.services(**{**ours, **replaced})

    def target(self, world: World) -> Target:
        return Target(
            documents=FakeDocumentsArchive(self.documents),
            parsed=FakeParsedArchive(self.documents),
            registry=self.tables,
            index=FakeIndexArchive(self.server),
            alias="live",
            services=self.services(world),
            policy=replace(POLICY, owner="restore"),
            actor="operator",
            told=lambda _: None,
            began=world.clock.now(),
        )


@dataclass(frozen=True)
class Estate:
    """A world whose stores are backed up into `store`."""

    world: World = field(default_factory=World)
    store: FakeBackupStore = field(init=False)
    signer: FakeSigner = field(default_factory=FakeSigner)

    def __post_init__(self) -> None:
        object.__setattr__(self, "store", FakeBackupStore(self.world.clock))

    @property
    def stores(self) -> Stores:
        return Stores.of(self.world)

    @property
    def backups(self) -> Backups:
        return Backups(self.store, self.signer)

    def delete(self, key: str) -> None:
        self.world.clock.advance(1)
        self.world.documents.delete(key)
        self.look(key)

    def erase(self, key: str, version_id: str) -> None:
        self.world.documents.erase(key, version_id)
        self.look(key)

    def look(self, key: str) -> None:
        self.world.registry.request(key)
        synchronize(key, self.world.services(), POLICY)

    def fill(self) -> "Estate":
        """Replace a document, delete one, delete one and bring it back, and try one that cannot be read."""
        self.world.clock.advance(60)
        for key in (REPLACED, DELETED, PLAIN, BACK):
            self.world.ingest(key, text(key[2:-4], 2021, "vermilion"))
        self.world.ingest(REPLACED, text("replaced", 2022, "ochre"))
        self.delete(DELETED)
        self.delete(BACK)
        self.world.ingest(BACK, text("back", 2023, "teal"))
        self.world.ingest(BAD, BROKEN)
        return self

    @contextmanager
    def opened(self, **which: Any) -> Iterator[Opened]:
        with opened(self.backups, Which(**which), self.world.clock.now()) as backup:
            yield backup

    def back_up(self, stores: Stores | None = None, **replaced: Any) -> str:
        """Make a backup and return its id."""
        self.world.clock.advance(60)
        making = replace(BackedUp(self.world).making(), pause=self.world.clock.advance, **replaced)
        return create(self.recovery(stores or self.stores), making).manifest.id

    def recovery(self, stores: Stores) -> Recovery:
        wholes = stores.target(self.world)
        return Recovery(
            store=self.store,
            signer=self.signer,
            registry=wholes.registry,
            documents=wholes.documents,
            parsed=wholes.parsed,
            index=wholes.index,
            secrets=FakeSecretVersions(),
        )


def answer(services: Services) -> list[tuple[str, str, int, str]]:
    """Return what is cited: key, version, page and words."""
    index = FakeIndex(services.index.server)  # type: ignore[attr-defined]  # the fake, which has a server
    index.serve(services.embedder.spec)
    results = Retriever(replace(services, index=index)).query(QUESTION, ANALYST).results
    return sorted((one.document.key, one.document.version_id, one.page, one.excerpt) for one in results)
