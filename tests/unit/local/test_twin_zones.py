"""What a network ACL lets pass, and in which zone a task is placed."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from local.emulator.acls import lets_nothing_pass
from local.emulator.zones import Zones

EVERYWHERE = "0.0.0.0/0"
HERE = "10.0.0.0/8"


def rule(number, action, *, egress=False, protocol="-1", **block):
    of = {"RuleNumber": number, "RuleAction": action, "Egress": egress, "Protocol": protocol}
    return of | (block or {"CidrBlock": EVERYWHERE})


OUT = rule(100, "allow", egress=True)
IN = rule(100, "allow")


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [OUT],
        [IN],
        [rule(1, "deny"), IN, OUT],
        [IN, OUT, rule(1, "deny", egress=True)],
        [rule(1, "deny", CidrBlock=HERE), OUT],
        [rule(1, "allow", Ipv6CidrBlock="::/0"), OUT],
    ],
)
def test_nothing_passes_where_one_way_is_denied_as_a_whole(entries):
    assert lets_nothing_pass(entries)


@pytest.mark.parametrize(
    "entries",
    [
        [IN, OUT],
        [IN, OUT, rule(32767, "deny"), rule(32767, "deny", egress=True)],
        [rule(1, "deny", CidrBlock=HERE), IN, OUT],
        [rule(1, "deny", protocol="17"), IN, OUT],
        [rule(1, "allow", CidrBlock=HERE), rule(2, "deny"), OUT],
    ],
)
def test_something_passes_where_a_rule_before_lets_it(entries):
    assert not lets_nothing_pass(entries)


@dataclass
class Tasks:
    """Stands for the emulator's ECS and EC2: tasks with their subnets, and the subnets that are cut off."""

    made: list[dict[str, Any]] = field(default_factory=list)
    lost: frozenset[str] = frozenset()

    @property
    def tasks(self):
        return self

    def all_items(self):
        return list(enumerate(self.made))

    def task_ip(self, task):
        return task["ip"]

    def cut_off(self):
        return self.lost

    def zone_of(self, subnet):
        return f"zone-{subnet}" if subnet in {"a", "b"} else None

    def place(self, subnets="a b", group="service:s", status="PENDING"):
        ip = f"127.0.0.{len(self.made)}"
        task = {"_subnet": subnets, "group": group, "lastStatus": status, "availabilityZone": "first", "ip": ip}
        self.made.append(task)
        Zones(self, self).place(task)
        return task["_subnet"], task["availabilityZone"]


def test_tasks_are_spread_within_their_group():
    tasks = Tasks()
    assert [tasks.place(group=group)[0] for group in "ssffs"] == ["a", "b", "a", "b", "a"]


def test_a_task_that_has_ended_takes_no_place():
    tasks = Tasks()
    tasks.place(status="STOPPED")
    assert tasks.place() == ("a", "zone-a")


def test_a_task_stays_where_it_was_placed():
    tasks = Tasks()
    tasks.place()
    for _ in range(2):
        Zones(tasks, tasks).place(tasks.made[0])
    assert tasks.made[0]["_subnet"] == "a"


def test_a_lost_zone_gets_tasks_only_if_there_is_no_other():
    tasks = Tasks(lost=frozenset("a"))
    assert [tasks.place()[0] for _ in range(2)] == ["b", "b"]
    assert tasks.place("a") == ("a", "zone-a")


def test_a_subnet_that_is_not_known_or_not_given_names_no_zone():
    tasks = Tasks()
    assert tasks.place("elsewhere") == ("elsewhere", "first")
    assert tasks.place(None) == ("", "first")


def test_only_tasks_in_a_lost_zone_are_cut_off():
    tasks = Tasks()
    for _ in range(2):
        tasks.place()
    tasks.lost = frozenset("b")
    zones = Zones(tasks, tasks)
    assert [zones.is_cut_off({"Id": f"127.0.0.{end}"}) for end in range(3)] == [False, True, False]
