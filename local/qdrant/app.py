"""The REST routes of Qdrant that are served, with Qdrant's shapes of answer and error."""

import hmac
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json
from qdrant_client.http import models
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.qdrant import points
from local.qdrant.bodies import checked
from local.qdrant.collections import Collection, Collections
from local.qdrant.description import aliases, info
from local.qdrant.refusal import Refusal, only
from local.qdrant.snapshot_routes import snapshot_routes

VERSION = "1.20.0"  # the API this stand-in speaks: the pinned client's own
LARGEST_BODY = 32 * 1024**2  # bytes, Qdrant's own default
OPEN_ROUTES = {"/", "/healthz", "/livez", "/readyz"}
IGNORED_QUERY = {"wait", "timeout", "ordering", "consistency"}  # one node, always complete: nothing to choose

type_action = Callable[[Collection, Any], Any]
POINT_ROUTES: tuple[tuple[str, str, Any, type_action], ...] = (
    ("PUT", "", models.PointsList, points.upsert),
    ("POST", "", models.PointRequest, points.retrieve),
    ("POST", "/delete", models.PointsSelector, points.delete),
    ("POST", "/payload", models.SetPayload, points.set_payload),
    ("PUT", "/payload", models.SetPayload, points.overwrite_payload),
    ("POST", "/payload/delete", models.DeletePayload, points.delete_payload),
    ("POST", "/scroll", models.ScrollRequest, points.scroll),
    ("POST", "/count", models.CountRequest, points.count),
    ("POST", "/query", models.QueryRequest, points.query),
)


def answer(result: Any, started: float) -> Response:
    """Wrap a result as Qdrant does."""
    told = {"result": result, "status": "ok", "time": time.perf_counter() - started}
    return Response(to_json(told), media_type="application/json")


async def body(request: Request, model: Any) -> Any:
    """Return the request's body as `model`; whatever the client's own model does not know is refused."""
    unknown = set(request.query_params) - IGNORED_QUERY
    if unknown:
        raise Refusal(f"Query parameter {', '.join(sorted(unknown))} is not supported by this stand-in for Qdrant.")
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > LARGEST_BODY:
            raise Refusal(f"Payload reached size limit of {LARGEST_BODY} bytes.", 413)
    try:
        return checked(raw, model)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Refusal(f"Format error in JSON body: {place}: {first['msg']}") from error


def create_app(collections: Collections, api_key: str | None) -> Starlette:
    """Return the application over an open data directory; `api_key` None asks for none."""

    def route(action: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def served(request: Request) -> Response:
            started = time.perf_counter()
            _authorize(request, api_key)
            result = await action(request)
            return result if isinstance(result, Response) else answer(result, started)

        return served

    def on_points(model: Any, action: type_action) -> Callable[[Request], Awaitable[Any]]:
        async def act(request: Request) -> Any:
            given = await body(request, model)
            return await run_in_threadpool(lambda: action(collections.get(request.path_params["name"]), given))

        return act

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        yield
        collections.close()

    one = "/collections/{name}"
    routes = [
        Route("/", _root),
        *(Route(path, _alive) for path in ("/healthz", "/livez", "/readyz")),
        *(Route(one + "/points" + path, route(on_points(m, a)), methods=[verb]) for verb, path, m, a in POINT_ROUTES),
        Route(one + "/facet", route(on_points(models.FacetRequest, points.facet)), methods=["POST"]),
        *_collection_routes(collections, route),
        *snapshot_routes(collections, route),
    ]
    handlers: dict[Any, Any] = {Refusal: _refused, 404: _unknown_route, 405: _unknown_route}
    return Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)


def _collection_routes(collections: Collections, route: Any) -> list[Route]:
    async def listed(_: Request) -> Any:
        return {"collections": [{"name": name} for name in sorted(collections.open)]}

    async def exists(request: Request) -> Any:
        name = request.path_params["name"]
        return {"exists": collections.aliases.get(name, name) in collections.open}

    async def described(request: Request) -> Any:
        return info(collections.get(request.path_params["name"]))

    async def created(request: Request) -> Any:
        given = await body(request, models.CreateCollection)
        await run_in_threadpool(collections.create, request.path_params["name"], given)
        return True

    async def deleted(request: Request) -> Any:
        return await run_in_threadpool(collections.delete, request.path_params["name"])

    async def indexed(request: Request) -> Any:
        given: models.CreateFieldIndex = await body(request, models.CreateFieldIndex)
        only(given, "field_name", "field_schema")
        collection = collections.get(request.path_params["name"])
        return points.done(await run_in_threadpool(collection.create_index, given.field_name, given.field_schema))

    async def unindexed(request: Request) -> Any:
        collection = collections.get(request.path_params["name"])
        return points.done(await run_in_threadpool(collection.delete_index, request.path_params["field"]))

    async def all_aliases(request: Request) -> Any:
        return aliases(collections, request.path_params.get("name"))

    async def realiased(request: Request) -> Any:
        collections.change_aliases(await body(request, models.ChangeAliasesOperation))
        return True

    table: list[tuple[str, str, Any]] = [
        ("GET", "/collections", listed),
        ("POST", "/collections/aliases", realiased),
        ("GET", "/aliases", all_aliases),
        ("GET", "/collections/{name}", described),
        ("PUT", "/collections/{name}", created),
        ("DELETE", "/collections/{name}", deleted),
        ("GET", "/collections/{name}/exists", exists),
        ("GET", "/collections/{name}/aliases", all_aliases),
        ("PUT", "/collections/{name}/index", indexed),
        ("DELETE", "/collections/{name}/index/{field}", unindexed),
    ]
    return [Route(path, route(action), methods=[verb]) for verb, path, action in table]


def _authorize(request: Request, api_key: str | None) -> None:
    if api_key is None:
        return
    presented = request.headers.get("api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(presented.encode(), api_key.encode()):
        raise Refusal("Must provide an API key or an Authorization bearer token", 401)


async def _root(_: Request) -> Response:
    return JSONResponse(
        {"title": "qdrant - stand-in over qdrant-edge, not a server", "version": VERSION, "commit": None}
    )


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok")


async def _refused(_: Request, refusal: Exception) -> Response:
    status = getattr(refusal, "status", 500)
    return JSONResponse({"status": {"error": str(refusal)}, "time": 0.0, "result": None}, status_code=status)


async def _unknown_route(request: Request, _: Exception) -> Response:
    return await _refused(request, Refusal(f"{request.method} {request.url.path} is not served by this stand-in.", 404))
