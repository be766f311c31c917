import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote, quote_plus

import boto3
import delivery
import ingestion_trigger
import lines
import pytest
import tracing
from botocore.stub import ANY, Stubber

from tests.lambda_estate import BUCKET, MOST_TASKS, Estate
from tests.lambda_events import INVENTORY, SCHEDULED, STOPPED, Context, created, deleted, message, receive, stopped

AWKWARD = "a b+c%20é 财.pdf"


# --- documents ----------------------------------------------------------------------------------------------------


def test_an_upload_marks_its_key_and_starts_a_task_for_it(aws: Estate) -> None:
    aws.put("reports/x.pdf")

    assert receive(message(created("reports/x.pdf"))) == []

    (task,) = aws.tasks()
    work = aws.work("reports/x.pdf")
    assert (work["waiting"], work["generation"], work["key"]) == ("yes", 1, "reports/x.pdf")
    (override,) = task["overrides"]["containerOverrides"]
    assert override == {
        "name": "raglite-ingest",
        "command": ["python", "-m", "raglite.ingestion.pipeline", "--s3-path", f"s3://{BUCKET}/reports/x.pdf"],
        "environment": [{"name": "_X_AMZN_TRACE_ID", "value": work["trace_header"]}],
    }
    assert task["launchType"] == "FARGATE"
    assert task["attachments"][0]["type"] == "ElasticNetworkInterface"


def test_a_bare_event_does_the_same(aws: Estate) -> None:
    aws.put("x.pdf")
    assert ingestion_trigger.lambda_handler(created("x.pdf"), Context()) == {}
    assert aws.paths() == [f"s3://{BUCKET}/x.pdf"]


@pytest.mark.parametrize("written", [str, quote_plus, quote], ids=["raw", "plus", "percent"])
def test_an_awkward_key_is_understood_however_the_event_writes_it(aws: Estate, written: Any) -> None:
    aws.put(AWKWARD)
    receive(message(created(written(AWKWARD))))
    assert aws.work(AWKWARD)["key"] == AWKWARD
    assert aws.paths() == [f"s3://{BUCKET}/{AWKWARD}"]


@pytest.mark.parametrize("written", [str, quote_plus], ids=["raw", "encoded"])
def test_a_deleted_key_is_understood_though_no_object_answers_for_it(aws: Estate, written: Any) -> None:
    aws.put(AWKWARD)
    aws.s3.delete_object(Bucket=BUCKET, Key=AWKWARD)
    receive(message(deleted(written(AWKWARD))))
    assert aws.paths() == [f"s3://{BUCKET}/{AWKWARD}"]


def test_a_longer_key_with_the_same_beginning_is_not_taken_for_it(aws: Estate) -> None:
    aws.put("a+b.pdf.bak")
    aws.put("a b.pdf")
    receive(message(created("a+b.pdf")))
    assert aws.work("a+b.pdf") == {}
    assert aws.paths() == [f"s3://{BUCKET}/a b.pdf"]


@pytest.mark.parametrize("held", [["a+b.pdf", "a b.pdf"], []], ids=["both", "neither"])
def test_both_readings_of_a_key_are_looked_at_where_the_bucket_cannot_tell(aws: Estate, held: list[str]) -> None:
    for key in held:
        aws.put(key)
    receive(message(deleted("a+b.pdf")))
    assert [bool(aws.work(key)) for key in ("a+b.pdf", "a b.pdf")] == [True, True]
    assert aws.paths() == [f"s3://{BUCKET}/a+b.pdf"]


def test_a_document_uploaded_twice_is_requested_twice(aws: Estate) -> None:
    aws.put("x.pdf")
    receive(message(created("x.pdf"), "m1"), message(created("x.pdf"), "m2"))
    assert aws.work("x.pdf")["generation"] == 2


# --- how many tasks -----------------------------------------------------------------------------------------------


def test_no_more_tasks_run_than_allowed_and_the_other_keys_wait(aws: Estate) -> None:
    keys = [f"{number}.pdf" for number in range(MOST_TASKS + 2)]
    receive(*(message(created(key), key) for key in keys))
    assert sorted(aws.paths()) == [f"s3://{BUCKET}/{key}" for key in keys[:MOST_TASKS]]
    assert [aws.work(key)["waiting"] for key in keys] == ["yes"] * len(keys)


@pytest.mark.parametrize(
    "event", [STOPPED, SCHEDULED, {"source": "raglite.reconcile"}], ids=["stopped", "schedule", "by hand"]
)
def test_a_key_left_over_gets_a_task_oldest_first(aws: Estate, event: dict[str, Any]) -> None:
    receive(*(message(created(key), key) for key in ("1", "2", "3", "4")))
    aws.end_tasks()
    for key in ("1", "2"):  # these were done
        aws.table.update_item(Key={"pk": f"document#{key}", "sk": "work"}, UpdateExpression="REMOVE waiting")

    assert receive(message(event)) == []

    assert aws.paths() == [f"s3://{BUCKET}/3"]


def test_a_key_under_a_live_lease_is_left_to_its_holder(aws: Estate) -> None:
    receive(message(created("x")))
    aws.end_tasks()
    lease = {"Key": {"pk": "document#x", "sk": "work"}, "UpdateExpression": "SET lease_expires = :until"}

    aws.table.update_item(**lease, ExpressionAttributeValues={":until": "2999-01-01T00:00:00.000000+00:00"})
    receive(message(STOPPED))
    assert aws.paths() == []

    aws.table.update_item(**lease, ExpressionAttributeValues={":until": "2001-01-01T00:00:00.000000+00:00"})
    receive(message(STOPPED))
    assert aws.paths() == [f"s3://{BUCKET}/x"]


def test_a_key_is_found_behind_more_held_ones_than_one_answer_holds(aws: Estate) -> None:
    held = {"waiting": "yes", "lease_expires": "2999-01-01T00:00:00.000000+00:00", "padding": "x" * 350_000}
    for number in range(4):  # DynamoDB answers with a megabyte at most
        aws.table.put_item(Item={"pk": f"document#{number}", "sk": "work", "requested_at": f"2001-01-0{number}"} | held)
    aws.table.put_item(
        Item={"pk": "document#x", "sk": "work", "key": "x", "waiting": "yes", "requested_at": "2001-01-09"}
    )
    receive(message(SCHEDULED))
    assert aws.paths() == [f"s3://{BUCKET}/x"]


def test_a_stopped_task_starts_none_while_enough_others_run(aws: Estate) -> None:
    receive(*(message(created(key), key) for key in ("1", "2", "3")))
    receive(message(STOPPED))
    assert len(aws.paths()) == MOST_TASKS


@pytest.mark.parametrize(("exit_code", "started"), [(75, 0), (78, 0), (0, 1), (1, 1), (137, 1), (None, 1)])
def test_a_task_that_could_not_reach_what_it_needs_is_followed_by_the_schedule_alone(
    aws: Estate, exit_code: int | None, started: int
) -> None:
    receive(message(created("x")))
    aws.end_tasks()

    assert receive(message(stopped(exit_code))) == []
    assert len(aws.paths()) == started

    aws.end_tasks()
    receive(message(SCHEDULED))
    assert len(aws.paths()) == 1


def test_nothing_is_started_where_nothing_waits(aws: Estate) -> None:
    assert receive(message(SCHEDULED)) == []
    assert aws.paths() == []


# --- the comparison of everything ---------------------------------------------------------------------------------

RECONCILER = ["python", "-m", "raglite.ingestion.reconcile", "--repair"]


def commands(aws: Estate) -> list[list[str]]:
    return [task["overrides"]["containerOverrides"][0]["command"] for task in aws.tasks()]


def test_the_hourly_event_starts_a_reconciler_even_while_enough_ingest_tasks_run(aws: Estate) -> None:
    receive(*(message(created(key), key) for key in ("1", "2", "3")))
    assert len(aws.tasks()) == MOST_TASKS
    assert receive(message(INVENTORY, "inventory")) == []
    assert commands(aws).count(RECONCILER) == 1
    assert len(aws.tasks()) == MOST_TASKS + 1


# --- bad messages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    ["no json", {"detail-type": "Something Else"}, created("x", bucket="another"), {"detail-type": "Object Created"}],
    ids=["no json", "unknown kind", "other bucket", "no detail"],
)
def test_a_bad_message_goes_back_alone(aws: Estate, bad: Any, capsys: pytest.CaptureFixture[str]) -> None:
    aws.put("x.pdf")
    assert receive(message(bad, "bad"), message(created("x.pdf"), "good")) == ["bad"]
    assert aws.paths() == [f"s3://{BUCKET}/x.pdf"]
    said = map(json.loads, capsys.readouterr().out.splitlines())
    errors = [line for line in said if line.get("level") == "ERROR"]
    assert [(line["message_id"], "Traceback" in line["traceback"]) for line in errors] == [("bad", True)]


def test_a_bad_bare_event_raises(aws: Estate) -> None:
    with pytest.raises(ValueError, match="No rule should send 'Something Else' events here"):
        ingestion_trigger.lambda_handler({"id": "1", "detail-type": "Something Else"}, Context())


# --- what moto's ECS never says -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScriptedECS:
    """The handler with an ECS that says what a test has it say."""

    trigger: ingestion_trigger.Trigger
    says: Stubber

    def receive(self, *messages: dict[str, Any]) -> list[str]:
        answer = ingestion_trigger.respond(self.trigger, {"Records": list(messages)}, "request-1")
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def ecs(aws: Estate) -> Iterator[ScriptedECS]:
    client = boto3.client("ecs")
    settings = ingestion_trigger.Settings.from_environment(aws.environment)
    with Stubber(client) as stubber:
        yield ScriptedECS(ingestion_trigger.Trigger(settings, aws.s3, aws.table, client), stubber)


LISTED = {"cluster": "raglite-cluster", "family": "raglite-ingest", "desiredStatus": "RUNNING"}
RECONCILERS = {"cluster": "raglite-cluster", "startedBy": "raglite-inventory"}


def test_a_task_that_ecs_could_not_place_is_tried_again(ecs: ScriptedECS, capsys: pytest.CaptureFixture[str]) -> None:
    ecs.says.add_response("list_tasks", {"taskArns": []}, LISTED)
    ecs.says.add_response("run_task", {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time"}]})
    assert ecs.receive(message(created("x"))) == ["message-1"]
    assert "ECS started no task for x: Capacity is unavailable" in capsys.readouterr().out


NO_ROOM = ("Capacity is unavailable at this time", "RESOURCE:MEMORY", "RESOURCE:CPU", "RESOURCE:ENI")


@pytest.mark.parametrize(
    "event", [created("x"), STOPPED, SCHEDULED, INVENTORY], ids=["created", "stopped", "schedule", "inventory"]
)
@pytest.mark.parametrize("said", ["ThrottlingException", *NO_ROOM])
def test_what_could_not_be_started_comes_again_and_is_started_then(
    ecs: ScriptedECS, aws: Estate, event: dict[str, Any], said: str
) -> None:
    aws.make_wait("x")
    ecs.says.add_response("list_tasks", {"taskArns": []})
    if said in NO_ROOM:
        ecs.says.add_response("run_task", {"tasks": [], "failures": [{"reason": said}]})
    else:
        ecs.says.add_client_error("run_task", said, "Rate exceeded", 400)
    assert ecs.receive(message(event)) == ["message-1"]
    assert aws.work("x")["waiting"] == "yes"

    ecs.says.add_response("list_tasks", {"taskArns": []})
    ecs.says.add_response("run_task", {"tasks": [{"taskArn": "task"}], "failures": []})
    assert ecs.receive(message(event, ApproximateReceiveCount="2")) == []
    ecs.says.assert_no_pending_responses()


def test_one_message_that_was_throttled_holds_up_no_other(ecs: ScriptedECS) -> None:
    for said in ("throttled", "started"):
        ecs.says.add_response("list_tasks", {"taskArns": []}, LISTED)
        if said == "throttled":
            ecs.says.add_client_error("run_task", "ThrottlingException", "Rate exceeded", 400)
        else:
            ecs.says.add_response("run_task", {"tasks": [{"taskArn": "task"}], "failures": []})
    assert ecs.receive(message(created("x"), "m1"), message(created("y"), "m2")) == ["m1"]


def test_a_task_that_this_delivery_started_already_is_no_failure(ecs: ScriptedECS) -> None:
    ecs.says.add_response("list_tasks", {"taskArns": []}, LISTED)
    ecs.says.add_client_error("run_task", "ConflictException", "the token came with other parameters", 400)
    assert ecs.receive(message(created("x"))) == []


def test_tasks_are_counted_over_all_pages(ecs: ScriptedECS) -> None:
    ecs.says.add_response("list_tasks", {"taskArns": ["1"], "nextToken": "more"}, LISTED)
    ecs.says.add_response("list_tasks", {"taskArns": ["2"]}, LISTED | {"nextToken": "more"})
    ecs.says.add_response("list_tasks", {"taskArns": []}, RECONCILERS)
    assert ecs.receive(message(created("x"))) == []
    ecs.says.assert_no_pending_responses()


def test_a_reconciler_takes_no_ingest_tasks_place(ecs: ScriptedECS) -> None:
    ecs.says.add_response("list_tasks", {"taskArns": ["1", "the reconciler"]}, LISTED)
    ecs.says.add_response("list_tasks", {"taskArns": ["the reconciler"]}, RECONCILERS)
    ecs.says.add_response("run_task", {"tasks": [{"taskArn": "task"}], "failures": []})
    assert ecs.receive(message(created("x"))) == []
    ecs.says.assert_no_pending_responses()


def test_who_started_the_reconciler_is_written_in_letters_that_ecs_takes() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_/-]{1,36}", RECONCILERS["startedBy"])


class Conflicting:
    """A table whose item a transaction holds for a while."""

    def __init__(self, table: Any, times: int) -> None:
        self._table, self._left = table, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def update_item(self, **given: Any) -> Any:
        if self._left > 0:
            self._left -= 1
            error = {"Error": {"Code": "TransactionConflictException", "Message": "Transaction is ongoing"}}
            raise self._table.meta.client.exceptions.TransactionConflictException(error, "UpdateItem")
        return self._table.update_item(**given)


@pytest.mark.parametrize(("conflicts", "failed"), [(1, []), (4, []), (9, ["message-1"])])
def test_a_key_that_a_task_writes_at_the_same_moment_is_marked_all_the_same(
    aws: Estate, ecs: ScriptedECS, conflicts: int, failed: list[str]
) -> None:
    ecs.says.add_response("list_tasks", {"taskArns": []}, LISTED)
    ecs.says.add_response("run_task", {"tasks": [{"taskArn": "task"}], "failures": []})
    table = Conflicting(ecs.trigger.table, conflicts)
    busy = ScriptedECS(replace(ecs.trigger, table=table), ecs.says)
    assert busy.receive(message(created("x"))) == failed
    assert (aws.work("x").get("waiting") == "yes") == (not failed)


def test_only_one_reconciler_runs_at_a_time(ecs: ScriptedECS) -> None:
    """ECS, unlike moto, lists running tasks where nothing else is asked for, and takes no filter beside startedBy."""
    ecs.says.add_response("list_tasks", {"taskArns": ["one"]}, RECONCILERS)
    assert ecs.receive(message(INVENTORY, "hour 1")) == []
    ecs.says.assert_no_pending_responses()

    ecs.says.add_response("list_tasks", {"taskArns": []}, RECONCILERS)
    ecs.says.add_response("run_task", {"tasks": [{"taskArn": "task"}], "failures": []}, started_by("raglite-inventory"))
    assert ecs.receive(message(INVENTORY, "hour 2")) == []
    ecs.says.assert_no_pending_responses()


def started_by(whom: str) -> dict[str, Any]:
    names = ("cluster", "taskDefinition", "launchType", "networkConfiguration", "overrides", "clientToken")
    return dict.fromkeys(names, ANY) | {"startedBy": whom}


def segment() -> tracing.Segment:
    return tracing.Segment("trigger", {"Root": "1-67891233-abcdef012345678912345678"}, began=0)


def test_each_delivery_of_each_message_has_its_own_token() -> None:
    def token(message_id: str, attempt: str, key: str) -> str:
        return ingestion_trigger.Delivery(message_id, attempt, 0, segment()).token(key)

    deliveries = [("m1", "1", "x"), ("m1", "2", "x"), ("m2", "1", "x"), ("m1", "1", "y")]
    tokens = {token(*delivery) for delivery in deliveries}
    assert len(tokens) == len(deliveries)
    assert {len(each) for each in tokens} == {64}
    assert token("m1", "1", "x") in tokens


def test_the_token_goes_with_the_request(ecs: ScriptedECS) -> None:
    token = ingestion_trigger.Delivery("message-1", "3", 0, segment()).token("x")
    expected = dict.fromkeys(("cluster", "taskDefinition", "launchType", "networkConfiguration", "overrides"), ANY) | {
        "clientToken": token
    }
    ecs.says.add_response("list_tasks", {"taskArns": []}, LISTED)
    ecs.says.add_response("run_task", {"tasks": [{"taskArn": "task"}], "failures": []}, expected)
    assert ecs.receive(message(created("x"), ApproximateReceiveCount="3")) == []
    ecs.says.assert_no_pending_responses()


# --- the package --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    ["raglite-ingest", "raglite-ingest:7", "arn:aws:ecs:us-east-1:123456789012:task-definition/raglite-ingest:7"],
)
def test_the_task_family_is_read_from_any_name_of_the_definition(aws: Estate, given: str) -> None:
    settings = ingestion_trigger.Settings.from_environment(aws.environment | {"ECS_TASK_DEFINITION": given})
    assert settings.family == "raglite-ingest"


def test_a_missing_setting_is_named(aws: Estate) -> None:
    environment = {name: value for name, value in aws.environment.items() if name != "ECS_CLUSTER"}
    with pytest.raises(KeyError, match="ECS_CLUSTER"):
        ingestion_trigger.Settings.from_environment(environment)


@pytest.mark.parametrize("module", [ingestion_trigger, delivery, lines, tracing])
def test_the_files_need_nothing_but_each_other_the_standard_library_and_boto3(module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text())
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in plain | named} - set(sys.stdlib_module_names)
    types = {"mypy_boto3_dynamodb", "mypy_boto3_ecs", "mypy_boto3_s3"}
    assert roots <= {"boto3", "botocore", "delivery", "lines", "tracing"} | types
