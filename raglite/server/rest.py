"""The same answers over plain HTTP, and the list of documents."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from raglite.ingestion.submitting import IngestRequest, Key, StatusRequest, SubmittedVersion, Wait
from raglite.model import Answer, DocumentVersion, FigureAnswer, Frozen, IngestionStatus, Job, Outline, PageView
from raglite.observability.feedback import Feedback, Receipt
from raglite.ports import Principal, Services
from raglite.retrieval import catalog
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.library import DocumentName, Offset, OutlineRequest, PageNumber, PageRequest, VersionName
from raglite.retrieval.paging import part
from raglite.retrieval.requests import Question
from raglite.server.auth import principal
from raglite.server.desk import Desk
from raglite.server.errors import ABSENT, DESCRIBED
from raglite.server.scopes import ANYBODY, INGESTERS
from raglite.server.tools.asking import QUERY as TOOL
from raglite.telemetry import AuditAction

MOST_DOCUMENTS = 500
QUERY, FIGURE, PLAIN = "/api/query", "/api/figure", f"/mcp/{TOOL}"
DOCUMENTS, OUTLINE, PAGE = "/api/documents", "/api/outline", "/api/page"
INGEST, INGESTION, FEEDBACK = "/api/ingest", "/api/ingestion", "/api/feedback"
# What is in the audit log, by path and method.
ACTIONS = {
    QUERY: {"POST": AuditAction.QUERY},
    PLAIN: {"POST": AuditAction.QUERY},
    FIGURE: {"POST": AuditAction.FIGURE},
    OUTLINE: {"GET": AuditAction.DOCUMENT_READ},
    PAGE: {"GET": AuditAction.DOCUMENT_READ},
    INGEST: {"POST": AuditAction.DOCUMENT_SUBMITTED},
    FEEDBACK: {"POST": AuditAction.FEEDBACK_GIVEN},
}
SCOPES = {INGEST: INGESTERS, INGESTION: ANYBODY}

# These only describe the key in /openapi.json: server/auth.py has let the request through by now.
_DESCRIBED = [Security(HTTPBearer(auto_error=False)), Security(APIKeyHeader(name="X-API-Key", auto_error=False))]


class DocumentList(Frozen):
    """One page of the list; `next` is the cursor of the following one, None on the last."""

    documents: tuple[DocumentVersion, ...]
    next: str | None = None


def routes(desk: Desk, services: Services) -> APIRouter:
    """Return the routes."""
    router = APIRouter(dependencies=_DESCRIBED, responses=DESCRIBED)

    @router.post(PLAIN, summary="What the MCP tool answers, as plain JSON")
    @router.post(QUERY, summary="Find the passages that answer a question")
    async def ask(question: Question) -> Answer:
        return await desk.ask(question)

    @router.post(FIGURE, summary="A stated or simply computed number, with the cells that prove it")
    async def figure(request: FigureRequest) -> FigureAnswer:
        return await desk.figure(request)

    @router.get(DOCUMENTS, summary="Which documents there are, and how far each has come")
    async def documents(
        limit: Annotated[int, Query(ge=1, le=MOST_DOCUMENTS)] = 100,
        cursor: str | None = None,
        everything: Annotated[bool, Query(alias="all", description="superseded and deleted versions too")] = False,
    ) -> DocumentList:
        asker = principal()
        return await anyio.to_thread.run_sync(
            lambda: _page(_listed(services, asker, everything), limit, cursor), limiter=desk.limiter
        )

    @router.get(OUTLINE, summary="How a document is built up: statements, headings, tables by page", responses=ABSENT)
    async def outline(document: DocumentName, version_id: VersionName = None) -> Outline:
        return await desk.outline(OutlineRequest(document=document, version_id=version_id))

    @router.get(PAGE, summary="What a page says", responses=ABSENT)
    async def page(
        document: DocumentName, page: PageNumber, version_id: VersionName = None, offset: Offset = 0
    ) -> PageView:
        return await desk.page(PageRequest(document=document, page=page, version_id=version_id, offset=offset))

    @router.post(INGEST, summary="Bring a document in, to be indexed")
    async def ingest(request: IngestRequest) -> Job:
        return await desk.ingest(request)

    @router.get(INGESTION, summary="How far a document has come", responses=ABSENT)
    async def status(key: Key, version_id: SubmittedVersion = None, wait_seconds: Wait = 0) -> IngestionStatus:
        return await desk.status(StatusRequest(key=key, version_id=version_id, wait_seconds=wait_seconds))

    @router.post(FEEDBACK, summary="Rate an answer")
    async def feedback(given: Feedback) -> Receipt:
        return await desk.feedback(given)

    return router


def _listed(services: Services, asker: Principal, everything: bool) -> list[DocumentVersion]:
    return catalog.documents(services.registry, asker.groups, everything=everything)


def _page(listed: list[DocumentVersion], limit: int, cursor: str | None) -> DocumentList:
    shown, following = part(listed, limit, cursor)
    return DocumentList(documents=tuple(shown), next=following)
