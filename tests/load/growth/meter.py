"""How long an index is waited for, taken where requests to it leave and answers come back."""

import re
import time
from dataclasses import dataclass
from typing import Self

import httpx
from qdrant_client import QdrantClient

from raglite.adapters.kept_connections import KeptConnections
from raglite.adapters.qdrant_index import PASSAGES, QdrantIndex
from raglite.adapters.qdrant_passages import Passages
from raglite.adapters.qdrant_search import QdrantSearch

TOLD = re.compile(rb'"time":([0-9.eE+-]+)\}$')  # how every answer of Qdrant's ends: seconds that it took itself


@dataclass(frozen=True)
class Waited:
    """Seconds until answers were there, those of them that the server says it worked, requests, and bytes."""

    seconds: float = 0.0
    told: float = 0.0
    requests: int = 0
    received: int = 0

    def since(self, before: "Waited") -> "Waited":
        return Waited(
            self.seconds - before.seconds,
            self.told - before.told,
            self.requests - before.requests,
            self.received - before.received,
        )


class Meter(KeptConnections):
    """The adapter's own way to send requests, with a watch. Used by one thread."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = Waited()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        begun = time.perf_counter()
        response = super().handle_request(request)
        body = response.read()
        seconds = time.perf_counter() - begun
        told = TOLD.search(body[-64:])
        was = self.waited
        self.waited = Waited(
            was.seconds + seconds,
            was.told + (float(told[1]) if told else 0.0),
            was.requests + 1,
            was.received + len(body),
        )
        return response


@dataclass(frozen=True)
class Metered:
    """An index as bootstrap makes it, and its meter."""

    client: QdrantClient
    index: QdrantIndex
    meter: Meter

    @classmethod
    def over(cls, url: str, collection: str) -> Self:
        """Return an index over one server, with nothing kept yet."""
        meter = Meter()
        client = QdrantClient(url=url, timeout=60, check_compatibility=False, prefer_grpc=False, transport=meter)
        return cls(client, _index(client, collection), meter)

    def afresh(self, collection: str) -> QdrantIndex:
        """Return an index over the same connections that has kept nothing yet."""
        return _index(self.client, collection)


def _index(client: QdrantClient, collection: str) -> QdrantIndex:
    return QdrantIndex(client, collection, QdrantSearch(client, Passages(PASSAGES)))
