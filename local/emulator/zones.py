"""Availability zones: tasks are spread over them, and a zone whose subnets are cut off is lost with its tasks.

The emulator starts every task in the first subnet that is named, and knows one zone.
Sources: docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html (spread),
docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html (504).
"""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

from local.emulator.acls import Acls
from local.emulator.balancing import Target
from local.emulator.theirs import Theirs

USED = "tasks task_ip run_task requested_subnet record_task_ip json_response ACTION_MAP"
APART = " "  # between the subnets that are asked for, where the emulator keeps the first of them
EVERY = 0.1  # seconds
LATE = (504, {"Content-Type": "text/html"}, b"<html><head><title>504 Gateway Time-out</title></head></html>")
Json = dict[str, Any]
Replace = Callable[[ModuleType, str, Any], None]


class Zones:
    """Where tasks lie, and which of them can be reached."""

    def __init__(self, ecs: Theirs, acls: Acls) -> None:
        self._ecs, self._acls = ecs, acls
        self._placing = threading.Lock()

    def is_cut_off(self, target: Target) -> bool:
        """Tell whether a target is a task in a subnet through whose borders nothing goes."""
        lost = self._acls.cut_off()
        return bool(lost) and any(
            task.get("_subnet") in lost and self._ecs.task_ip(task) == target["Id"] for task in self._living()
        )

    def place(self, task: Json) -> str:
        """Give a task the subnet that has the fewest of its group, unless it has one, and return its zone.

        One that is cut off is taken only if all are; ECS has to be told so, by a zonal shift.
        """
        with self._placing:
            subnets = str(task.get("_subnet") or "").split(APART)
            lost = self._acls.cut_off()
            there = Counter(one.get("_subnet") for one in self._living() if one.get("group") == task.get("group"))
            able = [subnet for subnet in subnets if subnet not in lost] or subnets
            task["_subnet"] = min(able, key=lambda subnet: there[subnet]) if len(subnets) > 1 else subnets[0]
            task["availabilityZone"] = self._acls.zone_of(task["_subnet"]) or task["availabilityZone"]
            return str(task["availabilityZone"])

    def _living(self) -> list[Json]:
        return [task for _, task in self._ecs.tasks.all_items() if task.get("lastStatus") != "STOPPED"]


def teach(ec2: ModuleType, ecs: ModuleType, alb: ModuleType, replace: Replace) -> Zones:
    """Spread tasks over zones from now on, and let none in a zone that is lost be reached."""
    acls, theirs = Acls(ec2), Theirs(ecs, USED)
    acls.correct()
    zones = Zones(theirs, acls)
    _place_every_task(zones, theirs, ecs, replace)
    proxy, patience = alb._proxy_http_target, alb.TARGET_CONNECT_TIMEOUT  # noqa: SLF001  replaced, so asserted, below

    async def proxy_if_reached(target: Target, *rest: Any, **named: Any) -> Any:
        reached = await _reached(lambda: zones.is_cut_off(target), patience)
        return await proxy(target, *rest, **named) if reached else LATE

    replace(alb, "_proxy_http_target", proxy_if_reached)
    return zones


def _place_every_task(zones: Zones, theirs: Theirs, ecs: ModuleType, replace: Replace) -> None:
    """Place tasks when they have been made or, if that is sooner, when they get their address."""
    run_task, requested, record = theirs.run_task, theirs.requested_subnet, theirs.record_task_ip

    def all_requested(data: Json) -> str | None:
        return APART.join(data["networkConfiguration"]["awsvpcConfiguration"]["subnets"]) if requested(data) else None

    def run_and_place(data: Json) -> Any:
        answer = run_task(data)
        if answer[0] != 200:  # noqa: PLR2004  HTTP's OK
            return answer
        told = json.loads(answer[2])
        for task in told["tasks"]:
            task["availabilityZone"] = zones.place(theirs.tasks[task["taskArn"]])
        return theirs.json_response(told)

    def place_and_record(task: Json, *rest: Any) -> None:
        zones.place(task)
        record(task, *rest)

    for name, new in (
        ("_requested_subnet", all_requested),
        ("_run_task", run_and_place),
        ("_record_task_ip", place_and_record),
    ):
        replace(ecs, name, new)
    theirs.ACTION_MAP["RunTask"] = run_and_place


async def _reached(is_cut_off: Callable[[], bool], within: float) -> bool:
    """Wait as long for a connection as the load balancer does, at most so many seconds."""
    deadline = time.monotonic() + within
    while is_cut_off():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(EVERY)
    return True
