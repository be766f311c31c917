"""The time by DynamoDB's clock, which is the one that all who share a table have in common.

Leases are moments in the table. A task whose own clock is ahead would take every lease for expired and steal it, one
whose clock is behind would be stolen from, and its commits would bear times that never were. So a clock that differs
from the `Date` of DynamoDB's answers counts for nothing.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from raglite.ports import Clock, SystemClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

TOLERANCE = timedelta(seconds=5)  # dates are cut to seconds and answers take a while: within it, the own clock is finer
CUT = timedelta(seconds=0.5)  # what a date that is cut to seconds lacks on average

log = logging.getLogger(__name__)


class TableClock:
    """The own clock while it is right; else the last answer's date and the time that has passed since."""

    def __init__(
        self,
        table: "Table",
        ask: Callable[[], object],
        own: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ask` makes some request of the table's client: the time is not known before the first answer."""
        self._ask, self._own, self._monotonic = ask, own or SystemClock(), monotonic
        self._heard: tuple[datetime, float] | None = None  # what it was, and at which reading of `monotonic`
        self._warned = False
        table.meta.client.meta.events.register("after-call.dynamodb", self._hear)

    def now(self) -> datetime:
        """Return the time, timezone-aware UTC. What `ask` raises is raised if nothing was heard before."""
        if self._heard is None:
            self._ask()
        own = self._own.now()
        if self._heard is None:  # whoever answers, says no date
            return own
        date, reading = self._heard
        there = date + CUT + timedelta(seconds=self._monotonic() - reading)
        if abs(own - there) <= TOLERANCE:
            return own
        self._warn(own - there)
        return there

    def _hear(self, parsed: Any, **_: Any) -> None:
        """Note an answer's date. One that comes late makes it earlier than it is, which at worst waits for a lease."""
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        try:
            self._heard = parsedate_to_datetime(date).astimezone(UTC), self._monotonic()
        except ValueError:
            return

    def _warn(self, ahead: timedelta) -> None:
        if not self._warned:
            self._warned = True
            seconds = ahead.total_seconds()
            log.warning("this machine's clock is %+.0f s off DynamoDB's, whose time counts for leases", seconds)
