"""Events on their way from S3, ECS and the schedule to the trigger: delivered late, twice, in any order, or lost."""

import contextlib
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import ingestion_trigger

from tests.faults.cluster import CONTAINER, Task
from tests.faults.steps import Fate, Order

MOST_RECEIVES = 5  # as the queue's redrive policy has it
VISIBILITY_SECONDS = 0.5  # before a message that failed comes again; minutes on AWS


@dataclass
class Message:
    """A message of the queue."""

    id: str
    event: Mapping[str, Any]
    received: int = 0

    def record(self) -> dict[str, Any]:
        """Return it as the event source mapping hands it over."""
        self.received += 1
        attributes = {"ApproximateReceiveCount": str(self.received), "SentTimestamp": str(int(time.time() * 1000))}
        return {"messageId": self.id, "attributes": attributes, "body": json.dumps(self.event)}


@dataclass
class Post:
    """Between whoever sends an event and the trigger's own code."""

    trigger: ingestion_trigger.Trigger
    bucket: str
    log: io.StringIO = field(default_factory=io.StringIO)  # what the trigger said
    dead: list[Message] = field(default_factory=list)  # what the trigger failed at too often
    delivered: int = 0
    lost: int = 0
    _sent: list[Message] = field(default_factory=list)  # since the last delivery
    _late: list[Message] = field(default_factory=list)
    _overdue: list[Message] = field(default_factory=list)
    _queue: list[tuple[float, Message]] = field(default_factory=list)  # each with the moment it becomes visible
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def changed(self, kind: str, key: str, version_id: str, fate: Fate) -> None:
        """Note what S3 says of a change ("Object Created", "Object Deleted"), for the next delivery."""
        detail = {"bucket": {"name": self.bucket}, "object": {"key": key, "version-id": version_id}}
        message = self._message({"source": "aws.s3", "detail-type": kind, "detail": detail})
        match fate:
            case Fate.PROMPT:
                self._sent.append(message)
            case Fate.TWICE:
                self._sent += [message, self._message(message.event)]
            case Fate.LATE:
                self._late.append(message)
            case Fate.LOST:
                self.lost += 1

    def stopped(self, task: Task) -> None:
        """Send what ECS says of a task that ended."""
        code = task.process.returncode
        container = {"name": CONTAINER, "exitCode": code if code >= 0 else 128 - code}
        detail = {"lastStatus": "STOPPED", "taskArn": task.arn, "containers": [container]}
        self._put([self._message({"source": "aws.ecs", "detail-type": ingestion_trigger.TASK_EVENT, "detail": detail})])

    def scheduled(self) -> None:
        """Send what the schedule does."""
        event = {"source": "aws.events", "detail-type": ingestion_trigger.SCHEDULE, "detail": {}}
        self._put([self._message(event)])

    def deliver(self, order: Order) -> None:
        """Let the changes since the last delivery come through, and after them those that were late before it."""
        self._put(list(reversed(self._sent)) if order is Order.REVERSED else self._sent)
        self._put(self._overdue)
        self._sent, self._overdue, self._late = [], self._late, []

    def deliver_all(self) -> None:
        """Let everything come through that is not lost."""
        self.deliver(Order.AS_SENT)
        self.deliver(Order.AS_SENT)

    def pump(self) -> None:
        """Hand the trigger what is visible in the queue, in one batch, and take back what it failed at."""
        now = time.monotonic()
        batch = [message for visible, message in self._queue if visible <= now]
        if not batch:
            return
        self._queue = [(visible, message) for visible, message in self._queue if visible > now]
        with contextlib.redirect_stdout(self.log):
            answer = ingestion_trigger.respond(self.trigger, {"Records": [one.record() for one in batch]}, "request")
        failed = {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}
        self.delivered += len(batch) - len(failed)
        for message in (one for one in batch if one.id in failed):
            if message.received >= MOST_RECEIVES:
                self.dead.append(message)
            else:
                self._queue.append((time.monotonic() + VISIBILITY_SECONDS, message))

    @property
    def idle(self) -> bool:
        """Whether nothing is left to hand over."""
        return not (self._sent or self._late or self._overdue or self._queue)

    def _put(self, messages: Iterable[Message]) -> None:
        self._queue += [(0.0, message) for message in messages]

    def _message(self, event: Mapping[str, Any]) -> Message:
        number = next(self._numbers)
        return Message(f"message-{number}", {**event, "id": f"event-{number}"})


@dataclass(frozen=True)
class Wake:
    """Waking a task: the event comes to the trigger as the schedule's does."""

    send: Callable[[], None]

    def wake(self) -> None:
        """Send it."""
        self.send()
