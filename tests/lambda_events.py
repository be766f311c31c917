"""Events as EventBridge writes them, and the messages SQS hands them over in."""

import json
from dataclasses import dataclass
from typing import Any

import ingestion_trigger

from tests.lambda_estate import BUCKET

SENT = 1_700_000_000_000  # milliseconds


@dataclass(frozen=True)
class Context:
    aws_request_id: str = "request-1"


def created(key: str, version: str | None = None, bucket: str = BUCKET, kind: str = "Object Created") -> dict[str, Any]:
    entry = {"key": key} | ({"version-id": version} if version else {})
    detail = {"bucket": {"name": bucket}, "object": entry}
    return {"id": "event-1", "source": "aws.s3", "detail-type": kind, "detail": detail}


def deleted(key: str) -> dict[str, Any]:
    return created(key, kind="Object Deleted")


def stopped(exit_code: int | None = 0) -> dict[str, Any]:
    containers = [{"name": "xray-daemon", "exitCode": 78}, {"name": "raglite-ingest", "exitCode": exit_code}]
    detail = {"taskArn": "arn:aws:ecs:task/1", "lastStatus": "STOPPED", "containers": containers}
    return {"id": "event-2", "source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": detail}


STOPPED = stopped()
INVENTORY = {"source": "raglite.inventory"}
SCHEDULED = {"id": "event-3", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def message(event: Any, identity: str = "message-1", **attributes: str) -> dict[str, Any]:
    body = event if isinstance(event, str) else json.dumps(event)
    first = {"ApproximateReceiveCount": "1", "SentTimestamp": str(SENT)}
    return {"messageId": identity, "body": body, "attributes": first | attributes}


def receive(*messages: dict[str, Any]) -> list[str]:
    """Hand messages over as the queue does, and return the ids of those that will come again."""
    answer = ingestion_trigger.lambda_handler({"Records": list(messages)}, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
