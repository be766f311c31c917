"""The MCP server, on both current protocol revisions, without sessions: any task can answer any request."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError, UnexpectedToolError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    ListResourcesResult,
    PaginatedRequestParams,
    Tool,
)
from pydantic import AnyUrl, ValidationError
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from raglite.errors import InvalidRequest
from raglite.ports import Telemetry
from raglite.retrieval.library import LONGEST_NAMED
from raglite.server.account import account
from raglite.server.auth import principal
from raglite.server.calls import Calls
from raglite.server.completion import Completions
from raglite.server.desk import Desk
from raglite.server.errors import UNFORESEEN, faults, surplus
from raglite.server.limits import MAX_BODY
from raglite.server.prompts import PROMPTS
from raglite.server.replies import Replies
from raglite.server.resources import Resources
from raglite.server.scopes import permits
from raglite.server.tools.asking import asking
from raglite.server.tools.bringing import bringing
from raglite.server.tools.offered import Offered, refused
from raglite.server.tools.rating import rating
from raglite.server.tools.reading import reading

DISTRIBUTION = "raglite-aws"
PATH = "/mcp"
INSTRUCTIONS = """Ask one question at a time. Answer only from the passages and figures returned and cite their \
labels. list_documents tells which companies and periods there are, get_page what stands around a passage."""


@dataclass(frozen=True, slots=True)
class Served:
    """The routes that speak MCP, and what has to run while they are served."""

    routes: list[BaseRoute]
    managers: tuple[StreamableHTTPSessionManager, ...]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let them be served."""
        async with AsyncExitStack() as stack:
            for manager in self.managers:
                await stack.enter_async_context(manager.run())
            yield


class Server(MCPServer[Any]):
    """Offers the tools that the caller may use, and tells a model in one sentence which argument to change."""

    def __init__(self, offers: tuple[Offered, ...], resources: Resources, **described: Any) -> None:
        self._offers = {offer.name: offer for offer in offers}
        self._resources = resources
        super().__init__(tools=[offer.tool for offer in offers], **described)

    async def list_tools(self) -> list[Tool]:
        """Return the tools that the caller's scopes permit."""
        asker = principal()
        return [tool for tool in await super().list_tools() if permits(asker, self._offers[tool.name].scopes)]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; arguments that do not fit its schema are a result the model can act on.

        The SDK passes over arguments it does not know: a misspelt filter would be answered as if there were none.
        """
        offer = self._offers.get(name)
        if offer is None:
            return refused(
                InvalidRequest(f"There is no tool {name[:LONGEST_NAMED]!r}: tools/list tells which there are.")
            )
        if sentence := surplus(arguments, offer.arguments):
            return refused(InvalidRequest(sentence))
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            account().fail(*UNFORESEEN)  # a fault of ours, whatever caused it
            raise
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                return refused(InvalidRequest(faults(error.__cause__.errors())))
            raise

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[Any, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """Get a prompt; the SDK's errors say neither what to change nor, by their code, whose fault it is."""
        prompts = {one.name: one for one in await self.list_prompts()}
        if name not in prompts:
            raise MCPError(
                INVALID_PARAMS, f"There is no prompt {name[:LONGEST_NAMED]!r}: take one of {', '.join(prompts)}."
            )
        given, taken = arguments or {}, {one.name: one.required for one in prompts[name].arguments or ()}
        missing = ", ".join(one for one, is_required in taken.items() if is_required and one not in given)
        if sentence := surplus(given, taken) or (missing and f"Change the request: give {missing}, too."):
            raise MCPError(INVALID_PARAMS, sentence)
        return await super().get_prompt(name, arguments, context)

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Any, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Read a resource; of an address that is none say where to get one."""
        try:
            return await super().read_resource(uri, context)
        except ResourceNotFoundError as error:
            if account().outcome is not None:  # it is one of ours, which has said what to do
                raise
            sentence = f"Unknown resource {str(uri)[:LONGEST_NAMED]!r}: take a uri from a citation or resources/list."
            raise ResourceNotFoundError(sentence) from error

    async def _handle_list_resources(
        self, ctx: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        """Return documents, as the caller sees them, after what there is once and for all."""
        del ctx  # what it says of the caller, the request's account says, too
        cursor = params.cursor if params else None
        fixed = [] if cursor else await self.list_resources()
        found = await self._resources.listed(cursor)
        return found.model_copy(update={"resources": [*fixed, *found.resources]})


def mcp_server(
    desk: Desk, telemetry: Telemetry, release: str, more: tuple[Offered, ...] = (), **sdk: Any
) -> MCPServer[Any]:
    """Return the MCP server with its tools, resources and prompts; `more` tools, and what else the SDK can be told."""
    offers = (*asking(desk), *reading(desk), *bringing(desk), *rating(desk), *more)
    resources = Resources(desk)
    server = Server(
        offers,
        resources,
        name="raglite",
        title="RAGLite",
        version=release,
        instructions=INSTRUCTIONS,
        subscriptions=False,
        log_level="WARNING",
        middleware=[Calls(telemetry, {offer.name: offer for offer in offers})],
        **sdk,
    )
    resources.install(server)
    for prompt in PROMPTS:
        server.add_prompt(prompt)
    complete: Any = server.completion  # the SDK gives it no types
    complete()(Completions(desk).completed)
    return server


def served(desk: Desk, telemetry: Telemetry, hosts: tuple[str, ...]) -> Served:
    """Return how the product's MCP server is served: without sessions, as JSON or, where progress is told, as events.

    `hosts` are the Host headers it accepts, empty for any.
    """
    server = mcp_server(desk, telemetry, version(DISTRIBUTION))
    plain, streaming = (over_http(server, hosts, json_response=is_plain) for is_plain in (True, False))
    replies = Replies(_app(plain), _app(streaming))
    return Served([Route(PATH, replies)], (*plain.managers, *streaming.managers))


def over_http(server: MCPServer[Any], hosts: tuple[str, ...], **sdk: Any) -> Served:
    """Return the streamable HTTP route at PATH, by default without sessions; the SDK can be told more.

    Behind a load balancer the SDK's default list of hosts answers 421 to everybody.
    """
    told: dict[str, Any] = {"stateless_http": True, **sdk}
    app = server.streamable_http_app(
        streamable_http_path=PATH, max_request_body_size=MAX_BODY, transport_security=_security(hosts), **told
    )
    return Served(list(app.routes), (server.session_manager,))


def _app(served: Served) -> ASGIApp:
    (route,) = (route for route in served.routes if isinstance(route, Route))
    return route.app


def _security(hosts: tuple[str, ...]) -> TransportSecuritySettings:
    accepted = [name for host in hosts for name in (host, f"{host}:*")]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=bool(hosts),
        allowed_hosts=accepted,
        allowed_origins=[f"{scheme}://{name}" for scheme in ("http", "https") for name in accepted],
    )
