"""The routes of Docker's Engine API that the emulator calls, with and without a version in front."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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

log = logging.getLogger(__name__)


def create_app(containers: Containers) -> Starlette:
    """Return the application over `containers`, which it opens and closes."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        containers.open()
        yield
        await containers.close()

    one = "/containers/{id}"
    routes = [
        Route("/_ping", _ping, methods=["GET", "HEAD"]),
        Route("/version", _version),
        Route("/images/create", _pull, methods=["POST"]),
        Route("/images/{name:path}/json", _image),
        Route("/containers/json", _list),
        Route("/containers/create", _create, methods=["POST"]),
        Route(f"{one}/json", _inspect),
        Route(f"{one}/logs", _logs),
        Route(f"{one}/stats", _stats),
        *(Route(f"{one}/{verb}", act, methods=["POST"]) for verb, act in VERBS.items()),
        Route(one, _remove, methods=["DELETE"]),
    ]
    handlers = {Refused: refused, HTTPException: _unknown}
    app = Starlette(
        routes=[*routes, Mount("/v{version}", routes=routes)], lifespan=lifespan, exception_handlers=handlers
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


async def _logs(request: Request) -> Response:
    container, tail = _one(request), request.query_params.get("tail", "all")
    frames = container.log.frames(int(tail) if tail.isdecimal() else None, flag(request, "follow"))
    return StreamingResponse(frames, media_type=FRAMES)


async def _stats(request: Request) -> Response:
    container = _one(request)
    if flag(request, "stream"):
        raise Refused(400, "Figures come one at a time here: ask with stream=false.")
    return JSONResponse(await asyncio.to_thread(shapes.usage, container))


async def _remove(request: Request) -> Response:
    await _all(request).remove(_one(request), flag(request, "force"))
    return Response(status_code=NO_CONTENT)


VERBS = {"start": _start, "wait": _wait, "stop": _stop, "kill": _kill}


async def refused(_: Request, error: Exception) -> Response:
    """Answer as Docker does."""
    return JSONResponse({"message": str(error)}, error.status if isinstance(error, Refused) else 500)


async def _unknown(request: Request, error: Exception) -> Response:
    log.info("not served: %s %s", request.method, request.url.path)
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"message": f"The process engine does not serve {request.method} {request.url.path}."}, status)
