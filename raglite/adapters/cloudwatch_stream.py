"""One log stream of CloudWatch Logs: events appended in order, within the service's limits, and read back.

Limits: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import code_of, translated
from raglite.errors import DependencyUnavailable

SERVICE = "CloudWatch Logs"
MOST_EVENTS = 10_000  # in one call
MOST_BYTES = 1_048_576  # in one call: messages in UTF-8, and what follows for each
OVERHEAD = 26
LONGEST = 256 * 1024 - OVERHEAD  # bytes of one message: what every version of the service takes


@dataclass(frozen=True, slots=True)
class Event:
    """A line and when it happened, in milliseconds since the epoch."""

    milliseconds: int
    line: str


class LogStream:
    """A stream that one process writes; it is made when something is first written."""

    def __init__(self, client: Any, group: str, name: str) -> None:
        self._client = client
        self._where = {"logGroupName": group, "logStreamName": name}
        self._what = f"log group {group}"
        self._is_made = False

    def put(self, events: Sequence[Event]) -> None:
        """Append events, oldest first. Raises if any may not have been taken; then some may stand there already."""
        for batch in batches(events):
            with translated(SERVICE, self._what):
                taken = self._put([{"timestamp": event.milliseconds, "message": event.line} for event in batch])
            if rejected := taken.get("rejectedLogEventsInfo"):
                raise DependencyUnavailable(
                    SERVICE, f"did not take events for their time ({rejected}): check this machine's clock."
                )

    def _put(self, events: list[dict[str, Any]]) -> Any:
        try:
            if not self._is_made:
                self._make()
            return self._client.put_log_events(**self._where, logEvents=events)
        except self._client.exceptions.ResourceNotFoundException:
            self._is_made = False  # somebody removed it: the next attempt makes it anew
            raise

    def _make(self) -> None:
        try:
            self._client.create_log_stream(**self._where)
        except ClientError as error:
            if code_of(error) != "ResourceAlreadyExistsException":
                raise
        self._is_made = True

    def read(self) -> Iterator[str]:
        """Yield every line by its time, oldest first; nothing if there is no such stream."""
        token: dict[str, str] = {}
        while True:
            with translated(SERVICE, self._what):
                try:
                    page = self._client.get_log_events(**self._where, startFromHead=True, **token)
                except self._client.exceptions.ResourceNotFoundException:
                    return
            yield from (event["message"] for event in page["events"])
            if page["nextForwardToken"] == token.get("nextToken"):  # the end says so by repeating itself
                return
            token = {"nextToken": page["nextForwardToken"]}


def batches(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """Cut events into runs that one call takes."""
    begin = size = 0
    for place, event in enumerate(events):
        added = len(event.line.encode()) + OVERHEAD
        if place > begin and (size + added > MOST_BYTES or place - begin == MOST_EVENTS):
            yield events[begin:place]
            begin, size = place, 0
        size += added
    if events:
        yield events[begin:]
