"""The cluster starts a real process once per token, refuses when told to, and freezes and kills what it started."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.faults.cluster import Cluster, ConflictException
from tests.faults.leftovers import left_by, processes_of
from tests.faults.steps import Crash, NoTasks, Point, Then
from tests.processes import until


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "tasks", {"PATH": os.environ["PATH"]}, freeze_seconds=0.1)
    yield made
    made.kill_all()


def ask(cluster: Cluster, script: str = "import time; time.sleep(60)", **more: Any) -> Any:
    override = {"command": ["python", "-c", script], "environment": [{"name": "_X_AMZN_TRACE_ID", "value": "Root=1"}]}
    return cluster.run_task(clientToken="1", overrides={"containerOverrides": [override]}, **more)


def listed(cluster: Cluster) -> list[str]:
    return [arn for page in cluster.get_paginator("list_tasks").paginate(cluster="any") for arn in page["taskArns"]]


def test_a_token_starts_one_task_and_is_refused_with_other_parameters(cluster):
    first = ask(cluster)
    assert ask(cluster) == first
    assert listed(cluster) == [first["tasks"][0]["taskArn"]]
    with pytest.raises(ConflictException):
        ask(cluster, launchType="EC2")


def test_a_task_has_a_disk_of_its_own_and_the_trace_it_was_started_with(cluster):
    ask(cluster, "import os, tempfile; print(os.environ['_X_AMZN_TRACE_ID'], tempfile.mkstemp(suffix='.left'))")
    (task,) = cluster.tasks
    assert task.process.wait(20) == 0
    assert task.log.startswith("Root=1")
    assert ".left on its disk" in left_by(cluster.tasks, cluster.home)[0]


def test_refused_starts_are_told_as_ecs_tells_them(cluster):
    cluster.refuse(NoTasks(1, throttled=True))
    with pytest.raises(ClientError, match="ThrottlingException"):
        ask(cluster)
    cluster.refuse(NoTasks(1, throttled=False))
    assert ask(cluster)["failures"]
    assert len(ask(cluster)["tasks"]) == 1
    assert cluster.refused == 2


def test_a_task_that_froze_goes_on_after_a_while(cluster):
    script = (
        f"import os, signal; from pathlib import Path; Path({str(cluster.home / 'task-1' / 'notes')!r}).write_text("
    )
    ask(cluster, script + "'reached PAUSE'); os.kill(os.getpid(), signal.SIGSTOP)")
    (task,) = cluster.tasks
    until(lambda: "reached PAUSE" in task.notes, "it freezes")

    def ended() -> bool:
        cluster.thaw()
        return task.process.returncode is not None

    until(ended, "it goes on")
    assert task.process.returncode == 0
    assert task.met(Then.PAUSE)


def test_traps_lie_in_wait_until_it_is_calm(cluster):
    cluster.lay(Crash(Point("index.publish"), Then.KILL))
    assert (cluster.home / "traps").read_text() == f"before:index.publish:1 KILL {cluster.home / 'claim-1'}\n"
    cluster.calm()
    assert (cluster.home / "traps").read_text() == ""


def test_nothing_runs_on_after_all_were_killed(cluster):
    ask(cluster, "import subprocess; subprocess.run(['sleep', '60'])")
    until(lambda: len(processes_of(cluster.home)) == 1, "the task has a child")
    cluster.kill_all()
    assert cluster.tasks[0].process.returncode == -signal.SIGKILL
    until(lambda: processes_of(cluster.home) == [], "its child is gone")
