"""Application Auto Scaling: asked by boto3 as Terraform asks it, and scaling a service as time passes."""

import os
import subprocess
import sys

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from local.autoscaling.scaling import Scaler
from local.autoscaling.targets import Targets
from tests.fakes.scaled import ScaledService
from tests.processes import end, free_port, listening, until

ENVIRONMENT = os.environ | dict.fromkeys(("AWS_DEFAULT_REGION", "AWS_REGION"), "us-east-1")
WHAT = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/cluster/service",
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = {
    "TargetValue": 70.0,
    "ScaleOutCooldown": 60,
    "ScaleInCooldown": 300,
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
        nobody = f"http://127.0.0.1:{free_port()}"
        processes.append(subprocess.Popen((sys.executable, *command, "--endpoint", nobody), env=ENVIRONMENT))
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


def test_a_policy_that_nobody_would_evaluate_is_refused(serve):
    client = serve()
    client.register_scalable_target(**WHAT, MinCapacity=2, MaxCapacity=4)
    requests = {**CPU, "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}}
    put = {"PolicyName": "requests", "PolicyType": "TargetTrackingScaling"}
    with pytest.raises(ClientError, match="Only target tracking of ECSServiceAverageCPUUtilization"):
        client.put_scaling_policy(**WHAT, **put, TargetTrackingScalingPolicyConfiguration=requests)


def test_a_minute_may_be_made_shorter_but_not_shorter_than_what_is_measured(serve):
    url = serve().meta.endpoint_url
    assert httpx.put(f"{url}/minute", json={"seconds": 10}).json() == {"seconds": 10.0}
    assert httpx.put(f"{url}/minute", json={"seconds": 2}).status_code == 400


@pytest.fixture
def targets(tmp_path):
    kept = Targets(tmp_path / "state.json")
    kept.operations["RegisterScalableTarget"]({**WHAT, "MinCapacity": 2, "MaxCapacity": 4}, "us-east-1")
    put = {"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": CPU}
    kept.operations["PutScalingPolicy"]({**WHAT, **put}, "us-east-1")
    return kept


def activities(scaler):
    told = scaler.operations["DescribeScalingActivities"]({"ServiceNamespace": "ecs"}, "us-east-1")
    return [(one["Description"], one["StatusCode"]) for one in told["ScalingActivities"]]


def pass_time(scaler, start, seconds):
    for second in range(start, start + seconds):
        scaler.look(float(second))
    return start + seconds


@pytest.mark.parametrize("minute", [60, 10])
def test_a_service_grows_under_load_and_shrinks_by_one_task_at_a_time_when_its_cooldown_is_over(targets, minute):
    service = ScaledService(2)
    scaler = Scaler(targets, service, minute)
    service.percent = 130.0
    now = pass_time(scaler, 1_000_000, 2 * minute)
    assert (service.desired, activities(scaler)) == (4, [("Setting desired count to 4.", "InProgress")])
    service.running, service.percent = 4, 10.0
    now = pass_time(scaler, now, 2 * minute)
    assert activities(scaler)[-1] == ("Setting desired count to 4.", "Successful")
    assert service.desired == 3
    service.running = 3
    now = pass_time(scaler, now, 4 * minute)
    assert service.desired == 3, "the cooldown lasts five minutes"
    pass_time(scaler, now, 2 * minute)
    assert service.desired == 2
    assert set(service.asked) == {("CPUUtilization", minute)}


def test_a_growth_that_a_larger_one_replaces_is_overridden_and_what_it_grew_from_still_counts(targets):
    targets.operations["RegisterScalableTarget"]({**WHAT, "MaxCapacity": 9}, "us-east-1")
    service = ScaledService(2)
    scaler = Scaler(targets, service)
    service.percent = 90.0
    now = pass_time(scaler, 1_000_020, 30)
    service.percent = 130.0
    now = pass_time(scaler, now, 60)
    assert activities(scaler) == [
        ("Setting desired count to 4.", "InProgress"),
        ("Setting desired count to 3.", "Overridden"),
    ]
    pass_time(scaler, now, 180)
    assert service.desired == 4, "two tasks measured it, and four carry it"


def test_each_minute_is_judged_once(targets):
    service = ScaledService(2)
    service.percent = 130.0  # four are asked for, and never run
    pass_time(Scaler(targets, service), 1_000_020, 600)
    assert len(service.asked) == 11


def test_nothing_shrinks_while_a_deployment_is_in_progress(targets):
    service = ScaledService(4)
    service.percent, service.rollout = 10.0, "IN_PROGRESS"
    scaler = Scaler(targets, service)
    now = pass_time(scaler, 1_000_000, 600)
    assert service.desired == 4
    service.rollout = "COMPLETED"
    pass_time(scaler, now, 120)
    assert service.desired == 3
