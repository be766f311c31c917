"""A service whose load is set by hand and whose tasks start when they are told to, for the scaler."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.autoscaling.tracking import READINGS


class ScaledService:
    def __init__(self, tasks: int) -> None:
        self.desired = self.running = tasks
        self.rollout = "COMPLETED"
        self.percent: float | None = None
        self.asked: list[tuple[str, float]] = []  # metric and seconds of each reading

    def service(self, cluster: str, name: str) -> Mapping[str, Any]:
        assert (cluster, name) == ("cluster", "service")
        counts = {"desiredCount": self.desired, "runningCount": self.running}
        return counts | {"deployments": [{"status": "PRIMARY", "rolloutState": self.rollout}]}

    def readings(self, metric: str, _dimensions: object, _end: float, seconds: float) -> Sequence[float | None]:
        self.asked.append((metric, seconds))
        return [self.percent] * READINGS

    def resize(self, _cluster: str, _name: str, capacity: int) -> None:
        self.desired = capacity
