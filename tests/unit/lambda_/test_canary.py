"""The canary against the real application on loopback, and against servers that are wrong in one way each."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import canary
import pytest
import uvicorn
from botocore.stub import Stubber
from fastapi import FastAPI

from raglite.errors import DependencyUnavailable
from raglite.ports import Principal
from raglite.server.app import create_app
from raglite.settings import Settings
from raglite.telemetry import (
    CANARY_FAILURES,
    CANARY_LATENCY,
    CANARY_RUNS,
    METRICS,
    NAMESPACE,
    Annotation,
    Dimension,
    Outcome,
    Span,
)
from tests.fakes.credentials import FakeCredentials
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.fakes.watched import failing
from tests.processes import free_port, until

KEY = "canary"
PRINCIPAL = Principal(KEY, frozenset({"read", "canary"}))
SECONDS = 10.0
NEVER = threading.Event()
FILED = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")
PASSAGE = {"citation": {"uri": "raglite://documents/1/versions/v/pages/2"}, "page": 2, "excerpt": "Revenue was 2."}


def world(*documents: tuple[str, bytes]) -> World:
    made = World(credentials=FakeCredentials(PRINCIPAL))
    for key, body in documents:
        made.ingest(key, body)
    return made


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until(lambda: server.started, "the application listens", within=20)
        yield f"http://127.0.0.1:{server.config.port}"
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server that answers every request in one way."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def said(status: int, body: Any = None, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    return answer


def results(*passages: Any) -> dict[str, Any]:
    listed = {"documents": [{"state": "searchable"}]}
    return {"result": {"isError": False, "structuredContent": {"results": list(passages)}}} | listed


class Lines:
    """What a run wrote: its metrics by name and its log lines."""

    def __init__(self, written: str) -> None:
        self.all = [json.loads(line) for line in written.splitlines()]
        self.metrics = {line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"]: line for line in self.all
                        if "_aws" in line}  # fmt: skip
        self.logged = [line for line in self.all if "_aws" not in line]

    def value(self, name: str) -> Any:
        return self.metrics[name][name] if name in self.metrics else None

    @property
    def counts(self) -> tuple[Any, Any]:
        return self.value("CanaryRuns"), self.value("CanaryFailures")


Run = Callable[..., Lines]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run the handler once against an address, with the key that Secrets Manager gives out."""

    def once(url: str, key: str | None = KEY, seconds: float = SECONDS) -> Lines:
        secrets = boto3.client("secretsmanager", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        made = canary.Canary(canary.Settings(url, "raglite/canary-key", "local", seconds), secrets)
        monkeypatch.setattr(canary, "_canary", lambda: made)
        with Stubber(secrets) as stub:
            if key is None:
                stub.add_client_error("get_secret_value", "ResourceNotFoundException", "no such secret")
            else:
                arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:raglite/canary-key"
                stub.add_response("get_secret_value", {"ARN": arn, "SecretString": key}, {"SecretId": arn[-18:]})
            capsys.readouterr()
            assert canary.lambda_handler({}, None) is None
        return Lines(capsys.readouterr().out)

    return once


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What X-Ray's daemon would hear."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{listener.getsockname()[1]}")
        yield listener


# --- against the real application ---------------------------------------------------------------------------------


def test_a_right_answer_is_a_run_without_a_failure_and_with_its_latency(run: Run) -> None:
    with served(create_app(world(("x.pdf", FILED)).services(), Settings())) as url:
        began = time.monotonic()
        lines = run(url)
        took = (time.monotonic() - began) * 1000
    assert lines.counts == (1, 0)
    assert 0 < lines.value("CanaryLatency") <= took
    assert [line["level"] for line in lines.logged] == ["INFO"]


def test_the_service_continues_the_canarys_trace(run: Run, daemon: socket.socket) -> None:
    made = world(("x.pdf", FILED))
    with served(create_app(made.services(), Settings())) as url:
        lines = run(url)
    segment = json.loads(daemon.recv(65536).partition(b"\n")[2])
    assert (segment["name"], "fault" in segment) == (Span.CANARY, False)
    assert segment["annotations"] == {Annotation.ENVIRONMENT: "local", Annotation.OUTCOME: Outcome.ANSWERED}
    [query] = [one for one in made.telemetry.segments if one.name is Span.QUERY]
    assert (query.trace_id, query.parent) == (segment["trace_id"], segment["id"])
    assert [line["trace_id"] for line in lines.logged] == [segment["trace_id"]]


def test_the_trace_of_a_failure_is_marked(run: Run, daemon: socket.socket) -> None:
    assert run(f"http://127.0.0.1:{free_port()}").counts == (1, 1)
    segment = json.loads(daemon.recv(65536).partition(b"\n")[2])
    assert segment["fault"]
    assert segment["annotations"][Annotation.OUTCOME] == Outcome.FAILED


def test_a_service_without_documents_answers_rightly_with_nothing(run: Run) -> None:
    with served(create_app(world().services(), Settings())) as url:
        assert run(url).counts == (1, 0)


def test_a_service_that_has_only_documents_it_could_not_index_answers_rightly_with_nothing(run: Run) -> None:
    with served(create_app(world(("x.pdf", b"REJECT")).services(), Settings())) as url:
        assert run(url).counts == (1, 0)


def test_an_index_that_is_away_is_a_failure(run: Run) -> None:
    made = world(("x.pdf", FILED))
    index = failing(made.index, "search", DependencyUnavailable("Qdrant", "away"))
    with served(create_app(made.services(index=index), Settings())) as url:
        assert run(url).counts == (1, 1)


def test_a_key_that_the_service_does_not_know_is_a_failure(run: Run) -> None:
    with served(create_app(world(("x.pdf", FILED)).services(), Settings())) as url:
        lines = run(url, key="forgotten")
    assert lines.counts == (1, 1)
    assert "401" in lines.logged[0]["message"]


def test_the_service_is_found_below_a_path_and_the_keys_line_end_is_not_sent(run: Run) -> None:
    above = FastAPI(
        lifespan=(app := create_app(world(("x.pdf", FILED)).services(), Settings())).router.lifespan_context
    )
    above.mount("/below", app)
    with served(above) as url:
        assert run(f"{url}/below", key=f"{KEY}\n").counts == (1, 0)


# --- against servers that are wrong -------------------------------------------------------------------------------

WRONG = {
    "an error of the load balancer": said(502, b"<html>Bad Gateway</html>"),
    "a redirection": said(301, b"", Location="https://elsewhere.example/mcp"),
    "no JSON": said(200, b"<html>Welcome</html>"),
    "JSON but no object": said(200, [results(PASSAGE)]),
    "a protocol error": said(200, {"jsonrpc": "2.0", "error": {"code": -32601, "message": "no such tool"}}),
    "a result that is none": said(200, {"result": []}),
    "an error of the tool": said(200, {"result": {"isError": True, "content": []}}),
    "no passage though there are documents": said(200, results()),
    "a passage without a citation": said(200, results({**PASSAGE, "citation": {"uri": "https://elsewhere.example"}})),
    "a passage without a page": said(200, results({**PASSAGE, "page": None})),
    "a passage on page nought": said(200, results({**PASSAGE, "page": 0})),
    "a passage without text": said(200, results({**PASSAGE, "excerpt": ""})),
    "a closed connection": lambda request: request.connection.close(),
}


def test_a_server_that_says_what_the_service_would_is_believed(run: Run) -> None:
    with answering(said(200, results(PASSAGE))) as url:
        assert run(url).counts == (1, 0)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_every_wrong_answer_is_a_failure_without_a_latency(
    run: Run, wrong: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    with answering(wrong) as url:
        lines = run(url)
    assert lines.counts == (1, 1)
    assert lines.value("CanaryLatency") is None
    assert [line["level"] for line in lines.logged] == ["ERROR"]
    assert "Revenue" not in json.dumps(lines.all)
    assert KEY not in lines.logged[0]["message"]


def test_an_answer_in_small_pieces_that_is_whole_too_late_is_a_failure(run: Run) -> None:
    def dripping(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        text = json.dumps(results(PASSAGE)).encode()
        for start in range(0, len(text), 20):
            request.wfile.write(text[start : start + 20])
            NEVER.wait(0.05)

    with answering(dripping) as url:
        lines = run(url, seconds=0.2)
    assert lines.counts == (1, 1)
    assert "0.2 s are allowed" in lines.logged[0]["message"]


def test_no_answer_at_all_is_given_up_in_time(run: Run) -> None:
    enough = threading.Event()
    with answering(lambda _: enough.wait(20)) as url:
        try:
            lines = run(url, seconds=0.2)
        finally:
            enough.set()
    assert lines.counts == (1, 1)
    assert "TimeoutError" in lines.logged[0]["message"]


def test_nobody_listening_is_a_failure(run: Run) -> None:
    assert run(f"http://127.0.0.1:{free_port()}").counts == (1, 1)


def test_without_a_key_nothing_is_counted_and_the_reason_is_logged(run: Run) -> None:
    lines = run("http://127.0.0.1:1", key=None)
    assert lines.metrics == {}
    assert "ResourceNotFoundException" in lines.logged[0]["message"]


@pytest.mark.parametrize("key", ['{\n"key": "s3cret"}', "s3cret\r\nX-Other: 1", "s3cret\u2013"])
def test_a_secret_that_is_no_key_counts_nothing_and_is_not_quoted(run: Run, key: str) -> None:
    lines = run("http://127.0.0.1:1", key=key)
    assert lines.metrics == {}
    assert "the secret raglite/canary-key is no API key" in lines.logged[0]["message"]
    assert "s3cret" not in json.dumps(lines.all)


def test_a_canary_that_is_not_set_up_raises_nothing_and_says_which_setting_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    canary._canary.cache_clear()
    monkeypatch.delenv("SERVICE_URL", raising=False)
    assert canary.lambda_handler({}, None) is None
    assert "SERVICE_URL" in json.loads(capsys.readouterr().out)["message"]


def test_its_metrics_are_the_declared_ones(run: Run) -> None:
    with answering(said(200, results(PASSAGE))) as url:
        lines = run(url)
    declared = {metric.name: metric for metric in METRICS}
    assert lines.metrics.keys() == {CANARY_RUNS.name, CANARY_FAILURES.name, CANARY_LATENCY.name}
    for name, line in lines.metrics.items():
        assert declared[name].dimensions == ()
        assert line[Dimension.ENVIRONMENT] == "local"
        assert line["_aws"]["CloudWatchMetrics"] == [
            {
                "Namespace": NAMESPACE,
                "Dimensions": [[Dimension.ENVIRONMENT]],
                "Metrics": [{"Name": name, "Unit": declared[name].unit}],
            }
        ]
        assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 60
