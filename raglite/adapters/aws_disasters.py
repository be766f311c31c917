"""What somebody with all rights can do to the stores in AWS."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.adapters.qdrant_levers import QdrantLevers
from raglite.errors import DependencyUnavailable
from raglite.ports.drills import Names

QUEUE = "raglite-ingestion"
BATCH = 1000  # objects that S3 removes in one request
WAIT = {"Delay": 1, "MaxAttempts": 120}


@dataclass(frozen=True, slots=True)
class Clients:
    """Of the services that are reached."""

    s3: Any
    dynamodb: Any
    sqs: Any

    @classmethod
    def connect(cls) -> "Clients":
        """Return clients by the standard AWS environment; nothing is sent yet."""
        with connecting("AWS"):
            return cls(
                boto3.client("s3", config=CLIENT_CONFIG),
                boto3.client("dynamodb", config=CLIENT_CONFIG),
                boto3.client("sqs", config=CLIENT_CONFIG),
            )


class AwsDisasters:
    """Stores, at these names."""

    def __init__(self, clients: Clients, names: Names, collections: QdrantLevers) -> None:
        self._aws = clients
        self._names = names
        self._collections = collections

    def erase_documents(self) -> int:
        """Remove every version and marker from the documents bucket, and return how many that were."""
        return self._erase(self._names.documents_bucket)

    def erase_document(self, key: str) -> None:
        """Remove every version of one document."""
        self._erase(self._names.documents_bucket, key)

    def erase_parsed(self) -> int:
        """Remove every parsed document."""
        return self._erase(self._names.parsed_bucket)

    def drop_registry(self) -> None:
        """Delete the registry's table, whether it is protected or not."""
        table = self._names.registry_table
        with translated("DynamoDB", f"table {table}"):
            self._aws.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
            self._aws.dynamodb.delete_table(TableName=table)
            self._aws.dynamodb.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig=WAIT)

    def drop_collections(self) -> int:
        """Delete every collection of our aliases."""
        return self._collections.drop_collections()

    def drop_queue(self) -> None:
        """Delete the queue of hints with everything in it."""
        with translated("SQS", f"queue {QUEUE}"):
            self._aws.sqs.delete_queue(QueueUrl=self._aws.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"])

    def has_queue(self) -> bool:
        """Whether there is such a queue."""
        with translated("SQS", f"queue {QUEUE}"):
            found = self._aws.sqs.list_queues(QueueNamePrefix=QUEUE).get("QueueUrls", ())
        return any(url.rpartition("/")[2] == QUEUE for url in found)

    def _erase(self, bucket: str, key: str = "") -> int:
        gone = 0
        with translated("S3", f"bucket {bucket}"):
            for versions in self._versions(bucket, key):
                done = self._aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
                if kept := done.get("Errors"):  # the answer's status is 200 nevertheless
                    raise DependencyUnavailable("S3", f"keeps {kept[0]['Key']} in {bucket}: {kept[0]['Message']}")
                gone += len(versions)
        return gone

    def _versions(self, bucket: str, key: str) -> Iterator[list[dict[str, str]]]:
        """Yield all versions and markers, of one key alone if it is given, in batches."""
        while True:
            page = self._aws.s3.list_object_versions(Bucket=bucket, Prefix=key, MaxKeys=BATCH)
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            wanted = [
                {"Key": one["Key"], "VersionId": one["VersionId"]} for one in found if not key or one["Key"] == key
            ]
            if not wanted:
                return
            yield wanted
