"""The service's JSON 1.1 protocol over its operations, and one route of the twin's own: how long a minute lasts."""

import json
import re
from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.autoscaling.scaling import Scaler
from local.autoscaling.targets import Answer, Body, Refused

MEDIA_TYPE = "application/x-amz-json-1.1"
SIGNED_REGION = re.compile(r"Credential=[^/]*/\d{8}/(?P<region>[^/]+)/")
SHORTEST, LONGEST = 10.0, 60.0  # seconds of a minute; ECS's metrics come every 5
Operations = Mapping[str, Callable[[Body, str], Answer]]


def create_app(operations: Operations, scaler: Scaler) -> Starlette:
    """Return an app that answers every operation at `/`."""

    async def answer(request: Request) -> JSONResponse:
        name = request.headers.get("x-amz-target", "").rpartition(".")[2]
        operation = operations.get(name)
        if operation is None:
            return _error("UnknownOperationException", f"{name or 'A request without a target'} is not supported here.")
        signed = SIGNED_REGION.search(request.headers.get("authorization", ""))
        try:
            body = json.loads(await request.body() or b"{}")
            return JSONResponse(operation(body, signed["region"] if signed else "us-east-1"), media_type=MEDIA_TYPE)
        except Refused as error:
            return _error(error.code, str(error))
        except KeyError as missing:
            return _error("ValidationException", f"{missing} is required.")

    async def minute(request: Request) -> JSONResponse:
        seconds = (await request.json()).get("seconds")
        if not isinstance(seconds, int | float) or not SHORTEST <= seconds <= LONGEST:
            return _error("ValidationException", f"A minute lasts {SHORTEST:.0f} to {LONGEST:.0f} seconds.")
        scaler.minute = float(seconds)
        return JSONResponse({"seconds": scaler.minute})

    return Starlette(routes=[Route("/", answer, methods=["POST"]), Route("/minute", minute, methods=["PUT"])])


def _error(code: str, message: str) -> JSONResponse:
    return JSONResponse({"__type": code, "message": message}, 400, media_type=MEDIA_TYPE)
