"""One estate under questions: in the process, where what the index is waited for is told apart, and over MCP."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Self

import numpy as np
import psutil

from raglite.ingestion.live import answer_from_live
from raglite.ports import Principal
from raglite.retrieval.query import Retriever
from tests.load.estate import COLLECTION, Estate
from tests.load.growth.companies import published
from tests.load.growth.grown import VECTORS
from tests.load.growth.meter import Metered
from tests.load.serving import Service

ANALYST = Principal("bench", frozenset({"read"}))
MS, MB = 1000, 2**20
STRIDE = 7  # companies between one question and the next


@dataclass(frozen=True)
class Cost:
    """What one question cost, in seconds: until its answer, of these waiting for the index, and our processor's.

    `told` are the index's own seconds, as it says, without the way there and back.
    """

    whole: float
    inside: float
    told: float
    processor: float

    @property
    def outside(self) -> float:
        return self.whole - self.inside


@dataclass(frozen=True)
class Turn:
    """The questions of one turn."""

    costs: Sequence[Cost]

    def mean(self, part: Callable[[Cost], float]) -> float:
        return fmean(map(part, self.costs))


@dataclass(frozen=True)
class Questions:
    """What is asked of an estate, without end. `companies` are those that it is about, in turn."""

    companies: int
    _known: dict[int, list[str]] = field(default_factory=dict)

    def part(self, number: int, size: int) -> list[str]:
        """Return the questions of a turn: the n-th of one company, then of another."""
        return [self._at(at) for at in range(number * size, (number + 1) * size)]

    def _at(self, at: int) -> str:
        company, nth = at * STRIDE % self.companies, at // self.companies
        if company not in self._known:
            self._known[company] = published(company).questions()
        own = self._known[company]
        return own[nth % len(own)]


@dataclass(frozen=True)
class Side:
    """One size: its estate, its service, and the recipe over a metered index."""

    name: str
    companies: int
    estate: Estate
    service: Service
    metered: Metered
    retriever: Retriever

    @classmethod
    def of(cls, name: str, companies: int, estate: Estate, service: Service) -> Self:
        metered = Metered.over(estate.environment["RAGLITE_QDRANT_URL"], COLLECTION)
        services = replace(estate.services, index=metered.index)
        answer_from_live(services)
        for late in (services.documents.has_parsed, services.registry.commit_number):
            late()  # made now, while the environment is this estate's
        return cls(name, companies, estate, service, metered, Retriever(services))

    @cached_property
    def anybody(self) -> Questions:
        """Questions about all companies that are there."""
        return Questions(self.companies)

    def turn(self, questions: Sequence[str]) -> Turn:
        return Turn([self._cost(question, self.retriever) for question in questions])

    def first(self, questions: Sequence[str]) -> Turn:
        """Ask each as if no passage and no figure had been read before."""
        return Turn([self._cost(question, self._forgetful()) for question in questions])

    def _forgetful(self) -> Retriever:
        index = self.metered.afresh(COLLECTION)
        index.serve(self.retriever.services.embedder.spec)
        found = Retriever(replace(self.retriever.services, index=index))
        found.catalog, found.wholeness = self.retriever.catalog, self.retriever.wholeness
        return found

    def _cost(self, question: str, retriever: Retriever) -> Cost:
        waited, processor, begun = self.metered.meter.waited, time.process_time(), time.perf_counter()
        retriever.query(question, ANALYST)
        whole, spent = time.perf_counter() - begun, time.process_time() - processor
        since = self.metered.meter.waited.since(waited)
        return Cost(whole, since.seconds, since.told, spent)

    @property
    def vectors(self) -> Path:
        """Where the passages' vectors lie."""
        return self.estate.logs / VECTORS

    @property
    def passages(self) -> int:
        with np.load(self.vectors) as held:
            return len(held["ids"])

    @property
    def service_mb(self) -> float:
        return psutil.Process(self.service.pid).memory_info().rss / MB

    @property
    def stand_in_mb(self) -> float:
        """Resident, the files that it has mapped included."""
        port = self.estate.environment["RAGLITE_QDRANT_URL"].rpartition(":")[2]
        words = ["local.qdrant", port]
        [found] = [one for one in psutil.Process().children() if all(word in one.cmdline() for word in words)]
        return found.memory_info().rss / MB

    @property
    def disk_mb(self) -> float:
        """What the index's files take of the disk, holes left out."""
        files = [path for path in (self.estate.logs / "qdrant").rglob("*") if path.is_file()]
        return sum(path.stat().st_blocks * 512 for path in files) / MB
