"""Where MCP and HTTP hand in the same question: one set of arguments, one use case, a bounded number of threads."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from raglite.model import Answer, FigureAnswer
from raglite.ports import Principal, Services
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.figures.query import FigureQuery
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question
from raglite.server.account import account
from raglite.server.auth import principal

THREADS = 16  # questions in flight: enough to keep two cores busy while the index is waited for

Asked = TypeVar("Asked", Question, FigureRequest)
Given = TypeVar("Given", Answer, FigureAnswer)


class Desk:
    """Takes questions from the event loop to the threads that answer them."""

    def __init__(self, services: Services) -> None:
        self.retriever = Retriever(services)
        shared = self.retriever.catalog, self.retriever.figures, self.retriever.wholeness
        self.figures = FigureQuery(services, *shared)
        self.limiter = anyio.CapacityLimiter(THREADS)

    async def ask(self, question: Question) -> Answer:
        """Answer as the principal of the current request."""
        return await self._answer(self.retriever.query, question)

    async def figure(self, request: FigureRequest) -> FigureAnswer:
        """Return figures as the principal of the current request may see them."""
        return await self._answer(self.figures.answer, request)

    async def _answer(self, answer: Callable[[Asked, Principal], Given], asked: Asked) -> Given:
        """Answer in a thread, and note in the request's account what was asked and answered."""
        noted = account()
        noted.asked(asked.model_dump(exclude_defaults=True))
        found = await anyio.to_thread.run_sync(answer, asked, principal(), limiter=self.limiter)
        noted.answer = found.model_copy(update={"trace_id": noted.trace_id})
        return noted.answer
