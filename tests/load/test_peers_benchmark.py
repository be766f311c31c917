"""Side by side with what a user would run instead: mcp-server-qdrant and haiku.rag, each over its own MCP server.

`make bench-peers`: the same passages with the same vectors on the same machine, in alternated order; ours with its
whole ranking recipe, traces and audit log, theirs with a search for the nearest (and, haiku.rag, full text). Every
client keeps a connection, and a session where the server wants one.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest

from local.twin.programs import MODEL
from raglite.adapters.onnx_embedder import OnnxEmbedder
from raglite.ingestion.live import answer_from_live
from tests.load import corpora
from tests.load.asking import Connection, Timed, timed
from tests.load.bench.machine import Machine
from tests.load.bench.ratios import Bound, Judgement, Ratio, order
from tests.load.bench.results import Result, save
from tests.load.filled import ROOT, generated, holding, real
from tests.load.peers.peers import HAIKU_RAG, HAIKU_RAG_BARE, MCP_SERVER_QDRANT, Peer, answer, results, session
from tests.load.peers.peers import serving as peer_serving
from tests.load.serving import KEY, serving
from tests.processes import end, free_port, listening, until

RESULTS = ROOT / "build" / "bench-peers" / "results"
ROUNDS = int(os.environ.get("ROUNDS") or 6)
CLIENTS = (1, 8, 32)
JUDGED = 8  # clients
ASKED = 64  # questions a turn
OURS, LOCAL, STAND_IN, HAIKU = "raglite", "mcp-server-qdrant local", "mcp-server-qdrant stand-in", "haiku.rag"
BARE = "haiku.rag bare"  # told beside it, and not judged: it returns chunks without their sections
RECALL = 10
EXACT = 0.99  # of the ten nearest, of a peer that searches exactly

pytestmark = pytest.mark.timeout(7200)

Make = Callable[[int], Callable[[str], object]]


@dataclass
class Sides:
    """Servers that hold the same passages: how a client asks each, its process, and how often it was asked."""

    clients: dict[str, Make] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """One client of a peer. Used by one thread."""

    peer: Peer
    port: int

    def __call__(self, _: int) -> Callable[[str], list[str]]:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}") as greeting:
            headers = session(self.peer, greeting)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

        def ask(question: str) -> list[str]:
            connection.request("POST", self.peer.path, json.dumps(self.peer.body(question)), headers)
            response = connection.getresponse()
            return results(self.peer, answer(response.read().decode()))

        return ask


@pytest.fixture(scope="module")
def documents() -> Any:
    return real() or generated()


@pytest.fixture(scope="module")
def sides(documents: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sides, Path]]:
    scratch, found = tmp_path_factory.mktemp("peers"), Sides()
    corpus = scratch / "corpus"
    with ExitStack() as stack:
        estate = stack.enter_context(holding(documents))
        answer_from_live(estate.services)
        corpora.export(estate.environment["RAGLITE_QDRANT_URL"], estate.environment["RAGLITE_COLLECTION"],
                       documents.questions, corpus)  # fmt: skip
        service = stack.enter_context(serving(estate))
        found.clients[OURS] = lambda _: Connection(service.mcp, KEY).ask
        found.pids[OURS] = service.pid
        stand_in = stack.enter_context(_stand_in(scratch / "qdrant"))
        for name, peer, store in (
            (LOCAL, MCP_SERVER_QDRANT, f"local:{scratch / 'local'}"),
            (STAND_IN, MCP_SERVER_QDRANT, stand_in),
            (HAIKU, HAIKU_RAG, str(scratch / "haiku")),
            (BARE, HAIKU_RAG_BARE, str(scratch / "haiku-bare")),
        ):
            port = free_port()
            found.pids[name] = stack.enter_context(peer_serving(peer, corpus, store, port))
            found.clients[name], found.peers[name] = Session(peer, port), peer
        yield found, corpus


@contextmanager
def _stand_in(data: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "local.qdrant", "--port", str(port), "--data", data], cwd=ROOT)
    try:
        until(lambda: listening(port), "the stand-in serves")
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


@pytest.fixture(scope="module")
def measured(sides: tuple[Sides, Path], documents: Any) -> dict[int, dict[str, list[Timed]]]:
    """Every side asked the same questions, in every round in another order, by each number of clients."""
    found, _ = sides
    machine = Machine.before()
    for make in found.clients.values():
        timed(make, documents.questions[:ASKED], JUDGED)
    times: dict[int, dict[str, list[Timed]]] = {count: {name: [] for name in found.clients} for count in CLIENTS}
    for number in range(ROUNDS):
        for count in CLIENTS:
            for name in order(list(found.clients), number):
                times[count][name].append(timed(found.clients[name], _questions(documents.questions, number), count))
    told(times, {name: psutil.Process(pid).memory_info().rss >> 20 for name, pid in found.pids.items()})
    save(_result(times, found, machine.after()), RESULTS)
    return times


def _questions(known: Sequence[str], number: int) -> list[str]:
    return [known[(number * ASKED + at) % len(known)] for at in range(ASKED)]


def _rates(times: Mapping[str, Sequence[Timed]], name: str) -> list[float]:
    return [one.rate for one in times[name]]


def _p95(times: Mapping[str, Sequence[Timed]], name: str) -> list[float]:
    return [one.percentile(0.95) for one in times[name]]


def _ratios(times: Mapping[str, Sequence[Timed]]) -> list[tuple[Ratio, Bound]]:
    """Return what is promised at eight clients."""
    bounds = ((HAIKU, 8.0, 1 / 10), (LOCAL, 2.5, 1 / 3), (STAND_IN, 1.5, None))
    found = []
    for peer, rate, latency in bounds:
        above = Ratio.of(f"questions a second / {peer}", _rates(times, OURS), _rates(times, peer), better="higher")
        found.append((above, Bound(at_least=rate)))
        if latency:
            found.append((Ratio.of(f"p95 / {peer}", _p95(times, OURS), _p95(times, peer)), Bound(at_most=latency)))
    return found


def _result(times: dict[int, dict[str, list[Timed]]], found: Sides, machine: Machine) -> Result:
    ratios = _ratios(times[JUDGED])
    memory = {f"{name}, MB": float(psutil.Process(pid).memory_info().rss >> 20) for name, pid in found.pids.items()}
    series = {f"{name}, {count}": tuple(t.percentile(0.5) for t in each) for count, by in times.items()
              for name, each in by.items()}  # fmt: skip
    return Result(
        name="peers",
        measures="Seconds of a question over MCP, p50 of each round, by the number of clients",
        stand_in=True,
        series=series,
        machine=machine,
        ratios=tuple(ratio for ratio, _ in ratios),
        judged=tuple(bound.judge(ratio) for ratio, bound in ratios),
        numbers=memory,
    )


def told(times: dict[int, dict[str, list[Timed]]], memory: Mapping[str, int]) -> None:
    print()
    for count, by in times.items():
        for name, each in by.items():
            rows = [(one.rate, one.percentile(0.5), one.percentile(0.95)) for one in each]
            rate, p50, p95 = np.median(rows, axis=0)
            print(f"{count:2d} clients {name:28s} {rate:6.1f}/s  p50 {p50 * 1000:6.0f} ms  p95 {p95 * 1000:6.0f} ms")
    print("memory, MB:", ", ".join(f"{name} {size}" for name, size in memory.items()))


# --- what the numbers must be -------------------------------------------------------------------------------------


def test_all_sides_hold_the_same_passages_and_find_the_nearest_ones(sides: tuple[Sides, Path], documents: Any) -> None:
    """Against exact search over the vectors that all of them have. haiku.rag fuses its nearest with full text's."""
    found, corpus = sides
    ids = np.asarray([json.loads(line)["id"] for line in (corpus / "chunks.jsonl").open()])
    vectors, embedder = np.load(corpus / "vectors.npy"), OnnxEmbedder(MODEL)
    recalls: dict[str, list[float]] = {name: [] for name in found.peers}
    for question in documents.questions[:40]:
        nearest = set(ids[np.argsort(-(vectors @ embedder.embed([question])[0]))[:RECALL]])
        for name in found.peers:
            given = found.clients[name](0)(question)
            recalls[name].append(len(nearest.intersection(given)) / RECALL)
    print({name: round(float(np.mean(each)), 3) for name, each in recalls.items()})
    assert np.mean(recalls[LOCAL]) >= EXACT
    assert np.mean(recalls[STAND_IN]) >= EXACT
    assert np.mean(recalls[BARE]) > 0.3
    assert np.mean(recalls[HAIKU]) > 0.3


@pytest.mark.parametrize("number", range(5))
def test_at_eight_clients(measured: dict[int, dict[str, list[Timed]]], number: int) -> None:
    ratio, bound = _ratios(measured[JUDGED])[number]
    judged: Judgement = bound.judge(ratio)
    print(judged.sentence)
    assert judged.holds, judged.sentence


def test_the_service_takes_less_memory_than_its_peers(
    sides: tuple[Sides, Path], measured: dict[int, dict[str, list[Timed]]]
) -> None:
    memory = {name: psutil.Process(pid).memory_info().rss >> 20 for name, pid in sides[0].pids.items()}
    assert memory[OURS] < min(size for name, size in memory.items() if name != OURS), memory
