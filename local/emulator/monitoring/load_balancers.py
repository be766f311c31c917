"""Counts a load balancer's requests as they are answered, and its targets' health."""

import contextvars
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from local.emulator.balancing import HealthyInTurn
from local.emulator.monitoring.series import Store
from local.emulator.monitoring.vended import Reading, Replace, put

NAMESPACE = "AWS/ApplicationELB"
Answer = tuple[int, Mapping[str, Any], Any]


@dataclass
class Request:
    """What became of one request behind the load balancer."""

    group: str = ""  # the target group's ARN, once a target was chosen
    status: int | None = None  # the target's own
    seconds: float = 0.0


def dimension(arn: str) -> str:
    """Return how CloudWatch names a load balancer or a target group: the end of its ARN."""
    resource = arn.rpartition(":")[2]
    return resource.removeprefix("loadbalancer/")


def count_requests(store: Store, alb: ModuleType, replace: Replace) -> None:
    """Record every request from now on."""
    dispatch, proxy = alb.dispatch_request, alb._proxy_http_target  # noqa: SLF001  replaced, so asserted, below
    current: contextvars.ContextVar[Request | None] = contextvars.ContextVar("request", default=None)

    async def dispatch_and_count(balancer: Mapping[str, Any], *rest: Any, **named: Any) -> Answer:
        request = Request()
        token = current.set(request)
        try:
            answer: Answer = await dispatch(balancer, *rest, **named)
        finally:
            current.reset(token)
        _record(store, balancer["LoadBalancerArn"], request, answer[0])
        return answer

    async def proxy_and_time(target: Any, group: Mapping[str, Any], *rest: Any, **named: Any) -> Answer:
        request, began = current.get() or Request(), time.monotonic()
        request.group = group["TargetGroupArn"]
        answer: Answer = await proxy(target, group, *rest, **named)
        if not isinstance(answer[2], bytes):  # a target's body is streamed, the load balancer's own is not
            request.status, request.seconds = answer[0], time.monotonic() - began
        return answer

    replace(alb, "dispatch_request", dispatch_and_count)
    replace(alb, "_proxy_http_target", proxy_and_time)


def _record(store: Store, balancer: str, request: Request, status: int) -> None:
    whole = {"LoadBalancer": dimension(balancer)}
    readings: list[Reading] = [("RequestCount", 1, "Count")] if request.group else []
    if request.status is not None:
        readings.append((f"HTTPCode_Target_{request.status // 100}XX_Count", 1, "Count"))
        readings.append(("TargetResponseTime", request.seconds, "Seconds"))
    if request.group:
        put(store, NAMESPACE, whole | {"TargetGroup": dimension(request.group)}, readings)
    if request.status is None:
        readings.append((f"HTTPCode_ELB_{status // 100}XX_Count", 1, "Count"))
        if status >= 500:  # noqa: PLR2004  AWS counts these one by one as well
            readings.append((f"HTTPCode_ELB_{status}_Count", 1, "Count"))
    put(store, NAMESPACE, whole, readings)


class Targets:
    """The health of target groups' targets, per load balancer."""

    def __init__(self, alb: ModuleType, health: HealthyInTurn) -> None:
        self._alb, self._health = alb, health

    def readings(self) -> Iterator[tuple[str, dict[str, str], Sequence[Reading]]]:
        """Yield how many targets are healthy and how many are not."""
        for balancer, group in self._pairs():
            targets = list(self._alb._targets.get(group, ()))  # noqa: SLF001  asserted at start
            yield (
                NAMESPACE,
                {"LoadBalancer": dimension(balancer), "TargetGroup": dimension(group)},
                [
                    ("HealthyHostCount", sum(map(self._health.is_healthy, targets)), "Count"),
                    ("UnHealthyHostCount", sum(map(self._health.is_unhealthy, targets)), "Count"),
                ],
            )

    def _pairs(self) -> set[tuple[str, str]]:
        pairs = set()
        for listener in self._alb._listeners.values():  # noqa: SLF001  asserted at start
            arn = listener["ListenerArn"]
            rules = [rule for rule in self._alb._rules.values() if rule.get("ListenerArn") == arn]  # noqa: SLF001  asserted at start
            for action in (
                *listener.get("DefaultActions", ()),
                *(a for rule in rules for a in rule.get("Actions", ())),
            ):
                if group := action.get("TargetGroupArn"):
                    pairs.add((listener["LoadBalancerArn"], group))
        return pairs
