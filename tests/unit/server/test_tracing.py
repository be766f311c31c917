"""One trace and one log line a request, and nothing of the inside in an answer."""

import json
import logging

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from raglite import logs
from raglite.errors import ConfigurationError
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing

ROOT = "1-67891233-abcdef012345678912345678"
HEADER = f"Root={ROOT};Parent=463ac35c9f6413ad;Sampled=1"
QUESTION = {"query": "What was revenue?"}


def test_a_load_balancers_trace_is_continued_and_answered_with(client: TestClient, world: World) -> None:
    world.telemetry.traces.clear()
    response = client.post("/api/query", json=QUESTION, headers={"X-Amzn-Trace-Id": HEADER})
    assert world.telemetry.traces == [("query", HEADER, {})]
    assert response.headers["X-Raglite-Trace-Id"] == ROOT
    assert response.json()["trace_id"] == ROOT


def test_each_request_without_a_trace_gets_its_own(client: TestClient) -> None:
    ids = {client.post("/api/query", json=QUESTION).json()["trace_id"] for _ in range(3)}
    assert len(ids) == 3


def test_refusals_carry_their_trace_too(client: TestClient) -> None:
    response = client.post("/api/query", json={"query": ""}, headers={"X-Amzn-Trace-Id": HEADER})
    assert (response.status_code, response.headers["X-Raglite-Trace-Id"]) == (422, ROOT)
    response = client.get("/api/documents", headers={"X-Amzn-Trace-Id": HEADER, "Authorization": "Bearer unknown"})
    assert (response.status_code, response.headers["X-Raglite-Trace-Id"]) == (401, ROOT)


def test_health_checks_are_not_traced(client: TestClient, world: World) -> None:
    before = len(world.telemetry.traces)
    assert "X-Raglite-Trace-Id" not in client.get("/healthz").headers
    assert "X-Raglite-Trace-Id" not in client.get("/readyz").headers
    assert len(world.telemetry.traces) == before


def test_every_request_is_logged_in_one_line(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "raglite.access"):
        client.post("/api/query", json=QUESTION, headers={"X-Amzn-Trace-Id": HEADER})
    (line,) = [json.loads(logs.JsonFormatter().format(record)) for record in caplog.records]
    assert line.pop("ms") > 0
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "raglite.access",
        "message": "request",
        "method": "POST",
        "path": "/api/query",
        "status": 200,
        "trace_id": ROOT,
    }


def test_a_dependency_that_fails_is_a_503_to_try_again(world: World) -> None:
    client = serving(world, index=Watched(world.index, failing("search")))
    response = client.post("/api/query", json=QUESTION)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.json() == {
        "error": {"code": "dependency_unavailable", "message": "Fake: search did not answer; try again."}
    }
    assert client.post("/api/query", json=QUESTION).status_code == 200


def test_a_wrong_setting_is_not_told_to_callers(world: World) -> None:
    index = Watched(world.index, failing("search", error=ConfigurationError("The key in /etc/secret is wrong.")))
    response = serving(world, index=index).post("/api/query", json=QUESTION)
    assert (response.status_code, response.json()["error"]["code"]) == (500, "configuration_error")
    assert "/etc/secret" not in response.text
    assert "operator" in response.json()["error"]["message"]


def test_the_unforeseen_is_logged_whole_and_told_as_one_sentence(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    index = Watched(world.index, failing("search", error=ZeroDivisionError("inside")))
    response = serving(world, index=index).post("/api/query", json=QUESTION, headers={"X-Amzn-Trace-Id": HEADER})
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert "inside" not in response.text
    assert response.headers["X-Raglite-Trace-Id"] == ROOT
    (record,) = [record for record in caplog.records if record.message == "unforeseen"]
    line = json.loads(logs.JsonFormatter().format(record))
    assert line["trace_id"] == ROOT
    assert "ZeroDivisionError: inside" in line["traceback"]


def test_logging_is_set_up_as_json_at_the_asked_level(
    logging_restored: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("warning")
    logging.getLogger("anything").info("not shown")
    logging.getLogger("anything").warning("shown %s", "so")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "shown so"


def serving(world: World, **replaced: object) -> TestClient:
    app: FastAPI = create_app(world.services(**replaced), Settings())
    return TestClient(app, headers={"X-API-Key": "analyst"})
