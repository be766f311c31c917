"""What ECS tells CloudWatch of services and clusters, from the tasks and the processes they really are."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from local.emulator.monitoring.vended import Reading

INSIGHTS, BASIC = "ECS/ContainerInsights", "AWS/ECS"
CPU_UNITS, MIB = 1024, 1024**2  # units of one processor
NANO = 1e-9
Task = Mapping[str, Any]
Readings = Iterator[tuple[str, dict[str, str], Sequence[Reading]]]


class Tasks:
    """Services and clusters of the emulator."""

    def __init__(self, ecs: ModuleType) -> None:
        """`ecs` is the emulator's ECS module; each task's containers are asked for what they use."""
        self._ecs = ecs
        self._before: dict[str, tuple[float, float]] = {}  # by task: when it was asked, processor seconds until then

    def readings(self) -> Readings:
        """Yield counts of tasks by service and cluster, and what a service's tasks use of what they reserve."""
        tasks = [task for task in self._ecs._tasks.values() if task.get("lastStatus") != "STOPPED"]  # noqa: SLF001  asserted at start
        used = {task["taskArn"]: self._used(task) for task in tasks if task.get("lastStatus") == "RUNNING"}
        self._before = {arn: known for arn, known in self._before.items() if arn in used}
        for cluster in self._ecs._clusters.values():  # noqa: SLF001  asserted at start
            mine = [task for task in tasks if task.get("clusterArn") == cluster["clusterArn"]]
            yield INSIGHTS, {"ClusterName": cluster["clusterName"]}, [("TaskCount", len(mine), "Count")]
        for service in self._ecs._services.values():  # noqa: SLF001  asserted at start
            if service.get("status") == "ACTIVE":
                yield from _of_service(service, [task for task in tasks if _belongs(task, service)], used)

    def _used(self, task: Task) -> tuple[float, float] | None:
        """Return processors and bytes in use; None while that cannot be told."""
        client, now, seconds, memory = self._ecs._get_docker(), time.monotonic(), 0.0, 0.0  # noqa: SLF001  asserted at start
        if client is None:
            return None
        for container in task.get("_docker_ids", ()):
            with contextlib.suppress(OSError):  # of which all of docker-py's refusals are
                told = client.api.stats(container, stream=False, one_shot=True)
                seconds += told["cpu_stats"]["cpu_usage"]["total_usage"] * NANO
                memory += told["memory_stats"].get("usage", 0)
        before, self._before[task["taskArn"]] = self._before.get(task["taskArn"]), (now, seconds)
        return (max(0.0, seconds - before[1]) / (now - before[0]), memory) if before and now > before[0] else None


def _belongs(task: Task, service: Task) -> bool:
    return bool(
        task.get("clusterArn") == service["clusterArn"] and task.get("group") == f"service:{service['serviceName']}"
    )


def _of_service(service: Task, tasks: Sequence[Task], used: Mapping[str, tuple[float, float] | None]) -> Readings:
    cluster = service["clusterArn"].rpartition("/")[2]
    dimensions = {"ClusterName": cluster, "ServiceName": service["serviceName"]}
    running = [task for task in tasks if task.get("lastStatus") == "RUNNING"]
    yield (
        INSIGHTS,
        dimensions,
        [
            ("RunningTaskCount", len(running), "Count"),
            ("PendingTaskCount", len(tasks) - len(running), "Count"),
            ("DesiredTaskCount", int(service.get("desiredCount", 0)), "Count"),
        ],
    )
    known = [(task, use) for task in running if (use := used.get(task["taskArn"]))]
    processors = sum(float(task.get("cpu") or 0) / CPU_UNITS for task, _ in known)
    memory = sum(float(task.get("memory") or 0) * MIB for task, _ in known)
    if processors and memory:
        yield (
            BASIC,
            dimensions,
            [
                ("CPUUtilization", 100 * sum(use[0] for _, use in known) / processors, "Percent"),
                ("MemoryUtilization", 100 * sum(use[1] for _, use in known) / memory, "Percent"),
            ],
        )
