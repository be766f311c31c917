"""A task that is told to stop finishes first what it was asked: its target takes no new requests, the last ones end.

Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html (deregistration).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from local.emulator.balancing import Address, Target, address_of
from local.emulator.theirs import Theirs

DELAY = "deregistration_delay.timeout_seconds"
DEFAULT_DELAY = 300.0  # seconds
SETTLES = 0.5  # seconds in which a request that had just been given its target is under way
EVERY = 0.05  # seconds
Replace = Callable[[ModuleType, str, Any], None]


class Flights:
    """How many requests each target has not answered to the end."""

    def __init__(self) -> None:
        self._open: Counter[Address] = Counter()
        self._lock = threading.Lock()

    def begin(self, address: Address) -> None:
        """Count a request."""
        with self._lock:
            self._open[address] += 1

    def end(self, address: Address) -> None:
        """Count its end."""
        with self._lock:
            self._open[address] -= 1

    def await_end(self, addresses: Sequence[Address], within: float) -> bool:
        """Wait until these targets have answered everything, at most so many seconds; return whether they have."""
        deadline = time.monotonic() + within
        time.sleep(min(SETTLES, within))
        while any(self._open[address] for address in addresses):
            if time.monotonic() >= deadline:
                return False
            time.sleep(EVERY)
        return True


def count_flights(flights: Flights, alb: ModuleType, replace: Replace) -> None:
    """Count every request to a target from now on, streamed bodies to their end."""
    proxy = alb._proxy_http_target  # noqa: SLF001  replaced, so asserted, below

    async def proxy_and_count(target: Target, *rest: Any, **named: Any) -> Any:
        address = address_of(target)
        flights.begin(address)
        try:
            answer = await proxy(target, *rest, **named)
        except BaseException:
            flights.end(address)
            raise
        if isinstance(answer[2], bytes):
            flights.end(address)
            return answer
        streamed = answer[2].runner

        async def stream_and_count(*given: Any) -> None:
            try:
                await streamed(*given)
            finally:
                flights.end(address)

        answer[2].runner = stream_and_count
        return answer

    replace(alb, "_proxy_http_target", proxy_and_count)


def drain_before_stopping(flights: Flights, ecs: ModuleType, alb: ModuleType, replace: Replace) -> None:
    """Stop a task's containers, in the background, when its targets have answered everything."""
    theirs, clean_up = Theirs(ecs, "services task_ip"), ecs._cleanup_task_resources  # noqa: SLF001  replaced, below

    def drain_and_clean_up(task: Mapping[str, Any], docker: Any, *extra: Any) -> None:
        targets = targets_of(theirs, task) if docker is not None and task.get("_docker_ids") else []
        if not targets:
            clean_up(task, docker, *extra)
            return

        def act() -> None:
            flights.await_end(
                [address_of(target) for _, target in targets], max(delay_of(alb, group) for group, _ in targets)
            )
            clean_up(task, docker, *extra)

        ecs.spawn_background(act, thread_name="drain")

    replace(ecs, "spawn_background", ecs.spawn_background)
    replace(ecs, "_cleanup_task_resources", drain_and_clean_up)


def delay_of(alb: ModuleType, group: str) -> float:
    """Return a target group's deregistration delay in seconds."""
    attributes = {one["Key"]: one["Value"] for one in alb._tg_attrs.get(group, ())}  # noqa: SLF001  asserted at start
    return float(attributes.get(DELAY, DEFAULT_DELAY))


def targets_of(ecs: Theirs, task: Mapping[str, Any]) -> list[tuple[str, Target]]:
    """Return the targets that a service's task is, each with its group's ARN."""
    cluster, name = str(task.get("clusterArn")).rpartition("/")[2], str(task.get("group")).removeprefix("service:")
    service, host = ecs.services.get(f"{cluster}/{name}"), ecs.task_ip(task)
    balancers = service.get("loadBalancers") or () if service and host else ()
    return [(one["targetGroupArn"], {"Id": host, "Port": one["containerPort"]}) for one in balancers]
