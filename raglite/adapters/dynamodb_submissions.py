"""Submissions as items of the registry's table.

| pk               | sk         | holds                                                            |
|------------------|------------|------------------------------------------------------------------|
| submission#TOKEN | submission | document (a key), sha256, claimed, expires; version_id once stored |

DynamoDB removes them by `expires` (seconds since the epoch) a day or two after a caller has any use for them.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting
from raglite.adapters.dynamodb_table import ItemTable
from raglite.errors import DependencyUnavailable
from raglite.ports import Submission

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEPT = timedelta(days=7)  # a caller that repeats a request does so within minutes
SUBMISSION = "submission"


class DynamoDBSubmissions:
    """Submissions over one table. Of two that claim one token at once, DynamoDB's condition lets one through."""

    def __init__(self, table: "Table") -> None:
        self._table = ItemTable(table)

    @classmethod
    def connect(cls, table: str) -> "DynamoDBSubmissions":
        """Return submissions that are reached by the standard AWS environment; nothing is sent yet."""
        with connecting("DynamoDB"):
            return cls(boto3.resource("dynamodb", config=CLIENT_CONFIG).Table(table))

    def claim(self, submission: Submission, abandoned: datetime) -> Submission:
        """Return the token's submission: this one if there is none, and if the one there is was left unstored."""
        same = Attr("document").eq(submission.key) & Attr("sha256").eq(submission.sha256)
        left = Attr("version_id").not_exists() & Attr("claimed").lt(_iso(abandoned))
        change = "SET document = :document, sha256 = :sha256, claimed = :claimed, expires = :expires"
        values = {
            ":document": submission.key,
            ":sha256": submission.sha256,
            ":claimed": _iso(submission.claimed),
            ":expires": int((submission.claimed + KEPT).timestamp()),
        }
        condition = Attr("pk").not_exists() | (same & left)
        if self._table.update_if(condition, _pk(submission), change, values) is not None:
            return submission
        found = self._table.get(_pk(submission))
        if not found:
            raise DependencyUnavailable("DynamoDB", "refused a submission and has none; try again.")
        return _submission(submission.token, found)

    def complete(self, submission: Submission) -> None:
        """Keep that a claimed submission was stored; a no-op if somebody else has claimed it."""
        mine = Attr("claimed").eq(_iso(submission.claimed))
        self._table.update_if(mine, _pk(submission), "SET version_id = :version", {":version": submission.version_id})


def _pk(submission: Submission) -> dict[str, Any]:
    return {"pk": f"{SUBMISSION}#{submission.token}", "sk": SUBMISSION}


def _submission(token: str, item: dict[str, Any]) -> Submission:
    return Submission(
        token=token,
        key=item["document"],
        sha256=item["sha256"],
        claimed=datetime.fromisoformat(item["claimed"]),
        version_id=item.get("version_id"),
    )


def _iso(moment: datetime) -> str:
    """Return a time as texts that sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
