"""What a deployment asks of AWS, asked of AWS as moto plays it; Terraform's state is given."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.deploy.account import AwsAccount
from scripts.deploy.rollout import Refused, Rolling

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-central-1"}
RINGING, OTHER = "raglite-high-latency", "somebody-elses"


@dataclass(frozen=True)
class Account(AwsAccount):
    environment: str = "staging"
    outputs: dict[str, Any] = field(default_factory=dict)

    def _outputs(self) -> dict[str, Any]:
        return self.outputs


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.client("ecs")


def registered(ecs: Any) -> str:
    container = {"name": "raglite", "image": "raglite:1", "memory": 100}
    answer = ecs.register_task_definition(family="raglite-service", containerDefinitions=[container])
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def test_a_service_that_runs_another_definition_than_the_newest_has_failed(ecs: Any) -> None:
    """moto's deployments stay as they were made, so here it is the newer definition that comes later."""
    ecs.create_cluster(clusterName="cluster")
    ecs.create_service(cluster="cluster", serviceName="service", taskDefinition=registered(ecs), desiredCount=0)
    account = Account(outputs={"cluster_name": "cluster", "service_name": "service"})
    assert account.rolling() is Rolling.COMPLETED
    registered(ecs)
    assert account.rolling() is Rolling.FAILED


@pytest.mark.usefixtures("ecs")
def test_what_aws_does_not_tell_is_refused_with_its_words() -> None:
    with pytest.raises(Refused, match=r"AWS did not tell .*Cluster"):
        Account(outputs={"cluster_name": "gone", "service_name": "gone"}).rolling()


@pytest.mark.usefixtures("ecs")
def test_only_alarms_that_send_a_release_back_are_asked() -> None:
    cloudwatch = boto3.client("cloudwatch")
    for name in (RINGING, OTHER):
        cloudwatch.put_metric_alarm(
            AlarmName=name, MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
        )  # fmt: skip
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    assert Account(outputs={"rollback_alarms": [RINGING, "raglite-high-error-rate"]}).alarms() == (RINGING,)
    assert Account().alarms() == ()  # nothing was deployed yet
