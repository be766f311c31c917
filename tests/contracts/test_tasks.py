"""Waking a task: on the fake, and by an event that reaches the queue."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import ingestion_trigger
import pytest
from botocore.stub import Stubber

from raglite.adapters.eventbridge_tasks import SOURCE, EventBridgeTasks
from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.ports import Tasks
from tests.fakes.tasks import FakeTasks


@pytest.fixture
def heard(aws: None) -> Callable[[], list[Any]]:
    """What a queue has been told that the rule on our source sends to."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    url = sqs.create_queue(QueueName="hints")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="woken", EventPattern=json.dumps({"source": [SOURCE]}))
    events.put_targets(Rule="woken", Targets=[{"Id": "queue", "Arn": arn}])

    def messages() -> list[Any]:
        seen: list[Any] = []
        while received := sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"):
            seen.extend(json.loads(message["Body"]) for message in received)
        return seen

    return messages


@pytest.fixture(params=["fake", "eventbridge"])
def tasks(request: pytest.FixtureRequest) -> tuple[Tasks, Callable[[], int]]:
    """Tasks, and how often they have been woken."""
    if request.param == "fake":
        fake = FakeTasks()
        return fake, lambda: fake.woken
    heard = request.getfixturevalue("heard")
    return EventBridgeTasks.connect(), lambda: len(heard())


def test_each_call_wakes_once(tasks: tuple[Tasks, Callable[[], int]]) -> None:
    woken, count = tasks
    woken.wake()
    woken.wake()
    assert count() == 2


def test_the_event_is_one_that_the_lambda_takes_for_a_look_at_what_waits(heard: Callable[[], list[Any]]) -> None:
    EventBridgeTasks.connect().wake()
    [event] = heard()
    assert event["source"] == SOURCE == ingestion_trigger.RECONCILE
    assert event["detail-type"] not in ingestion_trigger.OBJECT_EVENTS


def test_a_bus_that_refuses_the_event_is_a_transient_fault(aws: None) -> None:
    client = boto3.client("events")
    with Stubber(client) as says:
        refused = {"ErrorCode": "InternalFailure", "ErrorMessage": "not now"}
        says.add_response("put_events", {"FailedEntryCount": 1, "Entries": [refused]})
        with pytest.raises(DependencyUnavailable, match="InternalFailure: not now"):
            EventBridgeTasks(client).wake()
        says.add_client_error("put_events", "ThrottlingException", "Rate exceeded", 400)
        with pytest.raises(DependencyUnavailable, match="Rate exceeded"):
            EventBridgeTasks(client).wake()


def test_a_caller_who_may_not_is_told_so(aws: None) -> None:
    client = boto3.client("events")
    with Stubber(client) as says:
        says.add_client_error("put_events", "AccessDeniedException", "no", 400)
        with pytest.raises(ConfigurationError, match="EventBridge refused"):
            EventBridgeTasks(client).wake()
