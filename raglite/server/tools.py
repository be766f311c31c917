"""The MCP tools, on both current protocol revisions, without sessions: any task can answer any request."""

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import ValidationError
from starlette.routing import BaseRoute

from raglite.errors import InvalidRequest, RagliteError
from raglite.model import Answer, FigureAnswer
from raglite.ports import Telemetry
from raglite.retrieval.figures.finder import Company, FigureRequest, MetricText, PeriodText
from raglite.retrieval.requests import TOP_K, AsOf, OptionalFilters, QueryText, Question, TopK
from raglite.server.account import account
from raglite.server.calls import Calls
from raglite.server.desk import Desk
from raglite.server.errors import UNFORESEEN, code_of, faults, sentence_of, status_of
from raglite.server.limits import MAX_BODY
from raglite.server.readable import readable, readable_figures
from raglite.telemetry import AuditAction

PATH = "/mcp"
TOOL = "query_financial_documents"
DESCRIPTION = """Search the indexed financial documents (annual and quarterly reports, releases) and return the \
passages that answer a question, best first, each with its document, 1-based page, section, excerpt and a citation to \
quote. A question for a number also gets the figure, with its formula and the cells it rests on. Cite the label of \
every passage and cell used, and pass on the notes: pages that could not be read, a newer version that could not be \
indexed. With as_of it answers from what was answered from at that moment, superseded versions included."""
FIGURE_TOOL = "get_financial_figure"
FIGURE_DESCRIPTION = """Return one financial figure of a company: a line of its statements, or a ratio, growth, change \
or average computed from lines. Every operand is cited to its table cell, and only cells that two readers of the \
document agree on are used; otherwise the figure is withheld and the reason says what to do. Amounts are in single \
units, costs and outflows positive. Cite the label of every cell used and pass on the notes. With as_of it answers \
from the documents that were answered from at that moment."""
INSTRUCTIONS = "Ask one question at a time. Answer only from the passages and figures returned and cite their labels."
ACTIONS = {TOOL: AuditAction.QUERY, FIGURE_TOOL: AuditAction.FIGURE}
ARGUMENTS: Mapping[str, Collection[str]] = {TOOL: Question.model_fields, FIGURE_TOOL: FigureRequest.model_fields}


def _annotations(title: str) -> ToolAnnotations:
    return ToolAnnotations(
        title=title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )


class _Server(MCPServer[Any]):
    """Tells a model in one sentence which argument to change."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; arguments that do not fit its schema are a result the model can act on.

        The SDK passes over arguments it does not know: a misspelt filter would be answered as if there were none.
        """
        fields = ARGUMENTS.get(name, arguments)
        unknown = sorted(set(arguments) - set(fields))
        if unknown:
            known = ", ".join(fields)
            return refused(InvalidRequest(f"Change the request: there is no {', '.join(unknown)}; there are {known}."))
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            account().fail(*UNFORESEEN)  # a fault of ours, whatever caused it
            raise
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                return refused(InvalidRequest(faults(error.__cause__.errors())))
            raise


def mcp_server(desk: Desk, telemetry: Telemetry, version: str) -> MCPServer[Any]:
    """Return the MCP server with its two tools."""

    async def query_financial_documents(
        query: QueryText, top_k: TopK = TOP_K, filters: OptionalFilters = None, as_of: AsOf = None
    ) -> Annotated[CallToolResult, Answer]:
        try:
            answer = await desk.ask(Question(query=query, top_k=top_k, filters=filters, as_of=as_of))
        except RagliteError as error:
            return refused(error)
        return _result(readable(answer), answer)

    async def get_financial_figure(
        company: Company, metric: MetricText, period: PeriodText = "", as_of: AsOf = None
    ) -> Annotated[CallToolResult, FigureAnswer]:
        try:
            answer = await desk.figure(FigureRequest(company=company, metric=metric, period=period, as_of=as_of))
        except RagliteError as error:
            return refused(error)
        return _result(readable_figures(answer), answer)

    return _Server(
        "raglite",
        title="RAGLite",
        version=version,
        instructions=INSTRUCTIONS,
        subscriptions=False,
        log_level="WARNING",
        middleware=[Calls(telemetry, ACTIONS)],
        tools=[
            _tool(query_financial_documents, TOOL, DESCRIPTION, "Query financial documents"),
            _tool(get_financial_figure, FIGURE_TOOL, FIGURE_DESCRIPTION, "Get a financial figure"),
        ],
    )


def _tool(answer: Callable[..., Any], name: str, description: str, title: str) -> Tool:
    """Return a tool with the schema of its answers, which are not read again: they are written by the same models."""
    tool = Tool.from_function(answer, name=name, description=description, annotations=_annotations(title))
    described = tool.fn_metadata.model_copy(update={"output_model": None})
    return tool.model_copy(update={"fn_metadata": described})


def routes(server: MCPServer[Any], hosts: tuple[str, ...]) -> list[BaseRoute]:
    """Return the streamable HTTP route at PATH; `hosts` are the Host headers it accepts, empty for any.

    Behind a load balancer the SDK's default list answers 421 to everybody. The lifespan must run the session manager.
    """
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        max_request_body_size=MAX_BODY,
        transport_security=_security(hosts),
    )
    return list(app.routes)


def refused(error: RagliteError) -> CallToolResult:
    """Return an error as a result that a model can read and act on, and note it in the request's account."""
    account().fail(status_of(error), code_of(error))
    return CallToolResult(content=[_text(sentence_of(error))], is_error=True)


def _result(text: str, answer: Answer | FigureAnswer) -> CallToolResult:
    return CallToolResult(content=[_text(text)], structured_content=answer.model_dump(mode="json"))


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _security(hosts: tuple[str, ...]) -> TransportSecuritySettings:
    accepted = [name for host in hosts for name in (host, f"{host}:*")]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=bool(hosts),
        allowed_hosts=accepted,
        allowed_origins=[f"{scheme}://{name}" for scheme in ("http", "https") for name in accepted],
    )
