"""A thousand mixed requests at once through the whole application: every one in a trace of its own, whole and alone.

The SDK's stock recipe, by its README a recorder with its default context or with AsyncContext, serves the same requests
as a control that must be seen to fail.
"""

import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from aws_xray_sdk.core.async_context import AsyncContext
from aws_xray_sdk.core.async_recorder import AsyncAWSXRayRecorder
from aws_xray_sdk.core.context import Context
from aws_xray_sdk.core.models.trace_header import TraceHeader

from raglite.adapters.xray_telemetry import XrayTelemetry
from raglite.errors import DependencyUnavailable
from raglite.ports import Telemetry
from raglite.server.app import create_app
from raglite.settings import Settings
from raglite.telemetry import Span
from tests.contracts.mixed_requests import MIDNIGHT, REQUESTS, Kind, request
from tests.fakes.clock import FakeClock
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.fakes.telemetry import FakeTelemetry
from tests.fakes.xray_daemon import Daemon, parts

OURS = "ours"
MARK = Span.LOOK  # a span that each request leaves in a thread of its own, with its number


@dataclass(frozen=True)
class Reply:
    number: int
    kind: Kind
    trace_id: str  # that the answer bears; empty if there was none
    own: str | None  # the one that the request brought
    status: int = 0

    @property
    def is_marked(self) -> bool:
        return bool(self.kind.spans)


class Marking:
    """A part of the services that leaves the request's number in its trace: in the segment and in a span of its own."""

    def __init__(self, part: Any, telemetry: Telemetry) -> None:
        self._part = part
        self._telemetry = telemetry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)

    def embed_query(self, text: str) -> Any:
        if number := re.search(r"number (\d+)", text):
            self._mark(int(number[1]))
        if text.startswith("Fail"):
            raise DependencyUnavailable("Fake", "did not answer; try again.")
        if text.startswith("Break"):
            raise ZeroDivisionError("inside")
        return self._part.embed_query(text)

    def commit_at(self, moment: datetime) -> Any:
        self._mark((moment - MIDNIGHT) // timedelta(microseconds=1))
        return self._part.commit_at(moment)

    def _mark(self, number: int) -> None:
        self._telemetry.annotate(request=number)
        with self._telemetry.span(MARK, request=number):
            pass


class Stock(FakeTelemetry):
    """The SDK used as its README says."""

    def __init__(self, context: Context, address: str) -> None:
        super().__init__()
        self._recorder = AsyncAWSXRayRecorder()
        self._recorder.configure(service="raglite", sampling=False, context=context, daemon_address=address)

    @contextmanager
    def trace(self, name: Span, header: str | None = None, *_: Any, **__: Any) -> Iterator[str]:
        given = TraceHeader.from_header_str(header)
        origin = {"traceid": given.root, "parent_id": given.parent, "sampling": 1}
        with self._recorder.in_segment(name.value, **origin) as segment:
            yield segment.trace_id

    @contextmanager
    def span(self, name: Span, **annotations: Any) -> Iterator[None]:
        with self._recorder.in_subsegment(name.value) as subsegment:
            for key, value in annotations.items():
                subsegment.put_annotation(key, value)
            yield

    def annotate(self, **annotations: Any) -> None:
        for key, value in annotations.items():
            self._recorder.current_segment().put_annotation(key, value)

    def served(self, method: str, path: str, status: int) -> None:
        for key, value in (("method", method), ("url", path), ("status", status)):
            self._recorder.current_segment().put_http_meta(key, value)

    def adopt(self, header: str) -> str | None:
        segment = self._recorder.current_segment()
        segment.trace_id = TraceHeader.from_header_str(header).root
        return str(segment.trace_id)


# --- the requests -------------------------------------------------------------------------------------------------


async def replies(telemetry: Telemetry) -> list[Reply]:
    """Serve all requests at once."""
    world = World()
    world.ingest("mills.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million."))
    services = world.services(
        telemetry=telemetry,
        embedder=Marking(world.embedder, telemetry),
        registry=Marking(world.registry, telemetry),
        clock=FakeClock(),
    )
    app, found = create_app(services, Settings()), []

    async def ask(client: httpx2.AsyncClient, number: int) -> None:
        kind, body, headers, own = request(number)
        try:
            response = await client.post(kind.path, json=body, headers=headers)
            bears = response.headers.get("X-Raglite-Trace-Id", "")
            found.append(Reply(number, kind, bears, own, response.status_code))
        except Exception:  # noqa: BLE001  the stock recipe may break requests too
            found.append(Reply(number, kind, "", own))

    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://alb.example") as client,
        anyio.create_task_group() as group,
    ):
        for number in range(REQUESTS):
            group.start_soon(ask, client, number)
    return found


# --- the count ----------------------------------------------------------------------------------------------------


def count(found: Sequence[Reply], documents: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Return how many requests have a right trace, how many lack one or a part of it, and what is another's."""
    segments: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for document in documents:
        segments[document["trace_id"]].append(document)
    told = Counter(_judged(reply, segments.pop(reply.trace_id, [])) for reply in found)
    told["mixed"] += sum(len(strays) for strays in segments.values())
    return told


def _judged(reply: Reply, mine: Sequence[Mapping[str, Any]]) -> str:
    whole = [one for one in mine if "type" not in one]
    spans = [part for part in parts(*mine) if part not in whole]
    marks = [part.get("annotations", {}).get("request") for part in (*whole, *(s for s in spans if s["name"] == MARK))]
    if len(whole) > 1 or any(mark not in {None, reply.number} for mark in marks):
        return "mixed"
    if reply.own not in {None, reply.trace_id}:
        return "mixed"
    expected = Counter([*reply.kind.spans, *([MARK] if reply.is_marked else [])])
    names = Counter(span["name"] for span in spans)
    if names - expected:
        return "mixed"
    if not whole or expected - names or marks != [reply.number if reply.is_marked else None] * len(marks):
        return "lost"
    told, http = whole[0]["annotations"], whole[0].get("http", {})
    served = {"request": {"method": "POST", "url": reply.kind.path}, "response": {"status": reply.status}}
    is_whole = (told.get("tool"), told.get("outcome"), http) == (reply.kind.tool, reply.kind.outcome, served)
    is_ours = whole[0].get("fault", False) == (reply.status >= 500)
    return "right" if is_whole and is_ours else "lost"


def raw(daemon: Daemon) -> list[dict[str, Any]]:
    """Return what came, unchecked: the SDK sends what the schema does not know."""
    daemon._await_quiet()
    return [json.loads(datagram.partition(b"\n")[2]) for datagram in daemon._datagrams]


def dropped(daemon: Daemon) -> int:
    """Return how many datagrams the test's own socket had no room for, where the kernel says it."""
    port, table = int(daemon.address.rpartition(":")[2]), Path("/proc/net/udp")
    lines = table.read_text().splitlines()[1:] if table.exists() else []
    return sum(int(line.split()[-1]) for line in lines if int(line.split()[1].rpartition(":")[2], 16) == port)


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    daemon = Daemon()
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", daemon.address)
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    yield daemon
    daemon.close()


@pytest.mark.timeout(600)
def test_a_thousand_requests_at_once_have_a_whole_trace_each_and_the_stock_recipe_fails_at_it(daemon: Daemon) -> None:
    logging.getLogger("aws_xray_sdk").setLevel(logging.CRITICAL)
    ours = judged(daemon, OURS, lambda: XrayTelemetry("test"))
    controls = [
        judged(daemon, "the SDK's default context", lambda: Stock(Context(), daemon.address)),
        judged(daemon, "the SDK's AsyncContext", lambda: Stock(AsyncContext(), daemon.address)),
    ]
    assert ours == Counter(right=REQUESTS)
    assert all(control["lost"] + control["mixed"] > 0 for control in controls)


def judged(daemon: Daemon, name: str, telemetry: Callable[[], Telemetry]) -> Counter[str]:
    """Serve all requests with a telemetry, which is made where the loop runs, as AsyncContext wants it."""

    async def served() -> list[Reply]:
        return await replies(telemetry())

    daemon.forget()
    found = anyio.run(served)
    held = daemon.listen(REQUESTS) if name == OURS else raw(daemon)
    told = count(found, held)
    assert dropped(daemon) == 0
    print(f"\n{name}: {', '.join(f'{number} {verdict}' for verdict, number in told.items())} of {REQUESTS} requests")
    return told
