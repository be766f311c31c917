"""What `make observe` reads of an account: moto's, behind the real boto3."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from raglite.errors import InvalidRequest
from raglite.release.validation.observation import Drawn, Ingested, Minutes
from scripts.observe.cloud import Cloud, minute

UNTIL = minute(datetime.now(UTC))
SPAN = (UNTIL - timedelta(minutes=10), UNTIL)
WIDGET = {
    "type": "metric", "x": 0, "y": 0, "width": 6, "height": 6,
    "properties": {"title": "Latency", "metrics": [["RAGLite", "QueryLatency", "Environment", "staging"]]},
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("aws")


def put(name: str, minutes_ago: float, *values: float, of: str = "staging") -> None:
    moment = UNTIL - timedelta(minutes=minutes_ago) + timedelta(seconds=1)
    told = {"MetricName": name, "Dimensions": [{"Name": "Environment", "Value": of}], "Timestamp": moment}
    boto3.client("cloudwatch").put_metric_data(
        Namespace="RAGLite", MetricData=[{**told, "Value": value} for value in values]
    )


def test_a_minute_is_down_if_one_of_its_questions_failed_and_silent_without_any() -> None:
    for minutes_ago in (10, 9, 8, 3):
        put("CanaryFailures", minutes_ago, 0)
    put("CanaryFailures", 7, 1)
    put("CanaryFailures", 6, 0, 1)
    put("CanaryFailures", 11, 1)
    put("CanaryFailures", 5, 0, of="production")
    assert Cloud("staging").minutes(SPAN) == Minutes(up=4, down=2, silent=4)


def test_documents_are_counted_with_the_slowest() -> None:
    put("IngestionLatency", 9, 20.0, 61.5)
    put("IngestionLatency", 2, 30.0)
    day = (UNTIL - timedelta(days=1), UNTIL)
    assert Cloud("staging").ingested(day) == Ingested(documents=3, slowest=61.5)
    assert Cloud("production").ingested(day) == Ingested(documents=0, slowest=None)


def test_of_tasks_the_fewest_and_the_most_are_told_and_none_if_nobody_counted() -> None:
    assert Cloud("staging").running(SPAN) == (None, None)
    dimensions = [
        {"Name": "ClusterName", "Value": "raglite-cluster"},
        {"Name": "ServiceName", "Value": "raglite-service"},
    ]
    told: dict[str, Any] = {"MetricName": "RunningTaskCount", "Dimensions": dimensions}
    boto3.client("cloudwatch").put_metric_data(
        Namespace="ECS/ContainerInsights",
        MetricData=[
            {**told, "Timestamp": UNTIL - timedelta(minutes=ago), "Value": tasks}
            for ago, tasks in ((9, 2), (5, 4), (2, 3))
        ],
    )
    assert Cloud("staging").running(SPAN) == (2, 4)


def test_dashboards_that_are_there_are_told_with_their_values() -> None:
    body = json.dumps({"start": "-PT1H", "widgets": [WIDGET]})
    boto3.client("cloudwatch").put_dashboard(DashboardName="RAGLite-Production", DashboardBody=body)
    day = (UNTIL - timedelta(days=1), UNTIL + timedelta(hours=1))
    assert Cloud("staging").dashboards(day) == [Drawn(name="RAGLite-Production", metrics={"QueryLatency": 0})]
    put("QueryLatency", 9, 40.0)
    [board] = Cloud("staging").dashboards(day)
    assert board.metrics["QueryLatency"] >= 1


def test_the_commit_is_what_terraform_told_the_backups_and_the_url_what_the_canary_asks() -> None:
    ecs = boto3.client("ecs")
    for commit in ("a" * 40, "b" * 40):
        container = {
            "name": "raglite-backup",
            "image": "x",
            "memory": 64,
            "environment": [{"name": "RAGLITE_REVISION", "value": commit}],
        }
        ecs.register_task_definition(family="raglite-backup", containerDefinitions=[container])
    ecs.create_cluster(clusterName="raglite-cluster")
    ecs.create_service(
        cluster="raglite-cluster", serviceName="raglite-service", taskDefinition="raglite-backup", desiredCount=1
    )
    _canary("https://raglite.example.com/")
    cloud = Cloud("staging")
    assert cloud.commit() == "b" * 40
    assert cloud.service_url() == "https://raglite.example.com"
    assert abs(cloud.deployed() - datetime.now(UTC)) < timedelta(minutes=1)


def test_settings_that_lead_to_another_environment_are_refused() -> None:
    _canary("https://raglite.example.com/")
    with pytest.raises(InvalidRequest, match="lead to 'staging', not to 'production'"):
        Cloud("production").service_url()


def _canary(url: str) -> None:
    role = boto3.client("iam").create_role(RoleName="canary", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("canary.py", "")
    boto3.client("lambda").create_function(
        FunctionName="raglite-canary", Runtime="python3.11", Role=role, Handler="canary.lambda_handler",
        Code={"ZipFile": package.getvalue()},
        Environment={"Variables": {"SERVICE_URL": url, "RAGLITE_ENVIRONMENT": "staging"}},
    )  # fmt: skip


def test_whoever_is_asked_instead_of_aws_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Cloud("staging").endpoint == ""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert Cloud("staging").endpoint == "http://127.0.0.1:4566"
