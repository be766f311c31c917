"""Scales ECS services as their policies ask: reads CloudWatch, calls ECS, keeps the activities that came of it."""

import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local.autoscaling.targets import METRICS, Answer, Body
from local.autoscaling.tracking import COOLDOWN, NEVER, Decision, Past, Policy, Service, Tracked, decide

MINUTE = 60.0  # seconds
LATE = 6.0  # seconds until a value has surely arrived: tasks are looked at every 5
LOOK_EVERY = 1.0  # seconds
KEPT = 1000  # activities
WAITING = "Waiting for change to be fulfilled by ecs."

log = logging.getLogger(__name__)


class Aws(Protocol):
    """What is asked of AWS."""

    def service(self, cluster: str, name: str) -> Mapping[str, Any]:
        """Return ECS's description of a service."""

    def readings(
        self, metric: str, dimensions: Mapping[str, str], end: float, seconds: float
    ) -> Sequence[float | None]:
        """Return averages of stretches of so many seconds that end at `end` and before, the newest first."""

    def resize(self, cluster: str, name: str, capacity: int) -> None:
        """Set a service's desired count."""


class Kept(Protocol):
    """Where targets and policies are kept."""

    def scalable(self) -> Sequence[tuple[Body, Sequence[Body]]]:
        """Return every target with its policies."""


@dataclass
class Course:
    """What has happened to one target so far; `activity` is the one that has not ended yet."""

    past: Past = field(default_factory=Past)
    activity: dict[str, Any] | None = None
    grows: bool = False  # what the last activity did
    judged: float = NEVER  # the end of the last minute that was judged

    def override(self, now: float) -> bool:
        """End an activity that is replaced before it is fulfilled; return whether there was one that grows."""
        if self.activity is None:
            return False
        self.activity.update(StatusCode="Overridden", StatusMessage="Another change has replaced it.", EndTime=now)
        return self.grows

    def cool(self, at: float) -> None:
        """Let the last activity's cooldown begin."""
        self.past = replace(self.past, out_at=at) if self.grows else replace(self.past, in_at=at)


class Scaler:
    """Judges every target once a minute. `minute` is what a minute lasts here, in seconds: cooldowns shrink with it."""

    def __init__(self, kept: Kept, aws: Aws, minute: float = MINUTE) -> None:
        self._kept, self._aws, self.minute = kept, aws, minute
        self._courses: dict[str, Course] = {}
        self._activities: list[dict[str, Any]] = []
        self.operations = {"DescribeScalingActivities": self._describe_activities}

    def start(self) -> None:
        """Look at every target from now on, in the background."""
        threading.Thread(target=self._run, daemon=True, name="scaler").start()

    def look(self, now: float) -> None:
        """See what has become of the last activity of each target, and judge the minutes that have ended since."""
        end = (now - LATE) // self.minute * self.minute
        for target, policies in self._kept.scalable():
            course = self._courses.setdefault(str(target["ResourceId"]), Course())
            if course.activity is None and end <= course.judged:
                continue
            _, cluster, name = str(target["ResourceId"]).split("/")
            described = self._aws.service(cluster, name)
            self._follow(course, described, now)
            if end > course.judged:
                course.judged = end
                dimensions = {"ClusterName": cluster, "ServiceName": name}
                tracked = [self._tracked(policy, dimensions, end) for policy in policies]
                if decision := decide(_service(target, described), tracked, course.past, self._clock(now)):
                    self._act(target, course, decision, int(described["desiredCount"]), now)

    def _tracked(self, policy: Body, dimensions: Mapping[str, str], end: float) -> Tracked:
        given = policy["TargetTrackingScalingPolicyConfiguration"]
        metric = METRICS[given["PredefinedMetricSpecification"]["PredefinedMetricType"]]
        rules = Policy(
            policy["PolicyName"],
            float(given["TargetValue"]),
            float(given.get("ScaleOutCooldown", COOLDOWN)),
            float(given.get("ScaleInCooldown", COOLDOWN)),
            scales_in=not given.get("DisableScaleIn"),
        )
        return Tracked(rules, self._aws.readings(metric, dimensions, end, self.minute))

    def _act(self, target: Body, course: Course, decision: Decision, before: int, now: float) -> None:
        _, cluster, name = target["ResourceId"].split("/")
        self._aws.resize(cluster, name, decision.capacity)
        goes_on = course.override(now)
        alarm = f"TargetTracking-{target['ResourceId']}-{decision.alarm}"
        course.activity = {
            "ActivityId": str(uuid.uuid4()),
            **{member: target[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")},
            "Description": f"Setting desired count to {decision.capacity}.",
            "Cause": f"monitor alarm {alarm} in state ALARM triggered policy {decision.policy}",
            "StartTime": now,
            "StatusCode": "InProgress",
            "StatusMessage": f"Successfully set desired count to {decision.capacity}. {WAITING}",
        }
        self._activities = [course.activity, *self._activities][:KEPT]
        course.grows = decision.capacity > before
        if course.grows and not goes_on:  # the cooldown of a shrinking before it ends unfinished
            course.past = Past(grew_from=before)
        course.cool(self._clock(now))
        log.warning("%s: from %d to %d tasks (%s)", target["ResourceId"], before, decision.capacity, decision.alarm)

    def _follow(self, course: Course, described: Body, now: float) -> None:
        """An activity ends when as many tasks run as are desired; only then its cooldown begins."""
        if course.activity is None:
            return
        course.cool(self._clock(now))
        if described["runningCount"] == described["desiredCount"]:
            told = str(course.activity["StatusMessage"]).replace(WAITING, "Change successfully fulfilled by ecs.")
            course.activity.update(StatusCode="Successful", StatusMessage=told, EndTime=now)
            course.activity = None

    def _clock(self, now: float) -> float:
        """Return seconds that pass as fast as minutes do here."""
        return now * MINUTE / self.minute

    def _describe_activities(self, body: Body, _region: str) -> Answer:
        resource = body.get("ResourceId")
        found = [one for one in self._activities if resource in {None, one["ResourceId"]}]
        return {"ScalingActivities": found[: body.get("MaxResults", 50)]}

    def _run(self) -> None:
        while True:
            try:
                self.look(time.time())
            except (BotoCoreError, ClientError) as error:
                log.warning("AWS cannot be asked, the next look is in %.0f s: %s", LOOK_EVERY, error)
            except Exception:
                log.exception("A look at the targets failed; the next one is in %.0f s.", LOOK_EVERY)
            time.sleep(LOOK_EVERY)


def _service(target: Body, described: Body) -> Service:
    """Nothing is scaled in during a deployment, see troubleshoot-service-auto-scaling.html in ECS's developer guide."""
    suspended = target.get("SuspendedState") or {}
    deploying = any(one.get("rolloutState") == "IN_PROGRESS" for one in described["deployments"])
    return Service(
        int(described["desiredCount"]),
        int(target["MinCapacity"]),
        int(target["MaxCapacity"]),
        may_grow=not suspended.get("DynamicScalingOutSuspended"),
        may_shrink=not suspended.get("DynamicScalingInSuspended") and not deploying,
    )
