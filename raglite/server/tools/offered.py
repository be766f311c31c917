"""What is common to all tools: how one is described, who may call it, and how it answers and refuses."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, TextContent, ToolAnnotations

from raglite.errors import RagliteError
from raglite.model import Frozen
from raglite.server.account import account
from raglite.server.errors import code_of, sentence_of, status_of
from raglite.server.scopes import Scope
from raglite.telemetry import AuditAction


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool, the scopes of which a caller needs one, and what a call of it is in the audit log (None: nothing)."""

    tool: Tool
    scopes: tuple[Scope, ...]
    action: AuditAction | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.tool.name

    @property
    def arguments(self) -> Collection[str]:
        """The arguments that it takes."""
        names: Collection[str] = self.tool.parameters["properties"]
        return names


@dataclass(frozen=True, slots=True)
class Manner:
    """How a tool behaves: whether it only reads, and whether a repeated call changes nothing more."""

    title: str
    reads_only: bool = True
    idempotent: bool = True

    @property
    def annotations(self) -> ToolAnnotations:
        """The same in MCP's words. No tool destroys anything or reaches beyond this service."""
        return ToolAnnotations(
            title=self.title,
            read_only_hint=self.reads_only,
            destructive_hint=False,
            idempotent_hint=self.idempotent,
            open_world_hint=False,
        )


def described(answer: Callable[..., Any], name: str, description: str, manner: Manner) -> Tool:
    """Return a tool with the schema of its answers, which are not read again: they are written by the same models."""
    tool = Tool.from_function(answer, name=name, description=description, annotations=manner.annotations)
    described = tool.fn_metadata.model_copy(update={"output_model": None})
    return tool.model_copy(update={"fn_metadata": described})


def result(text: str, answer: Frozen) -> CallToolResult:
    """Return an answer for people and models, and the whole of it as structured content."""
    return CallToolResult(content=[_text(text)], structured_content=answer.model_dump(mode="json"))


def refused(error: RagliteError) -> CallToolResult:
    """Return an error as a result that a model can read and act on, and note it in the request's account."""
    account().fail(status_of(error), code_of(error))
    return CallToolResult(content=[_text(sentence_of(error))], is_error=True)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)
