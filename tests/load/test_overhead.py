"""The benchmark `overhead`: what traces, metrics, logs and the audit log cost a question, as a ratio.

`make bench`: one process serves the same questions with all of them and with none, in turns, and the fastest of a few
turns counts. The embedder is the real one, the index the stand-in, X-Ray's daemon a socket, standard output and the log
pipes that another process empties, the audit log CloudWatch Logs as moto plays it. A turn is so long that what the
audit log's own thread writes meanwhile falls into it.
"""

import logging
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
import boto3
import httpx2
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from local.twin.programs import CREDENTIALS, MODEL
from raglite import logs
from raglite.adapters.cloudwatch_audit import CloudWatchAuditLog, Pace, Places
from raglite.adapters.onnx_embedder import OnnxEmbedder
from raglite.adapters.qdrant_index import QdrantIndex
from raglite.adapters.xray_telemetry import XrayTelemetry
from raglite.ingestion.live import work_on_live
from raglite.ingestion.synchronize import synchronize
from raglite.ports import Embedder, Services, SystemClock
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.parser import report
from tests.fakes.services import POLICY, World
from tests.load.bench.ratios import FOR_A_BOUND, Bound, Ratio
from tests.load.filing import OBJECTS, SUBJECTS, TURNS, VERBS
from tests.processes import end, free_port, listening, until

# About two milliseconds of 37 lie at the aim, so a limit there would fail every second run of the same code.
BOUND = Bound(at_most=1.08, aim=1.05)
BLOCK = 12  # questions a turn, half a second: the audit log is written four times a second
TURNS_EACH = 4  # of which the fastest counts: what a neighbour takes on this machine is not the question's
COMPANIES = 16
PAGES, SENTENCES = 60, 25  # a page is as dense as in tests/load/filing.py
MB = 1024**2
ROOT = Path(__file__).resolve().parents[2]
PLACES = Places("/bench/records", "/bench/texts", "bench-anchors")

pytestmark = pytest.mark.timeout(1200)


class Nothing:
    """A Telemetry and an AuditLog that do nothing."""

    def trace(self, *_: Any, **__: Any) -> AbstractContextManager[str]:
        return nullcontext("none")

    def span(self, *_: Any, **__: Any) -> AbstractContextManager[None]:
        return nullcontext()

    def past(self, name: Any, began: datetime, ended: datetime) -> None:
        pass

    def annotate(self, **_: Any) -> None:
        pass

    def served(self, *_: Any) -> None:
        pass

    def adopt(self, header: str) -> None:
        pass

    def metric(self, *_: Any, **__: Any) -> None:
        pass

    def append(self, *_: Any) -> None:
        pass


class Anywhere:
    """An embedder that computes nothing."""

    def __init__(self, embedder: Embedder) -> None:
        self.spec, self.count_tokens = embedder.spec, embedder.count_tokens
        self.embed_query = embedder.embed_query
        self._chance = np.random.default_rng(1)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = self._chance.normal(size=(len(texts), self.spec.dimensions)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@dataclass(frozen=True)
class Arms:
    """The same service with everything and with nothing."""

    told: FastAPI
    silent: FastAPI
    audit: CloudWatchAuditLog


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arms]:
    scratch = tmp_path_factory.mktemp("overhead")
    qdrant, aws = free_port(), free_port()
    with ExitStack() as stack:
        stand_in = [sys.executable, "-m", "local.qdrant", "--port", str(qdrant), "--data", str(scratch / "qdrant")]
        stack.enter_context(_process(stand_in, qdrant))
        moto = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(aws)]
        stack.enter_context(_process(moto, aws))
        daemon = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        daemon.bind(("127.0.0.1", 0))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{daemon.getsockname()[1]}")
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{aws}")
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        _make_places()
        world = World()
        index = QdrantIndex.connect(f"http://127.0.0.1:{qdrant}", None, "bench")
        services = world.services(
            embedder=OnnxEmbedder(MODEL), index=index, telemetry=Nothing(), audit=Nothing(), clock=SystemClock()
        )
        _ingest(world, services)
        telemetry = XrayTelemetry("bench", {"127.0.0.1": "Qdrant"})
        audit = CloudWatchAuditLog.connect(PLACES, telemetry, Pace())
        stack.callback(audit.close)
        told = replace(services, telemetry=telemetry, audit=audit)
        yield Arms(create_app(told, Settings()), create_app(services, Settings()), audit)


@contextmanager
def _process(command: Sequence[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: listening(port), f"{command[2]} serves", within=60)
        yield
    finally:
        end(process)


def _make_places() -> None:
    boto3.client("s3").create_bucket(Bucket=PLACES.anchors, ObjectLockEnabledForBucket=True)
    for group in (PLACES.records, PLACES.texts):
        boto3.client("logs").create_log_group(logGroupName=group)


def _ingest(world: World, services: Services) -> None:
    """Vectors are of no account to what an answer costs."""
    chance = random.Random(1)  # noqa: S311  the same text each time is what is wanted
    work_on_live(services)
    quickly = replace(services, embedder=Anywhere(services.embedder))
    for number in range(COMPANIES):
        pages = ["\n".join(_sentence(chance) for _ in range(SENTENCES)) for _ in range(PAGES)]
        key = f"{number}.pdf"
        world.upload(key, report(f"{_name(number)}, Inc.", 2023, *pages))
        synchronize(key, quickly, replace(POLICY, max_document_bytes=MB, lease_seconds=600))


def _sentence(chance: random.Random) -> str:
    words = (chance.choice(SUBJECTS), chance.choice(VERBS), chance.choice(OBJECTS), chance.choice(TURNS))
    return "{} {} {} in fiscal 2023, {}.".format(*words)


def _name(number: int) -> str:
    return (
        f"{('Orchard', 'Harbor', 'Quarry', 'Meadow')[number % 4]} {('Mills', 'Lines', 'Stone', 'Glass')[number // 4]}"
    )


def _question(number: int) -> dict[str, str]:
    what = OBJECTS[number % len(OBJECTS)]
    return {
        "query": f"What does {_name(number % COMPANIES)} say about {what} in fiscal 2023, and by how much it changed?"
    }


# --- the measuring ------------------------------------------------------------------------------------------------


async def _measure(arms: Arms) -> list[tuple[float, float]]:
    """Return the seconds of each round's fastest turns, with everything and with nothing; the first warms up."""
    fastest = []
    async with _client(arms.told) as told, _client(arms.silent) as silent:
        for number in range(FOR_A_BOUND + 1):
            seconds: dict[httpx2.AsyncClient, list[float]] = {told: [], silent: []}
            for turn in range(TURNS_EACH):
                for client in (told, silent) if turn % 2 else (silent, told):
                    logging.disable(logging.NOTSET if client is told else logging.CRITICAL)
                    seconds[client].append(await _turn(client, number))
                    until(lambda: arms.audit.waiting == 0, "the audit log is written")
            fastest.append((min(seconds[told]), min(seconds[silent])))
    logging.disable(logging.NOTSET)
    return fastest[1:]


def _client(app: FastAPI) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://bench", headers={"X-API-Key": "analyst"})


async def _turn(client: httpx2.AsyncClient, number: int) -> float:
    begun = time.perf_counter()
    for place in range(BLOCK):
        answer = await client.post("/api/query", json=_question(number * BLOCK + place))
        assert answer.status_code == 200
    return time.perf_counter() - begun


@contextmanager
def _emptied() -> Iterator[None]:
    """Standard output and the log go into pipes that another process empties, as in a container."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    sink = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert sink.stdin
    try:
        with redirect_stdout(sink.stdin), pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stderr", sink.stdin)
            logs.configure("INFO")
            yield
    finally:
        root.handlers[:], root.level = before
        sink.stdin.close()
        sink.wait(10)


def test_overhead(benchmark: Any, arms: Arms) -> None:
    measured: list[tuple[float, float]] = []

    def measure() -> None:
        with _emptied():
            measured.extend(anyio.run(_measure, arms))

    benchmark.name = "overhead of all telemetry on a question"
    benchmark.pedantic(measure, rounds=1)
    ratio = Ratio.of("with all telemetry / with none", *zip(*measured, strict=True))
    judged = BOUND.judge(ratio)
    question = statistics.median(silent for _, silent in measured) / BLOCK * 1000
    added = statistics.median(told - silent for told, silent in measured) / BLOCK * 1000
    benchmark.extra_info |= ratio.model_dump() | {"question_ms": question, "added_ms": added}
    print(f"\n{BLOCK} questions a turn over {COMPANIES * PAGES} pages: {question:.1f} ms each, and {added:.2f} ms more")
    print(judged.sentence)
    assert judged.holds, judged.sentence
