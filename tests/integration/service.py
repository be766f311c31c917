"""The ECS service behind the load balancer, seen and deployed by AWS's APIs only."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from tests.integration.estate import Estate, eventually

CLUSTER, NAME = "raglite-cluster", "raglite-service"
NAMED = {"cluster": CLUSTER, "service": NAME}
DIMENSIONS = [{"Name": "ClusterName", "Value": CLUSTER}, {"Name": "ServiceName", "Value": NAME}]
READ_ONLY = (
    "taskDefinitionArn revision status requiresAttributes compatibilities registeredAt registeredBy deregisteredAt"
).split()
LOOK_EVERY = 1.0  # seconds


@dataclass
class Service:
    """What deploys and scales, asked as anybody would ask it."""

    estate: Estate
    samples: list[dict[str, Any]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        given = self.estate.environment
        own = given.get("AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING") if service == "application-autoscaling" else None
        return boto3.client(
            service,
            region_name=given["AWS_DEFAULT_REGION"],
            endpoint_url=own or given["AWS_ENDPOINT_URL"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )

    @property
    def described(self) -> dict[str, Any]:
        """ECS's description of the service."""
        return dict(self.client("ecs").describe_services(cluster=CLUSTER, services=[NAME])["services"][0])

    @property
    def primary(self) -> dict[str, Any]:
        """The deployment that is in force."""
        return next(one for one in self.described["deployments"] if one["status"] == "PRIMARY")

    def rollout(self, deployment: str) -> str:
        """How far a deployment is."""
        states = {one["id"]: one["rolloutState"] for one in self.described["deployments"]}
        return str(states.get(deployment, "gone"))

    @property
    def ringing(self) -> set[str]:
        """The alarms that send a release back and are on."""
        names = self.described["deploymentConfiguration"]["alarms"]["alarmNames"]
        found = self.client("cloudwatch").describe_alarms(AlarmNames=names, StateValue="ALARM")
        return {alarm["AlarmName"] for alarm in found["MetricAlarms"]}

    def definition(self, arn: str | None = None) -> dict[str, Any]:
        """The task definition in force, or another."""
        wanted = arn or self.described["taskDefinition"]
        return dict(self.client("ecs").describe_task_definition(taskDefinition=wanted)["taskDefinition"])

    def release(self, environment: Mapping[str, str] | None = None, **changes: Any) -> str:
        """Register the definition in force with changes, deploy it as Terraform does, and return the deployment."""
        body = {name: value for name, value in self.definition().items() if name not in READ_ONLY} | changes
        for container in body["containerDefinitions"]:
            if container["name"] == "raglite":
                kept = [pair for pair in container["environment"] if pair["name"] not in (environment or {})]
                given = [{"name": name, "value": value} for name, value in (environment or {}).items()]
                container["environment"] = kept + given
        ecs = self.client("ecs")
        arn = ecs.register_task_definition(**body)["taskDefinition"]["taskDefinitionArn"]
        ecs.update_service(**NAMED, taskDefinition=arn)
        return str(self.primary["id"])

    def versions(self) -> dict[str, int]:
        """How many tasks run of each task definition."""
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=CLUSTER, serviceName=NAME, desiredStatus="RUNNING")["taskArns"]
        tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        running = [task["taskDefinitionArn"] for task in tasks if task["lastStatus"] == "RUNNING"]
        return {arn: running.count(arn) for arn in running}

    def rolled_out(self, deployment: str, within: float) -> float:
        """Wait until only a deployment's tasks are left and all of them run; return the seconds it took."""

        def done() -> bool:
            now = next((one for one in self.described["deployments"] if one["id"] == deployment), None)
            wanted = self.described["desiredCount"]
            return bool(now) and now["runningCount"] == wanted and sum(self.versions().values()) == wanted

        return eventually(done, within, f"{deployment} has replaced all tasks", every=1.0)

    @contextmanager
    def sampled(self) -> Iterator[list[dict[str, Any]]]:
        """Note the service's counts every second while the body runs."""
        samples: list[dict[str, Any]] = []
        done = threading.Event()
        thread = threading.Thread(target=self._sample, args=(samples, done), daemon=True)
        thread.start()
        try:
            yield samples
        finally:
            done.set()
            thread.join()

    def cpu(self, since: float, period: int) -> list[tuple[float, float]]:
        """Return CloudWatch's CPUUtilization of each stretch of time since a moment: its end and percent."""
        metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": DIMENSIONS}
        stat = {"Metric": metric, "Period": period, "Stat": "Average"}
        now = datetime.now(UTC)
        if since >= now.timestamp():
            return []
        found = self.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
            StartTime=datetime.fromtimestamp(since // period * period, UTC),
            EndTime=now + timedelta(seconds=1),
            ScanBy="TimestampAscending",
        )["MetricDataResults"][0]
        ends = [
            (at.timestamp() + period, value) for at, value in zip(found["Timestamps"], found["Values"], strict=True)
        ]
        return [one for one in ends if one[0] <= now.timestamp()]

    def _sample(self, samples: list[dict[str, Any]], done: threading.Event) -> None:
        while not done.is_set():
            seen = self.described
            counts = {"desired": seen["desiredCount"], "running": seen["runningCount"]}
            primary = [one["runningCount"] for one in seen["deployments"] if one["status"] == "PRIMARY"]
            samples.append({"at": time.time(), **counts, "of the deployment in force": sum(primary)})
            done.wait(LOOK_EVERY)
