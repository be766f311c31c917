"""The tools, resources and prompts that MCP's conformance suite asks a server for. They are no part of the product.

Names and answers are the suite's own: its scenarios describe them (`conformance list --server`).
"""

import base64
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    CallToolResult,
    ClientCapabilities,
    ContentBlock,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    InputRequiredResult,
    ListRootsRequest,
    MissingRequiredClientCapabilityErrorData,
    SamplingCapability,
    SamplingMessage,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from raglite.server.scopes import READERS
from raglite.server.tools.offered import Manner, Offered, described

PAUSE = 0.05  # seconds between two notifications, as the suite asks
Ctx = Context[Any, Any]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png() -> bytes:
    """One red pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\x00\xff\x00\x00")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _wav() -> bytes:
    """A hundredth of a second of silence."""
    samples = bytes(160)
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


PNG, WAV = (base64.b64encode(made()).decode() for made in (_png, _wav))
IMAGE = ImageContent(type="image", data=PNG, mime_type="image/png")


def text(words: str) -> TextContent:
    return TextContent(type="text", text=words)


def embedded(uri: str, words: str, kind: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=kind, text=words))


def answered(*content: ContentBlock) -> CallToolResult:
    return CallToolResult(content=list(content))


# --- plain answers ------------------------------------------------------------------------------------------------


async def test_simple_text() -> CallToolResult:
    return answered(text("This is a simple text response for testing."))


async def test_image_content() -> CallToolResult:
    return answered(IMAGE)


async def test_audio_content() -> CallToolResult:
    return answered(AudioContent(type="audio", data=WAV, mime_type="audio/wav"))


async def test_embedded_resource() -> CallToolResult:
    return answered(embedded("test://embedded-resource", "This is an embedded resource content."))


async def test_multiple_content_types() -> CallToolResult:
    data = embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
    return answered(text("Multiple content types test:"), IMAGE, data)


async def test_error_handling() -> CallToolResult:
    raise ToolError("This tool intentionally returns an error for testing")


# --- messages to the client while a tool runs ---------------------------------------------------------------------


async def test_tool_with_logging(ctx: Ctx) -> CallToolResult:
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.info(words)
        await anyio.sleep(PAUSE)
    return answered(text("Tool with logging executed"))


async def test_tool_with_progress(ctx: Ctx) -> CallToolResult:
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await anyio.sleep(PAUSE)
    return answered(text("Tool with progress executed"))


async def test_sampling(prompt: str, ctx: Ctx) -> CallToolResult:
    asked = [SamplingMessage(role="user", content=text(prompt))]
    session = ctx.request_context.session
    got = await session.create_message(asked, max_tokens=100, related_request_id=ctx.request_id)
    said = got.content.text if isinstance(got.content, TextContent) else ""
    return answered(text(f"LLM response: {said}"))


async def _elicited(ctx: Ctx, message: str, properties: dict[str, Any], required: list[str]) -> Any:
    schema = {"type": "object", "properties": properties, "required": required}
    session = ctx.request_context.session
    return await session.elicit_form(message, schema, related_request_id=ctx.request_id)


async def test_elicitation(message: str, ctx: Ctx) -> CallToolResult:
    wanted = {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    }
    got = await _elicited(ctx, message, wanted, ["username", "email"])
    return answered(text(f"User response: action={got.action}, content={json.dumps(got.content)}"))


async def test_elicitation_sep1034_defaults(ctx: Ctx) -> CallToolResult:
    wanted: dict[str, Any] = {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    }
    got = await _elicited(ctx, "Please review", wanted, [])
    return answered(text(f"Elicitation completed: action={got.action}, content={json.dumps(got.content)}"))


def _titled(word: str, *titles: str) -> list[dict[str, str]]:
    return [{"const": f"value{number}", "title": f"{title} {word}"} for number, title in enumerate(titles, 1)]


async def test_elicitation_sep1330_enums(ctx: Ctx) -> CallToolResult:
    plain = ["option1", "option2", "option3"]
    wanted: dict[str, Any] = {
        "untitledSingle": {"type": "string", "enum": plain},
        "titledSingle": {"type": "string", "oneOf": _titled("Option", "First", "Second", "Third")},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": plain}},
        "titledMulti": {"type": "array", "items": {"anyOf": _titled("Choice", "First", "Second", "Third")}},
    }
    got = await _elicited(ctx, "Please choose", wanted, [])
    return answered(text(f"Elicitation completed: action={got.action}, content={json.dumps(got.content)}"))


# --- input that a client brings along on its next call (2026-07-28) -----------------------------------------------


def elicit(message: str, name: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(question: str, tokens: int = 100) -> CreateMessageRequest:
    asked = [SamplingMessage(role="user", content=text(question))]
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=asked, max_tokens=tokens))


def given(ctx: Ctx, name: str) -> Any:
    """Return what the client brought along under a name; None if it is nothing that can be used."""
    return (ctx.input_responses or {}).get(name)


def accepted(ctx: Ctx, name: str, value: str) -> Any:
    """Return a value that the user filled in; None if he did not."""
    got = given(ctx, name)
    return (getattr(got, "content", None) or {}).get(value) if getattr(got, "action", "") == "accept" else None


def wanted(state: str | None = None, **requests: Any) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


Asked = CallToolResult | InputRequiredResult


async def test_input_required_result_elicitation(ctx: Ctx) -> Asked:
    name = accepted(ctx, "user_name", "name")
    return answered(text(f"Hello, {name}!")) if name else wanted(user_name=elicit("What is your name?", "name"))


async def test_input_required_result_sampling(ctx: Ctx) -> Asked:
    got = given(ctx, "capital_question")
    if got is None:
        return wanted(capital_question=sample("What is the capital of France?"))
    return answered(text(getattr(got.content, "text", "")))


async def test_input_required_result_list_roots(ctx: Ctx) -> Asked:
    got = given(ctx, "client_roots")
    if got is None:
        return wanted(client_roots=ListRootsRequest())
    return answered(text(", ".join(str(root.uri) for root in got.roots)))


async def test_input_required_result_request_state(ctx: Ctx) -> Asked:
    if ctx.request_state is None or given(ctx, "confirm") is None:
        return wanted("confirming", confirm=elicit("Please confirm", "ok", "boolean"))
    return answered(text("state-ok"))


async def test_input_required_result_tampered_state(ctx: Ctx) -> Asked:
    return await test_input_required_result_request_state(ctx)


async def test_input_required_result_multiple_inputs(ctx: Ctx) -> Asked:
    requests = {
        "user_name": elicit("What is your name?", "name"),
        "greeting": sample("Generate a greeting", 50),
        "client_roots": ListRootsRequest(),
    }
    if ctx.request_state is None or not requests.keys() <= (ctx.input_responses or {}).keys():
        return wanted("greeting", **requests)
    return answered(
        text(f"{getattr(given(ctx, 'greeting').content, 'text', '')}, {accepted(ctx, 'user_name', 'name')}")
    )


async def test_input_required_result_multi_round(ctx: Ctx) -> Asked:
    if ctx.request_state is None:
        return wanted("round-1", step1=elicit("Step 1: What is your name?", "name"))
    if ctx.request_state == "round-1":
        name = accepted(ctx, "step1", "name")
        return wanted(f"round-2 {name}", step2=elicit("Step 2: What is your favorite color?", "color"))
    name = ctx.request_state.removeprefix("round-2 ")
    return answered(text(f"{name} likes {accepted(ctx, 'step2', 'color')}"))


async def test_input_required_result_capabilities(ctx: Ctx) -> Asked:
    can = ctx.client_capabilities or ClientCapabilities()
    requests: dict[str, Any] = {}
    if can.elicitation is not None:
        requests["user_name"] = elicit("What is your name?", "name")
    if can.sampling is not None:
        requests["greeting"] = sample("Generate a greeting")
    return wanted(**requests) if requests and not ctx.input_responses else answered(text("Nothing to ask for."))


async def test_missing_capability(ctx: Ctx) -> CallToolResult:
    can = ctx.client_capabilities or ClientCapabilities()
    if can.sampling is None:
        lacking = MissingRequiredClientCapabilityErrorData(
            required_capabilities=ClientCapabilities(sampling=SamplingCapability())
        )
        told = lacking.model_dump(by_alias=True, exclude_none=True)
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "This tool needs the capability sampling.", told)
    return answered(text("The capability is there."))


async def test_reconnection() -> CallToolResult:
    return answered(text("Reconnected."))


TOOLS: tuple[Callable[..., Any], ...] = tuple(
    tool for name, tool in list(globals().items()) if name.startswith("test_") and callable(tool)
)
for _tool in TOOLS:
    _tool.__test__ = False  # type: ignore[attr-defined]  pytest would take them for tests


def offers() -> tuple[Offered, ...]:
    """Return the tools, open to whoever may read."""
    return tuple(
        Offered(described(tool, tool.__name__, f"For MCP's conformance suite: {tool.__name__}.", Manner(tool.__name__)),
                READERS, None)
        for tool in TOOLS
    )  # fmt: skip


# --- resources and prompts ----------------------------------------------------------------------------------------


def _prompt_with_arguments(arg1: str, arg2: str) -> str:
    """A prompt with arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


def _prompt_with_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803  the suite's name
    """A prompt with an embedded resource."""
    resource = embedded(resourceUri, "Embedded resource content for testing.")
    return [UserMessage(resource), UserMessage("Please process the embedded resource above.")]


def _prompt_with_image() -> list[UserMessage]:
    """A prompt with an image."""
    return [UserMessage(IMAGE), UserMessage("Please analyze the image above.")]


def _simple_prompt() -> str:
    """A prompt."""
    return "This is a simple prompt for testing."


async def _prompt_that_asks(ctx: Ctx) -> Any:
    """A prompt that needs input."""
    context = accepted(ctx, "user_context", "context")
    if not context:
        return wanted(user_context=elicit("What context should the prompt use?", "context"))
    return f"Use this context: {context}"


PROMPTS = {
    "test_simple_prompt": _simple_prompt,
    "test_prompt_with_arguments": _prompt_with_arguments,
    "test_prompt_with_embedded_resource": _prompt_with_resource,
    "test_prompt_with_image": _prompt_with_image,
    "test_input_required_result_prompt": _prompt_that_asks,
}


def install(server: MCPServer[Any]) -> None:
    """Add resources and prompts, and the methods of the older revision that our service has no use for."""
    for name, prompt in PROMPTS.items():
        server.add_prompt(Prompt.from_function(prompt, name=name))
    static: Any = server.resource("test://static-text", name="static text", description="Text.", mime_type="text/plain")
    static(lambda: "This is the content of the static text resource.")
    binary: Any = server.resource(
        "test://static-binary", name="static binary", description="PNG.", mime_type="image/png"
    )
    binary(lambda: base64.b64decode(PNG))
    watched: Any = server.resource(
        "test://watched-resource", name="watched", description="Text.", mime_type="text/plain"
    )
    watched(lambda: "Watched.")
    template: Any = server.resource("test://template/{id}/data", name="template", mime_type="application/json")
    template(_templated)
    low = server._lowlevel_server
    low.add_request_handler("logging/setLevel", SetLevelRequestParams, _nothing)
    low.add_request_handler("resources/subscribe", SubscribeRequestParams, _nothing)
    low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, _nothing)


def _templated(id: str) -> str:  # noqa: A002  the suite's name
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


async def _nothing(_: ServerRequestContext[Any, Any], __: Any) -> EmptyResult:
    return EmptyResult()
