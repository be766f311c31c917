"""The Lambda has its own code for the registry's work items: both sides must mean the same by them."""

from collections.abc import Iterator
from typing import Any

import boto3
import ingestion_trigger
import pytest
import tracing
from moto import mock_aws

from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.ports import WorkItem
from tests.fakes.clock import FakeClock
from tests.lambda_estate import REGION, registry_table

KEY = "a b+c%20é 财.pdf"
ROOT = "1-67891233-abcdef012345678912345678"
SEGMENT = tracing.Segment("trigger", {"Root": ROOT}, began=0, identity="463ac35c9f6413ad")
HEADER = f"Root={ROOT};Parent=463ac35c9f6413ad;Sampled=1"
DELIVERY = ingestion_trigger.Delivery("message-1", "1", sent=0, segment=SEGMENT)
SETTINGS = ingestion_trigger.Settings("cluster", "family", "container", ("s",), ("g",), "table", "bucket", 1, "test")


class Sides:
    """Registry and Lambda over one table and one clock."""

    def __init__(self) -> None:
        self.table = registry_table()
        self.clock = FakeClock()
        self.registry = DynamoDBRegistry(self.table, self.clock)
        clients: Any = (boto3.client("s3", REGION), self.table, boto3.client("ecs", REGION))
        self.trigger = ingestion_trigger.Trigger(SETTINGS, *clients, now=self.clock.now)

    def request(self, side: str, key: str = KEY) -> None:
        """Let one side mark the key, a second after whatever came before."""
        self.clock.advance(1)
        if side == "lambda":
            self.trigger._request(key, DELIVERY)
        else:
            self.registry.request(key, HEADER)

    def item(self) -> dict[str, Any]:
        return dict(self.table.get_item(Key={"pk": f"document#{KEY}", "sk": "work"})["Item"])

    def seen_waiting(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.registry.waiting(), tuple(str(item["key"]) for item in self.trigger._waiting())


@pytest.fixture
def sides() -> Iterator[Sides]:
    with mock_aws():
        yield Sides()


def test_both_write_the_same_item() -> None:
    def written(side: str) -> dict[str, Any]:
        with mock_aws():
            fresh = Sides()
            fresh.request(side)
            return fresh.item()

    assert written("lambda") == written("registry")


def test_both_count_requests_on(sides: Sides) -> None:
    for side in ("lambda", "registry", "lambda"):
        sides.request(side)
    assert sides.item()["generation"] == 3


def test_what_the_lambda_marks_is_waiting_and_can_be_worked_on(sides: Sides) -> None:
    sides.request("lambda")
    assert sides.registry.waiting() == (KEY,)
    assert list(sides.registry.work()) == [WorkItem(KEY, waiting=True, held=False, requested=sides.clock.now())]

    lease = sides.registry.acquire(KEY, "task", 60)

    assert lease is not None
    assert (lease.generation, lease.requested, lease.trace_header) == (1, sides.clock.now(), HEADER)
    assert sides.registry.release(lease)
    assert sides.registry.waiting() == ()


def test_a_request_that_comes_while_a_task_works_makes_it_look_again(sides: Sides) -> None:
    sides.request("lambda")
    lease = sides.registry.acquire(KEY, "task", 60)
    assert lease is not None
    sides.request("lambda")
    assert not sides.registry.release(lease)
    assert sides.registry.waiting() == (KEY,)


@pytest.mark.parametrize("side", ["lambda", "registry"])
def test_both_see_the_same_keys_waiting_in_the_same_order(sides: Sides, side: str) -> None:
    keys = ("c", "a", "b")
    for key in keys:
        sides.request(side, key)
    assert sides.seen_waiting() == (keys, keys)

    sides.registry.acquire("c", "task", 60)
    assert sides.seen_waiting() == (keys[1:], keys[1:])

    sides.clock.advance(61)
    assert sides.seen_waiting() == (keys, keys)
