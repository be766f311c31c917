"""One DynamoDB table: items, pages, and writes under conditions, of which some are only to be tried again."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from boto3.dynamodb.conditions import ConditionBase
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import code_of, parameters, translated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

T = TypeVar("T")

# Two writes that touch one item at once: DynamoDB refuses one of them, and boto3 leaves it at that. Throttling of a
# single write boto3 sees to; of a transaction it does not.
COLLISION = "TransactionConflictException"
CANCELLED = "TransactionCanceledException"
PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
REFUSED = "ConditionalCheckFailed"
ATTEMPTS = 6
LONGEST_PAUSE = 0.05  # seconds before the second attempt, twice that before the third, and so on: at most 1.6 s in all


class ItemTable:
    """A table whose errors are ours. Reads are consistent."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self.name = table.name

    def get(self, key: dict[str, Any]) -> dict[str, Any]:
        """Return an item; {} if there is none."""
        with self._translated():
            return self._table.get_item(Key=key, ConsistentRead=True).get("Item", {})

    def pages(self, operation: str, **given: Any) -> Iterator[dict[str, Any]]:
        """Yield every item of a `query` or a `scan`. An index cannot be read consistently, the table is."""
        if "IndexName" not in given:
            given["ConsistentRead"] = True
        while True:
            with self._translated():
                page = getattr(self._table, operation)(**given)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            given["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def update(self, key: dict[str, Any], change: str, values: dict[str, Any], **given: Any) -> dict[str, Any]:
        """Return the item after a change."""
        with self._translated():
            return self._updated(key, change, values, **given)

    def update_if(
        self, condition: ConditionBase, key: dict[str, Any], change: str, values: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Return the item after a change, or None if the condition did not hold.

        Told by the error's code: boto3 makes its exception classes on first use, and two threads may be given two.
        """
        with self._translated():
            try:
                return self._updated(key, change, values, ConditionExpression=condition)
            except ClientError as error:
                if code_of(error) != f"{REFUSED}Exception":
                    raise
        return None

    def transact(self, writes: Sequence[dict[str, Any]]) -> list[dict[str, Any] | None]:
        """Make all writes or none; [] if they were made.

        Else returns for each what its condition has found, None where it did not refuse: {} if no item was there, or if
        the write did not ask to be told.
        """
        named: Any = [{kind: {"TableName": self.name, **what} for kind, what in write.items()} for write in writes]
        with self._translated():
            try:
                _attempted(lambda: self._table.meta.client.transact_write_items(TransactItems=named))
            except ClientError as error:
                if refused := _refusals(error):
                    return refused
                raise
        return []

    def _updated(self, key: dict[str, Any], change: str, values: dict[str, Any] | None, **given: Any) -> dict[str, Any]:
        more: Any = parameters(ExpressionAttributeValues=values, **given)
        done = _attempted(
            lambda: self._table.update_item(Key=key, UpdateExpression=change, ReturnValues="ALL_NEW", **more)
        )
        return done["Attributes"]

    def _translated(self) -> AbstractContextManager[None]:
        return translated("DynamoDB", f"table {self.name}")


def _attempted(write: Callable[[], T]) -> T:
    """Make a write, anew if it collides with another; raises what boto3 does if that goes on."""
    for pause in _pauses():
        try:
            return write()
        except ClientError as error:
            if not _collided(error):
                raise
        time.sleep(pause)
    return write()


def _pauses() -> Iterator[float]:
    """Yield random pauses, so that writes that collided do not meet again."""
    for attempt in range(ATTEMPTS - 1):
        yield random.uniform(0, LONGEST_PAUSE * 2**attempt)  # noqa: S311  a pause is no secret


def _collided(error: ClientError) -> bool:
    return code_of(error) == COLLISION or (
        not _refusals(error) and any(reason["Code"] in PASSING for reason in _reasons(error))
    )


def _refusals(error: ClientError) -> list[dict[str, Any] | None]:
    """Return what each write's condition has found, [] if the transaction ended for another reason."""
    reasons = _reasons(error)
    found = [_plain(reason.get("Item", {})) if reason["Code"] == REFUSED else None for reason in reasons]
    return found if any(one is not None for one in found) else []


def _reasons(error: ClientError) -> list[Any]:
    given: Any = error.response if code_of(error) == CANCELLED else {}
    return list(given.get("CancellationReasons", []))


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
