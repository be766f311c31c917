"""The benchmark `counters`: how often a question goes where, exactly, and the same on every machine.

The service in this process, asked over MCP; index and its server are real (the stand-in), the registry and the buckets
are fakes with a clock that stands still, and vectors are exact in binary. A change that is meant is written down by
`make bench WRITE_BASELINE=1`.
"""

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import numpy as np
import pytest
from numpy.typing import NDArray

from raglite.adapters.qdrant_index import QdrantIndex
from raglite.adapters.xray_telemetry import XrayTelemetry
from raglite.ingestion.live import work_on_live
from raglite.ingestion.synchronize import synchronize
from raglite.model import EmbeddingSpec
from raglite.ports import Services
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.parser import report
from tests.fakes.services import POLICY, World
from tests.load.asking import REVISION, TOOL
from tests.load.bench.baselines import differences, read_counters
from tests.load.bench.machine import Machine
from tests.load.bench.results import Result, counters_of, save
from tests.processes import end, free_port, listening, until

ROOT = Path(__file__).resolve().parents[2]
BASELINES = ROOT / "tests" / "load" / "baselines"
COMPANIES = ("Orchard Mills", "Harbor Lines", "Quarry Stone", "Meadow Glass")
PAGES = 8  # so few that every leg finds all: which of those that tie it would leave out is chance
LOOKS = 2  # whether the index is whole: when a service begins, and once a second, which the clock never comes to
QUESTIONS = tuple(
    f"What was the {metric} of {company} in fiscal 2023?"
    for company in COMPANIES
    for metric in ("revenue", "capital expenditure", "quick ratio")
)

pytestmark = pytest.mark.timeout(300)


class Exact(FakeEmbedder):
    """Vectors whose components are 0 or a quarter, so that every machine computes the same."""

    def __init__(self, spec: EmbeddingSpec | None = None) -> None:
        super().__init__(*([spec] if spec else []))
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray([self._vector(text) for text in texts], dtype=np.float32).reshape(len(texts), 32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        self.asked += 1
        return self.embed([text])[0]

    def _vector(self, text: str) -> list[float]:
        ranked = sorted(range(32), key=lambda place: hashlib.sha256(f"{place} {text}".encode()).digest())
        return [0.25 if place in ranked[:16] else 0.0 for place in range(32)]


@dataclass
class Wire:
    """What goes to Qdrant and comes back."""

    counts: Counter[str] = field(default_factory=Counter)

    def follow(self, patch: pytest.MonkeyPatch) -> None:
        send = httpx.HTTPTransport.handle_request

        def counted(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            response = send(transport, request)
            self.counts["requests to Qdrant"] += 1
            self.counts["bytes to Qdrant"] += len(request.content)
            self.counts["bytes from Qdrant"] += len(json.dumps(_plain(json.loads(response.read()))))
            return response

        patch.setattr(httpx.HTTPTransport, "handle_request", counted)


def _plain(body: Any) -> Any:
    """Return an answer without its numbers that are not whole: time and scores have as many digits as they please."""
    if isinstance(body, dict):
        return {name: _plain(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_plain(value) for value in body]
    return 0 if isinstance(body, float) else body


@dataclass(frozen=True)
class Place:
    """A service in this process, and everything that counts."""

    services: Services
    embedder: Exact
    wire: Wire
    daemon: socket.socket

    def segments(self) -> Iterator[dict[str, Any]]:
        """Yield what X-Ray's daemon was sent since the last time."""
        self.daemon.settimeout(0.5)
        try:
            while True:
                yield json.loads(self.daemon.recv(65536).split(b"\n", 1)[1])
        except TimeoutError:
            return


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    port = free_port()
    command = [sys.executable, "-m", "local.qdrant", "--port", str(port), "--data", tmp_path / "qdrant"]
    process = subprocess.Popen(command, cwd=ROOT)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{daemon.getsockname()[1]}")
        try:
            until(lambda: listening(port), "the stand-in serves")
            yield _filled(port, daemon, monkeypatch)
        finally:
            end(process)


def _filled(port: int, daemon: socket.socket, patch: pytest.MonkeyPatch) -> Place:
    world, embedder, wire = World(), Exact(), Wire()
    telemetry = XrayTelemetry("bench", {"127.0.0.1": "Qdrant"})
    index = QdrantIndex.connect(f"http://127.0.0.1:{port}", None, "bench", telemetry=telemetry)
    services = world.services(embedder=embedder, index=index, telemetry=telemetry)
    work_on_live(services)
    for number, company in enumerate(COMPANIES):
        pages = [f"Revenue {year}: {number + year} million.\nCapital expenditure: {year}." for year in range(PAGES)]
        world.upload(f"{number}.pdf", report(f"{company}, Inc.", 2023, *pages))
        synchronize(f"{number}.pdf", services, POLICY)
    place = Place(services, embedder, wire, daemon)
    list(place.segments())
    wire.follow(patch)
    return place


def counted(place: Place) -> dict[str, int]:
    """Ask every question, and return what that came to."""
    place.wire.counts.clear()
    place.embedder.asked = 0
    anyio.run(_ask_all, place.services)
    segments = list(place.segments())
    return {
        **place.wire.counts,
        "embeddings": place.embedder.asked,
        "segments": len(segments),
        "subsegments": sum(_nested(segment) for segment in segments),
    }


async def _ask_all(services: Services) -> None:
    app = create_app(services, Settings())
    headers = {"X-API-Key": "analyst", "Accept": "application/json, text/event-stream"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app),
            base_url="http://bench",
            headers=headers | {"MCP-Protocol-Version": REVISION},
        ) as client,
    ):
        for question in QUESTIONS:
            params = {"name": TOOL, "arguments": {"query": question}}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            answered = (await client.post("/mcp", json=body)).json()["result"]
            assert not answered.get("isError"), answered
            assert answered["structuredContent"]["results"], question


def _nested(entity: dict[str, Any]) -> int:
    return sum(1 + _nested(one) for one in entity.get("subsegments", ()))


def test_a_question_goes_nowhere_more_often_than_is_written_down(place: Place) -> None:
    """First asked, and asked again when the passages are known."""
    machine = Machine.before()
    first, again = counted(place), counted(place)
    assert again["requests to Qdrant"] == len(QUESTIONS) + LOOKS
    assert again["embeddings"] == len(QUESTIONS)
    counters = {f"{name}, {when}": count for when, counts in (("first", first), ("again", again))
                for name, count in counts.items()}  # fmt: skip
    result = Result(
        name="counters",
        measures=f"Over {len(QUESTIONS)} questions, asked twice.",
        stand_in=True,
        series={},
        machine=machine.after(),
        counters=counters,
    )
    save(result)
    print(json.dumps(counters, indent=1))
    if not os.environ.get("WRITE_BASELINE"):
        told = differences(counters_of([result]), read_counters(BASELINES))
        assert told == [], "\n".join(told)
