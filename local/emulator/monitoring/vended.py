"""What queues, load balancers and tasks tell CloudWatch about themselves.

Names, dimensions and units as AWS's pages list them: sqs-available-cloudwatch-metrics, ECS's
available_cloudwatch_metrics and Container-Insights-metrics-ECS, and load-balancer-cloudwatch-metrics. Gauges are looked
at every few seconds; AWS publishes one value a minute, so that a Sum or SampleCount of a gauge means nothing here.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any, Protocol

from local.emulator.monitoring.series import HIGH, STANDARD, Series, Store

EVERY = 5.0  # seconds
FINE = {"AWS/ECS"}  # kept by the second, for whoever lets a minute of scaling last a few seconds
GIVEN_UP = 3  # receipts: whatever came so often and was not deleted, the age of the oldest message no longer counts
COUNTING = threading.Lock()
log = logging.getLogger(__name__)
Reading = tuple[str, float, str]  # metric, value, unit
Replace = Callable[[ModuleType, str, Any], None]  # sets an attribute that must be there already


class Source(Protocol):
    """Something that can be looked at."""

    def readings(self) -> Iterable[tuple[str, dict[str, str], Sequence[Reading]]]:
        """Yield namespace, dimensions and what was read."""


def record_from(sources: Sequence[Source], store: Store) -> None:
    """Look at every source from now on, in the background."""
    threading.Thread(target=_run, args=(sources, store), daemon=True, name="vended-metrics").start()


def record(source: Source, store: Store) -> None:
    """Look at a source once."""
    for namespace, dimensions, readings in source.readings():
        fine = HIGH if namespace in FINE else STANDARD
        for name, value, unit in readings:
            with store.open(Series.of(namespace, name, dimensions), time.time(), unit, fine) as bucket:
                bucket.add(value)


def put(store: Store, namespace: str, dimensions: dict[str, str], readings: Iterable[Reading]) -> None:
    """Put values of this moment."""
    for name, value, unit in readings:
        store.put(Series.of(namespace, name, dimensions), time.time(), [value], unit)


def _run(sources: Sequence[Source], store: Store) -> None:
    while True:
        for source in sources:
            try:
                record(source, store)
            except Exception:
                log.exception("%s could not be looked at", type(source).__name__)
        time.sleep(EVERY)


class Queues:
    """Queues by name. What is sent, received and deleted is counted as it happens, see `count_messages`."""

    def __init__(self, queues: Any) -> None:
        """`queues` is the emulator's table of them."""
        self._queues = queues

    def readings(self) -> Iterator[tuple[str, dict[str, str], Sequence[Reading]]]:
        """Yield every queue's gauges, and what was sent to it since it was looked at last."""
        now = time.time()
        for queue in self._queues.values():
            messages = list(queue["messages"])
            hidden = [message for message in messages if message.get("visible_at", 0) > now]
            delayed = sum(not message.get("receive_count") for message in hidden)
            fresh = [one for one in messages if one.get("receive_count", 0) < GIVEN_UP]
            oldest = max((now - message.get("sent_at", now) for message in fresh), default=0.0)
            yield (
                "AWS/SQS",
                {"QueueName": queue["name"]},
                [
                    ("ApproximateNumberOfMessagesVisible", len(messages) - len(hidden), "Count"),
                    ("ApproximateNumberOfMessagesDelayed", delayed, "Count"),
                    ("ApproximateNumberOfMessagesNotVisible", len(hidden) - delayed, "Count"),
                    ("ApproximateAgeOfOldestMessage", oldest, "Seconds"),
                    *sent(queue),
                ],
            )


def sent(queue: Any) -> list[Reading]:
    """Return how many messages are new, and mark them: one that moved to the dead-letter queue was not sent there."""
    with COUNTING:
        new = [message for message in list(queue["messages"]) if not message.get("counted")]
        for message in new:
            message["counted"] = True
    return [("NumberOfMessagesSent", len(new), "Count")] if new else []
