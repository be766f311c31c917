"""Docker's Engine API as far as the emulator calls it, answered from a real Docker Engine."""

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.docker.containers import Containers
from local.docker.life import Life
from local.docker.translation import MARK
from local.engine.app import NO_CONTENT, NOT_MODIFIED, application, flag
from local.engine.containers import Refused


def create_app(containers: Containers) -> Starlette:
    """Return the application over `containers`, which it opens and closes."""
    return application(containers, ANSWERS, "The twin does not pass on")


def _all(request: Request) -> Containers:
    containers: Containers = request.app.state.containers
    return containers


def _one(request: Request) -> Life:
    return _all(request).get(request.path_params["id"])


async def _ping(request: Request) -> Response:
    version = await _all(request).docker.call("GET", "/version")
    return PlainTextResponse("OK", headers={"Api-Version": version["ApiVersion"]})


async def _version(request: Request) -> Response:
    return JSONResponse(await _all(request).docker.call("GET", "/version"))


async def _pull(request: Request) -> Response:
    """Answer a pull by what was built here: no registry is asked."""
    asked = request.query_params
    tag = asked.get("tag", "")
    reference = asked.get("fromImage", "") + ("@" if tag.startswith("sha256:") else ":") * bool(tag) + tag
    await _all(request).image(reference)
    return JSONResponse({"status": f"{reference} lies on this machine"})


async def _image(request: Request) -> Response:
    return JSONResponse(await _all(request).image(request.path_params["name"]))


async def _list(request: Request) -> Response:
    """List containers of this twin only."""
    filters = json.loads(request.query_params.get("filters") or "{}")
    labels = [*filters.get("label", ()), f"{MARK}={_all(request).home}"]
    asked = {**request.query_params, "filters": json.dumps({**filters, "label": labels})}
    return JSONResponse(await _all(request).docker.call("GET", "/containers/json", **asked))


async def _create(request: Request) -> Response:
    life = await _all(request).create(await request.json(), dict(request.query_params))
    return JSONResponse({"Id": life.id, "Warnings": []}, 201)


async def _inspect(request: Request) -> Response:
    return JSONResponse(await _all(request).inspect(_one(request)))


async def _start(request: Request) -> Response:
    await _all(request).start(_one(request))
    return Response(status_code=NO_CONTENT)


async def _wait(request: Request) -> Response:
    life = _one(request)
    await life.ended.wait()
    shown = await _all(request).inspect(life)
    return JSONResponse({"StatusCode": shown["State"]["ExitCode"], "Error": None})


async def _stop(request: Request) -> Response:
    stopped = await _all(request).stop(_one(request))
    return Response(status_code=NO_CONTENT if stopped else NOT_MODIFIED)


async def _kill(request: Request) -> Response:
    path = f"/containers/{_one(request).id}/kill"
    await _all(request).docker.call("POST", path, **request.query_params)
    return Response(status_code=NO_CONTENT)


async def _stats(request: Request) -> Response:
    asked = {"one-shot": "1", **request.query_params}
    if flag(request, "stream"):
        raise Refused(400, "Figures come one at a time here: ask with stream=false.")
    return JSONResponse(await _all(request).docker.call("GET", f"/containers/{_one(request).id}/stats", **asked))


ANSWERS = (_ping, _version, _pull, _image, _list, _create, _inspect, _stats, _start, _wait, _stop, _kill)
