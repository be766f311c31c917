"""The tools that answer: passages and figures."""

from typing import Annotated

from mcp_types import CallToolResult

from raglite.errors import RagliteError
from raglite.model import Answer, FigureAnswer
from raglite.retrieval.figures.finder import Company, FigureRequest, MetricText, PeriodText
from raglite.retrieval.requests import TOP_K, AsOf, OptionalFilters, QueryText, Question, TopK
from raglite.server.desk import Desk
from raglite.server.readable import readable, readable_figures
from raglite.server.scopes import READERS
from raglite.server.tools.offered import Manner, Offered, described, refused, result
from raglite.telemetry import AuditAction

QUERY = "query_financial_documents"
QUERY_DESCRIPTION = """Search the indexed financial documents (annual and quarterly reports, releases) and return the \
passages that answer a question, best first, each with its document, 1-based page, section, excerpt and a citation to \
quote. A question for a number also gets the figure, with its formula and the cells it rests on. Cite the label of \
every passage and cell used, and pass on the notes: pages that could not be read, a newer version that could not be \
indexed. With as_of it answers from what was answered from at that moment, superseded versions included."""
FIGURE = "get_financial_figure"
FIGURE_DESCRIPTION = """Return one financial figure of a company: a line of its statements, or a ratio, growth, change \
or average computed from lines. Every operand is cited to its table cell, and only cells that two readers of the \
document agree on are used; otherwise the figure is withheld and the reason says what to do. Amounts are in single \
units, costs and outflows positive. Cite the label of every cell used and pass on the notes. With as_of it answers \
from the documents that were answered from at that moment."""


def asking(desk: Desk) -> tuple[Offered, ...]:
    """Return these tools."""

    async def query_financial_documents(
        query: QueryText, top_k: TopK = TOP_K, filters: OptionalFilters = None, as_of: AsOf = None
    ) -> Annotated[CallToolResult, Answer]:
        try:
            answer = await desk.ask(Question(query=query, top_k=top_k, filters=filters, as_of=as_of))
        except RagliteError as error:
            return refused(error)
        return result(readable(answer), answer)

    async def get_financial_figure(
        company: Company, metric: MetricText, period: PeriodText = "", as_of: AsOf = None
    ) -> Annotated[CallToolResult, FigureAnswer]:
        try:
            answer = await desk.figure(FigureRequest(company=company, metric=metric, period=period, as_of=as_of))
        except RagliteError as error:
            return refused(error)
        return result(readable_figures(answer), answer)

    query = described(query_financial_documents, QUERY, QUERY_DESCRIPTION, Manner("Query financial documents"))
    figure = described(get_financial_figure, FIGURE, FIGURE_DESCRIPTION, Manner("Get a financial figure"))
    return (Offered(query, READERS, AuditAction.QUERY), Offered(figure, READERS, AuditAction.FIGURE))
