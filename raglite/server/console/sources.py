"""Where the console's pages get what they show: the desk's use cases, and those that only people have."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread

from raglite.errors import NotFound
from raglite.ingestion.replaying import Replay, Replayer
from raglite.model import Answer, DocumentVersion, MarkedPage, VersionState
from raglite.observability import slo
from raglite.observability.budget import Standing, standings
from raglite.observability.traces import Trace
from raglite.observability.views import Views
from raglite.ports import Principal, Services
from raglite.retrieval import catalog
from raglite.retrieval.library import PageRequest
from raglite.retrieval.paging import part
from raglite.retrieval.pictures import Pictures
from raglite.server.account import account
from raglite.server.auth import principal
from raglite.server.console.answers import Illustrated
from raglite.server.desk import Desk

DRAWN_AT_ONCE = 2  # pages: each takes a process and up to a second
LISTED = 100
SLO = Path(slo.__file__).with_name("slo.json")  # dashboards/slo.json, installed with us

Given = TypeVar("Given")


@dataclass
class Sources:
    """Takes requests from the event loop to threads, as the principal of the current request."""

    desk: Desk
    services: Services
    views_by: Callable[[], Views]  # made when somebody looks
    lease_seconds: float
    drawers: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(DRAWN_AT_ONCE))

    @cached_property
    def pictures(self) -> Pictures:
        """Pages as they were uploaded."""
        return Pictures(self.services, self.desk.library)

    @cached_property
    def views(self) -> Views:
        """What the estate shows of itself."""
        return self.views_by()

    async def image(self, request: PageRequest) -> bytes:
        """Draw a page."""
        account().told = {"document": request.document, "version": request.version_id, "page": request.page}
        draw = partial(self.pictures.image, request, principal())
        return await anyio.to_thread.run_sync(draw, limiter=self.drawers)

    async def illustrated(self, answer: Answer) -> Illustrated:
        """Find the pages that an answer cites."""
        return await self._do(lambda: self._illustrated(answer))

    async def marked(self, request: PageRequest) -> MarkedPage | None:
        """Return a page that may be drawn, without marks; None if it has no picture."""
        who = principal()
        return await self._do(lambda: self.pictures.page(self.desk.library.page_of(request, who), request.page))

    async def documents(
        self, words: str, state: VersionState | None, cursor: str | None
    ) -> tuple[Sequence[DocumentVersion], str | None, Counter[VersionState]]:
        """Return a part of the versions whose names have some words, the cursor of the next, and how many there are."""
        who = principal()
        return await self._do(lambda: self._documents(who, words, state, cursor))

    async def history(self, key: str) -> Sequence[DocumentVersion]:
        """Return a document's versions, newest first; NotFound if the principal can see none."""
        who = principal()
        return await self._do(lambda: self._history(key, who))

    async def replay(self, key: str) -> Replay:
        """Have a quarantined document tried again."""
        account().told = {"document": key}
        who = principal()
        return await self._do(lambda: self._replay(key, who))

    async def trace(self, trace_id: str) -> Trace | None:
        """Return a trace; None if there is none."""
        return await self._do(lambda: self.views.traces.trace(trace_id))

    async def standings(self) -> Sequence[Standing]:
        """Return where every objective stands."""
        return await self._do(lambda: standings(slo.load(SLO), self.views.metrics.counted))

    def _illustrated(self, answer: Answer) -> Illustrated:
        passages = tuple(map(self.pictures.passage, answer.results))
        return Illustrated(
            answer, passages, tuple(tuple(map(self.pictures.cell, one.operands)) for one in answer.figures)
        )

    def _documents(
        self, who: Principal, words: str, state: VersionState | None, cursor: str | None
    ) -> tuple[Sequence[DocumentVersion], str | None, Counter[VersionState]]:
        every = catalog.documents(self.services.registry, who.groups, everything=True)
        named = [one for one in every if _has(one, words.casefold())]
        wanted = [one for one in named if one.state is state or (state is None and one.state in catalog.PRESENT)]
        return *part(wanted, LISTED, cursor), Counter(one.state for one in named)

    def _history(self, key: str, who: Principal) -> Sequence[DocumentVersion]:
        found = [one for one in self.services.registry.history(key) if catalog.is_seen(one, who.groups)]
        if not found:
            raise NotFound("There is no such document, or not for this key.")
        return sorted(found, key=lambda one: (one.uploaded or catalog.NEVER, one.version_id), reverse=True)

    def _replay(self, key: str, who: Principal) -> Replay:
        self._history(key, who)
        owner = f"replay-{uuid.uuid4().hex[:12]}"
        return Replayer(self.services, owner, self.lease_seconds, who.name).one(key)

    async def _do(self, use_case: Callable[[], Given]) -> Given:
        return await anyio.to_thread.run_sync(use_case, limiter=self.desk.limiter)


def _has(version: DocumentVersion, words: str) -> bool:
    filing = version.filing
    return words.strip() in " ".join((version.key, filing.company or "", *filing.names)).casefold()
