"""An ingestion is followed until it is done, and who asked to be told hears of each step."""

import json
import signal
import uuid
from collections.abc import Awaitable, Callable
from threading import Event, Thread
from typing import Any

import anyio
import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from sse_starlette.sse import AppStatus

from raglite.errors import DependencyUnavailable
from raglite.ingestion.submitting import LONGEST_WAIT
from raglite.ingestion.synchronize import synchronize
from raglite.model import IngestionStatus, VersionState
from raglite.server import following
from raglite.server.__main__ import DRAIN_SECONDS
from raglite.server.app import create_app
from raglite.server.following import LAST, STEPS, Following
from raglite.server.replies import EVENTS, Replies, wants_progress
from raglite.settings import Settings
from raglite.telemetry import AuditAction
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched
from tests.processes import free_port, listening, until
from tests.unit.server.asking import connected, headers, message, said

STATUS, CALL = "get_ingestion_status", "tools/call"
WHO = "analyst"
KEY, SEARCHABLE = "red/new.pdf", "red/orchard.pdf"
BODY = report("Nether Wells, Inc.", 2023, "Revenue was 31 million.")

pytestmark = pytest.mark.anyio


def status(state: VersionState) -> IngestionStatus:
    done = state not in STEPS
    return IngestionStatus(
        document_id=uuid.uuid4(), key=KEY, version_id="v", state=state, done=done, searchable=done, advice="Ask."
    )


def showing(*states: VersionState) -> tuple[Callable[[], Awaitable[IngestionStatus]], list[VersionState]]:
    """Return a look that finds these states one after the other, and then the last again, and what it has shown."""
    left, shown = list(states), []

    async def look() -> IngestionStatus:
        shown.append(left.pop(0) if len(left) > 1 else left[0])
        return status(shown[-1])

    return look, shown


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PERIOD", 0.01)


async def test_it_is_looked_again_until_it_is_done() -> None:
    way = (VersionState.RECEIVED, VersionState.PROCESSING, VersionState.PROCESSING, VersionState.QUARANTINED)
    look, shown = showing(*way)
    found = await Following().follow(look, LONGEST_WAIT, WHO)
    assert (found.state, tuple(shown)) == (VersionState.QUARANTINED, way)


@pytest.mark.parametrize("state", [VersionState.SEARCHABLE, VersionState.SUPERSEDED, VersionState.DELETED])
async def test_what_is_done_is_answered_at_once(state: VersionState) -> None:
    look, shown = showing(state)
    await Following().follow(look, LONGEST_WAIT, WHO)
    assert shown == [state]


async def test_when_the_time_is_over_it_is_said_how_far_it_is() -> None:
    look, shown = showing(VersionState.PROCESSING)
    found = await Following().follow(look, 0.05, WHO)
    assert (found.done, len(shown) > 1) == (False, True)


async def test_nobody_waits_without_wanting_to() -> None:
    look, shown = showing(VersionState.RECEIVED)
    await Following().follow(look, 0, WHO)
    assert shown == [VersionState.RECEIVED]


@pytest.mark.parametrize(("places", "share", "other"), [(1, 1, "another"), (9, 1, WHO)], ids=["full", "share taken"])
async def test_who_finds_no_place_is_told_at_once_and_places_come_back(places: int, share: int, other: str) -> None:
    followed = Following(places, share)
    look, _ = showing(VersionState.PROCESSING)
    later, shown = showing(VersionState.PROCESSING, VersionState.SEARCHABLE)
    async with anyio.create_task_group() as group:
        group.start_soon(followed.follow, look, LONGEST_WAIT, WHO)
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(LONGEST_WAIT / 2):
            assert not (await followed.follow(look, LONGEST_WAIT, other)).done
        group.cancel_scope.cancel()
    assert (await followed.follow(later, LONGEST_WAIT, other)).done
    assert shown == [VersionState.PROCESSING, VersionState.SEARCHABLE]


async def test_one_caller_leaves_places_to_others() -> None:
    followed = Following(places=2, share=1)
    look, _ = showing(VersionState.PROCESSING)
    later, _ = showing(VersionState.PROCESSING, VersionState.SEARCHABLE)
    async with anyio.create_task_group() as group:
        group.start_soon(followed.follow, look, LONGEST_WAIT, WHO)
        await anyio.wait_all_tasks_blocked()
        assert (await followed.follow(later, LONGEST_WAIT, "another")).done
        group.cancel_scope.cancel()


async def test_a_look_that_fails_for_once_ends_no_wait() -> None:
    look, shown = showing(VersionState.RECEIVED, VersionState.PROCESSING, VersionState.SEARCHABLE)
    fails = iter((False, True, False, True))

    async def looking() -> IngestionStatus:
        if next(fails, False):
            raise DependencyUnavailable("The registry", "does not answer; try again.")
        return await look()

    assert (await Following().follow(looking, LONGEST_WAIT, WHO)).done
    assert shown == [VersionState.RECEIVED, VersionState.PROCESSING, VersionState.SEARCHABLE]


async def test_a_caller_that_does_not_take_what_it_is_told_is_not_waited_for() -> None:
    look, _ = showing(VersionState.RECEIVED, VersionState.PROCESSING)

    async def tell(status: IngestionStatus) -> None:
        if status.state is VersionState.PROCESSING:
            await anyio.sleep_forever()

    with anyio.fail_after(LONGEST_WAIT / 2):
        assert not (await Following().follow(look, 0.1, WHO, tell)).done


async def test_a_task_that_is_to_stop_drains_longer_than_anybody_waits() -> None:
    assert LONGEST_WAIT < DRAIN_SECONDS


class Arriving:
    """A service in which a document is on its way: it is indexed as soon as it has been asked for."""

    def __init__(self, body: bytes = BODY, *, indexed: bool = True) -> None:
        self.world = World()
        self.world.upload(KEY, body)
        self._asked = Event()
        if indexed:
            Thread(target=self._index_then, daemon=True).start()

    @property
    def app(self) -> FastAPI:
        documents = Watched(self.world.documents, after=lambda call: self._asked.set() if call == "versions" else None)
        return create_app(self.world.services(documents=documents), Settings())

    def index(self) -> None:
        synchronize(KEY, self.world.services(), POLICY)

    def _index_then(self) -> None:
        self._asked.wait()
        self.index()


@pytest.mark.parametrize(("body", "end"), [(BODY, "searchable"), (BROKEN, "quarantined")])
async def test_a_caller_hears_of_each_step_and_then_of_the_end(revision: str, body: bytes, end: str) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, text: str | None) -> None:
        told.append((progress, total, text))

    async with connected(Arriving(body).app, revision) as client:
        arguments = {"key": KEY, "wait_seconds": LONGEST_WAIT}
        result = await client.call_tool(STATUS, arguments, progress_callback=hear)
    steps = [step for step, _, _ in told]
    assert said(result).startswith(f"{KEY} (version ")
    assert f"is {end}." in said(result)
    assert (told[0], told[-1]) == ((1, LAST, f"{KEY} is received."), (LAST, LAST, f"{KEY} is {end}."))
    assert steps == sorted(set(steps))


async def test_who_does_not_ask_to_be_told_waits_for_one_answer(revision: str) -> None:
    async with connected(Arriving().app, revision) as client:
        result = await client.call_tool(STATUS, {"key": KEY, "wait_seconds": LONGEST_WAIT})
    assert "is searchable." in said(result)


async def test_over_http_one_waits_as_well() -> None:
    app = Arriving().app
    async with asking(app) as client:
        response = await client.get("/api/ingestion", params={"key": KEY, "wait_seconds": LONGEST_WAIT})
    assert response.json()["state"] == "searchable"


def asking(app: FastAPI) -> httpx2.AsyncClient:
    given = {"Authorization": "Bearer analyst"}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://alb.example", headers=given)


def request(revision: str, tool: str = STATUS, **arguments: Any) -> dict[str, Any]:
    """Return a call that carries a progress token."""
    asked = message(CALL, {"name": tool, "arguments": arguments}, revision)
    asked["params"]["_meta"] = asked["params"].get("_meta", {}) | {"progressToken": "p1"}
    return asked


async def posted(app: FastAPI, asked: dict[str, Any], revision: str, **told: str) -> httpx2.Response:
    given = headers("analyst", CALL, asked["params"]["name"], revision) | told
    async with asking(app) as client, app.router.lifespan_context(app):
        return await client.post("/mcp", json=asked, headers=given)


def events(response: httpx2.Response) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in response.text.splitlines() if line.startswith("data: ")]


async def test_progress_travels_as_events_before_the_answer(world: World, app: FastAPI, revision: str) -> None:
    world.audit.records.clear()
    world.telemetry.metrics.clear()
    response = await posted(app, request(revision, key=SEARCHABLE), revision)
    told, answer = events(response)
    assert response.headers["content-type"].startswith(EVENTS)
    assert (told["method"], told["params"]["progressToken"]) == ("notifications/progress", "p1")
    assert answer["result"]["structuredContent"]["state"] == "searchable"
    assert response.headers["x-raglite-trace-id"]
    assert world.audit.records == []
    assert world.telemetry.segments[-1].annotations["tool"] == STATUS
    assert not world.telemetry.metrics


async def test_who_takes_no_events_gets_json(app: FastAPI) -> None:
    response = await posted(app, request("2025-11-25", key=SEARCHABLE), "2025-11-25", Accept="application/json")
    assert response.json()["result"]["structuredContent"]["state"] == "searchable"


async def test_what_is_refused_is_refused_with_its_status_though_events_were_asked_for(
    app: FastAPI, revision: str
) -> None:
    response = await posted(app, request(revision, key=SEARCHABLE), revision, Authorization="Bearer lone canary")
    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]


async def test_a_document_that_there_is_not_is_an_error_at_once(app: FastAPI, revision: str) -> None:
    response = await posted(app, request(revision, key="nothing", wait_seconds=LONGEST_WAIT), revision)
    body = events(response)[-1] if EVENTS in response.headers["content-type"] else response.json()
    assert body["result"]["isError"]


@pytest.mark.parametrize(
    ("body", "is_streamed"),
    [
        ({"params": {"name": STATUS, "_meta": {"progressToken": 0}}}, True),
        ({"params": {"name": STATUS, "_meta": {"progressToken": None}}}, False),
        ({"params": {"name": "query_financial_documents", "_meta": {"progressToken": STATUS}}}, False),
        ({"params": {"name": STATUS, "arguments": {"key": "progressToken"}}}, False),
        ({"params": {"name": STATUS, "_meta": ["progressToken"]}}, False),
        ([{"params": {"name": STATUS, "_meta": {"progressToken": 1}}}], False),
        ([STATUS, "progressToken"], False),
        ({"params": None, STATUS: "progressToken"}, False),
    ],
)
def test_only_who_asks_for_progress_of_an_ingestion_is_answered_by_events(body: Any, is_streamed: bool) -> None:
    assert wants_progress(json.dumps(body).encode()) is is_streamed


@pytest.mark.parametrize("around", ["{", "[" * 100_000])
def test_what_is_no_json_is_left_to_the_sdk(around: str) -> None:
    assert not wants_progress(f'{around}"progressToken" "{STATUS}"'.encode())


async def test_a_question_that_speaks_of_progress_is_recorded_as_a_question(
    world: World, app: FastAPI, revision: str
) -> None:
    world.audit.records.clear()
    asked = request(revision, "query_financial_documents", query=f"What was revenue, {STATUS}?")
    response = await posted(app, asked, revision)
    ((action, _, fields),) = world.audit.records
    assert response.headers["content-type"] == "application/json"
    assert (action, fields["tool"]) == (AuditAction.QUERY, "query_financial_documents")
    assert fields["results"]


async def test_a_stream_begins_with_its_first_event_and_not_with_what_keeps_it_alive() -> None:
    sent: list[Any] = []
    parts = (b"", b": ping\r\n\r\n", b"event: message\r\n", b": ping\r\n\r\n")

    async def streaming(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(request("2025-11-25", key=KEY)).encode()}

    async def send(message: Any) -> None:
        sent.append(message.get("body", message["type"]))

    scope = {"type": "http", "method": "POST", "headers": [(b"accept", EVENTS.encode())]}
    await Replies(plain=streaming, streaming=streaming)(scope, receive, send)
    assert sent == ["http.response.start", *parts[2:], b""]


async def test_nothing_is_told_that_nobody_waits_for(app: FastAPI, revision: str) -> None:
    async with asking(app) as client, app.router.lifespan_context(app):
        response = await client.get("/mcp", headers={"Accept": EVENTS, "MCP-Protocol-Version": revision})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_a_task_that_is_told_to_stop_answers_who_waits_before_it_does(revision: str) -> None:
    arriving, port = Arriving(indexed=False), free_port()
    told = {"log_config": None, "timeout_graceful_shutdown": DRAIN_SECONDS}
    server = uvicorn.Server(uvicorn.Config(arriving.app, port=port, **told))
    serving = Thread(target=server.run, daemon=True)
    serving.start()
    until(lambda: server.started, "the service is ready")
    asked = request(revision, key=KEY, wait_seconds=LONGEST_WAIT)
    given = headers("analyst", CALL, STATUS, revision)
    url = f"http://127.0.0.1:{port}/mcp"
    with httpx2.Client(timeout=30) as client, client.stream("POST", url, json=asked, headers=given) as response:
        lines = response.iter_lines()
        assert any("notifications/progress" in line for line in lines)
        server.handle_exit(signal.SIGTERM, None)
        until(lambda: not listening(port), "nobody is let in any more")
        assert not AppStatus.should_exit  # what would cut every stream within half a second
        arriving.index()
        assert any("query_financial_documents" in line for line in lines), "the answer, which says what to do next"
    serving.join(10)
    assert not serving.is_alive()


async def test_nobody_is_followed_for_a_caller_that_has_gone(revision: str) -> None:
    world = World()
    world.upload(KEY, BODY)
    looks: list[str] = []
    app = create_app(world.services(documents=Watched(world.documents, before=looks.append)), Settings())
    given = headers("analyst", CALL, STATUS, revision) | {"Content-Type": "application/json", "Host": "alb.example"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/mcp",
        "raw_path": b"/mcp",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }
    body = json.dumps(request(revision, key=KEY, wait_seconds=LONGEST_WAIT)).encode()
    messages = iter([{"type": "http.request", "body": body}])
    is_told = anyio.Event()

    async def receive() -> dict[str, Any]:
        for one in messages:
            return one
        await is_told.wait()
        return {"type": "http.disconnect"}

    async def send(sent: Any) -> None:
        if b"notifications/progress" in sent.get("body", b""):
            is_told.set()

    async with app.router.lifespan_context(app):
        with anyio.fail_after(LONGEST_WAIT / 2):
            await app(scope, receive, send)
        await anyio.wait_all_tasks_blocked()
        before = len(looks)
        await anyio.sleep(5 * following.PERIOD)
        assert len(looks) <= before + 1  # the one that was under way in its thread
