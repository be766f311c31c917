"""Calls of AWS and Qdrant that are made inside a trace stand in it: which, where, and how they ended. Nothing else."""

import contextvars
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.adapters.qdrant_index import QdrantIndex
from raglite.adapters.s3_documents import S3Documents
from raglite.adapters.xray_telemetry import XrayTelemetry
from raglite.errors import DependencyUnavailable
from raglite.telemetry import Span
from tests.fakes.xray_daemon import Daemon, parts
from tests.lambda_estate import TABLE, registry_table
from tests.processes import free_port

KEY = "reports/a b+c%20é 财.pdf"
PLANTED = "how much did Orchard Mills earn sk-planted-secret"


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Daemon, XrayTelemetry]]:
    daemon = Daemon()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_XRAY_DAEMON_ADDRESS", daemon.address)
        yield daemon, XrayTelemetry("test", remotes={"127.0.0.1": "Qdrant"})
    daemon.close()


@pytest.fixture
def daemon(listening: tuple[Daemon, XrayTelemetry]) -> Daemon:
    listening[0].forget()
    return listening[0]


@pytest.fixture
def telemetry(listening: tuple[Daemon, XrayTelemetry]) -> XrayTelemetry:
    return listening[1]


class AwsResponse:
    status_code = 200


def calls(daemon: Daemon) -> list[dict[str, Any]]:
    return [part for part in parts(daemon.segment()) if "namespace" in part]


# --- AWS ----------------------------------------------------------------------------------------------------------


def test_a_call_of_aws_is_named_with_its_resource_and_without_its_parameters(
    daemon: Daemon, telemetry: XrayTelemetry, buckets: tuple[str, str], tmp_path: Path
) -> None:
    store = S3Documents.connect(*buckets)
    (tmp_path / "file").write_text(PLANTED)
    with telemetry.trace(Span.INGEST), telemetry.span(Span.FETCH):
        version = store.upload(tmp_path / "file", KEY)
        store.fetch(KEY, version.version_id, tmp_path / "again")
    segment = daemon.segment()
    (fetch,) = segment["subsegments"]
    put, *_, got = fetch["subsegments"]
    assert (put["name"], put["namespace"]) == (got["name"], got["namespace"]) == ("s3", "aws")
    assert (put["aws"]["operation"], got["aws"]["operation"]) == ("PutObject", "GetObject")
    assert got["aws"]["bucket_name"] == buckets[0]
    assert got["aws"]["region"] == "us-east-1"
    assert got["aws"]["request_id"]
    assert got["http"] == {"response": {"status": 200}}
    said = json.dumps(segment, ensure_ascii=False)
    assert PLANTED not in said
    assert KEY not in said


def test_the_registry_s_writes_name_its_table(daemon: Daemon, telemetry: XrayTelemetry, aws: None) -> None:
    registry = DynamoDBRegistry(registry_table())
    with telemetry.trace(Span.INGEST):
        registry.request(KEY)
        assert registry.acquire(KEY, "one", 60) is not None
        assert registry.acquire(KEY, "another", 60) is None
    done = calls(daemon)
    assert [(one["name"], one["aws"]["operation"], one["aws"]["table_name"]) for one in done] == [
        ("dynamodb", "UpdateItem", TABLE)
    ] * 3
    assert [one["http"]["response"]["status"] for one in done] == [200, 200, 400]
    assert not any({"error", "fault", "cause"} & set(one) for one in done)  # a refused condition is an answer


def test_what_aws_refuses_is_marked_with_its_code_and_without_its_sentence(
    daemon: Daemon, telemetry: XrayTelemetry, aws: None
) -> None:
    with telemetry.trace(Span.INGEST), pytest.raises(ClientError):
        boto3.client("s3").get_object(Bucket="no-such-bucket", Key=PLANTED)
    segment = daemon.segment()
    (call,) = segment["subsegments"]
    (exception,) = call["cause"]["exceptions"]
    assert (exception["type"], exception["message"], exception["remote"]) == ("NoSuchBucket", "NoSuchBucket", True)
    assert (call.get("error"), call.get("fault")) == (True, None)
    assert "fault" not in segment  # nobody let it pass
    assert PLANTED not in json.dumps(segment)


def test_aws_out_of_reach_is_a_fault(daemon: Daemon, telemetry: XrayTelemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client(
        "s3",
        "us-east-1",
        endpoint_url=f"http://127.0.0.1:{free_port()}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with telemetry.trace(Span.INGEST), pytest.raises(EndpointConnectionError):
        client.list_buckets()
    (call,) = calls(daemon)
    assert (call["fault"], call["cause"]["exceptions"][0]["type"]) == (True, "EndpointConnectionError")
    assert "message" not in call["cause"]["exceptions"][0]


def test_calls_outside_a_trace_leave_none(daemon: Daemon, telemetry: XrayTelemetry, aws: None) -> None:
    client = boto3.client("dynamodb")
    client.list_tables()
    with telemetry.trace(Span.INGEST):
        beside = threading.Thread(target=client.list_tables)  # as a lease is kept alive
        beside.start()
        beside.join()
    assert daemon.segment().get("subsegments", []) == []


def test_a_trace_that_is_not_sampled_costs_no_subsegments(daemon: Daemon, telemetry: XrayTelemetry, aws: None) -> None:
    with telemetry.trace(Span.QUERY, "Sampled=0"):
        boto3.client("dynamodb").list_tables()
    with telemetry.trace(Span.INGEST):
        pass
    assert [one["name"] for one in daemon.listen(1)] == ["ingest"]


def test_a_document_of_three_thousand_calls_arrives_whole(daemon: Daemon, telemetry: XrayTelemetry, aws: None) -> None:
    client, each = boto3.client("sts"), 750
    client.meta.events.register("before-call", lambda **_: (AwsResponse, {}))  # a network is too slow for so many
    with telemetry.trace(Span.INGEST):
        for stage in (Span.FETCH, Span.PARSE, Span.EMBED, Span.INDEX):
            with telemetry.span(stage):
                for _ in range(each):
                    client.get_caller_identity()
    stages = {one["name"]: len(one["subsegments"]) for one in daemon.segment()["subsegments"]}
    assert stages == {"fetch": each, "parse": each, "embed": each, "index": each}
    assert len(daemon.listen(1)) > 1


# --- Qdrant -------------------------------------------------------------------------------------------------------


class Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status = int(self.path.partition("status=")[2] or 500)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_given: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"127.0.0.1:{serving.server_address[1]}"
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.mark.parametrize(
    ("status", "flags"), [(200, []), (404, ["error"]), (429, ["error", "throttle"]), (503, ["fault"])]
)
def test_a_call_over_http_is_named_with_path_and_status_and_nothing_else(
    daemon: Daemon, telemetry: XrayTelemetry, server: str, status: int, flags: list[str]
) -> None:
    address = f"http://user:planted@{server}/collections/raglite/points/query?text=planted&status={status}"
    with telemetry.trace(Span.QUERY), telemetry.span(Span.SEARCH), httpx.Client() as client:
        client.post(address, json={"query": "planted"}, headers={"api-key": "planted"})
    segment = daemon.segment()
    (call,) = (part for part in parts(segment) if "namespace" in part)
    assert (call["name"], call["namespace"]) == ("Qdrant", "remote")
    assert call["http"] == {
        "request": {"method": "POST", "url": f"http://{server}/collections/raglite/points/query"},
        "response": {"status": status},
    }
    assert [flag for flag in ("error", "fault", "throttle") if flag in call] == flags
    assert "planted" not in json.dumps(segment)


def test_the_index_s_failing_calls_stand_under_the_span_they_belong_to(
    daemon: Daemon, telemetry: XrayTelemetry, server: str
) -> None:
    index = QdrantIndex.connect(f"http://{server}", "planted", "raglite")
    with telemetry.trace(Span.INGEST), pytest.raises(DependencyUnavailable), telemetry.span(Span.INDEX):
        index.sweep("planted.pdf")
    segment = daemon.segment()
    (span,) = segment["subsegments"]
    (call,) = span["subsegments"]
    assert (call["name"], call["http"]["response"]["status"], call["fault"]) == ("Qdrant", 500, True)
    assert (span["name"], span["cause"]["exceptions"][0]["message"]) == ("index", "Qdrant")
    assert "planted" not in json.dumps(segment)


def test_a_server_that_is_not_there_is_a_fault(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    with telemetry.trace(Span.QUERY), pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{free_port()}/planted?planted")
    (call,) = calls(daemon)
    assert (call["name"], call["fault"], call["cause"]["exceptions"][0]["type"]) == ("Qdrant", True, "ConnectError")


def test_calls_of_many_questions_at_once_stand_each_in_its_own_trace(
    daemon: Daemon, telemetry: XrayTelemetry, server: str
) -> None:
    """As the service works: threads that are given a copy of the request's context, over one client."""
    with httpx.Client() as client, ThreadPoolExecutor(8) as pool:

        def asked(number: int) -> None:
            with telemetry.trace(Span.QUERY, number=number):
                ways = [contextvars.copy_context() for _ in range(2)]
                done = [pool.submit(way.run, client.get, f"http://{server}/{number}?status=200") for way in ways]
                assert [one.result().status_code for one in done] == [200, 200]

        with ThreadPoolExecutor(8) as askers:
            list(askers.map(asked, range(40)))
    documents = daemon.listen(40)
    assert sorted(one["annotations"]["number"] for one in documents) == list(range(40))
    for one in documents:
        paths = [call["http"]["request"]["url"].rpartition("/")[2] for call in one["subsegments"]]
        assert paths == [str(one["annotations"]["number"])] * 2
