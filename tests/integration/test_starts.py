"""How long a task takes until its first word, from being asked for; the service's counts as running when it answers."""

import statistics
from typing import Any

from tests.integration.conftest import Uploaded
from tests.integration.estate import Estate
from tests.integration.journal import Journal
from tests.integration.test_bulk import client

WITHIN = 60.0  # seconds; two cores load two models, or a parser, at once


def test_every_task_says_its_first_word_within_a_minute(estate: Estate, uploaded: Uploaded, journal: Journal) -> None:
    ecs, logs = client(estate, "ecs"), client(estate, "logs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    arns = [arn for state in ("RUNNING", "STOPPED") for arn in _listed(ecs, cluster, state)]
    starts: dict[str, list[dict[str, float]]] = {}
    silent = []
    for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]:
        family = task["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
        first = _first_word(logs, family, task)
        if first is None or "startedAt" not in task:
            silent.append(task["taskArn"])
            continue
        created = task["createdAt"].timestamp()
        seconds = {"until it runs": task["startedAt"].timestamp() - created, "until its first word": first - created}
        starts.setdefault(family, []).append(seconds)
    journal.sections["starts"] = starts
    measures = journal.sections.setdefault("measures", {})
    for family, of in sorted(starts.items()):
        for what in of[0]:
            measures[f"{family} task {what}, median, s"] = round(statistics.median(one[what] for one in of), 2)
    assert silent == []
    assert {"raglite-service", "raglite-ingest"} <= set(starts)
    assert [one for of in starts.values() for one in of if one["until its first word"] > WITHIN] == []


def _listed(ecs: Any, cluster: str, state: str) -> list[str]:
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=state)
    return [arn for page in pages for arn in page["taskArns"]]


def _first_word(logs: Any, family: str, task: dict[str, Any]) -> float | None:
    """Return when a task's own container first printed something, in seconds since 1970."""
    number = task["taskArn"].rpartition("/")[2]
    container = next(one["name"] for one in task["containers"] if one["name"] != "xray-daemon")
    place = {"logGroupName": f"/raglite/{family}", "logStreamName": f"task/{container}/{number}"}
    events = logs.get_log_events(**place, startFromHead=True, limit=1)["events"]
    return events[0]["timestamp"] / 1000 if events else None
