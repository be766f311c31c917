"""Application Auto Scaling's control plane, asked by boto3 as Terraform asks it."""

import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.processes import end, free_port, listening, until

WHAT = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/raglite-cluster/raglite-service",
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}


@pytest.fixture
def serve(tmp_path):
    processes = []

    def again():
        for process in processes:
            end(process)
        port = free_port()
        command = ("-m", "local.autoscaling", "--port", str(port), "--state", str(tmp_path / "state.json"))
        processes.append(subprocess.Popen((sys.executable, *command)))
        until(lambda: listening(port), "autoscaling serves")
        session = boto3.Session("test", "test", region_name="us-east-1")
        return session.client("application-autoscaling", endpoint_url=f"http://127.0.0.1:{port}")

    yield again
    for process in processes:
        end(process)


def described(scaling):
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    return [(t["MinCapacity"], t["MaxCapacity"]) for t in targets], [
        (p["PolicyName"], p["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]) for p in policies
    ]


def test_targets_policies_and_tags_survive_a_restart(serve):
    scaling = serve()
    arn = scaling.register_scalable_target(**WHAT, MinCapacity=2, MaxCapacity=4, Tags={"a": "1"})["ScalableTargetARN"]
    put = {"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": CPU}
    scaling.put_scaling_policy(**WHAT, **put)
    scaling.register_scalable_target(**WHAT, MaxCapacity=6)
    scaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    scaling = serve()
    assert described(scaling) == ([(2, 6)], [("cpu", 70.0)])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "1", "b": "2"}


def test_a_target_that_goes_takes_its_policies_along(serve):
    scaling = serve()
    scaling.register_scalable_target(**WHAT, MinCapacity=2, MaxCapacity=4)
    put = {"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": CPU}
    scaling.put_scaling_policy(**WHAT, **put)
    scaling.deregister_scalable_target(**WHAT)
    assert described(scaling) == ([], [])
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        scaling.put_scaling_policy(**WHAT, **put)


def test_what_is_not_supported_is_refused(serve):
    with pytest.raises(ClientError, match="DescribeScheduledActions is not supported"):
        serve().describe_scheduled_actions(ServiceNamespace="ecs")


def test_what_is_refused_is_not_kept(serve):
    client = serve()
    with pytest.raises(ClientError, match="MinCapacity"):
        client.register_scalable_target(**WHAT, MinCapacity=5, MaxCapacity=2)
    assert client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
