"""The console's paths. What they take comes from forms and addresses, and is checked by the models that agents fill."""

from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from raglite.errors import AccessDenied, InvalidRequest, ResourceBusy
from raglite.ingestion.submitting import Key
from raglite.model import Filters, VersionState
from raglite.observability.feedback import TRACE_ID, Feedback
from raglite.ports import IMAGE_TYPE, Credentials
from raglite.retrieval.library import DocumentName, Offset, PageNumber, PageRequest
from raglite.retrieval.requests import Question
from raglite.server import console
from raglite.server.account import account
from raglite.server.auth import principal
from raglite.server.console import answers, budgets, door, picture, session, shelf, viewer, waterfall
from raglite.server.console.sources import Sources
from raglite.server.errors import faults
from raglite.server.scopes import ADMINS, Scope
from raglite.telemetry import AuditAction

SCOPES: Mapping[str, tuple[Scope, ...]] = dict.fromkeys(
    map(console.at, (console.REPLAY, console.TRACE, console.OBJECTIVES)), ADMINS
)
# What is in the audit log, by path and method.
ACTIONS = {
    console.at(console.HOME): {"POST": AuditAction.QUERY},
    console.at(console.PAGE): {"GET": AuditAction.DOCUMENT_READ},
    console.at(console.IMAGE): {"GET": AuditAction.DOCUMENT_READ},
    console.at(console.DOCUMENT): {"GET": AuditAction.DOCUMENT_READ},
    console.at(console.FEEDBACK): {"POST": AuditAction.FEEDBACK_GIVEN},
}
FOREVER = "private, max-age=31536000, immutable"  # a version's pages never change
TYPES = {
    console.STYLE: "text/css; charset=utf-8",
    console.SCRIPT: "text/javascript; charset=utf-8",
    console.ICON: "image/svg+xml",
}

Version = Annotated[str, Query(max_length=1100)]
Filled = TypeVar("Filled", bound=BaseModel)


def routes(sources: Sources, credentials: Credentials) -> APIRouter:
    """Return the routes; none is part of /openapi.json, which is for programs."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    _asking(router, sources)
    _looking(router, sources)
    _operating(router, sources)
    _signing(router, credentials)
    return router


def _asking(router: APIRouter, sources: Sources) -> None:
    @router.get(console.at(console.HOME))
    async def ask() -> str:
        return answers.asking(principal())

    @router.post(console.at(console.HOME))
    async def answer(request: Request) -> str:
        asked = await _form(request)
        found = await sources.desk.ask(_question(asked))
        return answers.answering(await sources.illustrated(found), asked, principal())

    @router.post(console.at(console.FEEDBACK))
    async def feedback(request: Request) -> str:
        form = await _form(request)
        given = {"trace_id": form.get("trace_id", ""), "comment": form.get("comment", "")}
        rating = form.get("rating", "")
        rated = _filled(
            Feedback,
            given
            | {"rating": int(rating) if rating.isdecimal() else None}
            | {"replaced_manual_search": True if "replaced" in form else None},
        )
        receipt = await sources.desk.feedback(rated)
        return answers.thanks(receipt.message, principal())


def _looking(router: APIRouter, sources: Sources) -> None:
    @router.get(console.at(console.PAGE))
    async def page(
        document: DocumentName, page: PageNumber, version_id: Version, offset: Offset = 0, marks: str = ""
    ) -> str:
        boxes = picture.marks_of(marks)
        wanted = PageRequest(document=document, page=page, version_id=version_id, offset=offset)
        shown = await sources.desk.page(wanted)
        marked = await sources.marked(wanted)
        return viewer.viewer(shown, marked.model_copy(update={"marks": boxes}) if marked else None, principal())

    @router.get(console.at(console.IMAGE))
    async def image(document: DocumentName, page: PageNumber, version_id: Version) -> Response:
        drawn = await sources.image(PageRequest(document=document, page=page, version_id=version_id))
        return Response(drawn, media_type=IMAGE_TYPE, headers={"Cache-Control": FOREVER})

    @router.get(console.at(console.DOCUMENTS))
    async def documents(
        q: Annotated[str, Query(max_length=200)] = "", state: str = "", cursor: str | None = None
    ) -> str:
        if state and state not in set(VersionState):
            raise InvalidRequest(f"state: choose one of {', '.join(VersionState)}, or none.")
        chosen = VersionState(state) if state else None
        found, following, tally = await sources.documents(q, chosen, cursor)
        return shelf.documents(found, following, tally, {"q": q, "state": state}, principal())

    @router.get(console.at(console.DOCUMENT))
    async def document(key: Key) -> str:
        return shelf.document(await sources.history(key), principal(), sources.services.clock.now())


def _operating(router: APIRouter, sources: Sources) -> None:
    @router.post(console.at(console.REPLAY))
    async def replay(request: Request) -> Response:
        key = (await _form(request)).get("key", "")
        done = await sources.replay(key)
        if done.busy:
            raise ResourceBusy(f"A task works on {key} at the moment: try again when it has ended.")
        return RedirectResponse(f"{console.DOCUMENT}?{urlencode({'key': key})}", HTTPStatus.SEE_OTHER)

    @router.get(console.at(console.TRACE))
    async def trace(id: Annotated[str, Query(pattern=f"{TRACE_ID}|^$")] = "") -> str:  # noqa: A002  of the address
        found = await sources.trace(id) if id else None
        return waterfall.showing(found, principal()) if found else waterfall.searching(principal(), id)

    @router.get(console.at(console.OBJECTIVES))
    async def objectives() -> str:
        return budgets.budgets(await sources.standings(), principal())


def _signing(router: APIRouter, credentials: Credentials) -> None:
    @router.get(console.at(console.SIGN_IN))
    async def form(then: str = "") -> str:
        return session.signing_in(door.within(then))

    @router.post(console.at(console.SIGN_IN))
    async def sign_in(request: Request) -> Response:
        form = await _form(request)
        key, then = form.get("key", "").strip(), door.within(form.get("then"))
        try:
            account().principal = await anyio.to_thread.run_sync(credentials.authenticate, key)
        except AccessDenied as error:
            account().action = AuditAction.ACCESS
            account().fail(HTTPStatus.UNAUTHORIZED, "unauthenticated")
            return HTMLResponse(session.signing_in(then, str(error)), HTTPStatus.UNAUTHORIZED)
        response = RedirectResponse(then, HTTPStatus.SEE_OTHER)
        return door.keeping(response, key, secure=door.is_encrypted(request.scope))

    @router.post(console.at(console.SIGN_OUT))
    async def sign_out() -> Response:
        return door.forgetting(RedirectResponse(console.SIGN_IN, HTTPStatus.SEE_OTHER))

    for name, kind in TYPES.items():
        content = files(console).joinpath(name).read_bytes()
        router.add_api_route(console.at(name), _asset(content, kind))


def _asset(content: bytes, kind: str) -> Any:
    async def asset() -> Response:
        return Response(content, media_type=kind, headers={"Cache-Control": "max-age=300"})

    return asset


async def _form(request: Request) -> dict[str, str]:
    """Return what a form says; InvalidRequest if it is none."""
    try:
        return dict(parse_qsl((await request.body()).decode(), max_num_fields=20, errors="strict"))
    except ValueError as error:
        raise InvalidRequest("The form cannot be read: send it as the browser does, in UTF-8.") from error


def _question(asked: Mapping[str, str]) -> Question:
    year = asked.get("fiscal_year", "").strip()
    company = asked.get("company", "").strip()
    filters = {
        "companies": [company] if company else [],
        "fiscal_years": [int(year) if year.isdecimal() else year] if year else [],
    }
    return _filled(
        Question,
        {
            "query": asked.get("query", ""),
            "filters": _filled(Filters, filters) if company or year else None,
            "as_of": asked.get("as_of") or None,
        },
    )


def _filled(model: type[Filled], values: Mapping[str, Any]) -> Filled:
    """Return a model filled from a form; InvalidRequest says which field to change."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        account().asked(values)
        raise InvalidRequest(faults(error.errors())) from error
