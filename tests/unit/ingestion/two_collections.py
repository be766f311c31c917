"""A world whose documents are in a collection of one release, and the release that comes after it."""

from dataclasses import dataclass, field
from typing import Any

from raglite.ingestion.live import answer_from_live, work_on_live
from raglite.ingestion.reindex.mirror import Worker
from raglite.ingestion.reindex.switching import Reindexed, Reindexer
from raglite.ingestion.synchronize import synchronize
from raglite.model import EmbeddingSpec
from raglite.ports import Built, Services
from tests.fakes.embedder import SPEC, FakeEmbedder
from tests.fakes.index import FakeIndex
from tests.fakes.parser import report
from tests.fakes.services import POLICY, World

CUT = SPEC.model_copy(update={"max_tokens": 40})  # other chunks, the same model
MODEL = SPEC.model_copy(update={"model": "other words"})  # the same chunks, another model
SECONDS = 60.0
KEYS = ("a/replaced.pdf", "a/deleted.pdf", "b/plain.pdf", "b/back.pdf", "c/erased.pdf")


def text(company: str, year: int, colour: str) -> bytes:
    lines = [
        f"The {part} of the {company} seal is {colour} all over. It shows the year {year} in figures. "
        f"Nobody but the keeper of the {company} {part} may polish it. The {part} was cast in one piece."
        for part in ("rim", "crown", "foot")
    ]
    return report(f"{company}, Inc.", year, *lines, f"Revenue was {year} million.")


@dataclass
class Release:
    """What runs with one embedding spec: ingest tasks, the service, the command line."""

    world: World
    spec: EmbeddingSpec
    parts: dict[str, Any] = field(default_factory=dict)  # in place of the world's

    def services(self, index: FakeIndex) -> Services:
        return self.world.services(**{"index": index, "embedder": FakeEmbedder(self.spec), **self.parts})

    def task(self) -> Services:
        """Return what an ingest task has: it works on the live collection, by its name."""
        services = self.operator()
        work_on_live(services)
        return services

    def service(self) -> Services:
        """Return what a task of the service has: it reads where questions of its model go to."""
        services = self.operator()
        answer_from_live(services)
        return services

    def operator(self) -> Services:
        """Return what the command line has: the live collection, whatever it is."""
        return self.services(FakeIndex(self.world.index.server))

    def reindexer(self, owner: str = "reindex", **replaced: Any) -> Reindexer:
        worker = Worker(owner, SECONDS, SECONDS, "operator")
        services = self.operator()
        for name, part in replaced.items():
            services = type(services)(**{**{n: getattr(services, n) for n in services.__slots__}, name: part})
        return Reindexer(
            services, worker, told=lambda _: None, progress=lambda _done, _of: None, pause=self.world.clock.advance
        )

    def reindex(self, **options: Any) -> Reindexed:
        return self.reindexer().forward(**options)

    def ingest(self, key: str, body: bytes) -> str:
        version = self.world.upload(key, body)
        synchronize(key, self.task(), POLICY)
        return version.version_id

    def delete(self, key: str) -> None:
        self.world.clock.advance(1)
        self.world.documents.delete(key)
        self.look(key)

    def erase(self, key: str, version_id: str) -> None:
        self.world.documents.erase(key, version_id)
        self.look(key)

    def look(self, key: str) -> None:
        self.world.registry.request(key)
        synchronize(key, self.task(), POLICY)


def history(release: Release) -> None:
    """Let documents be replaced, deleted, brought back and erased."""
    for key in KEYS:
        release.ingest(key, text(key[2:-4], 2021, "vermilion"))
    release.ingest(KEYS[0], text("replaced", 2022, "ochre"))
    release.delete(KEYS[1])
    release.delete(KEYS[3])
    marker = release.world.documents.versions(KEYS[3])[0].version_id
    release.erase(KEYS[3], marker)
    release.ingest(KEYS[4], text("erased", 2023, "umber"))
    release.erase(KEYS[4], release.world.documents.versions(KEYS[4])[1].version_id)


def built(world: World, spec: EmbeddingSpec) -> Built:
    """Return the collection of a spec."""
    (name,) = (name for name, known in world.index.server.specs.items() if known == spec)
    return Built(name=name, spec=spec)


def states(world: World, spec: EmbeddingSpec) -> dict[str, tuple[int, int | None]]:
    """Return what a collection holds: editions and their stamps."""
    name = built(world, spec).name
    return {
        f"{held.edition.key} {held.edition.version_id} {held.edition.number}": (held.committed, held.superseded)
        for held in world.index.beside(name).holdings()
    }


def digest(world: World, spec: EmbeddingSpec) -> tuple[int, str]:
    """Return how much of a collection is answered from now, and its digest."""
    index, commit = world.index.beside(built(world, spec).name), world.registry.commit_number()
    return index.count(commit=commit), index.digest(commit)
