"""Documents as MCP resources: at the addresses that citations carry."""

from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, ListResourcesResult, Resource
from pydantic import ValidationError

from raglite.errors import InvalidRequest, NotFound, RagliteError, TransientError
from raglite.model import ListedDocument
from raglite.retrieval.citation import describe
from raglite.retrieval.library import LISTED, ListRequest, OutlineRequest, PageRequest
from raglite.server.account import account
from raglite.server.desk import Desk
from raglite.server.errors import code_of, faults, sentence_of, status_of
from raglite.server.shown import outline_text, page_text

DOCUMENT = "raglite://documents/{document_id}"
VERSION = f"{DOCUMENT}/versions/{{version_id}}"
PAGE = f"{VERSION}/pages/{{page}}"
TEXT = "text/plain"


class Resources:
    """What can be read by address, as the principal of each request sees it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def listed(self, cursor: str | None) -> ListResourcesResult:
        """Return a part of the documents that are answered from."""
        try:
            found = await self._desk.documents(ListRequest(limit=LISTED, cursor=cursor))
        except RagliteError as error:
            account().fail(status_of(error), code_of(error))
            kind = INTERNAL_ERROR if isinstance(error, TransientError) else INVALID_PARAMS
            raise MCPError(kind, sentence_of(error)) from error
        shown = [_resource(one) for one in found.documents if one.pages_total]
        return ListResourcesResult(resources=shown, next_cursor=found.next_cursor)

    def install(self, server: MCPServer[Any]) -> None:
        """Add the templates."""
        server.resource(
            DOCUMENT,
            name="document",
            title="A document as it is answered from",
            description="The outline of the version that is answered from: statements, headings and tables by page.",
            mime_type=TEXT,
        )(self.document)
        server.resource(
            VERSION,
            name="version",
            title="A version of a document",
            description="The outline of one version, superseded ones included.",
            mime_type=TEXT,
        )(self.version)
        server.resource(
            PAGE,
            name="page",
            title="A page",
            description="What a page says, as it is laid out: the address that every citation carries.",
            mime_type=TEXT,
        )(self.page)

    async def document(self, document_id: str) -> str:
        """Return the outline of the version that is answered from."""
        return await self._outline(document_id)

    async def version(self, document_id: str, version_id: str) -> str:
        """Return the outline of one version."""
        return await self._outline(document_id, version_id)

    async def page(self, document_id: str, version_id: str, page: str) -> str:
        """Return a page's text; of a page that is too long for one answer, how to get the rest with get_page."""
        try:
            request = PageRequest(document=document_id, version_id=version_id, page=_number(page))
            return page_text(await self._desk.page(request))
        except (RagliteError, ValidationError) as error:
            raise _refusal(error) from error

    async def _outline(self, document: str, version_id: str | None = None) -> str:
        try:
            request = OutlineRequest(document=document, version_id=version_id)
            return outline_text(await self._desk.outline(request))
        except (RagliteError, ValidationError) as error:
            raise _refusal(error) from error


def _number(page: str) -> int:
    if not (page.isascii() and page.isdecimal()) or len(page) > 9:  # noqa: PLR2004  digits
        raise NotFound(f"There is no page {page!r}: pages are numbered from 1.")
    return int(page)


def _resource(one: ListedDocument) -> Resource:
    named = " ".join(part for part in (one.company, describe(one)) if part)
    return Resource(uri=one.uri, name=one.key, title=named or one.key, mime_type=TEXT)


def _refusal(error: RagliteError | ValidationError) -> ResourceError:
    if isinstance(error, ValidationError):
        error = InvalidRequest(faults(error.errors()))
    account().fail(status_of(error), code_of(error))
    kind = ResourceNotFoundError if isinstance(error, NotFound | InvalidRequest) else ResourceError
    return kind(sentence_of(error))
