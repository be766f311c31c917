"""Where MCP and HTTP hand in the same question: one set of arguments, one use case, a bounded number of threads."""

from functools import partial

import anyio
import anyio.to_thread

from raglite.model import Answer, FigureAnswer
from raglite.ports import Services
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.figures.query import FigureQuery
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question
from raglite.server.auth import principal
from raglite.server.tracing import trace_id

THREADS = 16  # questions in flight: enough to keep two cores busy while the index is waited for


class Desk:
    """Takes questions from the event loop to the threads that answer them."""

    def __init__(self, services: Services) -> None:
        self.retriever = Retriever(services)
        self.figures = FigureQuery(services, self.retriever.catalog, self.retriever.figures)
        self.limiter = anyio.CapacityLimiter(THREADS)

    async def ask(self, question: Question) -> Answer:
        """Answer as the principal of the current request."""
        answer = partial(self.retriever.query, question, principal())
        found = await anyio.to_thread.run_sync(answer, limiter=self.limiter)
        return found.model_copy(update={"trace_id": trace_id()})

    async def figure(self, request: FigureRequest) -> FigureAnswer:
        """Return figures as the principal of the current request may see them."""
        answer = partial(self.figures.answer, request, principal())
        found = await anyio.to_thread.run_sync(answer, limiter=self.limiter)
        return found.model_copy(update={"trace_id": trace_id()})
