"""What the scaler asks of AWS, by boto3."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local.autoscaling.tracking import READINGS


class Cloud:
    """AWS, asked by boto3."""

    def __init__(self, ecs: Any, cloudwatch: Any) -> None:
        self._ecs, self._cloudwatch = ecs, cloudwatch

    def service(self, cluster: str, name: str) -> Mapping[str, Any]:
        """Return ECS's description of a service."""
        [found] = self._ecs.describe_services(cluster=cluster, services=[name])["services"]
        return dict(found)

    def readings(
        self, metric: str, dimensions: Mapping[str, str], end: float, seconds: float
    ) -> Sequence[float | None]:
        """Return averages of stretches of so many seconds that end at `end` and before, the newest first."""
        of = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        starts = [end - seconds * age for age in range(1, READINGS + 1)]
        query = {"Namespace": "AWS/ECS", "MetricName": metric, "Dimensions": of}
        stat = {"Metric": query, "Period": int(seconds), "Stat": "Average"}
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
            StartTime=datetime.fromtimestamp(starts[-1], UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
        )["MetricDataResults"][0]
        values = {at.timestamp(): value for at, value in zip(answer["Timestamps"], answer["Values"], strict=True)}
        return [values.get(start) for start in starts]

    def resize(self, cluster: str, name: str, capacity: int) -> None:
        """Set a service's desired count."""
        self._ecs.update_service(cluster=cluster, service=name, desiredCount=capacity)
