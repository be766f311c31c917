"""Health checks of a load balancer's targets, and the choice among them."""

import http.client
import itertools
import math
import random
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Target = Mapping[str, Any]
Table = Mapping[str, Any]
Address = tuple[str, int]
EVERY = 1.0  # seconds between checks, whatever the target group says: a laptop does not wait half a minute


class HealthyInTurn:
    """Takes the place of `random` in the load balancer: `choice` goes round the healthy targets, or all if none is."""

    choices = staticmethod(random.choices)  # trace ids are made with it

    def __init__(
        self, groups: Callable[[], Table], targets: Callable[[], Table], is_cut_off: Callable[[Target], bool]
    ) -> None:
        """The first two return what the load balancer holds at that moment, by the target group's ARN.

        `is_cut_off` tells of targets that cannot be reached.
        """
        self._groups, self._targets, self._is_cut_off = groups, targets, is_cut_off
        self._failures: dict[Address, int] = {}  # in a row, of every target that was checked
        self._passed: set[Address] = set()  # those that ever did
        self._limits: dict[Address, int] = {}
        self._turn = itertools.count()
        self._checkers = ThreadPoolExecutor(8, "health-check")

    def start(self) -> None:
        """Check from now on, in the background."""
        threading.Thread(target=self._run, daemon=True, name="health-checks").start()

    def choice(self, targets: Sequence[Target]) -> Target:
        """Return the next target; like a load balancer, fall back on all of them when none is healthy."""
        able = [target for target in targets if self.is_healthy(target)] or targets
        return able[next(self._turn) % len(able)]

    def is_healthy(self, target: Target) -> bool:
        """Whether the target passed a check and has not failed as often as its group allows since."""
        return address_of(target) in self._passed and not self.is_unhealthy(target)

    def is_unhealthy(self, target: Target) -> bool:
        """Whether the target failed as often as its group allows; a new one that still has time is neither."""
        key = address_of(target)
        return self._failures.get(key, 0) >= self._limits.get(key, 1)

    def state(self, target: Target) -> str:
        """Return the target's state in the words of DescribeTargetHealth."""
        return "healthy" if self.is_healthy(target) else "unhealthy" if self.is_unhealthy(target) else "initial"

    def check(self) -> None:
        """Check every registered target once."""
        targets = self._targets()
        groups = [(arn, group) for arn, group in self._groups().items() if group.get("TargetType") == "ip"]
        registered = [(group, target) for arn, group in groups for target in targets.get(arn, ())]
        passed = list(self._checkers.map(lambda pair: not self._is_cut_off(pair[1]) and passes(*pair), registered))
        for (group, target), ok in zip(registered, passed, strict=True):
            self._note(address_of(target), ok, group)
        for gone in self._failures.keys() - {address_of(target) for _, target in registered}:
            del self._failures[gone]
            self._passed.discard(gone)

    def _note(self, key: Address, ok: bool, group: Target) -> None:
        if ok:
            self._passed.add(key)
        limit, interval = (
            int(group.get("UnhealthyThresholdCount") or 2),
            float(group.get("HealthCheckIntervalSeconds") or 30),
        )
        # A new target gets the time that it would have had on AWS, where checks are further apart.
        self._limits[key] = limit if key in self._passed else math.ceil(limit * interval / EVERY)
        self._failures[key] = 0 if ok else self._failures.get(key, 0) + 1

    def _run(self) -> None:
        while True:
            self.check()
            time.sleep(EVERY)


def passes(group: Target, target: Target) -> bool:
    """Whether a target answers its group's health check with an expected status in time."""
    connection = http.client.HTTPConnection(
        *address_of(target), timeout=int(group.get("HealthCheckTimeoutSeconds") or 5)
    )
    try:
        connection.request("GET", group.get("HealthCheckPath") or "/")
        return _matches(connection.getresponse().status, (group.get("Matcher") or {}).get("HttpCode") or "200")
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _matches(status: int, codes: str) -> bool:
    ranges = [part.partition("-") for part in codes.split(",")]
    return any(int(low) <= status <= int(high or low) for low, _, high in ranges)


def address_of(target: Target) -> Address:
    """Return the host and port that a target listens on."""
    return str(target["Id"]), int(target.get("Port") or 80)


def to_the_listener_that_serves(dispatch: Callable[..., Awaitable[Any]], listeners: Mapping[str, Any]) -> Any:
    """Return a `dispatch_request` that asks a load balancer's listener that does not only redirect, if it has one.

    There is one address for all of them here, and which was made first is chance.
    """

    async def dispatched(lb: Mapping[str, Any], *request: Any, **named: Any) -> Any:
        *rest, port = request
        own = [one for one in listeners.values() if one["LoadBalancerArn"] == lb["LoadBalancerArn"]]
        serving = (one["Port"] for one in own if all(action["Type"] != "redirect" for action in one["DefaultActions"]))
        return await dispatch(lb, *rest, next(serving, port), **named)

    return dispatched
