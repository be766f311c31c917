"""Tasks whose clocks are wrong share a table with tasks whose clocks are right."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import boto3
import pytest

from raglite.adapters.dynamodb_clock import TOLERANCE, TableClock
from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.ingestion.synchronize import Outcome, synchronize
from raglite.model import ParsedDocument, VersionState
from raglite.ports import PUBLISH_KEY
from tests.aws import aws_under_test
from tests.fakes.clock import FakeClock
from tests.fakes.parser import FakeParser, report
from tests.fakes.services import POLICY, World
from tests.lambda_estate import registry_table
from tests.processes import until

KEY = "reports/mills.txt"
MILLS = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")
HOUR = timedelta(hours=1)
OFF = (-HOUR, timedelta(0), HOUR)
TERM = 60.0  # seconds


class Off:
    """A clock that is wrong by so much, and runs as fast as any."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with aws_under_test():
        registry_table()
        yield


@pytest.fixture
def task(table: Any) -> Callable[[timedelta], DynamoDBRegistry]:
    """Return a task's registry by how far off its clock is; each has connections of its own."""

    def connected(by: timedelta) -> DynamoDBRegistry:
        found = boto3.resource("dynamodb").Table("raglite-registry")
        clock = TableClock(found, lambda: found.get_item(Key={"pk": "index", "sk": "commit"}), own=Off(by))
        return DynamoDBRegistry(found, clock)

    return connected


@pytest.mark.parametrize(("holder", "rival"), list(product(OFF, OFF)))
def test_a_lease_that_lasts_is_stolen_by_nobody_and_one_that_ran_out_is_held_by_nobody(task, holder, rival) -> None:
    held, other = task(holder), task(rival)
    assert held.acquire(KEY, "holder", TERM)
    assert other.acquire(KEY, "rival", TERM) is None
    brief = held.acquire("brief", "holder", 1)
    assert other.waiting() == ()
    until(lambda: other.acquire("brief", "rival", TERM) is not None, "it has run out", within=5)
    assert brief is not None
    assert held.release(brief) is False


@pytest.mark.parametrize("by", OFF)
def test_a_lease_is_renewed_and_given_back_whatever_the_holders_clock_says(task, by) -> None:
    held, other = task(by), task(timedelta(0))
    lease = held.acquire(KEY, "holder", 1)
    assert lease is not None
    lease = held.renew(lease, TERM)
    assert abs(lease.expires - datetime.now(UTC) - timedelta(seconds=TERM)) <= TOLERANCE
    assert other.acquire(KEY, "rival", TERM) is None
    assert held.release(lease)
    assert other.acquire(KEY, "rival", TERM) is not None


@pytest.mark.parametrize("order", [OFF, OFF[::-1]])
def test_commits_bear_the_time_at_which_they_were_made(task, order) -> None:
    before = datetime.now(UTC)
    for by in order:
        registry = task(by)
        turn = registry.acquire(PUBLISH_KEY, "publisher", TERM)
        assert turn is not None
        registry.advance(turn, registry.commit_number(), KEY)
        registry.abandon(turn)
    for by in OFF:
        asked = task(by)
        assert asked.commit_at(before - TOLERANCE) == 0
        assert asked.commit_at(datetime.now(UTC) + TOLERANCE) == len(order)


class Interrupted(FakeParser):
    """While it parses, something else happens."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def parse(self, path: Path, name: str) -> ParsedDocument:
        self._meanwhile()
        return super().parse(path, name)


@pytest.mark.parametrize(("worker", "rival"), list(product(OFF, OFF)))
def test_a_document_is_made_searchable_once_by_whom_took_it_up(task, worker, rival) -> None:
    world, outcomes = World(), []
    other = world.services(registry=task(rival))
    registry = task(worker)
    version = world.documents.put(KEY, MILLS)
    registry.request(KEY)
    services = world.services(
        registry=registry, parser=Interrupted(lambda: outcomes.append(synchronize(KEY, other, POLICY)))
    )
    answered = synchronize(KEY, services, POLICY)
    assert (answered, outcomes) == (Outcome.AGREED, [Outcome.BUSY])
    assert [record.state for record in registry.history(KEY)] == [VersionState.SEARCHABLE]
    assert world.parser.parsed == []
    assert registry.commit_number() == 1
    shown = registry.find(KEY, version.version_id)
    assert shown is not None
    assert world.index.count(KEY, commit=1) == shown.chunks


# --- the clock itself -------------------------------------------------------------------------------------------------


class Table:
    """Stands for boto3's: who registers is told what an answer says."""

    def __init__(self) -> None:
        self.meta = self.client = self.events = self
        self.hear: Callable[..., None] = lambda **_: None

    def register(self, _: str, hear: Callable[..., None]) -> None:
        self.hear = hear

    def say(self, date: str | None = None) -> None:
        headers = {} if date is None else {"date": date}
        self.hear(parsed={"ResponseMetadata": {"HTTPHeaders": headers}}, model=None)


DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
THERE = datetime(2026, 1, 1, tzinfo=UTC)


def test_before_it_has_heard_anything_it_asks_once() -> None:
    table, own, asked = Table(), FakeClock(), []

    def ask() -> None:
        asked.append(1)
        table.say(DATE)

    own.advance(3600)
    clock = TableClock(table, ask, own, lambda: 0.0)  # type: ignore[arg-type]  a table of this test's own
    assert clock.now() == clock.now() == THERE + timedelta(seconds=0.5)
    assert asked == [1]


@pytest.mark.parametrize("off", [-4, 0, 4])
def test_a_clock_that_is_right_to_some_seconds_is_believed_to_the_microsecond(off) -> None:
    table, own = Table(), FakeClock()
    clock = TableClock(table, lambda: table.say(DATE), own, lambda: 0.0)  # type: ignore[arg-type]  as above
    own.advance(off + 0.123456)
    assert clock.now() == own.now()


def test_time_passes_between_two_answers_even_if_the_own_clock_is_set() -> None:
    table, own, reading = Table(), FakeClock(), [100.0]
    clock = TableClock(table, lambda: table.say(DATE), own, lambda: reading[0])  # type: ignore[arg-type]  as above
    assert clock.now() == own.now()
    reading[0] += 10
    own.advance(-3600)
    assert clock.now() == THERE + timedelta(seconds=10.5)


@pytest.mark.parametrize("date", [None, "", "soon"])
def test_where_no_date_is_told_the_own_clock_has_to_do(date) -> None:
    table, own = Table(), FakeClock()
    own.advance(3600)
    assert TableClock(table, lambda: table.say(date), own).now() == own.now()  # type: ignore[arg-type]  as above


def test_a_wrong_clock_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    table, own = Table(), FakeClock()
    own.advance(3600)
    clock = TableClock(table, lambda: table.say(DATE), own, lambda: 0.0)  # type: ignore[arg-type]  as above
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            clock.now()
    assert [line.getMessage() for line in caplog.records] == [
        "this machine's clock is +3600 s off DynamoDB's, whose time counts for leases"
    ]
