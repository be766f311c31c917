"""From an event to an ingest task: mark the key in the registry, start a task unless enough of them run.

An event says no more than "look at this key" (or, when a task ended or the schedule fires, "look whether a key
waits"; hourly, "compare everything"), so it may come twice, late or out of order. Events come in SQS messages or bare.

The work item is the one that raglite's registry reads, the names of what is observed are raglite/telemetry.py's.
Standard library, boto3 and the files beside this one only.
"""

import json
import os
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
import tracing
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from delivery import Delivery, bare, queued
from lines import metric

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
STARTED, WAITING = "started", "waiting"  # what came of an event, as far as a document's trace tells
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
    environment: str

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
            environment=environment["RAGLITE_ENVIRONMENT"],
        )

    @property
    def family(self) -> str:
        """The family of the task definition, which may be given as family, family:revision or ARN."""
        return self.task_definition.rpartition("/")[2].partition(":")[0]


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
        tracing.watch(table.meta.client)
        s3 = tracing.watch(boto3.client("s3", config=CLIENT_CONFIG))
        return cls(settings, s3, table, tracing.watch(boto3.client("ecs", config=CLIENT_CONFIG)))

    def handle(self, event: Mapping[str, Any], delivery: Delivery) -> None:
        """Do what one event asks for; whatever it raises, the event should be delivered again."""
        delivery.segment.annotate(environment=self.settings.environment, event=event.get("id"))
        kind = event.get("detail-type")
        if kind in OBJECT_EVENTS:
            metric("QueueAge", "Seconds", delivery.age, self.settings.environment)
            self._look_at_object(event["detail"], delivery)
        elif kind == TASK_EVENT and self._could_not_work(event["detail"]):
            delivery.log("left to the schedule: another task now would fare no better", task=event["detail"]["taskArn"])
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
        delivery.segment.annotate(document=keys[0], version=detail["object"].get("version-id"))
        for key in keys:
            self._request(key, delivery)
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

    def _request(self, key: str, delivery: Delivery) -> None:
        """Mark the key as needing a look."""
        values = {":now": _iso(self.now()), ":yes": "yes", ":key": key, ":trace": delivery.segment.header, ":one": 1}
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
        delivery.log("marked", key=key)

    def _look_for_waiting(self, delivery: Delivery) -> None:
        """Start a task for the oldest key that waits: it may have come after the last look of a task that ended."""
        item = next(self._waiting(), None)
        if item is None:
            delivery.log("nothing waits")
            return
        delivery.segment.adopt(str(item.get("trace_header", "")))
        delivery.segment.annotate(document=str(item["key"]))
        self._start_task(str(item["key"]), delivery)

    def _waiting(self) -> Iterator[Mapping[str, Any]]:
        """Yield work items of keys that need a look and that nobody holds a live lease on, oldest request first."""
        free: Any = Attr("lease_expires").not_exists() | Attr("lease_expires").lt(_iso(self.now()))
        due: Any = Key("waiting").eq("yes")
        pages = self.table.meta.client.get_paginator("query").paginate(
            TableName=self.table.name, IndexName="waiting", KeyConditionExpression=due, FilterExpression=free
        )
        yield from (item for page in pages for item in page["Items"])

    # --- the task -------------------------------------------------------------------------------------------------

    def _start_task(self, key: str, delivery: Delivery) -> None:
        """Start a task for the key, unless so many run that one of them will come to it."""
        running = self._running(family=self.settings.family, desiredStatus="RUNNING")
        if running >= self.settings.max_tasks:
            running -= self._running(startedBy=RECONCILER)  # it is of the family and comes to no key
        if running >= self.settings.max_tasks:
            delivery.segment.annotate(outcome=WAITING)
            delivery.log("enough tasks run", running=running)
            return
        path = f"s3://{self.settings.documents_bucket}/{key}"
        self._run_task(key, ["raglite.ingestion.pipeline", "--s3-path", path], delivery)
        delivery.segment.annotate(outcome=STARTED)

    def _start_reconciler(self, delivery: Delivery) -> None:
        """Start the comparison of everything, unless one runs; however many keys wait, it is not held up by the cap."""
        if self._running(startedBy=RECONCILER):  # ECS takes no other filter beside this one
            delivery.log("a reconciler runs already")
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
            "environment": [{"name": TRACE, "value": delivery.segment.header}],
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
            delivery.log("already started")
            return
        if answer["failures"]:
            reasons = ", ".join(str(failure.get("reason")) for failure in answer["failures"])
            raise TaskNotStarted(f"ECS started no task for {key}: {reasons}")
        delivery.log("started", task=answer["tasks"][0]["taskArn"])


# --- the door -----------------------------------------------------------------------------------------------------


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Handle the messages of a queue, each for itself, or one bare event, which raises if it fails."""
    return respond(_trigger(), event, context.aws_request_id)


def respond(trigger: Trigger, event: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """Return what Lambda is answered: the messages to deliver again, nothing for a bare event."""
    if "Records" not in event:
        with bare(event.get("id", request_id)) as delivery:
            trigger.handle(event, delivery)
        return {}
    failed = [record["messageId"] for record in event["Records"] if not _succeeds(trigger, record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@cache
def _trigger() -> Trigger:
    return Trigger.connect(Settings.from_environment(os.environ))


def _succeeds(trigger: Trigger, record: Mapping[str, Any]) -> bool:
    """Handle one message; what goes wrong is logged, and the queue delivers it again."""
    with queued(record) as delivery:
        try:
            trigger.handle(json.loads(record["body"]), delivery)
        except Exception as error:  # noqa: BLE001  the edge of the process: one bad message must not fail its neighbours
            delivery.segment.fail(error)
            where = {"message_id": delivery.message_id, "attempt": delivery.attempt}
            delivery.log(str(error), "ERROR", **where, traceback=traceback.format_exc())
    return delivery.segment.error is None


def _iso(moment: datetime) -> str:
    """Format as the registry does, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
