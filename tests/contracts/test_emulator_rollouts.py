"""A service rolls out on the corrected emulator as it does on ECS: real processes behind a real load balancer."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.engine.environment import ANY_ADDRESS
from tests.emulators import REQUIRED, clients, running
from tests.processes import end, until

pytestmark = [REQUIRED, pytest.mark.timeout(240)]

ROOT = Path(__file__).resolve().parents[2]
TASK = """
import http.server, os, sys, time
kind = os.environ["KIND"]
if kind == "crash":
    sys.exit("it does not start")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(3)
        body = kind.encode()
        self.send_response(503 if kind == "sick" and self.path == "/healthz" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer((os.environ["HOST"], 8000), Handler).serve_forever()
"""
CALM = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}, "minimumHealthyPercent": 100}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    home = Path(tempfile.mkdtemp(prefix="rollouts-"))  # a socket's path is short
    socket = home / "engine.sock"
    with running(tmp_path_factory.mktemp("emulator"), "--docker", f"unix://{socket}") as address:
        command = ["--socket", socket, "--scratch", home / "tasks", "--logs", home / "logs", "--endpoint", address]
        own = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        engine = subprocess.Popen(
            [sys.executable, "-m", "local.engine", *map(str, command)], cwd=ROOT, env=os.environ | own
        )
        try:
            until(socket.exists, "the engine serves")
            yield address
        finally:
            end(engine)


@dataclass
class Deployed:
    """A service of two tasks, deployed in kinds."""

    client: Any
    url: str
    group: str
    first: str = ""
    deployments: list[str] = field(default_factory=list)

    def definition(self, kind: str) -> str:
        container = {
            "name": "raglite",
            "image": "raglite:1",
            "command": ["python", "-c", TASK],
            "environment": [{"name": "KIND", "value": kind}, {"name": "HOST", "value": ANY_ADDRESS}],
            "portMappings": [{"containerPort": 8000}],
            "stopTimeout": 5,
        }
        described = self.client("ecs").register_task_definition(
            family="service", networkMode="awsvpc", cpu="256", memory="512", containerDefinitions=[container]
        )
        return described["taskDefinition"]["taskDefinitionArn"]

    def deploy(self, kind: str, **more: Any) -> str:
        asked = {"cluster": "cluster", "service": "service", "taskDefinition": self.definition(kind), **more}
        self.client("ecs").update_service(**asked)
        return self.primary["id"]

    @property
    def described(self) -> dict[str, Any]:
        return self.client("ecs").describe_services(cluster="cluster", services=["service"])["services"][0]

    @property
    def primary(self) -> dict[str, Any]:
        return next(one for one in self.described["deployments"] if one["status"] == "PRIMARY")

    def state(self, deployment: str) -> str:
        states = {one["id"]: one["rolloutState"] for one in self.described["deployments"]}
        return states.get(deployment, "gone")

    def tasks(self) -> list[dict[str, Any]]:
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster="cluster", serviceName="service")["taskArns"]
        return ecs.describe_tasks(cluster="cluster", tasks=arns)["tasks"] if arns else []

    def answers(self) -> set[str]:
        return {httpx.get(f"{self.url}/").text for _ in range(6)}

    def health(self) -> list[str]:
        described = self.client("elbv2").describe_target_health(TargetGroupArn=self.group)
        return sorted(one["TargetHealth"]["State"] for one in described["TargetHealthDescriptions"])

    def said(self) -> str:
        return "\n".join(event["message"] for event in self.described["events"])


@pytest.fixture(scope="module")
def service(endpoint):
    client = clients(endpoint)
    alb, ecs = client("elbv2"), client("ecs")
    balancer = alb.create_load_balancer(Name="front", Subnets=["a", "b"])["LoadBalancers"][0]["LoadBalancerArn"]
    check = {"HealthCheckPath": "/healthz", "HealthCheckIntervalSeconds": 5, "UnhealthyThresholdCount": 2}
    made = alb.create_target_group(Name="tasks", Protocol="HTTP", Port=8000, VpcId="v", TargetType="ip", **check)
    group = made["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    alb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    ecs.create_cluster(clusterName="cluster")
    made = Deployed(client, f"{endpoint}/_alb/front", group)
    made.first = made.definition("first")
    ecs.create_service(
        cluster="cluster",
        serviceName="service",
        taskDefinition=made.first,
        desiredCount=2,
        launchType="FARGATE",
        loadBalancers=[{"targetGroupArn": group, "containerName": "raglite", "containerPort": 8000}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["a"]}},
        deploymentConfiguration=CALM,
        healthCheckGracePeriodSeconds=2,
    )
    until(lambda: httpx.get(f"{made.url}/").text == "first", "it answers", within=30)
    return made


@contextmanager
def asking(url):
    """Ask all the time; yields the answers that have come so far."""
    answers, done = [], threading.Event()

    def ask():
        while not done.wait(0.02):
            found = httpx.get(f"{url}/", timeout=20)
            answers.append((found.status_code, found.text))

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask) for _ in range(3)]
        try:
            yield answers
        finally:
            done.set()
        for one in asked:
            one.result()


def test_a_new_version_takes_over_without_a_failed_request(service):
    with asking(service.url) as answers:
        deployment = service.deploy("second")
        until(lambda: service.state(deployment) == "COMPLETED", "it is completed", within=60)
        until(lambda: service.answers() == {"second"}, "only the new version answers")
    assert set(answers) == {(200, "first"), (200, "second")}
    assert len(service.tasks()) == 2


def test_a_version_that_does_not_start_is_rolled_back_by_the_circuit_breaker(service):
    before = service.primary["id"]
    with asking(service.url) as answers:
        deployment = service.deploy("crash")
        until(lambda: service.state(deployment) == "FAILED", "it is given up", within=60)
        until(lambda: (service.primary["id"], service.state(before)) == (before, "COMPLETED"), "it is back", within=60)
    assert set(answers) == {(200, "second")}
    failed = next(one for one in service.described["deployments"] if one["id"] == deployment)
    assert failed["failedTasks"] == 3
    assert "rolled back" in service.said()


def test_a_version_that_is_never_healthy_gets_no_traffic_and_is_rolled_back(service):
    before = service.primary["id"]
    with asking(service.url) as answers:
        deployment = service.deploy("sick")
        until(lambda: service.health() == ["healthy", "healthy", "initial", "initial"], "the new ones are checked")
        until(lambda: service.state(deployment) == "FAILED", "it is given up", within=90)
        until(lambda: (service.primary["id"], service.state(before)) == (before, "COMPLETED"), "it is back", within=60)
    assert set(answers) == {(200, "second")}
    assert "failed ELB health checks" in service.said()
    until(lambda: service.health() == ["healthy", "healthy"], "only those that answer are left")


@dataclass(frozen=True)
class Alarms:
    """Two alarms that are on and off as they are told: nothing is measured."""

    watch: Any
    names: tuple[str, str] = ("before", "during")

    def make(self) -> dict[str, Any]:
        """Make both, off; return what a deployment's configuration says of them."""
        for name in self.names:
            self.watch.put_metric_alarm(
                AlarmName=name, Namespace="N", MetricName=name, Statistic="Sum", Period=10, EvaluationPeriods=1,
                Threshold=0, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
            )  # fmt: skip
            self.ring(name, "OK")
        return {"alarmNames": list(self.names), "enable": True, "rollback": True}

    def ring(self, name: str, state: str = "ALARM") -> None:
        self.watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="told to")


def test_an_alarm_that_goes_off_during_a_deployment_rolls_it_back_and_one_that_was_on_does_not(service):
    alarms = Alarms(service.client("cloudwatch"))
    watched = {"deploymentConfiguration": {**CALM, "alarms": alarms.make()}}
    alarms.ring("before")
    deployment = service.deploy("third", **watched)
    until(lambda: "watches no alarms: before was on" in service.said(), "nothing is watched")
    alarms.ring("during")
    until(lambda: service.state(deployment) == "COMPLETED", "it is completed all the same", within=60)
    for name in alarms.names:
        alarms.ring(name, "OK")
    before = service.primary["id"]
    deployment = service.deploy("harmful", **watched)
    until(lambda: service.answers() == {"harmful"}, "only the new version answers", within=60)
    assert service.state(deployment) == "IN_PROGRESS", "its alarms are watched for a while"
    alarms.ring("during")
    until(lambda: service.state(deployment) == "FAILED", "it is given up", within=30)
    until(lambda: service.answers() == {"third"}, "the version before answers again", within=60)
    until(lambda: service.state(before) == "COMPLETED", "it is completed", within=60)
    assert "during in alarm" in service.said()


def test_a_task_that_is_stopped_first_answers_what_it_was_asked(service):
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(httpx.get, f"{service.url}/slow", timeout=20) for _ in range(4)]
        time.sleep(0.5)  # the requests are on their way; a test that came too early would prove nothing
        service.client("ecs").update_service(cluster="cluster", service="service", desiredCount=1)
        assert [one.result().status_code for one in slow] == [200] * 4
    until(lambda: len(service.tasks()) == 1, "one task is left")
