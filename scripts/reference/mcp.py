"""docs/reference/mcp.md: tools, resources and prompts as the service offers them."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

from mcp.server.mcpserver import MCPServer

from raglite.bootstrap import bootstrap
from raglite.errors import ForbiddenTransition, InvalidBackup, PermanentError, RagliteError, TransientError
from raglite.server.desk import Desk
from raglite.server.errors import code_of, status_of
from raglite.server.protocol import mcp_server
from raglite.server.tools.asking import asking
from raglite.server.tools.bringing import bringing
from raglite.server.tools.offered import Offered
from raglite.server.tools.rating import rating
from raglite.server.tools.reading import reading
from raglite.settings import Settings
from scripts.reference.markdown import REFERENCE, code, head, table
from scripts.reference.schema import fields, shapes

PAGE = REFERENCE / "mcp.md"
TEXT = """Over streamable HTTP at `/mcp`, without sessions. [Connect an agent](../how-to/connect-mcp.md) says how a
client is set up and what HTTP statuses mean; [the conformance suite](conformance.md) holds the protocol. A caller is
shown the tools that its scopes permit. Every result is text for people and models, and the same as structured content
in the shape that is named here."""
ERRORS = """A call that cannot be served is a result with `isError` and one sentence that says what to change, or that
asking again may help. A key without the tool's scope gets HTTP 403. The errors by the name that logs, audit records
and plain HTTP give them:"""

# Two are kinds of others, two nobody meets by asking. Other modules' errors are those of other doors.
NOT_ASKING = {PermanentError, TransientError, ForbiddenTransition, InvalidBackup}
KNOWN_TO_SERVICE = ("raglite.errors", "raglite.ports.", "raglite.retrieval.")


def page() -> str:
    """Return the page."""
    services = bootstrap(Settings())
    desk = Desk(services)
    server = mcp_server(desk, services.telemetry, release="of the reference")
    offers = (*asking(desk), *reading(desk), *bringing(desk), *rating(desk))
    shown: dict[str, Any] = {}
    tools = [line for offer in offers for line in _tool(offer, shown)]
    lines = [
        *head("MCP: tools, resources, prompts", "raglite/server/", TEXT),
        "## Tools", "", *_listed(offers), *tools,
        "## Errors", "", ERRORS, "", *_errors(),
        "## Resources", "", "Templates; every citation's address is one of them.", "", *_templates(server),
        "## Prompts", "", *_prompts(server),
        "## Shapes", "", "What tools answer with, in alphabetical order.", "", *shapes(shown),
    ]  # fmt: skip
    return "\n".join(lines)


def _listed(offers: Iterable[Offered]) -> list[str]:
    rows = [
        (f"[{code(offer.name)}](#{offer.name})", " or ".join(offer.scopes), _manner(offer), _action(offer))
        for offer in offers
    ]
    return table(("tool", "scope", "manner", "in the audit log"), rows)


def _manner(offer: Offered) -> str:
    hints = offer.tool.annotations
    assert hints is not None  # noqa: S101  server/tools/offered.py gives every tool some
    reads = "reads only" if hints.read_only_hint else "writes, destroys nothing"
    return f"{reads}, {'repeating it changes nothing' if hints.idempotent_hint else 'repeating it does it again'}"


def _action(offer: Offered) -> str:
    return code(offer.action) if offer.action else "no record"


def _tool(offer: Offered, shown: dict[str, Any]) -> list[str]:
    """Return a tool's section, and note the shapes that it answers with."""
    tool = offer.tool
    answer = tool.output_schema or {}
    name = str(answer.get("title", "Answer"))
    shown |= {**answer.get("$defs", {}), **tool.parameters.get("$defs", {}), name: answer}
    return [
        f"### {tool.name}", "",
        " ".join(tool.description.split()), "",
        *fields(tool.parameters, described=True),
        f"Answers with [{name}](#{name.lower()}).", "",
    ]  # fmt: skip


def _errors() -> list[str]:
    rows = [
        (code(code_of(kind.__new__(kind))), (kind.__doc__ or "").partition("\n")[0], str(status_of(kind.__new__(kind))))
        for kind in _kinds(RagliteError)
        if kind not in NOT_ASKING and kind.__module__.startswith(KNOWN_TO_SERVICE)
    ]
    return table(("error", "means", "over plain HTTP"), rows)


def _kinds(base: type[RagliteError]) -> Iterator[type[RagliteError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _templates(server: MCPServer[Any]) -> list[str]:
    found = asyncio.run(server.list_resource_templates())
    rows = [
        (code(one.uri_template), one.title or "", one.description or "", code(one.mime_type or "")) for one in found
    ]
    return table(("address", "is", "holds", "as"), rows)


def _prompts(server: MCPServer[Any]) -> list[str]:
    lines: list[str] = []
    for prompt in asyncio.run(server.list_prompts()):
        asked: Iterable[Any] = prompt.arguments or ()
        rows = [(code(one.name), "needed" if one.required else "", one.description or "") for one in asked]
        lines += [f"### {prompt.name}", "", prompt.description or "", "", *table(("argument", "", "meaning"), rows)]
    return lines
