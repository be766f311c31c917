"""What the Lambda stands on: bucket, table, cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from tests.aws import aws_under_test

BUCKET = "raglite-documents-test"
REGION = "us-east-1"
TABLE = "raglite-registry"
MOST_TASKS = 2


@dataclass(frozen=True)
class Estate:
    environment: dict[str, str]
    s3: Any
    table: Any
    ecs: Any

    def put(self, key: str) -> str:
        return str(self.s3.put_object(Bucket=BUCKET, Key=key, Body=b"text")["VersionId"])

    def tasks(self) -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster="raglite-cluster", family="raglite-ingest", desiredStatus="RUNNING")
        found = [self.ecs.describe_tasks(cluster="raglite-cluster", tasks=[arn])["tasks"] for arn in arns["taskArns"]]
        return [task for (task,) in found]

    def paths(self) -> list[str]:
        """What the running tasks were started for."""
        return [task["overrides"]["containerOverrides"][0]["command"][-1] for task in self.tasks()]

    def end_tasks(self) -> None:
        for task in self.tasks():
            self.ecs.stop_task(cluster="raglite-cluster", task=task["taskArn"])

    def empty(self) -> None:
        """Leave nothing of what a test did; cheaper than a new estate."""
        self.end_tasks()
        listed = self.s3.list_object_versions(Bucket=BUCKET)
        for entry in [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]:
            self.s3.delete_object(Bucket=BUCKET, Key=entry["Key"], VersionId=entry["VersionId"])
        for item in self.table.scan()["Items"]:
            self.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})

    def make_wait(self, key: str) -> None:
        item = {"pk": f"document#{key}", "sk": "work", "key": key, "waiting": "yes", "requested_at": "2001-01-01"}
        self.table.put_item(Item=item)

    def work(self, key: str) -> dict[str, Any]:
        return dict(self.table.get_item(Key={"pk": f"document#{key}", "sk": "work"}).get("Item", {}))


@contextmanager
def estate() -> Iterator[Estate]:
    with aws_under_test():
        yield new_estate()


def new_estate() -> Estate:
    s3 = boto3.client("s3", REGION)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    ecs = boto3.client("ecs", REGION)
    ecs.create_cluster(clusterName="raglite-cluster")
    definition = ecs.register_task_definition(
        family="raglite-ingest",
        networkMode="awsvpc",
        containerDefinitions=[{"name": "raglite-ingest", "image": "raglite-ingest", "memory": 512}],
    )["taskDefinition"]["taskDefinitionArn"]
    subnets = boto3.client("ec2", REGION).describe_subnets()["Subnets"]
    environment = {
        "AWS_DEFAULT_REGION": REGION,
        "ECS_CLUSTER": "raglite-cluster",
        "ECS_TASK_DEFINITION": definition,
        "ECS_SUBNETS": ",".join(subnet["SubnetId"] for subnet in subnets[:2]),
        "ECS_SECURITY_GROUPS": "sg-1",
        "ECS_CONTAINER": "raglite-ingest",
        "REGISTRY_TABLE": TABLE,
        "DOCUMENTS_BUCKET": BUCKET,
        "MAX_INGEST_TASKS": str(MOST_TASKS),
        "RAGLITE_ENVIRONMENT": "test",
    }
    return Estate(environment, s3, registry_table(), ecs)


def registry_table() -> Any:
    names = ("pk", "sk", "waiting", "requested_at")
    return boto3.resource("dynamodb", REGION).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "waiting",
                "KeySchema": _keys("waiting", "requested_at"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def _keys(hash_key: str, range_key: str) -> Any:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]
