"""A task that was told to stop, as ECS tells of it: on the emulator and each engine, together."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.engine import images
from tests.emulators import REQUIRED, arn_of, clients, running
from tests.engines import KINDS, serving, tag_of
from tests.processes import until

pytestmark = REQUIRED
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), sys.exit(3)))
print("ready", flush=True)
time.sleep(60)
"""


@dataclass(frozen=True)
class Ecs:
    """An emulator that runs tasks."""

    client: Any
    image: str
    logs: Path


@pytest.fixture(scope="module", params=KINDS)
def twin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ecs]:
    home = tmp_path_factory.mktemp("twin")
    tag = "1" if request.param == "process" else tag_of(images.INGEST)
    with (
        running(home, "--docker", f"unix://{home}/engine.sock") as endpoint,
        serving(request.param, home, endpoint),
    ):
        yield Ecs(clients(endpoint), f"x/raglite-ingest:{tag}", home / "logs")


def test_a_stopped_task_is_announced_when_it_has_ended_with_its_own_exit_code(twin: Ecs) -> None:
    ecs, sqs, events = twin.client("ecs"), twin.client("sqs"), twin.client("events")
    url = sqs.create_queue(QueueName="stopped")["QueueUrl"]
    pattern = {"source": ["aws.ecs"], "detail": {"lastStatus": ["STOPPED"]}}
    events.put_rule(Name="stopped", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="stopped", Targets=[{"Id": "queue", "Arn": arn_of(sqs, url)}])
    ecs.create_cluster(clusterName="cluster")
    ecs.register_task_definition(
        family="polite",
        containerDefinitions=[
            {"name": "main", "image": twin.image, "command": ["python", "-c", POLITE], "stopTimeout": 20},
            {"name": "xray-daemon", "image": "x/aws-xray-daemon:3.x", "essential": False},
        ],
    )
    task = ecs.run_task(cluster="cluster", taskDefinition="polite")["tasks"][0]["taskArn"]

    def described() -> dict[str, Any]:
        return ecs.describe_tasks(cluster="cluster", tasks=[task])["tasks"][0]

    until(lambda: described()["lastStatus"] == "RUNNING", "the task runs")
    (log,) = twin.logs.glob("*-main.log")
    until(lambda: log.read_text() == "ready\n", "it can be told to stop")
    ecs.stop_task(cluster="cluster", task=task)
    said: list[dict[str, Any]] = []

    def announced() -> bool:
        said.extend(json.loads(one["Body"])["detail"] for one in sqs.receive_message(QueueUrl=url).get("Messages", ()))
        return bool(said)

    until(announced, "the end is announced")
    codes = [{one["name"]: one.get("exitCode") for one in told["containers"]} for told in (said[0], described())]
    assert [code.pop("xray-daemon") in {0, 143} for code in codes] == [True, True]
    assert codes == [{"main": 3}] * 2
