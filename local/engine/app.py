"""The routes of Docker's Engine API that the emulator calls, with and without a version in front."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from local.engine import images, shapes
from local.engine.container import Container
from local.engine.containers import Containers, Refused

NO_CONTENT, NOT_MODIFIED = 204, 304
STOP_SECONDS = 10.0  # Docker's own default
FRAMES = "application/vnd.docker.multiplexed-stream"
ONE = "/containers/{id}"
ROUTES = {
    "ping": ("/_ping", ["GET", "HEAD"]),
    "version": ("/version", ["GET"]),
    "pull": ("/images/create", ["POST"]),
    "image": ("/images/{name:path}/json", ["GET"]),
    "list": ("/containers/json", ["GET"]),
    "create": ("/containers/create", ["POST"]),
    "inspect": (f"{ONE}/json", ["GET"]),
    "logs": (f"{ONE}/logs", ["GET"]),
    "stats": (f"{ONE}/stats", ["GET"]),
    **{verb: (f"{ONE}/{verb}", ["POST"]) for verb in ("start", "wait", "stop", "kill")},
    "remove": (ONE, ["DELETE"]),
}
Handler = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)


def create_app(containers: Containers) -> Starlette:
    """Return the application over `containers`, which it opens and closes."""
    return application(containers, ANSWERS, "The process engine does not serve")


def application(containers: Any, answers: Iterable[Handler], refusal: str) -> Starlette:
    """Return what serves the routes that the emulator calls: each by the answer of its name, whichever engine's."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await containers.open()
        yield
        await containers.close()

    async def unknown(request: Request, error: Exception) -> Response:
        log.info("not served: %s %s", request.method, request.url.path)
        status = error.status_code if isinstance(error, HTTPException) else 500
        return JSONResponse({"message": f"{refusal} {request.method} {request.url.path}."}, status)

    known = {answer.__name__: answer for answer in (*answers, _logs, _remove)}
    routes = [Route(path, known[f"_{name}"], methods=methods) for name, (path, methods) in ROUTES.items()]
    app = Starlette(
        routes=[*routes, Mount("/v{version}", routes=routes)],
        lifespan=lifespan,
        exception_handlers={Refused: _refused, HTTPException: unknown},
    )
    app.state.containers = containers
    return app


def _all(request: Request) -> Containers:
    containers: Containers = request.app.state.containers
    return containers


def _one(request: Request) -> Container:
    return _all(request).get(request.path_params["id"])


def flag(request: Request, name: str) -> bool:
    """Whether a query parameter is set, as Docker's clients set it."""
    return request.query_params.get(name, "").lower() in {"1", "true"}


async def _ping(_: Request) -> Response:
    return PlainTextResponse("OK", headers={"Api-Version": shapes.API_VERSION})


async def _version(_: Request) -> Response:
    return JSONResponse(shapes.version())


async def _pull(request: Request) -> Response:
    reference = request.query_params.get("fromImage", "")
    _known(reference)
    return JSONResponse({"status": f"{reference} lies on this machine"})


async def _image(request: Request) -> Response:
    return JSONResponse(shapes.image(_known(request.path_params["name"])))


def _known(reference: str) -> str:
    if images.find(reference) is None:
        raise Refused(404, f"No such image: {reference}")
    return reference


async def _list(request: Request) -> Response:
    filters, every = request.query_params.get("filters", ""), flag(request, "all")
    chosen = [container for container in _all(request).all() if shapes.chosen(container, filters, every)]
    return JSONResponse([shapes.summary(container) for container in chosen])


async def _create(request: Request) -> Response:
    order = shapes.order(await request.json(), request.query_params.get("name", ""))
    container = await _all(request).create(order)
    return JSONResponse({"Id": container.identity.id, "Warnings": []}, 201)


async def _inspect(request: Request) -> Response:
    return JSONResponse(shapes.inspection(_one(request)))


async def _start(request: Request) -> Response:
    container = _one(request)
    started = await _all(request).start(container)
    if container.state.error:
        raise Refused(400, container.state.error)
    return Response(status_code=NO_CONTENT if started else NOT_MODIFIED)


async def _wait(request: Request) -> Response:
    container = _one(request)
    await container.ended.wait()
    return JSONResponse({"StatusCode": container.state.exit_code, "Error": None})


async def _stop(request: Request) -> Response:
    container = _one(request)
    if container.ended.is_set():
        return Response(status_code=NOT_MODIFIED)
    await _all(request).stop(container, float(request.query_params.get("t", STOP_SECONDS)))
    return Response(status_code=NO_CONTENT)


async def _kill(request: Request) -> Response:
    container = _one(request)
    if container.state.status != "running":
        raise Refused(409, f"Container {container.identity.id} is not running")
    container.send(_signal(request.query_params.get("signal", "SIGKILL")))
    return Response(status_code=NO_CONTENT)


def _signal(name: str) -> int:
    if name.isdecimal():
        return int(name)
    try:
        return signal.Signals[f"SIG{name.upper().removeprefix('SIG')}"]
    except KeyError:
        raise Refused(400, f"invalid signal: {name}") from None


async def _stats(request: Request) -> Response:
    container = _one(request)
    if flag(request, "stream"):
        raise Refused(400, "Figures come one at a time here: ask with stream=false.")
    return JSONResponse(await asyncio.to_thread(shapes.usage, container))


ANSWERS = (_ping, _version, _pull, _image, _list, _create, _inspect, _stats, _start, _wait, _stop, _kill)

# --- what both engines do alike ---------------------------------------------------------------------------------


async def _logs(request: Request) -> Response:
    kept, tail = _one(request), request.query_params.get("tail", "all")
    frames = kept.log.frames(int(tail) if tail.isdecimal() else None, flag(request, "follow"))
    return StreamingResponse(frames, media_type=FRAMES)


async def _remove(request: Request) -> Response:
    await _all(request).remove(_one(request), force=flag(request, "force"))
    return Response(status_code=NO_CONTENT)


async def _refused(_: Request, error: Exception) -> Response:
    """Answer as Docker does."""
    return JSONResponse({"message": str(error)}, error.status if isinstance(error, Refused) else 500)
