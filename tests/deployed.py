"""A service of real processes behind the emulator's load balancer, deployed in kinds."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from local.engine.environment import ANY_ADDRESS
from tests.emulators import clients, running
from tests.processes import end, until

ROOT = Path(__file__).resolve().parents[1]
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


@contextmanager
def emulator_and_engine(state: Path) -> Iterator[str]:
    """Yield the address of an emulator whose tasks run as processes."""
    home = Path(tempfile.mkdtemp(prefix="rollouts-"))  # a socket's path is short
    socket = home / "engine.sock"
    with running(state, "--docker", f"unix://{socket}") as address:
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


def deployed(endpoint: str, subnets: Sequence[str] = ("a",)) -> Deployed:
    """Make a service of two tasks, and return it when it answers."""
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
        networkConfiguration={"awsvpcConfiguration": {"subnets": list(subnets)}},
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
