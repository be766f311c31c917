"""The tools that look documents up: which there are, how one is built up, what a page says."""

from typing import Annotated

from mcp_types import CallToolResult

from raglite.errors import RagliteError
from raglite.model import DocumentPage, Outline, PageView
from raglite.retrieval.library import (
    LISTED,
    CompanyPart,
    Cursor,
    DocumentName,
    Everything,
    FiscalYear,
    FormName,
    Limit,
    ListRequest,
    Offset,
    OutlineRequest,
    PageNumber,
    PageRequest,
    VersionName,
)
from raglite.server.desk import Desk
from raglite.server.scopes import READERS
from raglite.server.shown import list_text, outline_text, page_text
from raglite.server.tools.offered import Manner, Offered, described, refused, result
from raglite.telemetry import AuditAction

LIST = "list_documents"
LIST_DESCRIPTION = """List the documents there are, by key: company, form, fiscal year, state, and why one is not \
searchable. Use it to learn which companies and periods can be asked about. Long lists come in parts: pass next_cursor \
on as cursor."""
OUTLINE = "get_document_outline"
OUTLINE_DESCRIPTION = """Return how a document is built up: the pages of its financial statements, its headings with \
their pages, and the pages that have tables. Use it to decide which page to read with get_page."""
PAGE = "get_page"
PAGE_DESCRIPTION = """Return what a page of a document says, as it is laid out. Use it to check a citation, or to read \
around it. Cite the citation that comes with it. A page of a format without pages may be long: pass next_offset on as \
offset."""


def reading(desk: Desk) -> tuple[Offered, ...]:
    """Return these tools."""

    async def list_documents(  # noqa: PLR0913, PLR0917  a tool's parameters are its arguments
        company: CompanyPart = None,
        fiscal_year: FiscalYear = None,
        form: FormName = None,
        everything: Everything = False,
        limit: Limit = LISTED,
        cursor: Cursor = None,
    ) -> Annotated[CallToolResult, DocumentPage]:
        request = ListRequest(
            company=company, fiscal_year=fiscal_year, form=form, everything=everything, limit=limit, cursor=cursor
        )
        try:
            found = await desk.documents(request)
        except RagliteError as error:
            return refused(error)
        return result(list_text(found), found)

    async def get_document_outline(
        document: DocumentName, version_id: VersionName = None
    ) -> Annotated[CallToolResult, Outline]:
        try:
            found = await desk.outline(OutlineRequest(document=document, version_id=version_id))
        except RagliteError as error:
            return refused(error)
        return result(outline_text(found), found)

    async def get_page(
        document: DocumentName, page: PageNumber, version_id: VersionName = None, offset: Offset = 0
    ) -> Annotated[CallToolResult, PageView]:
        request = PageRequest(document=document, page=page, version_id=version_id, offset=offset)
        try:
            found = await desk.page(request)
        except RagliteError as error:
            return refused(error)
        return result(page_text(found), found)

    tools = (
        described(list_documents, LIST, LIST_DESCRIPTION, Manner("List documents")),
        described(get_document_outline, OUTLINE, OUTLINE_DESCRIPTION, Manner("Get a document's outline")),
        described(get_page, PAGE, PAGE_DESCRIPTION, Manner("Get a page")),
    )
    return tuple(Offered(tool, READERS, AuditAction.DOCUMENT_READ) for tool in tools)
