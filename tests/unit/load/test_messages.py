"""What is sent, and what counts as an answer: every other outcome has a name of its own."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.load.crowds.messages import (
    ANOTHERS,
    BROKEN_OFF,
    NO_ANSWER,
    NOT_JSON,
    PATH,
    TIMEOUT,
    TOOL_ERROR,
    Reply,
    failure,
    headers,
    message,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def said(body: Any, status: int = 200) -> str | None:
    return failure(Reply(status, json.dumps(body).encode()), 7)


def result(**told: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 7, "result": told}


@pytest.mark.parametrize(
    "answer",
    [
        {"results": [{"page": 1}]},
        {"results": [], "figures": [{"value": 1}]},
        {"results": [], "abstained": True},
    ],
)
def test_passages_figures_and_an_abstention_are_answers(answer: dict[str, Any]) -> None:
    assert said(result(structuredContent=answer)) is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"jsonrpc": "2.0", "id": 7, "error": {"code": -32602, "message": "no"}}, "JSON-RPC error -32602"),
        ({"jsonrpc": "2.0", "id": None, "error": {"code": -32700}}, "JSON-RPC error -32700"),
        (result(isError=True, structuredContent={"results": [1]}), TOOL_ERROR),
        (result(structuredContent={"results": [], "abstained": False}), NO_ANSWER),
        (result(structuredContent={}), NO_ANSWER),
        (result(content=[]), NO_ANSWER),
        ({**result(structuredContent={"results": [1]}), "id": 8}, ANOTHERS),
        ({"jsonrpc": "2.0", "id": 7}, NOT_JSON),
        (["a", "batch"], NOT_JSON),
    ],
)
def test_every_other_message_is_a_failure_by_its_kind(body: Any, kind: str) -> None:
    assert said(body) == kind


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(503, b""), "HTTP 503"),
        (Reply(301, b""), "HTTP 301"),
        (Reply(429, b"", OSError("bad status")), "HTTP 429"),
        (Reply(202, b""), "HTTP 202"),
        (Reply(0, None, TimeoutError()), TIMEOUT),
        (Reply(200, None, TimeoutError()), TIMEOUT),
        (Reply(0, None, ConnectionRefusedError()), "no reply: ConnectionRefusedError"),
        (Reply(200, None, ConnectionResetError()), BROKEN_OFF),
        (Reply(200, b"<html>"), NOT_JSON),
        (Reply(200, b"\xff\xfe\xfa"), NOT_JSON),
        (Reply(200), NOT_JSON),
    ],
)
def test_so_is_everything_that_is_no_message(reply: Reply, kind: str) -> None:
    assert failure(reply, 7) == kind


@given(json_values, st.integers(0, 599))
def test_whatever_comes_is_judged(body: Any, status: int) -> None:
    assert said(body, status)


@pytest.mark.parametrize("key", ["", "k"])
def test_a_key_is_sent_if_there_is_one(key: str) -> None:
    assert headers(key).get("X-API-Key", "") == key


def test_the_service_answers_the_first_message_of_a_client_without_any_handshake() -> None:
    world = World()
    world.ingest("orchard.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million."))
    with TestClient(create_app(world.services(), Settings()), headers=headers("analyst")) as client:
        good = client.post(PATH, content=message(7, "What was the revenue of Orchard Mills in fiscal 2023?"))
        refused = client.post(PATH, content=message(7, ""))
        nobody = client.post(PATH, content=message(7, "What?"), headers={"X-API-Key": "nobody's"})
    found = [failure(Reply(one.status_code, one.content), 7) for one in (good, refused, nobody)]
    assert found == [None, TOOL_ERROR, "HTTP 401"]
    assert good.json()["result"]["structuredContent"]["results"]
