"""Where MCP and HTTP hand in the same request: one set of arguments, one use case, a bounded number of threads."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from raglite.ingestion.submitting import IngestRequest, Reception, StatusRequest
from raglite.model import Answer, DocumentPage, FigureAnswer, Frozen, IngestionStatus, Job, Outline, PageView
from raglite.observability.feedback import Feedback, Receipt, receipt
from raglite.ports import Principal, Services
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.figures.query import FigureQuery
from raglite.retrieval.library import Library, ListRequest, OutlineRequest, PageRequest
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question
from raglite.server.account import account
from raglite.server.auth import principal
from raglite.server.following import Following, Tell, nobody

THREADS = 16  # questions in flight: enough to keep two cores busy while the index is waited for
WATCHERS = 4  # looks at how far documents are, beside these: who waits for documents holds up no question

Asked = TypeVar("Asked", bound=Frozen)
Given = TypeVar("Given")
Answered = TypeVar("Answered", Answer, FigureAnswer)


class Desk:
    """Takes requests from the event loop to the threads that serve them, and notes in each account what it came to."""

    def __init__(self, services: Services) -> None:
        self.retriever = Retriever(services)
        shared = self.retriever.catalog, self.retriever.figures, self.retriever.wholeness
        self.figures = FigureQuery(services, *shared)
        self.library = Library(services, self.retriever.catalog)
        self.reception = Reception(services)
        self.following = Following()
        self.limiter = anyio.CapacityLimiter(THREADS)
        self.watchers = anyio.CapacityLimiter(WATCHERS)

    async def ask(self, question: Question) -> Answer:
        """Answer as the principal of the current request."""
        return await self._answer(self.retriever.query, question)

    async def figure(self, request: FigureRequest) -> FigureAnswer:
        """Return figures as the principal of the current request may see them."""
        return await self._answer(self.figures.answer, request)

    async def documents(self, request: ListRequest) -> DocumentPage:
        """List what the principal may see."""
        return await self._do(self.library.documents, request)

    async def outline(self, request: OutlineRequest) -> Outline:
        """Outline a document that the principal may see."""
        found = await self._do(self.library.outline, request)
        account().told = {"results": [found.document.uri]}
        return found

    async def page(self, request: PageRequest) -> PageView:
        """Show a page that the principal may see."""
        found = await self._do(self.library.page, request)
        account().told = {"results": [found.uri]}
        return found

    async def ingest(self, request: IngestRequest) -> Job:
        """Take a document in."""
        job = await self._do(self.reception.ingest, request)
        account().told = {"document": job.key, "version": job.version_id}
        return job

    async def status(self, request: StatusRequest, tell: Tell = nobody) -> IngestionStatus:
        """Tell how far a document has come, when it is done or the time to wait is over; each look is told."""

        async def look() -> IngestionStatus:
            return await anyio.to_thread.run_sync(self.reception.status, request, asker, limiter=self.watchers)

        asker = principal()
        account().asked(request.model_dump(exclude_defaults=True))
        return await self.following.follow(look, request.wait_seconds, asker.name, tell)

    async def feedback(self, given: Feedback) -> Receipt:
        """Take a rating: the request's audit record is where it is kept."""
        noted = account()
        noted.query, noted.comment = None, given.comment or None
        noted.told = given.fields
        return receipt(given)

    async def _answer(self, answer: Callable[[Asked, Principal], Answered], asked: Asked) -> Answered:
        """Answer in a thread, and note in the request's account what was asked and answered."""
        noted = account()
        found = await self._do(answer, asked)
        noted.answer = found.model_copy(update={"trace_id": noted.trace_id})
        return noted.answer

    async def _do(self, use_case: Callable[[Asked, Principal], Given], asked: Asked) -> Given:
        account().asked(asked.model_dump(exclude_defaults=True))
        return await anyio.to_thread.run_sync(use_case, asked, principal(), limiter=self.limiter)
