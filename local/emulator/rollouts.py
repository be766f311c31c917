"""Rolling deployments as ECS does them: a task counts once its load balancer finds it healthy, a bad release goes back.

The emulator calls a task healthy and a deployment completed when its process has lived for a second, whatever health
checks say, keeps failing tasks for ever and knows no deployment alarms. Its count of failures (the circuit breaker's)
and its way back to the last completed deployment are right and stay.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from local.emulator.balancing import Target
from local.emulator.draining import targets_of
from local.emulator.monitoring.alarming import ALARM, period_of
from local.emulator.rollout_rules import WITHOUT_BALANCER, Alarms, Patience, Standing
from local.emulator.theirs import Theirs

EVERY = 0.5  # seconds
SHORT = 2.0  # seconds that a task is missing before it is replaced: whoever makes one at the moment is not helped
USED = (
    "services tasks get_docker iso new_uuid request_scope resource_lock primary_deployment deployment_for_task "
    "record_service_task_healthy record_service_task_failure reconcile_service_tasks refresh_service_state "
    "mark_task_stopped stop_task cleanup_task_resources task_ip ACTION_MAP resolve_service_ref"
)
BACK = "ECS deployment rollback in progress."  # the emulator's own words
Json = dict[str, Any]
Replace = Callable[[ModuleType, str, Any], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Balancing:
    """What the load balancer tells of a target, and its groups by ARN."""

    is_healthy: Callable[[Target], bool]
    groups: Callable[[], Mapping[str, Mapping[str, Any]]]


@dataclass
class Watched:
    """What is remembered of a deployment that is in progress."""

    blind: bool  # an alarm was on when it began: then ECS watches none of them during it
    steady: float | None = None  # since when only its tasks are left


@dataclass
class Seen:
    """What is remembered of a task that runs: since when it does, and since when it is not healthy."""

    ran: float
    failing: float | None = None


class Rollouts:
    """Looks at every service again and again; moments are seconds of `clock`."""

    def __init__(
        self,
        ecs: Theirs,
        balancing: Balancing,
        alarms: Callable[[Sequence[str]], Alarms],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ecs` is the emulator's ECS module; `alarms` tells of CloudWatch's by name."""
        self._ecs, self._balancing, self._alarms, self._clock = ecs, balancing, alarms, clock
        self._deployments: dict[str, Watched] = {}
        self._seen: dict[str, Seen] = {}
        self._short: dict[str, float] = {}  # services with fewer tasks than they want, since when

    def start(self) -> None:
        """Look from now on, in the background."""
        threading.Thread(target=self._run, daemon=True, name="rollouts").start()

    def look(self) -> None:
        """Look at every active service once, each in its account and region."""
        for (account, region, key), service in self._ecs.services.all_items():
            if service.get("status") == "ACTIVE":
                with self._ecs.request_scope(account, region):
                    self._look_at(key, service)
        alive = {key[-1] for key, task in self._ecs.tasks.all_items() if _lives(task)}
        self._seen = {arn: seen for arn, seen in self._seen.items() if arn in alive}

    def _look_at(self, key: str, service: Json) -> None:
        tasks = [task for task in list(self._ecs.tasks.values()) if _belongs(task, service)]
        for task in tasks:
            self._check(key, service, task)
        primary = self._ecs.primary_deployment(service)
        if not primary or primary.get("rolloutState") != "IN_PROGRESS":
            if primary:
                self._replace(key, tasks, service["desiredCount"])
            return
        mine = [task for task in tasks if self._ecs.deployment_for_task(service, task) is primary]
        watched = self._deployments.get(primary["id"]) or self._begin(service, primary)
        if gone_off := self._gone_off(service, primary, watched, mine):
            self._fail(key, service, primary, gone_off)
            return
        old, new = [task for task in tasks if task not in mine], sum(map(self._is_healthy, mine))
        self._drain(key, service, new, old)
        if len(mine) < service["desiredCount"]:
            self._ecs.reconcile_service_tasks(_cluster(key), key)
        elif not old and new >= service["desiredCount"]:
            self._complete(key, service, primary, watched)

    def _check(self, key: str, service: Json, task: Json) -> None:
        """Let a task count from when it is healthy, and replace one that has not been for too long."""
        if task.get("lastStatus") != "RUNNING":
            return
        now = self._clock()
        seen = self._seen.setdefault(task["taskArn"], Seen(now))
        targets = targets_of(self._ecs, task)
        waited = bool(targets) or now - seen.ran >= WITHOUT_BALANCER
        if waited and all(self._balancing.is_healthy(target) for _, target in targets):
            seen.failing = None
            if not task.get("_startup_stable"):  # the emulator's mark
                self._ecs.record_service_task_healthy(key, task)
            return
        seen.failing = now if seen.failing is None else seen.failing
        for group, _ in targets:
            patience = Patience.of(service, self._balancing.groups().get(group, {}))
            if patience.is_over(now - seen.ran, now - seen.failing):
                self._give_up(service, task, f"Task failed ELB health checks in (target-group {group})")
                return

    def _give_up(self, service: Json, task: Json, reason: str) -> None:
        if self._ecs.mark_task_stopped(task["taskArn"], task, reason, "ServiceSchedulerInitiated"):
            self._tell(service, f"(task {_last(task['taskArn'])}) is unhealthy: {reason}.")
            self._ecs.cleanup_task_resources(task, self._ecs.get_docker())
            self._ecs.record_service_task_failure(task)

    def _replace(self, key: str, tasks: Sequence[Json], wanted: int) -> None:
        """Start what is missing: the emulator itself does not miss a task that was stopped."""
        now = self._clock()
        if len(tasks) >= wanted:
            self._short.pop(key, None)
        elif now - self._short.setdefault(key, now) >= SHORT:
            del self._short[key]
            self._ecs.reconcile_service_tasks(_cluster(key), key)

    def _begin(self, service: Json, primary: Json) -> Watched:
        """Remember a deployment that is seen for the first time."""
        on = [] if _goes_back(primary) else sorted(self._alarms(_alarm_names(service)).on)
        if on:
            self._tell(service, f"(deployment {primary['id']}) watches no alarms: {', '.join(on)} was on at its start.")
        return self._deployments.setdefault(primary["id"], Watched(blind=bool(on)))

    def _gone_off(self, service: Json, primary: Json, watched: Watched, mine: Sequence[Json]) -> str | None:
        """Return the sentence of an alarm that is on; they are watched from when the deployment's first task runs."""
        if _is_unwatched(primary, watched) or not any(task.get("lastStatus") == "RUNNING" for task in mine):
            return None
        on = sorted(self._alarms(_alarm_names(service)).on)
        return f"ECS deployment failed: {', '.join(on)} in alarm." if on else None

    def _fail(self, key: str, service: Json, deployment: Json, reason: str) -> None:
        """Fail a deployment, and make the last completed one primary again if the service asks for it."""
        with self._ecs.resource_lock("ecs-service", key):
            now, others = self._ecs.iso(), [one for one in service["deployments"] if one is not deployment]
            deployment.update(rolloutState="FAILED", rolloutStateReason=reason, desiredCount=0, updatedAt=now)
            self._tell(service, f"(deployment {deployment['id']}) deployment failed: {reason}")
            last = next((one for one in others if one.get("rolloutState") == "COMPLETED"), None)
            if last and service["deploymentConfiguration"]["alarms"].get("rollback"):
                deployment["status"], service["taskDefinition"] = "ACTIVE", last["taskDefinition"]
                desired = service["desiredCount"]
                last.update(status="PRIMARY", rolloutState="IN_PROGRESS", rolloutStateReason=BACK)
                last.update(desiredCount=desired, updatedAt=now)
                self._tell(service, f"rolling back to deployment {last['id']}.")
        self._ecs.reconcile_service_tasks(_cluster(key), key)

    def _is_healthy(self, task: Json) -> bool:
        seen = self._seen.get(task["taskArn"])
        return bool(seen and seen.failing is None and task.get("_startup_stable"))

    def _drain(self, key: str, service: Json, new: int, old: Sequence[Json]) -> None:
        """Let old tasks go as far as new ones (so many) are healthy."""
        percent = float(service["deploymentConfiguration"].get("minimumHealthyPercent", 100))
        healthy = [task for task in old if self._is_healthy(task)]
        may_go = Standing(service["desiredCount"], percent, new, len(healthy)).may_go
        for task in old if new >= service["desiredCount"] else healthy[:may_go]:
            stop = {"task": task["taskArn"], "cluster": _cluster(key), "reason": "Replaced by a deployment"}
            self._ecs.stop_task(stop)
            self._tell(service, f"has begun draining connections on task {_last(task['taskArn'])}.")

    def _complete(self, key: str, service: Json, primary: Json, watched: Watched) -> None:
        """Complete a deployment of which all tasks are healthy, once its alarms have been watched for long enough."""
        now = self._clock()
        watched.steady = now if watched.steady is None else watched.steady
        bake = 0.0 if _is_unwatched(primary, watched) else self._alarms(_alarm_names(service)).look_back
        with self._ecs.resource_lock("ecs-service", key):
            if now - watched.steady < bake:
                primary["rolloutStateReason"] = f"ECS deployment is steady; its alarms are watched for {bake:.0f} s."
                return
            primary.update(rolloutState="COMPLETED", rolloutStateReason="ECS deployment completed.")
            primary["updatedAt"] = self._ecs.iso()
            service["deployments"].sort(key=lambda one: one is not primary)
            self._tell(service, f"(deployment {primary['id']}) deployment completed.")
        self._ecs.refresh_service_state(_cluster(key), f"service:{service['serviceName']}")

    def _tell(self, service: Json, what: str) -> None:
        message = f"(service {service['serviceName']}) {what}"
        event = {"id": self._ecs.new_uuid(), "createdAt": self._ecs.iso(), "message": message}
        service["events"].insert(0, event)
        log.warning("%s", message)

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except Exception:
                log.exception("A look at the deployments failed; the next one is in %.1f s.", EVERY)
            time.sleep(EVERY)


def take_over(
    ecs: ModuleType, balancing: Balancing, alarms: Callable[[Sequence[str]], Alarms], replace: Replace
) -> Rollouts:
    """Return what looks after the module's services, in place of what the module does itself."""
    theirs, complete = Theirs(ecs, USED), ecs._complete_service_deployment  # noqa: SLF001  replaced, below

    def complete_what_has_no_tasks(cluster: str, key: str, expected_deployment_id: str | None = None) -> None:
        if theirs.get_docker() is None or not (theirs.services.get(key) or {}).get("desiredCount"):
            complete(cluster, key, expected_deployment_id)

    replace(ecs, "_complete_service_deployment", complete_what_has_no_tasks)
    replace(ecs, "_schedule_service_deployment_completion", lambda *_, **__: None)
    _keep_what_an_update_does_not_say(theirs)
    return Rollouts(theirs, balancing, alarms)


def _keep_what_an_update_does_not_say(theirs: Theirs) -> None:
    """Change only those parts of a service's deployment configuration that are given; the emulator drops the others."""
    update, named = theirs.ACTION_MAP["UpdateService"], theirs.resolve_service_ref

    def merging(asked: dict[str, Any]) -> Any:
        name, cluster = named(asked.get("service", "")) or ("", None)
        service = theirs.services.get(f"{cluster or _last(asked.get('cluster', 'default'))}/{name}") or {}
        given = asked.get("deploymentConfiguration")
        kept = service.get("deploymentConfiguration") or {}
        return update(asked | {"deploymentConfiguration": {**kept, **given}} if given else asked)

    theirs.ACTION_MAP["UpdateService"] = merging


def alarms_in(*tables: Mapping[str, Mapping[str, Any]]) -> Callable[[Sequence[str]], Alarms]:
    """Return how to ask CloudWatch's tables for alarms by name."""

    def told(names: Sequence[str]) -> Alarms:
        found = [table[name] for table in tables for name in names if name in table]
        on = frozenset(alarm["AlarmName"] for alarm in found if alarm["StateValue"] == ALARM)
        return Alarms(
            on,
            max(
                (
                    float(period_of(alarm) * int(alarm["EvaluationPeriods"]))
                    for alarm in found
                    if "AlarmRule" not in alarm
                ),
                default=0.0,
            ),
        )

    return told


def _belongs(task: Json, service: Json) -> bool:
    return bool(
        task.get("clusterArn") == service["clusterArn"]
        and task.get("group") == f"service:{service['serviceName']}"
        and _lives(task)
    )


def _lives(task: Json) -> bool:
    return task.get("lastStatus") != "STOPPED"


def _goes_back(deployment: Json) -> bool:
    return bool(deployment.get("rolloutStateReason") == BACK)


def _is_unwatched(deployment: Json, watched: Watched) -> bool:
    return watched.blind or _goes_back(deployment)


def _alarm_names(service: Json) -> list[str]:
    alarms = (service.get("deploymentConfiguration") or {}).get("alarms") or {}
    return list(alarms.get("alarmNames") or ()) if alarms.get("enable") else []


def _cluster(key: str) -> str:
    return key.partition("/")[0]


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
