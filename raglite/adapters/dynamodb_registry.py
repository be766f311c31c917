"""The registry on one DynamoDB table: a record per version, a work item per key, and the commit number.

| pk                | sk             | holds                                                                        |
|-------------------|----------------|------------------------------------------------------------------------------|
| document#KEY      | version#ID     | a version's record                                                           |
| document#KEY      | work           | generation, requested_at, trace_header, the lease; `waiting` while work is due |
| document#         | work           | the publish lease                                                            |
| index             | commit         | number                                                                       |

The index `waiting` (hash `waiting`, range `requested_at`) holds the work items that are due, and only those.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, is_conditional_failure, parameters, translated
from raglite.errors import LeaseLost
from raglite.model import DocumentVersion
from raglite.ports import PUBLISH_KEY, Clock, Lease, SystemClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

COMMIT = {"pk": "index", "sk": "commit"}
WORK = "work"
VERSION = "version#"


class DynamoDBRegistry:
    """DocumentRegistry over one table."""

    def __init__(self, table: "Table", clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock or SystemClock()

    @classmethod
    def connect(cls, table: str) -> "DynamoDBRegistry":
        """Return a registry that reaches DynamoDB by the standard AWS environment; nothing is sent yet."""
        with connecting("DynamoDB"):
            return cls(boto3.resource("dynamodb", config=CLIENT_CONFIG).Table(table))

    # --- versions -------------------------------------------------------------------------------------------------

    def record(self, version: DocumentVersion, lease: Lease | None = None) -> None:
        """Write a version's record; LeaseLost if `lease` is given and no longer held."""
        item = {**_pk(version.key), "sk": VERSION + version.version_id, "record": version.model_dump_json()}
        # State and key stand beside the record for people who look at the table; nothing reads them.
        item |= {"state": version.state.value, "key": version.key}
        if lease is None:
            with self._translated():
                self._table.put_item(Item=item)
            return
        put = {"Put": {"TableName": self._table.name, "Item": item}}
        self._transact(lease, put, f"Another task works on {lease.key} now.")

    def find(self, key: str, version_id: str) -> DocumentVersion | None:
        """Return one version's record."""
        item = self._get({**_pk(key), "sk": VERSION + version_id})
        return None if item is None else _record(item)

    def history(self, key: str) -> tuple[DocumentVersion, ...]:
        """Return all records of a key, in no particular order."""
        condition = Key("pk").eq(_pk(key)["pk"]) & Key("sk").begins_with(VERSION)
        return tuple(
            _record(item) for item in self._pages("query", KeyConditionExpression=condition, ConsistentRead=True)
        )

    def documents(self) -> Iterator[DocumentVersion]:
        """Yield every version's record."""
        for item in self._pages("scan", FilterExpression=Attr("sk").begins_with(VERSION), ConsistentRead=True):
            yield _record(item)

    # --- work items and leases ------------------------------------------------------------------------------------

    def request(self, key: str, trace_header: str | None = None) -> int:
        """Mark `key` as needing a look and return its new request counter."""
        values: dict[str, Any] = {":one": 1, ":now": _iso(self._clock.now()), ":yes": "yes", ":key": key}
        sets = "requested_at = :now, waiting = :yes, #key = :key"
        if trace_header:
            values[":trace"] = trace_header
            sets += ", trace_header = :trace"
        with self._translated():
            answer = self._table.update_item(
                Key=_work(key),
                UpdateExpression=f"SET {sets} ADD generation :one",
                ExpressionAttributeNames={"#key": "key"},
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
            )
        return _number(answer["Attributes"]["generation"])

    def waiting(self, limit: int = 100) -> tuple[str, ...]:
        """Return keys that need a look and that nobody holds a live lease on, oldest request first."""
        now = _iso(self._clock.now())
        free = Attr("lease_expires").not_exists() | Attr("lease_expires").lt(now)
        due = self._pages(
            "query", IndexName="waiting", KeyConditionExpression=Key("waiting").eq("yes"), FilterExpression=free
        )
        return tuple(str(item["key"]) for item, _ in zip(due, range(limit), strict=False))

    def acquire(self, key: str, owner: str, seconds: float) -> Lease | None:
        """Take the key's lease if it is free or expired; None if somebody else holds it."""
        now = self._clock.now()
        free = Attr("lease_expires").not_exists() | Attr("lease_expires").lt(_iso(now))
        with self._translated():
            item = self._update_if(
                free,
                _work(key),
                "SET lease_owner = :owner, lease_expires = :until ADD lease_token :one",
                {":owner": owner, ":until": _iso(now + timedelta(seconds=seconds)), ":one": 1},
            )
        if item is None:
            return None
        expires = now + timedelta(seconds=seconds)
        return Lease(key, owner, _number(item["lease_token"]), expires, _number(item.get("generation", 0)))

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Prolong a lease; LeaseLost if it is no longer held."""
        expires = self._clock.now() + timedelta(seconds=seconds)
        with self._translated():
            item = self._update_if(
                self._held(lease), _work(lease.key), "SET lease_expires = :until", {":until": _iso(expires)}
            )
        if item is None:
            raise LeaseLost(f"Another task works on {lease.key} now.")
        return Lease(lease.key, lease.owner, lease.token, expires, lease.generation)

    def release(self, lease: Lease) -> bool:
        """Give the lease back. True if the key needs no further look; False if it was requested again meanwhile."""
        unasked = Attr("generation").not_exists() | Attr("generation").eq(lease.generation)
        with self._translated():
            done = self._update_if(
                self._held(lease) & unasked, _work(lease.key), "REMOVE lease_owner, lease_expires, waiting"
            )
        if done is None:
            self.abandon(lease)
        return done is not None

    def abandon(self, lease: Lease) -> None:
        """Give the lease back after a failure: the key goes on needing a look."""
        with self._translated():
            self._update_if(self._held(lease), _work(lease.key), "REMOVE lease_owner, lease_expires")

    def trace_header(self, key: str) -> str | None:
        """Return the trace header the key's last request came with."""
        item = self._get(_work(key)) or {}
        return str(item["trace_header"]) if item.get("trace_header") else None

    def _held(self, lease: Lease) -> ConditionBase:
        """A lease is held while its token is the newest and it has not run out."""
        return Attr("lease_token").eq(lease.token) & Attr("lease_expires").gte(_iso(self._clock.now()))

    def _transact(self, lease: Lease, change: dict[str, Any], lost: str) -> None:
        """Make a change and see that the lease is held, as one: LeaseLost saying `lost` if either does not hold."""
        held = {
            "TableName": self._table.name,
            "Key": _work(lease.key),
            "ConditionExpression": "lease_token = :token AND lease_expires >= :now",
            "ExpressionAttributeValues": {":token": lease.token, ":now": _iso(self._clock.now())},
        }
        items: Any = [{"ConditionCheck": held}, change]
        with self._translated():
            try:
                self._table.meta.client.transact_write_items(TransactItems=items)
            except ClientError as error:
                if is_conditional_failure(error):
                    raise LeaseLost(lost) from error
                raise

    # --- the commit number ----------------------------------------------------------------------------------------

    def commit_number(self) -> int:
        """Return the index's current commit number; 0 before the first publish."""
        return _number((self._get(COMMIT) or {}).get("number", 0))

    def advance(self, lease: Lease, expected: int) -> int:
        """Move the commit number from `expected` to `expected + 1` and return it; LeaseLost if either is not so."""
        if lease.key != PUBLISH_KEY:
            raise ValueError(f"advance takes a lease on publishing, not on {lease.key}")
        unmoved = "attribute_not_exists(#n)" if expected == 0 else "#n = :old"
        values = {":new": expected + 1} | ({} if expected == 0 else {":old": expected})
        moved = {
            "TableName": self._table.name,
            "Key": COMMIT,
            "UpdateExpression": "SET #n = :new",
            "ConditionExpression": unmoved,
            "ExpressionAttributeNames": {"#n": "number"},
            "ExpressionAttributeValues": values,
        }
        self._transact(lease, {"Update": moved}, "Another publisher moved the commit number; publish again.")
        return expected + 1

    # --- the table ------------------------------------------------------------------------------------------------

    def _get(self, key: dict[str, Any]) -> dict[str, Any] | None:
        with self._translated():
            return self._table.get_item(Key=key, ConsistentRead=True).get("Item")

    def _update_if(
        self, condition: ConditionBase, key: dict[str, Any], change: str, values: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Return the item after the change, or None if the condition did not hold."""
        with suppress(self._table.meta.client.exceptions.ConditionalCheckFailedException):
            given: Any = parameters(ConditionExpression=condition, ExpressionAttributeValues=values)
            return self._table.update_item(Key=key, UpdateExpression=change, ReturnValues="ALL_NEW", **given)[
                "Attributes"
            ]
        return None

    def _pages(self, operation: str, **given: Any) -> Iterator[dict[str, Any]]:
        while True:
            with self._translated():
                page = getattr(self._table, operation)(**given)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            given["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _translated(self) -> Any:
        return translated("DynamoDB", f"table {self._table.name}")


def _pk(key: str) -> dict[str, Any]:
    return {"pk": f"document#{key}"}


def _work(key: str) -> dict[str, Any]:
    return {**_pk(key), "sk": WORK}


def _record(item: dict[str, Any]) -> DocumentVersion:
    return DocumentVersion.model_validate_json(item["record"])


def _number(value: Any) -> int:
    return int(value)


def _iso(moment: datetime) -> str:
    """Format so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
