"""Where MCP and HTTP hand in the same question: one set of arguments, one use case, a bounded number of threads."""

from functools import partial
from typing import Annotated

import anyio
import anyio.to_thread
from pydantic import Field

from raglite.model import Answer, FigureAnswer, Filters, Frozen
from raglite.ports import NO_FILTERS, Services
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.figures.query import FigureQuery
from raglite.retrieval.query import MOST_RESULTS, TOP_K, Retriever
from raglite.server.auth import principal
from raglite.server.tracing import trace_id

THREADS = 16  # questions in flight: enough to keep two cores busy while the index is waited for

QueryText = Annotated[
    str,
    Field(
        description="The question in plain words. Name the company, the fiscal period and the figure or topic it is "
        "about, e.g. 'What was Acme's capital expenditure in fiscal 2023?'"
    ),
]
TopK = Annotated[
    int,
    Field(
        description=f"How many passages to return, best first, at most one per page; 1 to {MOST_RESULTS}.",
        # Advertised here and checked in the use case, so that every door gives the same sentence.
        json_schema_extra={"minimum": 1, "maximum": MOST_RESULTS},
    ),
]
OptionalFilters = Annotated[
    Filters | None,
    Field(
        description="Limit the search to companies, forms (such as 10-K), fiscal years or document ids. Leave it out "
        "unless the user insists: what the question names is preferred anyway."
    ),
]


class Question(Frozen):
    """What a caller asks."""

    query: QueryText
    top_k: TopK = TOP_K
    filters: OptionalFilters = None


class Desk:
    """Takes questions from the event loop to the threads that answer them."""

    def __init__(self, services: Services) -> None:
        self.retriever = Retriever(services)
        self.figures = FigureQuery(services, self.retriever.catalog, self.retriever.figures)
        self.limiter = anyio.CapacityLimiter(THREADS)

    async def ask(self, question: Question) -> Answer:
        """Answer as the principal of the current request."""
        filters = question.filters or NO_FILTERS
        answer = partial(self.retriever.query, question.query, principal(), question.top_k, filters)
        found = await anyio.to_thread.run_sync(answer, limiter=self.limiter)
        return found.model_copy(update={"trace_id": trace_id()})

    async def figure(self, request: FigureRequest) -> FigureAnswer:
        """Return figures as the principal of the current request may see them."""
        answer = partial(self.figures.answer, request, principal())
        found = await anyio.to_thread.run_sync(answer, limiter=self.limiter)
        return found.model_copy(update={"trace_id": trace_id()})
