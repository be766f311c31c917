"""The same answers over plain HTTP, and the list of documents."""

import base64
import binascii
import json
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from raglite.errors import InvalidRequest
from raglite.model import Answer, DocumentVersion, FigureAnswer, Frozen
from raglite.ports import Principal, Services
from raglite.retrieval import catalog
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.requests import Question
from raglite.server.auth import principal
from raglite.server.desk import Desk
from raglite.server.errors import DESCRIBED
from raglite.server.tools import PATH, TOOL
from raglite.telemetry import AuditAction

MOST_DOCUMENTS = 500
QUERY, FIGURE, PLAIN = "/api/query", "/api/figure", f"{PATH}/{TOOL}"
ACTIONS = {QUERY: AuditAction.QUERY, PLAIN: AuditAction.QUERY, FIGURE: AuditAction.FIGURE}  # POST is in the audit log

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

    @router.get("/api/documents", summary="Which documents there are, and how far each has come")
    async def documents(
        limit: Annotated[int, Query(ge=1, le=MOST_DOCUMENTS)] = 100,
        cursor: str | None = None,
        everything: Annotated[bool, Query(alias="all", description="superseded and deleted versions too")] = False,
    ) -> DocumentList:
        asker = principal()
        return await anyio.to_thread.run_sync(
            lambda: _page(_listed(services, asker, everything), limit, cursor), limiter=desk.limiter
        )

    return router


def _listed(services: Services, asker: Principal, everything: bool) -> list[DocumentVersion]:
    return catalog.documents(services.registry, asker.groups, everything=everything)


def _page(listed: list[DocumentVersion], limit: int, cursor: str | None) -> DocumentList:
    """Return what follows the version that `cursor` names, even if that version is no longer listed."""
    after = _decoded(cursor) if cursor else None
    start = 0 if after is None else _place_after(listed, after)
    shown = listed[start : start + limit]
    more = start + limit < len(listed)
    return DocumentList(documents=tuple(shown), next=_encoded(shown[-1]) if more else None)


def _place_after(listed: list[DocumentVersion], after: tuple[str, str]) -> int:
    for place, version in enumerate(listed):
        if (version.key, version.version_id) == after:
            return place + 1
    return sum(version.key <= after[0] for version in listed)


def _encoded(version: DocumentVersion) -> str:
    return base64.urlsafe_b64encode(json.dumps([version.key, version.version_id]).encode()).decode()


def _decoded(cursor: str) -> tuple[str, str]:
    try:
        key, version_id = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise InvalidRequest("The cursor is not one of ours: take it from `next` of the page before.") from error
    return str(key), str(version_id)
