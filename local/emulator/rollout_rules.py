"""What ECS decides during a deployment, from numbers alone.

Source: the pages of docs.aws.amazon.com/AmazonECS/latest/developerguide named at each rule.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WITHOUT_BALANCER = 40.0  # seconds until a task counts that nobody checks: service_definition_parameters


@dataclass(frozen=True)
class Patience:
    """How long a task may fail its load balancer's checks, in seconds."""

    grace: float  # after it began to run: healthCheckGracePeriodSeconds
    threshold: float  # as many checks in a row as the target group allows, at its own interval

    @classmethod
    def of(cls, service: Mapping[str, Any], group: Mapping[str, Any]) -> "Patience":
        """Read it from a service and its target group."""
        checks, interval = group.get("UnhealthyThresholdCount") or 2, group.get("HealthCheckIntervalSeconds") or 30
        return cls(float(service.get("healthCheckGracePeriodSeconds") or 0), float(checks) * float(interval))

    def is_over(self, ran: float, failing: float) -> bool:
        """Tell whether a task is given up that has run and has been failing for so many seconds."""
        return ran >= self.grace and failing >= self.threshold


@dataclass(frozen=True)
class Standing:
    """How many tasks of a service are wanted, and how many of the new and of the old ones are healthy."""

    desired: int
    least_percent: float  # minimumHealthyPercent
    new: int
    old: int

    @property
    def may_go(self) -> int:
        """How many healthy old tasks may go: service_definition_parameters, minimumHealthyPercent (rounded up)."""
        if self.new >= self.desired:
            return self.old
        least = math.ceil(self.desired * self.least_percent / 100)
        return min(self.old, max(0, self.new + self.old - least)) if self.new else 0


@dataclass(frozen=True)
class Alarms:
    """A deployment's alarms: those that are on, and how far back the longest of all looks, in seconds.

    That is how long they are watched once only new tasks are left. AWS computes this bake time from the alarms and
    does not say how (deployment-alarm-failure).
    """

    on: frozenset[str] = frozenset()
    look_back: float = 0.0
