"""The registry on one DynamoDB table: a record per version, a work item per key, and the commit number.

| pk           | sk          | holds                                                                          |
|--------------|-------------|--------------------------------------------------------------------------------|
| document#KEY | version#ID  | a version's record                                                             |
| document#KEY | work        | generation, requested_at, trace_header, the lease; `waiting` while work is due |
| document#    | work        | the publish lease                                                              |
| index        | commit      | number, committed_at                                                           |
| commits      | TIME#NUMBER | number: the one that was current from that time on; key: what it changed       |
| index        | roster      | generation, roster: which collections there are                                |

The index `waiting` (hash `waiting`, range `requested_at`) holds the work items that are due, and only those.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting
from raglite.adapters.dynamodb_clock import TableClock
from raglite.adapters.dynamodb_table import ItemTable
from raglite.errors import DependencyUnavailable, LeaseLost
from raglite.model import DocumentVersion, VersionState, allowed_before
from raglite.ports import PUBLISH_KEY, Change, Clock, Lease, Roster, SystemClock, WorkItem, refuse_transition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

COMMIT = {"pk": "index", "sk": "commit"}
COMMITS = "commits"
ROSTER = {"pk": "index", "sk": "roster"}
DOCUMENT = "document#"
WORK = "work"
VERSION = "version#"


class DynamoDBRegistry:
    """DocumentRegistry over one table."""

    def __init__(self, table: "Table", clock: Clock | None = None) -> None:
        self._table = ItemTable(table)
        self._clock = clock or SystemClock()

    @classmethod
    def connect(cls, table: str, own: Clock | None = None) -> "DynamoDBRegistry":
        """Return a registry that reaches DynamoDB by the standard AWS environment; nothing is sent yet.

        `own` is the clock of this process, which counts as long as it is right.
        """
        with connecting("DynamoDB"):
            found = boto3.resource("dynamodb", config=CLIENT_CONFIG).Table(table)
        return cls(found, TableClock(found, lambda: ItemTable(found).get(COMMIT), own))

    # --- versions -------------------------------------------------------------------------------------------------

    def record(self, version: DocumentVersion, lease: Lease | None = None) -> None:
        """Write a version's record; LeaseLost if `lease` is given and no longer held.

        ForbiddenTransition if its state may not follow the one that is recorded (model/lifecycle.py), and nothing is
        written.
        """
        item = {**_pk(version.key), "sk": VERSION + version.version_id, "record": version.model_dump_json()}
        # The state stands beside the record for the next one's condition, the key for people who look at the table.
        item |= {"state": version.state.value, "key": version.key}
        put = {"Item": item, **_if_it_may_follow(version.state)}
        found = self._transact(lease, {"Put": put})
        if found is not None:
            refuse_transition(VersionState(found["state"]) if found else None, version.state)
            raise DependencyUnavailable("DynamoDB", "refused a record and did not say what it found; try again.")

    def find(self, key: str, version_id: str) -> DocumentVersion | None:
        """Return one version's record."""
        item = self._table.get({**_pk(key), "sk": VERSION + version_id})
        return _record(item) if item else None

    def history(self, key: str) -> tuple[DocumentVersion, ...]:
        """Return all records of a key, in no particular order."""
        condition = Key("pk").eq(_pk(key)["pk"]) & Key("sk").begins_with(VERSION)
        return tuple(_record(item) for item in self._table.pages("query", KeyConditionExpression=condition))

    def documents(self) -> Iterator[DocumentVersion]:
        """Yield every version's record."""
        for item in self._table.pages("scan", FilterExpression=Attr("sk").begins_with(VERSION)):
            yield _record(item)

    # --- work items and leases ------------------------------------------------------------------------------------

    def request(self, key: str, trace_header: str | None = None) -> int:
        """Mark `key` as needing a look and return its new request counter."""
        values: dict[str, Any] = {":one": 1, ":now": _iso(self._clock.now()), ":yes": "yes", ":key": key}
        sets, trace = "requested_at = :now, waiting = :yes, #key = :key", "REMOVE trace_header"
        if trace_header:
            values[":trace"] = trace_header
            sets, trace = f"{sets}, trace_header = :trace", ""
        item = self._table.update(
            _work(key), f"SET {sets} {trace} ADD generation :one", values, ExpressionAttributeNames={"#key": "key"}
        )
        return _number(item["generation"])

    def waiting(self, limit: int = 100) -> tuple[str, ...]:
        """Return keys that need a look and that nobody holds a live lease on, oldest request first."""
        now = _iso(self._clock.now())
        free = Attr("lease_expires").not_exists() | Attr("lease_expires").lt(now)
        due = self._table.pages(
            "query",
            IndexName="waiting",
            KeyConditionExpression=Key("waiting").eq("yes"),
            FilterExpression=free,
            Limit=limit,
        )
        return tuple(str(item["key"]) for item, _ in zip(due, range(limit), strict=False))

    def work(self) -> Iterator[WorkItem]:
        """Yield every key that waits or is held, in no particular order; not the publish lease."""
        now = _iso(self._clock.now())
        busy = Attr("waiting").exists() | Attr("lease_expires").gte(now)
        chosen = Attr("sk").eq(WORK) & Attr("pk").ne(_pk(PUBLISH_KEY)["pk"]) & busy
        for item in self._table.pages("scan", FilterExpression=chosen):
            waiting, held = "waiting" in item, item.get("lease_expires", "") >= now
            requested = datetime.fromisoformat(item["requested_at"]) if waiting else None
            yield WorkItem(item["pk"].removeprefix(DOCUMENT), waiting, held, requested)

    def acquire(self, key: str, owner: str, seconds: float) -> Lease | None:
        """Take the key's lease if it is free or expired; None if somebody else holds it."""
        now = self._clock.now()
        free = Attr("lease_expires").not_exists() | Attr("lease_expires").lt(_iso(now))
        expires = now + timedelta(seconds=seconds)
        item = self._table.update_if(
            free,
            _work(key),
            "SET lease_owner = :owner, lease_expires = :until ADD lease_token :one",
            {":owner": owner, ":until": _iso(expires), ":one": 1},
        )
        if item is None:
            return None
        lease = Lease(key, owner, _number(item["lease_token"]), expires, _number(item.get("generation", 0)))
        return replace(lease, **_asked(item)) if "waiting" in item else lease

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Prolong a lease; LeaseLost if it is no longer held."""
        expires = self._clock.now() + timedelta(seconds=seconds)
        change, values = "SET lease_expires = :until", {":until": _iso(expires)}
        item = self._table.update_if(self._held(lease), _work(lease.key), change, values)
        if item is None:
            raise LeaseLost(f"Another task works on {lease.key} now.")
        return replace(lease, expires=expires)

    def release(self, lease: Lease) -> bool:
        """Give the lease back. True if the key needs no further look; False if it was requested again meanwhile."""
        unasked = Attr("generation").not_exists() | Attr("generation").eq(lease.generation)
        change = "REMOVE lease_owner, lease_expires, waiting"
        done = self._table.update_if(self._held(lease) & unasked, _work(lease.key), change)
        if done is None:
            self.abandon(lease)
        return done is not None

    def abandon(self, lease: Lease) -> None:
        """Give the lease back after a failure: the key goes on needing a look."""
        self._table.update_if(self._held(lease), _work(lease.key), "REMOVE lease_owner, lease_expires")

    def _held(self, lease: Lease) -> ConditionBase:
        """A lease is held while its token is the newest and it has not run out."""
        return Attr("lease_token").eq(lease.token) & Attr("lease_expires").gte(_iso(self._clock.now()))

    def _transact(self, lease: Lease | None, *writes: dict[str, Any]) -> dict[str, Any] | None:
        """Make writes and see that the lease is held, all as one: LeaseLost if it is not.

        Returns None if they were made, else what the first condition that refused has found: {} if nothing was there.
        """
        checks = [] if lease is None else [{"ConditionCheck": self._still(lease)}]
        refused = self._table.transact([*checks, *writes])
        if lease is not None and refused and refused[0] is not None:
            raise LeaseLost(f"Another task works on {lease.key} now." if lease.key else "Another task publishes now.")
        return next((found for found in refused if found is not None), None)

    def _still(self, lease: Lease) -> dict[str, Any]:
        return {
            "Key": _work(lease.key),
            "ConditionExpression": "lease_token = :token AND lease_expires >= :now",
            "ExpressionAttributeValues": {":token": lease.token, ":now": _iso(self._clock.now())},
        }

    # --- the commit number ----------------------------------------------------------------------------------------

    def commit_number(self) -> int:
        """Return the index's current commit number; 0 before the first publish."""
        return _number(self._table.get(COMMIT).get("number", 0))

    def advance(self, lease: Lease, expected: int, key: str | None = None) -> int:
        """Move the commit number from `expected` to `expected + 1` and return it; LeaseLost if either is not so.

        The time is kept with the number. Publishers' clocks differ: a time is never before the last one's, which cannot
        change between being read here and the write, because the number would change with it.
        """
        if lease.key != PUBLISH_KEY:
            raise ValueError(f"advance takes a lease on publishing, not on {lease.key}")
        number, last = expected + 1, self._table.get(COMMIT)
        now = max(_iso(self._clock.now()), last.get("committed_at", ""))
        entry = {"pk": COMMITS, "sk": f"{now}#{number:012d}", "number": number} | ({"key": key} if key else {})
        if self._transact(lease, {"Update": _moved(expected, now)}, {"Put": {"Item": entry}}) is not None:
            raise LeaseLost("Another publisher moved the commit number; publish again.")
        return number

    def commit_at(self, moment: datetime) -> int:
        """Return the commit number that was current at a moment (timezone-aware); 0 before the first publish."""
        until = Key("pk").eq(COMMITS) & Key("sk").lte(f"{_iso(moment)}#~")  # after every number of that time
        newest_first = self._table.pages("query", KeyConditionExpression=until, ScanIndexForward=False, Limit=1)
        found = _number(next(newest_first, {}).get("number", 0))
        # A query may see one half of a transaction before the other: what is not current yet was never current.
        return min(found, self.commit_number()) if found else 0

    def changes(self, since: int) -> tuple[Change, ...]:
        """Return the commits after the number `since` up to the current one, newest first, every one of them.

        A commit that is being made may show here before it moves the number: it is not one yet.
        """
        current = self.commit_number()
        newest_first = self._table.pages("query", KeyConditionExpression=Key("pk").eq(COMMITS), ScanIndexForward=False)
        found = takewhile(lambda item: item["number"] > since, newest_first)
        changes = tuple(Change(_number(one["number"]), one.get("key")) for one in found if one["number"] <= current)
        if len(changes) != max(0, current - since):
            raise DependencyUnavailable("DynamoDB", "shows but a part of the last commits; try again.")
        return changes

    # --- the collections ------------------------------------------------------------------------------------------

    def roster(self) -> Roster:
        """Return which collections there are. A field that this release does not know is no roster to publish by."""
        item = self._table.get(ROSTER)
        return Roster.model_validate_json(item["roster"]) if item else Roster()

    def enroll(self, roster: Roster, lease: Lease | None = None) -> None:
        """Write the roster that follows the present one; LeaseLost if another came first or `lease` is not held."""
        item = {**ROSTER, "generation": roster.generation, "roster": roster.model_dump_json()}
        if self._transact(lease, {"Put": {"Item": item, **_if_generation(roster.generation - 1)}}) is not None:
            raise LeaseLost("Somebody else has changed which collections there are: look again.")


def _if_generation(number: int) -> dict[str, Any]:
    if number == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionExpression": "generation = :before", "ExpressionAttributeValues": {":before": number}}


def _pk(key: str) -> dict[str, Any]:
    return {"pk": DOCUMENT + key}


def _work(key: str) -> dict[str, Any]:
    return {**_pk(key), "sk": WORK}


def _if_it_may_follow(state: VersionState) -> dict[str, Any]:
    """The condition on a record's write, and the wish to be told what it found."""
    before = allowed_before(state)
    names = {f":{one.value}": one.value for one in before if one is not None}
    follows = f"#state IN ({', '.join(names)})"
    return {
        "ConditionExpression": f"attribute_not_exists(pk) OR {follows}" if None in before else follows,
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": names,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _moved(expected: int, now: str) -> dict[str, Any]:
    """The commit number's step from `expected`; the condition that it stands there."""
    old = {} if expected == 0 else {":old": expected}
    return {
        "Key": COMMIT,
        "UpdateExpression": "SET #n = :new, committed_at = :now",
        "ConditionExpression": "#n = :old" if old else "attribute_not_exists(#n)",
        "ExpressionAttributeNames": {"#n": "number"},
        "ExpressionAttributeValues": {":new": expected + 1, ":now": now, **old},
    }


def _record(item: dict[str, Any]) -> DocumentVersion:
    """The record as far as this release knows it: a newer one, since rolled back, may have written more."""
    return DocumentVersion.model_validate_json(item["record"], extra="ignore")


def _asked(item: dict[str, Any]) -> dict[str, Any]:
    """What a lease tells of the request that it answers."""
    return {"requested": datetime.fromisoformat(item["requested_at"]), "trace_header": item.get("trace_header")}


def _number(value: Any) -> int:
    return int(value)


def _iso(moment: datetime) -> str:
    """Format so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
