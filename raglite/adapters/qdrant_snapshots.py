"""Qdrant's snapshots, and what they leave out: aliases, and for good measure payload indexes.

Each node of a cluster takes a snapshot of its own part of a collection, and gets that back.
"""

import hashlib
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from qdrant_client import QdrantClient, models

from raglite.adapters.qdrant_connection import connected
from raglite.adapters.qdrant_errors import translated
from raglite.adapters.qdrant_index import QdrantIndex
from raglite.adapters.s3_streams import CHUNK, on_disk
from raglite.errors import ConfigurationError, DependencyUnavailable, InvalidBackup
from raglite.ports import Built
from raglite.ports.recovery import CollectionState

PATIENCE = 3600  # seconds for one snapshot: a node copies its part of the collection meanwhile
QUIET = 60  # seconds: a gateway forgets a connection on which nothing comes for long, AWS's NAT after 350
KEEPALIVE_TIMES = ("TCP_KEEPIDLE", "TCP_KEEPINTVL")  # not every system names them
KEPT_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, getattr(socket, name), QUIET) for name in KEEPALIVE_TIMES if hasattr(socket, name)),
]


class QdrantSnapshots:
    """IndexArchive over the nodes of one server or cluster, the first of them asked for everything but snapshots."""

    def __init__(self, client: QdrantClient, alias: str, nodes: Sequence[httpx.Client]) -> None:
        self._client = client
        self._alias = alias
        self._nodes = nodes
        self._index = QdrantIndex(client, alias)

    @classmethod
    def connect(cls, urls: Sequence[str], api_key: str | None, alias: str, timeout: int = 20) -> "QdrantSnapshots":
        """Return an archive over REST; nothing is sent yet. `timeout` is seconds per request but for snapshots."""
        client = connected(urls[0], api_key, timeout)
        headers = {} if api_key is None else {"api-key": api_key}
        # An answer may take as long as the node copies, a connection may not.
        patience = httpx.Timeout(timeout, read=PATIENCE, write=PATIENCE)
        nodes = [
            httpx.Client(
                base_url=url,
                headers=headers,
                timeout=patience,
                transport=httpx.HTTPTransport(socket_options=KEPT_ALIVE),
            )
            for url in urls
        ]
        return cls(client, alias, nodes)

    # --- what there is --------------------------------------------------------------------------------------------

    def live(self) -> CollectionState | None:
        """Return the live collection; None if there is none."""
        name = self._aliases().get(self._alias)
        return None if name is None else self.state(name)

    def state(self, name: str) -> CollectionState | None:
        """Return a collection's state; None if there is none."""
        with translated(name):
            if not self._client.collection_exists(name):
                return None
            built = self._index.beside(name).built()
            found = self._client.get_collection(name)
            points = self._client.count(name, exact=True).count
        aliases = tuple(sorted(alias for alias, to in self._aliases().items() if to == name))
        indexes = {field: _schema(one) for field, one in sorted(found.payload_schema.items())}
        parameters = found.config.model_dump(mode="json", exclude={"metadata"}, exclude_none=True)
        if built is None:
            raise DependencyUnavailable("Qdrant", f"the collection {name} vanished while it was looked at; try again.")
        return CollectionState(name, built.spec, points, aliases, indexes, parameters)

    def newest_stamp(self, name: str) -> int:
        """Return the highest commit number that a point of a collection is stamped with; 0 if there is none."""
        reached, beyond = 0, 1
        while self._stamped_from(name, beyond):
            reached, beyond = beyond, 2 * beyond
        while beyond - reached > 1:
            middle = (reached + beyond) // 2
            reached, beyond = (middle, beyond) if self._stamped_from(name, middle) else (reached, middle)
        return reached

    def visible(self, name: str, commit: int, key: str | None = None) -> int:
        """Count the points, of a document's key or of all, that a reader at a commit sees."""
        return self._index.beside(name).count(key, commit=commit)

    def digest(self, name: str, commit: int) -> str:
        """Return VectorIndex.digest of a collection."""
        return self._index.beside(name).digest(commit)

    def _stamped_from(self, name: str, number: int) -> bool:
        stamped = [models.FieldCondition(key=stamp, range=models.Range(gte=number)) for stamp in STAMPS]
        with translated(name):
            return self._client.count(name, models.Filter(should=list(stamped)), exact=True).count > 0

    def _aliases(self) -> dict[str, str]:
        with translated(self._alias):
            return {one.alias_name: one.collection_name for one in self._client.get_aliases().aliases}

    # --- snapshots ------------------------------------------------------------------------------------------------

    def snapshot(self, name: str, folder: Path) -> Iterator[Path]:
        """Yield a snapshot of each node's part of a collection as a file in `folder`, and keep none at the node.

        A file may be removed before the next is asked for.
        """
        self._refuse_other_nodes()
        for number, node in enumerate(self._nodes):
            yield self._taken(node, name, folder / f"{number}.snapshot")

    def recover(self, state: CollectionState, name: str, snapshots: Iterable[Path]) -> Built:
        """Make the collection `name` out of snapshots, with its payload indexes, for nobody to read yet.

        InvalidBackup if Qdrant cannot read a snapshot. What is there half done from an earlier call is replaced.
        """
        files = tuple(snapshots)
        if len(files) != len(self._nodes):
            raise ConfigurationError(
                f"The backup has snapshots of {len(files)} nodes, and RAGLITE_QDRANT_NODES names {len(self._nodes)}: "
                "rebuild the index from the documents instead (docs/how-to/restore.md)."
            )
        with translated(name):
            self._client.delete_collection(name)
        for node, path in zip(self._nodes, files, strict=True):
            self._put_back(node, name, path)
        with translated(name):
            for field, schema in state.payload_indexes.items():
                self._client.create_payload_index(name, field, _schema_of(schema), wait=True)
            built = self._index.beside(name).built()
        if built is None or built.spec != state.spec:
            raise InvalidBackup(f"The snapshot of {state.name} is of another embedding spec than the backup says.")
        return built

    def _taken(self, node: httpx.Client, name: str, into: Path) -> Path:
        place = f"/collections/{name}/snapshots"
        with _answered(name):
            made = _checked(node.post(place, params={"wait": "true"}), name).json()["result"]
            digest = hashlib.sha256()
            try:
                with node.stream("GET", f"{place}/{made['name']}") as answer, on_disk(into), into.open("wb") as file:
                    for part in _checked(answer, name).iter_bytes(CHUNK):
                        digest.update(part)
                        file.write(part)
            finally:  # whatever broke: a copy that stays takes as much of the node's disk as the collection
                removed = node.delete(f"{place}/{made['name']}", params={"wait": "true"})
            _checked(removed, name)
        if made.get("checksum") not in {None, digest.hexdigest()}:
            raise DependencyUnavailable("Qdrant", f"the snapshot of {name} was damaged on its way; try again.")
        return into

    def _put_back(self, node: httpx.Client, name: str, path: Path) -> None:
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            asked = {"wait": "true", "priority": "snapshot", "checksum": checksum}
            with _answered(name):
                answer = node.post(f"/collections/{name}/snapshots/upload", params=asked, files={"snapshot": file})
        if answer.status_code == HTTPStatus.BAD_REQUEST:
            raise InvalidBackup(f"Qdrant cannot read the snapshot {path.name} of {name}: {answer.text[:300]}")
        if answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:  # such as a full disk
            raise DependencyUnavailable("Qdrant", f"did not take the snapshot {path.name}: {answer.text[:300]}")
        _checked(answer, name)
        self._without_uploads(node, name)

    def _without_uploads(self, node: httpx.Client, name: str) -> None:
        """Remove the files of what a node was given: it keeps them beside what it made of them (qdrant#10207)."""
        place = f"/collections/{name}/snapshots"
        with _answered(name):
            for one in _checked(node.get(place), name).json()["result"]:
                _checked(node.delete(f"{place}/{one['name']}", params={"wait": "true"}), name)

    def _refuse_other_nodes(self) -> None:
        """A snapshot of some of the nodes, or of one of them twice, would be one of some of the points."""
        told = [_cluster(node, self._alias) for node in self._nodes]
        peers = max((sorted(one.get("peers", ())) for one in told), key=len)
        known = sorted(str(one.get("peer_id", "")) for one in told)
        if known != peers and (peers or len(known) > 1):
            raise ConfigurationError(
                f"Qdrant's cluster has {len(peers)} nodes: name the URL of each, once, in RAGLITE_QDRANT_NODES."
            )


def _cluster(node: httpx.Client, name: str) -> dict[str, Any]:
    """Return what a node says of its cluster, nothing where it is none's."""
    with _answered(name):
        answer = node.get("/cluster")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return {}
        told: dict[str, Any] = _checked(answer, name).json()["result"]
    return told


STAMPS = ("committed", "superseded")


def _schema(found: models.PayloadIndexInfo) -> Any:
    """Return a payload index as it is asked for: its parameters, or its type where it has none."""
    if found.params is not None:
        return found.params.model_dump(mode="json", exclude_none=True)
    return found.data_type.value


def _schema_of(kept: Any) -> Any:
    if isinstance(kept, str):
        return models.PayloadSchemaType(kept)
    return models.CreateFieldIndex.model_validate({"field_name": "any", "field_schema": kept}).field_schema


def _checked(answer: httpx.Response, name: str) -> httpx.Response:
    if answer.is_success:
        return answer
    if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise ConfigurationError("Qdrant refused the API key: set RAGLITE_QDRANT_API_KEY.")
    raise DependencyUnavailable("Qdrant", f"answered {answer.status_code} about snapshots of {name}; try again.")


@contextmanager
def _answered(name: str) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise DependencyUnavailable("Qdrant", f"broke off about {name} ({error!r}); try again.") from error
