"""The REST routes of snapshots, with Qdrant's shapes of answer and error."""

import uuid
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from local.qdrant import snapshots
from local.qdrant.collections import Collections
from local.qdrant.refusal import Refusal

PIECE = 1024 * 1024  # bytes
PRIORITIES = {None, "snapshot", "replica", "no_sync"}  # one node: the snapshot is all that there is


def snapshot_routes(collections: Collections, route: Any) -> list[Route]:
    """Return the routes; `route` makes an endpoint of an action that returns a result, or a whole response."""

    async def taken(request: Request) -> Any:
        _only(request, "wait")
        return await run_in_threadpool(snapshots.take, collections, request.path_params["name"])

    async def listed(request: Request) -> Any:
        return snapshots.listed(collections, request.path_params["name"])

    async def given(request: Request) -> Any:
        names = request.path_params
        return FileResponse(snapshots.found(collections, names["name"], names["snapshot"]))

    async def deleted(request: Request) -> Any:
        _only(request, "wait")
        names = request.path_params
        return await run_in_threadpool(snapshots.delete, collections, names["name"], names["snapshot"])

    async def uploaded(request: Request) -> Any:
        _only(request, "wait", "priority", "checksum")
        if request.query_params.get("priority") not in PRIORITIES:
            raise Refusal(f"Wrong input: no priority {request.query_params['priority']}")
        path = collections.data / "uploads" / f"{uuid.uuid4().hex}.snapshot"
        path.parent.mkdir(exist_ok=True)
        try:
            await _save(request, path)
            asked = (request.path_params["name"], path, request.query_params.get("checksum"))
            return await run_in_threadpool(snapshots.recover, collections, *asked)
        finally:
            path.unlink(missing_ok=True)

    of = "/collections/{name}/snapshots"
    table: list[tuple[str, str, Any]] = [
        ("POST", of + "/upload", uploaded),
        ("POST", of, taken),
        ("GET", of, listed),
        ("GET", of + "/{snapshot}", given),
        ("DELETE", of + "/{snapshot}", deleted),
    ]
    return [Route(path, route(action), methods=[verb]) for verb, path, action in table]


def _only(request: Request, *known: str) -> None:
    if unknown := sorted(set(request.query_params) - set(known)):
        raise Refusal(f"Query parameter {', '.join(unknown)} is not supported by this stand-in for Qdrant.")


async def _save(request: Request, path: Path) -> None:
    """Write the upload's file, however large."""
    async with request.form() as form:
        file = form.get("snapshot")
        if not isinstance(file, UploadFile):
            raise Refusal("Wrong input: the form has no file `snapshot`.")
        with path.open("wb") as written:
            while piece := await file.read(PIECE):
                written.write(piece)
