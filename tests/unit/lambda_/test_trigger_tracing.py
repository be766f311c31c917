"""What the trigger tells of a document: its segment at X-Ray's daemon, its log lines, its metric."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import delivery
import ingestion_trigger
import lines
import pytest
import tracing
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from local.xray.schema import checked
from raglite.telemetry import NAMESPACE, QUEUE_AGE, Annotation, Dimension, Outcome, Span
from tests.lambda_estate import MOST_TASKS, REGION, Estate
from tests.lambda_events import INVENTORY, SCHEDULED, SENT, STOPPED, Context, created, message, receive
from tests.processes import free_port

ROOT = "1-67891233-abcdef012345678912345678"
HEADER = f"Root={ROOT};Parent=463ac35c9f6413ad;Sampled=1"
Told = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Return the segments that have been sent since the last look, each as X-Ray takes it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(0)  # what was sent on loopback is there when the sender goes on
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{daemon.getsockname()[1]}")

        def received() -> Iterator[dict[str, Any]]:
            while True:
                try:
                    header, _, document = daemon.recv(65536).partition(b"\n")
                except BlockingIOError:
                    return
                assert json.loads(header) == {"format": "json", "version": 1}
                checked(json.loads(document), len(document))
                yield json.loads(document)

        yield lambda: list(received())


def header_of(segment: dict[str, Any]) -> str:
    return f"Root={segment['trace_id']};Parent={segment['id']};Sampled=1"


# --- segments -----------------------------------------------------------------------------------------------------


def test_a_document_s_trace_begins_with_the_trigger_and_its_calls(aws: Estate, told: Told) -> None:
    before = time.time()
    receive(message(created("a b.pdf", "version-1")))

    (segment,) = told()
    assert segment["name"] == "trigger"
    assert "parent_id" not in segment
    assert before <= segment["start_time"] <= segment["end_time"] <= time.time()
    assert segment["annotations"] == {
        "environment": "test",
        "event": "event-1",
        "document": "a b.pdf",
        "version": "version-1",
        "outcome": "started",
    }
    calls = [(call["name"], call["namespace"], call["aws"]["operation"]) for call in segment["subsegments"]]
    assert calls == [("dynamodb", "aws", "UpdateItem"), ("ecs", "aws", "ListTasks"), ("ecs", "aws", "RunTask")]
    for call in segment["subsegments"]:
        assert segment["start_time"] <= call["start_time"] <= call["end_time"] <= segment["end_time"]
        assert call["http"] == {"response": {"status": 200}}
    assert segment["subsegments"][0]["aws"]["table_name"] == aws.environment["REGISTRY_TABLE"]


def test_registry_and_task_are_handed_the_trigger_as_the_parent(aws: Estate, told: Told) -> None:
    receive(message(created("x")))
    (segment,) = told()
    (task,) = aws.tasks()
    (variable,) = task["overrides"]["containerOverrides"][0]["environment"]
    assert aws.work("x")["trace_header"] == variable["value"] == header_of(segment)


def test_the_bucket_that_is_asked_for_an_odd_key_is_a_call_too(aws: Estate, told: Told) -> None:
    aws.put("a+b.pdf")
    receive(message(created("a+b.pdf")))
    (segment,) = told()
    assert [call["aws"]["operation"] for call in segment["subsegments"]][:2] == ["ListObjectVersions"] * 2


def test_no_call_tells_what_was_asked_or_answered(aws: Estate, told: Told) -> None:
    receive(message(created("planted word.pdf")))
    (segment,) = told()
    assert "planted" not in json.dumps(segment["subsegments"])
    assert {name for call in segment["subsegments"] for name in call["aws"]} <= {
        *("operation", "region", "request_id", "table_name")
    }


def test_messages_that_came_together_get_a_trace_each(aws: Estate, told: Told) -> None:
    receive(message(created("x"), "m1"), message(created("y"), "m2"))
    segments = {segment["annotations"]["document"]: segment for segment in told()}
    assert segments["x"]["trace_id"] != segments["y"]["trace_id"]
    assert {key: aws.work(key)["trace_header"] for key in ("x", "y")} == {
        key: header_of(segment) for key, segment in segments.items()
    }
    assert [len(segments[key]["subsegments"]) for key in ("x", "y")] == [3, 3]


def test_every_delivery_of_a_message_belongs_to_one_trace(aws: Estate, told: Told) -> None:
    receive(message(created("x")), message(created("x"), ApproximateReceiveCount="2"))
    first, again = told()
    assert first["trace_id"] == again["trace_id"]
    assert first["id"] != again["id"]
    assert int(first["trace_id"].split("-")[1], 16) == SENT // 1000


def test_the_message_s_trace_is_continued(aws: Estate, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-00000000-000000000000000000000000")
    receive(message(created("x"), AWSTraceHeader=HEADER))
    (segment,) = told()
    assert (segment["trace_id"], segment["parent_id"]) == (ROOT, "463ac35c9f6413ad")
    assert aws.work("x")["trace_header"] == header_of(segment)


@pytest.mark.parametrize("header", ["Sampled=0", f"{HEADER.replace('Sampled=1', 'Sampled=0')}"])
def test_a_header_is_followed_only_if_it_names_a_trace(aws: Estate, told: Told, header: str) -> None:
    receive(message(created("x"), AWSTraceHeader=header))
    if "Root" in header:
        assert told() == []
        assert aws.work("x")["trace_header"].startswith(f"Root={ROOT};")
        assert aws.work("x")["trace_header"].endswith(";Sampled=0")
    else:
        assert [segment["annotations"]["document"] for segment in told()] == ["x"]


def test_the_invocation_s_own_trace_and_its_sampling_are_no_document_s(
    aws: Estate, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER.replace("Sampled=1", "Sampled=0"))
    receive(message(created("x")))
    ingestion_trigger.lambda_handler(created("y"), Context())
    assert [segment["trace_id"] == ROOT for segment in told()] == [False, False]


def test_a_waiting_key_s_task_is_told_in_the_key_s_own_trace(aws: Estate, told: Told) -> None:
    receive(*(message(created(key), key) for key in ("1", "2", "3")))
    aws.end_tasks()
    for key in ("1", "2"):  # these were done
        aws.table.update_item(Key={"pk": f"document#{key}", "sk": "work"}, UpdateExpression="REMOVE waiting")
    left = {segment["annotations"]["document"]: segment for segment in told()}["3"]
    assert left["annotations"]["outcome"] == "waiting"

    receive(message(STOPPED))

    (segment,) = told()
    assert (segment["trace_id"], segment["parent_id"]) == (left["trace_id"], left["id"])
    assert segment["annotations"] == {
        "environment": "test",
        "event": "event-2",
        "document": "3",
        "outcome": "started",
    }
    assert [call["aws"]["operation"] for call in segment["subsegments"]] == ["Query", "ListTasks", "RunTask"]


@pytest.mark.parametrize("event", [SCHEDULED, STOPPED, "no json"], ids=["schedule", "stopped", "bad"])
def test_where_no_document_is_concerned_there_is_no_trace(aws: Estate, told: Told, event: Any) -> None:
    receive(message(event))
    assert told() == []


def test_the_reconciler_s_start_is_no_document_s(aws: Estate, told: Told) -> None:
    client = boto3.client("ecs", REGION)
    settings = ingestion_trigger.Settings.from_environment(aws.environment)
    with Stubber(client) as says:
        says.add_response("list_tasks", {"taskArns": []})
        says.add_response("run_task", {"tasks": [{"taskArn": "task"}], "failures": []})
        trigger = ingestion_trigger.Trigger(settings, aws.s3, aws.table, client)
        answer = ingestion_trigger.respond(trigger, {"Records": [message(INVENTORY)]}, "request-1")
        says.assert_no_pending_responses()
    assert (answer["batchItemFailures"], told()) == ([], [])


def test_a_failure_marks_the_trace_with_its_kind_and_not_its_text(
    aws: Estate, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("ecs", REGION)
    settings = ingestion_trigger.Settings.from_environment(aws.environment)
    with Stubber(client) as says:
        tracing.watch(client)
        says.add_client_error("list_tasks", "ThrottlingException", "planted text", 400)
        trigger = ingestion_trigger.Trigger(settings, aws.s3, aws.table, client)
        ingestion_trigger.respond(trigger, {"Records": [message(created("x"))]}, "request-1")
    (segment,) = told()
    assert segment["fault"]
    assert segment["annotations"]["outcome"] == "failed"
    assert [one["type"] for one in segment["cause"]["exceptions"]] == ["ClientError"]
    (call,) = segment["subsegments"]
    assert (call["throttle"], call["error"], "fault" in call) == (True, True, False)
    assert "planted" not in json.dumps(segment)


@pytest.mark.parametrize(("status", "flags"), [(404, {"error"}), (429, {"error", "throttle"}), (500, {"fault"})])
def test_a_refused_call_is_marked_by_its_status(aws: Estate, told: Told, status: int, flags: set[str]) -> None:
    client = boto3.client("ecs", REGION)
    with Stubber(client) as says, tracing.segment("trigger", HEADER):
        tracing.watch(client)
        says.add_client_error("list_tasks", "Code", "text", status)
        with pytest.raises(client.exceptions.ClientError):
            client.list_tasks()
    (segment,) = told()
    (call,) = segment["subsegments"]
    assert {flag for flag in ("error", "throttle", "fault") if call.get(flag)} == flags


def test_a_call_that_got_no_answer_is_a_fault(told: Told) -> None:
    client = tracing.watch(boto3.client("ecs", REGION, endpoint_url=f"http://127.0.0.1:{free_port()}"))
    with tracing.segment("trigger", HEADER), pytest.raises(EndpointConnectionError):
        client.list_tasks()
    (segment,) = told()
    (call,) = segment["subsegments"]
    assert call["fault"]
    assert [one["type"] for one in call["cause"]["exceptions"]] == ["EndpointConnectionError"]


def test_a_call_outside_a_segment_is_nobody_s(aws: Estate, told: Told) -> None:
    client = tracing.watch(boto3.client("ecs", REGION))
    client.list_clusters()
    with tracing.segment("trigger", HEADER):
        pass
    assert [segment["subsegments"] for segment in told()] == [[]]


@pytest.mark.parametrize("address", ["", "nonsense", "127.0.0.1:x", "127.0.0.1:99999999", "no.such.host.invalid:2000"])
def test_a_daemon_that_cannot_be_reached_disturbs_nobody(
    aws: Estate, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
    assert receive(message(created("x"))) == []
    assert len(aws.tasks()) == 1


def test_a_long_key_is_cut_to_what_x_ray_takes(aws: Estate, told: Told) -> None:
    receive(message(created("k" * 1024)))
    (segment,) = told()
    assert segment["annotations"]["document"] == "k" * 1000


# --- lines --------------------------------------------------------------------------------------------------------


def test_log_lines_name_the_document_and_its_trace(aws: Estate, told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    receive(message(created("x", "version-1")), message(created("y", bucket="another"), "bad"))
    said = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" not in line]
    (segment,) = told()
    belongs = {"trace_id": segment["trace_id"], "document": "x", "version": "version-1"}
    assert [line["message"] for line in said if line.items() >= belongs.items()] == ["marked", "started"]
    (error,) = [line for line in said if line["level"] == "ERROR"]
    assert "trace_id" not in error
    assert error["message_id"] == "bad"


def test_an_error_names_the_document_too(aws: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    client = boto3.client("ecs", REGION)
    settings = ingestion_trigger.Settings.from_environment(aws.environment)
    with Stubber(client) as says:
        says.add_client_error("list_tasks", "ServerException", "text", 500)
        trigger = ingestion_trigger.Trigger(settings, aws.s3, aws.table, client)
        ingestion_trigger.respond(trigger, {"Records": [message(created("x"))]}, "request-1")
    said = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["document"] for line in said if line.get("level") == "ERROR"] == ["x"]


def test_a_hint_s_age_is_a_metric(aws: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    sent = int(1000 * (time.time() - 42))
    receive(message(created("x"), SentTimestamp=str(sent)), message(SCHEDULED, "m2"))
    (line,) = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in line]
    assert 42 <= line.pop("QueueAge") < 60
    assert abs(line["_aws"].pop("Timestamp") - 1000 * time.time()) < 20_000
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [[Dimension.ENVIRONMENT]],
        "Metrics": [{"Name": QUEUE_AGE.name, "Unit": QUEUE_AGE.unit}],
    }
    assert line == {"_aws": {"CloudWatchMetrics": [directive]}, Dimension.ENVIRONMENT: "test"}


# --- names --------------------------------------------------------------------------------------------------------


def test_every_name_is_a_declared_one(aws: Estate, told: Told) -> None:
    for number in range(MOST_TASKS + 1):
        receive(message(created(f"{number}", "v"), f"m{number}"))
    segments = told()
    assert {segment["name"] for segment in segments} == {Span.TRIGGER}
    assert {name for segment in segments for name in segment["annotations"]} == {
        *(Annotation.ENVIRONMENT, Annotation.EVENT, Annotation.DOCUMENT, Annotation.VERSION, Annotation.OUTCOME)
    }
    assert {segment["annotations"]["outcome"] for segment in segments} == {Outcome.STARTED, Outcome.WAITING}
    assert (*(Span.TRIGGER, Annotation.DOCUMENT, Annotation.VERSION),) == (
        delivery.SEGMENT,
        delivery.DOCUMENT,
        delivery.VERSION,
    )
    assert (*(Outcome.STARTED, Outcome.WAITING, Outcome.FAILED),) == (
        ingestion_trigger.STARTED,
        ingestion_trigger.WAITING,
        tracing.FAILED,
    )
    assert lines.NAMESPACE == NAMESPACE
