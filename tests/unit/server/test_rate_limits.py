"""Who asks too often is told when to come back, in HTTP's words and MCP's; who guesses at keys is not looked at."""

from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from starlette.testclient import TestClient

from raglite.server.app import create_app
from raglite.server.guessing import origin_of
from raglite.server.recorder import TOO_OFTEN
from raglite.settings import Settings
from raglite.telemetry import AuditAction
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing
from tests.unit.server.asking import REVISIONS, headers, message

SLOW = Settings(requests_per_minute=1, requests_burst=2)
GUARDED = Settings(unknown_keys_per_minute=2)
QUESTION = {"query": "What was the revenue of Orchard Mills in fiscal 2023?"}
LIMITS = ("RateLimit-Policy", "RateLimit", "Retry-After")


def client(world: World, settings: Settings, **replaced: Any) -> TestClient:
    return TestClient(create_app(world.services(**replaced), settings))


def by(key: str, address: str = "203.0.113.9") -> dict[str, str]:
    return {"X-API-Key": key, "X-Forwarded-For": address}


def limits(response: httpx2.Response) -> list[str | None]:
    return [response.headers.get(name) for name in LIMITS]


def test_every_answer_says_how_often_its_caller_may_still_ask(world: World) -> None:
    asker = client(world, SLOW)
    answers = [asker.post("/api/query", json=QUESTION, headers=by("analyst")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    policy = '"requests";q=2;w=120'
    assert limits(answers[0]) == [policy, '"requests";r=1;t=60', None]
    assert limits(answers[1]) == [policy, '"requests";r=0;t=60', None]
    assert limits(answers[2]) == [policy, '"requests";r=0;t=60', "60"]
    assert answers[2].json() == {
        "error": {
            "code": "too_many_requests",
            "message": "analyst has asked too often: wait 60 s, then ask at most 1 times a minute.",
        }
    }


def test_each_principal_has_a_limit_of_its_own_whatever_it_asks_for(world: World) -> None:
    asker = client(world, SLOW)
    for path in ("/api/documents", "/nowhere"):
        asker.get(path, headers=by("analyst"))
    assert asker.get("/openapi.json", headers=by("analyst")).status_code == 429
    assert asker.get("/openapi.json", headers=by("red")).status_code == 200


def test_health_checks_and_strangers_have_no_limit_of_requests(world: World) -> None:
    asker = client(world, SLOW)
    for path, status in (("/healthz", 200), ("/api/documents", 401)):
        answers = [asker.get(path) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {status}
        assert limits(answers[-1]) == [None, None, None]


def test_nothing_a_minute_lets_everybody_ask_and_says_nothing(world: World) -> None:
    asker = client(world, Settings(requests_per_minute=0))
    answers = [asker.get("/api/documents", headers=by("analyst")) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert limits(answers[-1]) == [None, None, None]


def test_a_refused_caller_is_recorded_and_is_nobody_s_question_and_no_error_of_ours(world: World) -> None:
    asker = client(world, SLOW)
    for _ in range(2):
        asker.post("/api/query", json=QUESTION, headers=by("analyst"))
    world.telemetry.metrics.clear()
    assert asker.post("/api/query", json=QUESTION, headers=by("analyst")).status_code == 429
    action, actor, fields = world.audit.records[-1]
    assert (action, actor) == (AuditAction.ACCESS, "analyst")
    assert (fields["tool"], fields["outcome"], fields["error"]) == ("/api/query", "refused", "too_many_requests")
    assert world.audit.texts[-1] == {}
    assert world.telemetry.metrics == []
    assert world.telemetry.segments[-1].http == ("POST", "/api/query", 429)
    assert world.telemetry.segments[-1].annotations["outcome"] == "refused"


def test_who_asks_too_often_cannot_fill_the_log_and_holds_up_nobody_s_records(world: World) -> None:
    asker = client(world, SLOW)
    before = len(world.audit.records)
    for _ in range(2 + TOO_OFTEN + 30):
        asker.get("/api/documents", headers=by("analyst"))
    assert len(world.audit.records) == before + TOO_OFTEN
    asker.post("/api/query", json=QUESTION, headers=by("red"))
    assert world.audit.records[-1][1] == "red"
    world.clock.advance(60)
    asker.get("/api/documents", headers=by("analyst"))
    assert world.audit.records[-1][2]["unrecorded"] == 30


# --- over MCP -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", REVISIONS)
def test_over_mcp_the_refusal_is_a_json_rpc_error_of_the_same_status(world: World, revision: str) -> None:
    asked = message("tools/list", {}, revision)
    with client(world, SLOW) as asker:
        answers = [
            asker.post("/mcp", json=asked, headers=headers("analyst", "tools/list", revision=revision)) for _ in "abc"
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert limits(answers[2]) == ['"requests";q=2;w=120', '"requests";r=0;t=60', "60"]
    sentence = "analyst has asked too often: wait 60 s, then ask at most 1 times a minute."
    assert answers[2].json() == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {
            "code": -32010,
            "message": sentence,
            "data": {"code": "too_many_requests", "retry_after_seconds": 60},
        },
    }
    assert world.audit.records[-1][2]["error"] == "too_many_requests"


@pytest.mark.anyio
async def test_mcp_s_client_hears_the_sentence(world: World, revision: str) -> None:
    app = create_app(world.services(), Settings(requests_per_minute=1, requests_burst=5))
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), headers={"Authorization": "Bearer analyst"})
    transport = streamable_http_client("http://alb.example/mcp", http_client=http)
    async with (
        http,
        app.router.lifespan_context(app),
        Client(transport, mode=REVISIONS[revision]) as asker,
    ):
        said: list[str] = []
        for _ in range(6):
            try:
                await asker.list_tools()
            except MCPError as error:
                said.append(str(error))
    assert said
    assert all("analyst has asked too often: wait" in sentence for sentence in said)


# --- keys that nobody has -----------------------------------------------------------------------------------------


def test_an_address_that_has_presented_too_many_unknown_keys_is_not_looked_at(world: World) -> None:
    looked: list[str] = []
    asker = client(world, GUARDED, credentials=Watched(world.credentials, looked.append))
    answers = [asker.get("/api/documents", headers=by(f"guess {number}")) for number in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
    assert looked.count("authenticate") == 2
    assert answers[-1].headers["Retry-After"] == "30"
    assert answers[-1].json()["error"]["message"].startswith("Too many unknown keys came from this address: wait 30 s")
    action, actor, fields = world.audit.records[-1]
    assert (action, actor, fields["error"]) == (AuditAction.ACCESS, "unknown", "too_many_requests")
    assert asker.get("/api/documents", headers=by("red")).status_code == 429, "a guess that is right is not seen"
    assert asker.get("/api/documents", headers=by("red", "203.0.113.10")).status_code == 200


def test_what_a_caller_writes_before_the_load_balancer_s_word_makes_no_other_address(world: World) -> None:
    asker = client(world, GUARDED)
    for number in range(2):
        asker.get("/api/documents", headers=by("guess", f"198.51.100.{number}, 203.0.113.9"))
    assert asker.get("/api/documents", headers=by("guess", "198.51.100.7, 203.0.113.9")).status_code == 429


def test_a_known_key_is_let_in_from_an_address_that_others_guess_from(world: World) -> None:
    asker = client(world, GUARDED)
    assert asker.get("/api/documents", headers=by("analyst")).status_code == 200
    for _ in range(3):
        asker.get("/api/documents", headers=by("guess"))
    world.credentials.known.clear()  # the keys are to be fetched anew
    assert asker.get("/api/documents", headers=by("analyst")).status_code == 200
    del world.credentials.principals["analyst"]
    world.credentials.known.clear()
    assert [asker.get("/api/documents", headers=by("analyst")).status_code for _ in "ab"] == [401, 429]


def test_good_keys_and_outages_use_nothing_up(world: World) -> None:
    asker = client(world, GUARDED, credentials=Watched(world.credentials, failing("authenticate", times=5)))
    assert [asker.get("/api/documents", headers=by("red")).status_code for _ in range(5)] == [503] * 5
    for key in ("red", "blue", "analyst", "nowhere"):
        assert asker.get("/api/documents", headers=by(key)).status_code == 200
    assert asker.get("/api/documents", headers=by("guess")).status_code == 401


def test_no_key_is_no_guess(world: World) -> None:
    asker = client(world, GUARDED)
    for _ in range(5):
        assert asker.get("/api/documents", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401
    assert asker.get("/api/documents", headers=by("red")).status_code == 200


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_owner_of_many_addresses_is_counted_as_one(address: str, origin: str) -> None:
    assert origin_of(address) == origin
