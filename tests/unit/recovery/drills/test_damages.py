"""Each thing that is asserted after a drill can fail: one damage for each, done when all seems well."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from raglite.model import VersionState
from raglite.ports.recovery import SecretVersion
from raglite.recovery.drills.ground import Ground
from raglite.recovery.drills.scenarios import SCENARIOS
from tests.fakes.drills import Cloud
from tests.fakes.registry import FakeRegistry
from tests.unit.recovery.drills.test_drill import play


def registry(cloud: Cloud) -> FakeRegistry:
    return cloud.tables[cloud.live.registry_table]


def first(ground: Ground) -> tuple[str, str]:
    write = ground.journal.writes[0]
    return write.key, write.version_id


def other_bytes(cloud: Cloud, ground: Ground) -> None:
    cloud.buckets[cloud.live.documents_bucket].bodies[first(ground)] = b"other bytes"


def other_state(cloud: Cloud, ground: Ground) -> None:
    record = registry(cloud).records[first(ground)]
    registry(cloud).records[first(ground)] = record.model_copy(update={"state": VersionState.SUPERSEDED})


def a_point_less(cloud: Cloud, ground: Ground) -> None:
    points = cloud.server.of("live")
    del points[next(number for number, one in points.items() if one.point.key == first(ground)[0])]


def another_text(cloud: Cloud, ground: Ground) -> None:
    for stored in cloud.server.of("live").values():
        if stored.point.key == first(ground)[0]:
            stored.point = replace(stored.point, chunk=stored.point.chunk.model_copy(update={"text": "something else"}))


def another_secret(_: Cloud, ground: Ground) -> None:
    assert ground.estate.secrets is not None
    ground.estate.secrets.versions[:] = [SecretVersion("raglite/api-keys", "s2")]  # type: ignore[attr-defined]  the fake's


def a_broken_chain(_: Cloud, ground: Ground) -> None:
    ground.estate = replace(ground.estate, audit_faults=lambda: ("chain 1: a record is missing",))


def an_upload_that_nobody_hears_of(cloud: Cloud, _: Ground) -> None:
    cloud.buckets[cloud.live.documents_bucket].put("unheard.txt", b"Of this nobody has heard.")


def a_commit_of_tomorrow(cloud: Cloud, _: Ground) -> None:
    registry(cloud).times[-1] += timedelta(days=1)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (other_bytes, "documents: "),
        (other_state, "registry: "),
        (a_point_less, "points: "),
        (another_text, "payloads and vectors: "),
        (another_secret, "secrets are as before: "),
        (a_broken_chain, "the audit log is intact across the gap: "),
        (an_upload_that_nobody_hears_of, "bucket, registry and index agree: "),
        (a_commit_of_tomorrow, "commit times only grow: "),
    ],
)
def test_a_damage_that_users_do_not_see_is_named(damage: Callable[[Cloud, Ground], None], says: str) -> None:
    cloud = Cloud()
    scenario = replace(
        SCENARIOS["task-lost"], after=lambda ground: damage(cloud, ground), checks=SCENARIOS["clock-skew"].checks
    )
    report = play(cloud, scenario)
    assert not report.green
    assert [fault for fault in report.faults if fault.startswith(says)], report.faults
