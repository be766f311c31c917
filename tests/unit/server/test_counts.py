"""What a question adds to the metrics: users' questions alone, good and bad ones, and what was not understood."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message

from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing

QUESTION = {"query": "What was the revenue of Orchard Mills in fiscal 2023?"}
OF_QUESTIONS = {"Queries", "Errors", "QueryLatency"}


def counted(world: World, *asked: dict[str, str], key: str = "analyst", fails: int = 0) -> list[str]:
    """Ask, and return the names of what was counted; the first `fails` searches fail."""
    index = Watched(world.index, failing("search", times=fails))
    client = TestClient(create_app(world.services(index=index), Settings()), headers={"X-API-Key": key})
    world.telemetry.metrics.clear()
    for body in asked:
        client.post("/api/query", json=body)
    return [name for name, _ in world.telemetry.metrics]


def test_an_answer_counts_as_a_question_with_its_latency(world: World) -> None:
    assert counted(world, QUESTION)[:3] == ["Queries", "Errors", "QueryLatency"]
    assert world.telemetry.metrics[:2] == [("Queries", 1), ("Errors", 0)]
    assert dict(world.telemetry.metrics)["QueryLatency"] > 0


def test_only_our_failures_count_as_errors(world: World) -> None:
    counted(world, {"query": ""}, QUESTION, QUESTION, fails=1)
    of_questions = [(name, value) for name, value in world.telemetry.metrics if name in OF_QUESTIONS]
    assert of_questions[:-1] == [("Queries", 1), ("Errors", 1), ("Queries", 1), ("Errors", 0)]
    assert of_questions[-1][0] == "QueryLatency"


@pytest.mark.parametrize("fails", [0, 1])
def test_a_canary_s_questions_count_as_nobody_s_and_are_recorded_under_its_name(world: World, fails: int) -> None:
    vague = {"query": "How much was it?"}
    assert counted(world, vague, key="canary", fails=fails) == []
    assert world.audit.records[-1][1] == "canary"
    assert counted(world, vague, fails=fails) != []


def test_somebody_turned_away_counts_as_no_question(world: World) -> None:
    assert counted(world, QUESTION, key="nobody") == []
    assert counted(world, QUESTION, key="writer") == []


@pytest.mark.parametrize(
    "broken", [("registry", "commit_number"), ("embedder", "embed_query"), ("credentials", "authenticate")]
)
def test_a_dependency_that_is_away_makes_an_error_of_a_question(world: World, broken: tuple[str, str]) -> None:
    part, call = broken
    services = world.services(**{part: Watched(getattr(world, part), failing(call))})
    client = TestClient(create_app(services, Settings()), headers={"X-API-Key": "analyst"})
    world.telemetry.metrics.clear()
    assert client.post("/api/query", json=QUESTION).status_code == 503
    assert world.telemetry.metrics == [("Queries", 1), ("Errors", 1)]


@pytest.mark.parametrize(
    ("asked", "unread"),
    [
        ("What was the revenue of Orchard Mills in fiscal 2023?", set()),
        ("What was the revenue of Orchard Mills?", {"YearUncertain"}),
        ("What was revenue in fiscal 2023?", {"CompanyUnresolved"}),
        ("Who is it that they ask for at Orchard Mills in fiscal 2023?", {"StatementUnrouted", "Abstained"}),
        ("What was the revenue of Harbor Lines in fiscal 2009?", {"Abstained"}),
    ],
)
def test_what_was_not_understood_is_counted(world: World, asked: str, unread: set[str]) -> None:
    named = {"YearUncertain", "CompanyUnresolved", "StatementUnrouted", "Abstained"}
    assert set(counted(world, {"query": asked})) & named == unread


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/api/query", "/api/figure", "/mcp"])
@pytest.mark.parametrize("parts", [(), (b'{"query": ',)])
async def test_a_caller_that_hangs_up_before_all_is_said_is_no_error_of_ours(
    app: FastAPI, world: World, path: str, parts: tuple[bytes, ...]
) -> None:
    coming = iter([{"type": "http.request", "body": part, "more_body": True} for part in parts])
    answered: list[Message] = []

    async def receive() -> Message:
        return next(coming, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        answered.append(message)

    headers = [(b"x-api-key", b"analyst"), (b"content-type", b"application/json"), (b"accept", b"*/*")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    world.telemetry.metrics.clear()
    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert world.telemetry.metrics == []
    assert world.audit.records[-1][2]["outcome"] == "refused"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
