"""The proxy's trouble over HTTP: GET tells it with the counts of connections, PUT sets another one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.network.proxy import Kind, Proxy, Trouble

PATH = "/trouble"
LONGEST = 600.0  # seconds of delay


class Asked(BaseModel):
    """A trouble as it is asked for: a delay has its seconds, a cut its bytes."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    seconds: float = Field(default=0, ge=0, le=LONGEST)
    after_bytes: int = Field(default=0, ge=0)


def create_app(proxy: Proxy) -> Starlette:
    """Return an app whose lifespan is the proxy's."""

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await proxy.open()
        yield
        await proxy.close()

    async def trouble(request: Request) -> JSONResponse:
        if request.method == "PUT":
            try:
                asked = Asked.model_validate_json(await request.body())
            except ValidationError as error:
                faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
                return JSONResponse({"message": f"No such trouble: {faults}."}, 422)
            await proxy.meet(Trouble(asked.kind, asked.seconds, asked.after_bytes))
        return JSONResponse(_state(proxy))

    return Starlette(routes=[Route(PATH, trouble, methods=["GET", "PUT"])], lifespan=life)


def _state(proxy: Proxy) -> dict[str, Any]:
    trouble = proxy.trouble
    told = {"kind": trouble.kind, "seconds": trouble.seconds, "after_bytes": trouble.after_bytes}
    return told | {"connections": asdict(proxy.counts)}
