"""One registry table as a whole: its items as they are, whatever release wrote them (dynamodb_registry.py)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Key

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.adapters.dynamodb_registry import COMMIT, COMMITS, DOCUMENT
from raglite.adapters.dynamodb_table import ItemTable
from raglite.errors import NotFound
from raglite.ports.recovery import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

INDEX = str(COMMIT["pk"])


class DynamoDBArchive:
    """RegistryArchive over one table."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._items = ItemTable(table)
        self.name = table.name

    @classmethod
    def connect(cls, table: str) -> "DynamoDBArchive":
        """Return an archive that reaches DynamoDB by the standard AWS environment; nothing is sent yet."""
        with connecting("DynamoDB"):
            return cls(boto3.resource("dynamodb", config=CLIENT_CONFIG).Table(table))

    def commit(self) -> int:
        """Return the commit number; 0 where there is none."""
        return int(self._items.get(COMMIT).get("number", 0))

    def items(self) -> Iterator[Item]:
        """Yield every item, in no particular order; NotFound if there is no such table."""
        self._refuse_missing()
        return map(_plain, self._items.pages("scan"))

    def of_key(self, key: str) -> tuple[Item, ...]:
        """Return all items of one document's key."""
        return tuple(self._of(DOCUMENT + key))

    def singles(self, after: int = 0) -> Iterator[Item]:
        """Yield the items that belong to no document: commit number, roster, and the commits after a number.

        A commit that is being made may show before it moves the number.
        """
        yield from self._of(INDEX)
        for item in self._of(COMMITS, ScanIndexForward=False):  # newest first: in order of time, and of number
            if item["number"] <= after:
                return
            yield item

    def write(self, items: Iterable[Item]) -> None:
        """Write items, replacing those with the same keys; not all-or-nothing."""
        with translated("DynamoDB", f"table {self.name}"), self._table.batch_writer(["pk", "sk"]) as batch:
            for item in items:
                batch.put_item(Item=_stored(item))

    def _of(self, pk: str, **given: Any) -> Iterator[Item]:
        return map(_plain, self._items.pages("query", KeyConditionExpression=Key("pk").eq(pk), **given))

    def _refuse_missing(self) -> None:
        client = self._table.meta.client
        with translated("DynamoDB", f"table {self.name}"):
            try:
                client.describe_table(TableName=self.name)
            except client.exceptions.ResourceNotFoundException as error:
                raise NotFound(f"There is no table {self.name}.") from error


def _plain(item: Any) -> Item:
    """Numbers of DynamoDB as JSON has them."""
    plain: Item = _mapped(item, Decimal, lambda number: int(number) if number == int(number) else float(number))
    return plain


def _stored(item: Item) -> dict[str, Any]:
    stored: dict[str, Any] = _mapped(item, float, lambda number: Decimal(str(number)))
    return stored


def _mapped(value: Any, kind: type, change: Any) -> Any:
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, dict):
        return {name: _mapped(one, kind, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_mapped(one, kind, change) for one in value]
    return value
