"""The service's JSON 1.1 protocol over its operations."""

import json
import re

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.autoscaling.targets import Refused, Targets

MEDIA_TYPE = "application/x-amz-json-1.1"
SIGNED_REGION = re.compile(r"Credential=[^/]*/\d{8}/(?P<region>[^/]+)/")


def create_app(targets: Targets) -> Starlette:
    """Return an app that answers every operation at `/`."""

    async def answer(request: Request) -> JSONResponse:
        name = request.headers.get("x-amz-target", "").rpartition(".")[2]
        operation = targets.operations.get(name)
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

    return Starlette(routes=[Route("/", answer, methods=["POST"])])


def _error(code: str, message: str) -> JSONResponse:
    return JSONResponse({"__type": code, "message": message}, 400, media_type=MEDIA_TYPE)
