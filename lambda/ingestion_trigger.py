"""From an event to an ingest task: mark the key in the registry, start a task unless enough of them run.

An event says no more than "look at this key" (or, when a task ended or the schedule fires, "look whether a key
waits"; hourly, "compare everything"), so it may come twice, late or out of order. Events come in SQS messages or bare.

The work item is the one that raglite's registry reads. This file is the whole deployment package: standard library
and boto3 only.
"""

import hashlib
import json
import os
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_s3 import S3Client

OBJECT_EVENTS = {"Object Created", "Object Deleted"}
TASK_EVENT = "ECS Task State Change"
SCHEDULE = "Scheduled Event"
RECONCILE = "raglite.reconcile"  # the source of the event that somebody sends who has made keys wait
INVENTORY = "raglite.inventory"  # the source in the constant input of the schedule that has everything compared
RECONCILER = "raglite-inventory"  # who started its task, in letters that ECS takes
MARK = "SET requested_at = :now, waiting = :yes, #key = :key, trace_header = :trace ADD generation :one"
CONFLICT_PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds; boto3 does not try again where a task's transaction holds the item
OUT_OF_REACH = {75, 78}  # exit codes (sysexits.h) of a task that could not use something it needs
TRACE = "_X_AMZN_TRACE_ID"
CLIENT_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})


class TaskNotStarted(Exception):
    """ECS took the request but started nothing. The message goes back to the queue; the key waits in the registry."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where tasks run and what they are given."""

    cluster: str
    task_definition: str
    container: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    registry_table: str
    documents_bucket: str
    max_tasks: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; a KeyError names the one that is missing."""
        return cls(
            cluster=environment["ECS_CLUSTER"],
            task_definition=environment["ECS_TASK_DEFINITION"],
            container=environment["ECS_CONTAINER"],
            subnets=tuple(environment["ECS_SUBNETS"].split(",")),
            security_groups=tuple(environment["ECS_SECURITY_GROUPS"].split(",")),
            registry_table=environment["REGISTRY_TABLE"],
            documents_bucket=environment["DOCUMENTS_BUCKET"],
            max_tasks=int(environment["MAX_INGEST_TASKS"]),
        )

    @property
    def family(self) -> str:
        """The family of the task definition, which may be given as family, family:revision or ARN."""
        return self.task_definition.rpartition("/")[2].partition(":")[0]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to hand over one message, and the trace it belongs to."""

    message_id: str
    attempt: str
    trace_header: str

    def token(self, key: str) -> str:
        """Return what makes RunTask idempotent within this attempt: 64 characters, as many as the API takes."""
        return hashlib.sha256(f"{key}\n{self.message_id}\n{self.attempt}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Trigger:
    """What is done about an event."""

    settings: Settings
    s3: "S3Client"
    table: "Table"
    ecs: "ECSClient"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def connect(cls, settings: Settings) -> "Trigger":
        """Return a trigger that reaches AWS by the standard environment; nothing is sent yet."""
        table = boto3.resource("dynamodb", config=CLIENT_CONFIG).Table(settings.registry_table)
        return cls(settings, boto3.client("s3", config=CLIENT_CONFIG), table, boto3.client("ecs", config=CLIENT_CONFIG))

    def handle(self, event: Mapping[str, Any], delivery: Delivery) -> None:
        """Do what one event asks for; whatever it raises, the event should be delivered again."""
        kind = event.get("detail-type")
        if kind in OBJECT_EVENTS:
            self._look_at_object(event["detail"], delivery)
        elif kind == TASK_EVENT and self._could_not_work(event["detail"]):
            _log("INFO", "left to the schedule: another task now would fare no better", task=event["detail"]["taskArn"])
        elif event.get("source") == INVENTORY:
            self._start_reconciler(delivery)
        elif kind in {TASK_EVENT, SCHEDULE} or event.get("source") == RECONCILE:
            self._look_for_waiting(delivery)
        else:
            raise ValueError(f"No rule should send {kind!r} events here: look at the event rules' targets.")

    def _could_not_work(self, task: Mapping[str, Any]) -> bool:
        ended = (container for container in task["containers"] if container["name"] == self.settings.container)
        return any(container.get("exitCode") in OUT_OF_REACH for container in ended)

    # --- a document -----------------------------------------------------------------------------------------------

    def _look_at_object(self, detail: Mapping[str, Any], delivery: Delivery) -> None:
        bucket = detail["bucket"]["name"]
        if bucket != self.settings.documents_bucket:
            raise ValueError(f"An event came from bucket {bucket}: only {self.settings.documents_bucket} is ingested.")
        keys = self._meant(detail["object"]["key"])
        for key in keys:
            self._request(key, delivery.trace_header)
        self._start_task(keys[0], delivery)

    def _meant(self, key: str) -> list[str]:
        """Return the keys that an event's key may stand for; mostly that is the key itself.

        AWS does not say whether these events encode keys. Where that makes a difference the bucket tells which key it
        has held; if it has held both, or (any more) neither, both are looked at: a needless look changes nothing.
        """
        readings = list(dict.fromkeys((key, unquote_plus(key))))
        if len(readings) == 1:
            return readings
        return [reading for reading in readings if self._has_history(reading)] or readings

    def _has_history(self, key: str) -> bool:
        """Whether the bucket lists a version or a delete marker. A key comes before all that begin with it."""
        page = self.s3.list_object_versions(Bucket=self.settings.documents_bucket, Prefix=key, MaxKeys=1)
        entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        return any(entry["Key"] == key for entry in entries)

    # --- the registry ---------------------------------------------------------------------------------------------

    def _request(self, key: str, trace_header: str) -> None:
        """Mark the key as needing a look."""
        values = {":now": _iso(self.now()), ":yes": "yes", ":key": key, ":trace": trace_header, ":one": 1}
        update: Any = {
            "Key": {"pk": f"document#{key}", "sk": "work"},
            "UpdateExpression": MARK,
            "ExpressionAttributeNames": {"#key": "key"},
            "ExpressionAttributeValues": values,
        }
        for pause in CONFLICT_PAUSES:
            with suppress(self.table.meta.client.exceptions.TransactionConflictException):
                self.table.update_item(**update)
                break
            time.sleep(pause)
        else:
            self.table.update_item(**update)
        _log("INFO", "marked", key=key, trace_header=trace_header)

    def _look_for_waiting(self, delivery: Delivery) -> None:
        """Start a task for the oldest key that waits: it may have come after the last look of a task that ended."""
        key = next(self._waiting(), None)
        if key is None:
            _log("INFO", "nothing waits")
        else:
            self._start_task(key, delivery)

    def _waiting(self) -> Iterator[str]:
        """Yield keys that need a look and that nobody holds a live lease on, oldest request first."""
        free: Any = Attr("lease_expires").not_exists() | Attr("lease_expires").lt(_iso(self.now()))
        due: Any = Key("waiting").eq("yes")
        pages = self.table.meta.client.get_paginator("query").paginate(
            TableName=self.table.name, IndexName="waiting", KeyConditionExpression=due, FilterExpression=free
        )
        yield from (str(item["key"]) for page in pages for item in page["Items"])

    # --- the task -------------------------------------------------------------------------------------------------

    def _start_task(self, key: str, delivery: Delivery) -> None:
        """Start a task for the key, unless so many run that one of them will come to it."""
        running = self._running(family=self.settings.family, desiredStatus="RUNNING")
        if running >= self.settings.max_tasks:
            running -= self._running(startedBy=RECONCILER)  # it is of the family and comes to no key
        if running >= self.settings.max_tasks:
            _log("INFO", "enough tasks run", key=key, running=running)
            return
        path = f"s3://{self.settings.documents_bucket}/{key}"
        self._run_task(key, ["raglite.ingestion.pipeline", "--s3-path", path], delivery)

    def _start_reconciler(self, delivery: Delivery) -> None:
        """Start the comparison of everything, unless one runs; however many keys wait, it is not held up by the cap."""
        if self._running(startedBy=RECONCILER):  # ECS takes no other filter beside this one
            _log("INFO", "a reconciler runs already")
            return
        self._run_task(INVENTORY, ["raglite.ingestion.reconcile", "--repair"], delivery, startedBy=RECONCILER)

    def _running(self, **which: Any) -> int:
        """Count the tasks that run or are about to: both are to be running, as ECS puts it."""
        pages = self.ecs.get_paginator("list_tasks").paginate(cluster=self.settings.cluster, **which)
        return sum(len(page["taskArns"]) for page in pages)

    def _run_task(self, key: str, module: list[str], delivery: Delivery, **given: Any) -> None:
        """Start one task; TaskNotStarted if ECS has no room for it, boto3's error if it has no time."""
        override: Any = {
            "name": self.settings.container,
            "command": ["python", "-m", *module],
            "environment": [{"name": TRACE, "value": delivery.trace_header}],
        }
        where = self.settings
        network: Any = {"subnets": where.subnets, "securityGroups": where.security_groups, "assignPublicIp": "DISABLED"}
        try:
            answer = self.ecs.run_task(
                cluster=self.settings.cluster,
                taskDefinition=self.settings.task_definition,
                launchType="FARGATE",
                networkConfiguration={"awsvpcConfiguration": network},
                overrides={"containerOverrides": [override]},
                clientToken=delivery.token(key),
                **given,
            )
        except self.ecs.exceptions.ConflictException:
            _log("INFO", "already started", key=key)
            return
        if answer["failures"]:
            reasons = ", ".join(str(failure.get("reason")) for failure in answer["failures"])
            raise TaskNotStarted(f"ECS started no task for {key}: {reasons}")
        _log("INFO", "started", key=key, task=answer["tasks"][0]["taskArn"])


# --- the door -----------------------------------------------------------------------------------------------------


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Handle the messages of a queue, each for itself, or one bare event, which raises if it fails."""
    return respond(_trigger(), event, context.aws_request_id)


def respond(trigger: Trigger, event: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """Return what Lambda is answered: the messages to deliver again, nothing for a bare event."""
    if "Records" not in event:
        trigger.handle(event, Delivery(event.get("id", request_id), "1", os.environ.get(TRACE) or _new_trace()))
        return {}
    records = event["Records"]
    failed = [record["messageId"] for record in records if not _succeeds(trigger, record, alone=len(records) == 1)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@cache
def _trigger() -> Trigger:
    return Trigger.connect(Settings.from_environment(os.environ))


def _succeeds(trigger: Trigger, record: Mapping[str, Any], *, alone: bool) -> bool:
    """Handle one message; what goes wrong is logged, and the queue delivers it again."""
    attributes = record["attributes"]
    header = attributes.get("AWSTraceHeader") or (alone and os.environ.get(TRACE)) or _new_trace()
    delivery = Delivery(record["messageId"], attributes["ApproximateReceiveCount"], header)
    try:
        trigger.handle(json.loads(record["body"]), delivery)
    except Exception as error:  # noqa: BLE001  the edge of the process: one bad message must not fail its neighbours
        where = {"message_id": delivery.message_id, "attempt": delivery.attempt}
        _log("ERROR", str(error), **where, traceback=traceback.format_exc())
        return False
    return True


def _new_trace() -> str:
    """Begin a trace, so that every document has one of its own even if a batch of messages shares an invocation."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Sampled=1"


def _log(level: str, message: str, **fields: Any) -> None:
    line = {"time": _iso(datetime.now(UTC)), "level": level, "message": message, **fields}
    sys.stdout.write(json.dumps(line) + "\n")


def _iso(moment: datetime) -> str:
    """Format as the registry does, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
