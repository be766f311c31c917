"""Alive and ready: /healthz answers as soon as the process does, /readyz once questions can be answered."""

import os
import socket
import time
from collections.abc import Callable

import anyio
import anyio.to_thread
from fastapi import APIRouter
from starlette.responses import JSONResponse

from raglite.errors import RagliteError
from raglite.ingestion.live import answer_from_live
from raglite.ports import Services

READY_SECONDS = 1.5  # how long a finding holds: load balancers ask often and each asking costs a round trip
OK = "ok"


class Readiness:
    """Whether the model is loaded and verified, and the index reachable, built with the same embedding spec and whole.

    `wholeness`: what refuses questions if it is not.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.wholeness: Callable[[], None] = lambda: None
        self._prepared = False
        self._found: dict[str, str] = {}
        self._found_at = float("-inf")
        self._lock = anyio.Lock()

    def warm(self) -> None:
        """Load the model and open the collection; ConfigurationError if either is wrong, TransientError if it may come.

        The collection is made here if there is none, so that a new installation is ready before its first document.
        """
        self._model()
        self._index()

    async def parts(self) -> dict[str, str]:
        """Return what is the matter with each part, `ok` if nothing is."""
        async with self._lock:
            if time.monotonic() - self._found_at >= READY_SECONDS:
                self._found = await anyio.to_thread.run_sync(self._check)
                self._found_at = time.monotonic()
            return self._found

    def _check(self) -> dict[str, str]:
        return {"model": _finding(self._model), "index": _finding(self._index)}

    def _model(self) -> None:
        if not self._prepared:
            self.services.embedder.embed_query("ready?")

    def _index(self) -> None:
        check, spec = self.services.index.check, self.services.embedder.spec
        if not self._prepared:
            answer_from_live(self.services)
            self._prepared = True
        check(spec)
        self.wholeness()


def routes(readiness: Readiness) -> APIRouter:
    """Return both health checks; neither needs a key."""
    router = APIRouter()
    task = f"{socket.gethostname()}-{os.getpid()}"

    @router.get("/healthz", summary="The process is alive")
    async def healthz() -> dict[str, str]:
        return {"status": "alive", "task": task}

    @router.get("/readyz", summary="Questions can be answered", responses={503: {"description": "Not yet, or not now"}})
    async def readyz() -> JSONResponse:
        parts = await readiness.parts()
        ready = set(parts.values()) == {OK}
        body = {"status": "ready" if ready else "not ready", "parts": parts, "task": task}
        if parts["model"] == OK:
            body["embedding"] = readiness.services.embedder.spec.digest  # what vectors of an evaluation must share
        return JSONResponse(body, 200 if ready else 503)

    return router


def _finding(part: Callable[[], None]) -> str:
    try:
        part()
    except RagliteError as error:
        return str(error)
    return OK
