"""Many documents at once, for real: all come to their right state, few tasks at a time, and nothing is lost.

`make bulk N=500`. In order on one estate; `KEEP=1` leaves it running.
"""

import json
import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import pytest

from tests.integration.conftest import BUILD
from tests.integration.crowd import Crowd, crowd
from tests.integration.estate import Estate, eventually
from tests.integration.journal import Journal
from tests.integration.peaks import Peaks

COUNT = int(os.environ.get("N") or 500)
SECONDS_A_DOCUMENT = 3  # what the bound on waiting is made of, and no promise
ASKED = 12
TASKS = "raglite-ingest"
FUNCTIONS_AT_ONCE = 2  # maximum_concurrency of the queue's mapping, which may all count the same before they start

pytestmark = pytest.mark.timeout(3600)


def client(estate: Estate, service: str) -> Any:
    named = {name.lower(): estate.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    session = boto3.Session(**named, region_name=estate.environment["AWS_DEFAULT_REGION"])
    return session.client(service, endpoint_url=estate.environment["AWS_ENDPOINT_URL"])


@dataclass
class Watch:
    """The ingest tasks that were seen to run."""

    estate: Estate
    most_at_once: int = 0
    seen: set[str] = field(default_factory=set)

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        done = threading.Event()
        thread = threading.Thread(target=self._watch, args=(done,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            done.set()
            thread.join()

    def exit_codes(self) -> Counter[int | None]:
        """Count the seen tasks by exit code; ECS forgets a task an hour after its end."""
        ecs, arns = client(self.estate, "ecs"), sorted(self.seen)
        told = [
            ecs.describe_tasks(cluster="raglite-cluster", tasks=arns[at : at + 100]) for at in range(0, len(arns), 100)
        ]
        return Counter(task["containers"][0].get("exitCode") for answer in told for task in answer["tasks"])

    def _watch(self, done: threading.Event) -> None:
        ecs = client(self.estate, "ecs")
        while not done.wait(0.3):
            running = ecs.list_tasks(cluster="raglite-cluster", family=TASKS, desiredStatus="RUNNING")["taskArns"]
            self.most_at_once = max(self.most_at_once, len(running))
            self.seen.update(running)


@dataclass(frozen=True)
class Run:
    """What came of it: the CLI's last word, the registry's records, and the tasks."""

    told: subprocess.CompletedProcess[str]
    records: list[dict[str, Any]]
    watch: Watch

    def states(self, key: str) -> list[str]:
        return sorted(record["state"] for record in self.records if record["key"] == key)


@pytest.fixture(scope="module")
def documents(journal: Journal) -> Crowd:
    shutil.rmtree(BUILD / "upload", ignore_errors=True)
    with journal.phase("make the documents"):
        return crowd(BUILD / "upload", COUNT)


@pytest.fixture(scope="module")
def bulk(estate: Estate, documents: Crowd, journal: Journal, peaks: Peaks) -> Run:
    with Watch(estate).watching() as watch, peaks.watching(estate.processes()):
        with journal.phase("upload the former versions"):
            estate.cli("upload", str(documents.former), "--json")
        with journal.phase("upload all and wait"):
            limit = str(120 + SECONDS_A_DOCUMENT * COUNT)
            told = estate.cli("upload", str(documents.now), "--wait", "--timeout", limit, "--json", check=False)
        with journal.phase("until the last task ended"):
            eventually(lambda: _is_quiet(estate), 180, "no task runs, no message waits, no key waits", every=1)
    records = [record for record in estate.documents() if record["key"].startswith("bulk/")]
    _note(records, watch, journal, peaks)
    return Run(told, records, watch)


def _is_quiet(estate: Estate) -> bool:
    running = client(estate, "ecs").list_tasks(cluster="raglite-cluster", family=TASKS, desiredStatus="RUNNING")
    return not (running["taskArns"] or _messages(estate, "raglite-ingestion") or _waiting(estate))


def _messages(estate: Estate, queue: str) -> int:
    sqs = client(estate, "sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return sum(int(n) for n in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())


def _waiting(estate: Estate) -> int:
    """Count the keys that wait, held ones included."""
    dynamodb = client(estate, "dynamodb")
    given = {"TableName": estate.facts["registry_table"], "IndexName": "waiting", "Select": "COUNT"}
    values = {":yes": {"S": "yes"}}
    return int(
        dynamodb.query(**given, KeyConditionExpression="waiting = :yes", ExpressionAttributeValues=values)["Count"]
    )


def _note(records: list[dict[str, Any]], watch: Watch, journal: Journal, peaks: Peaks) -> None:
    began = min(datetime.fromisoformat(record["uploaded"]) for record in records)
    ends = [datetime.fromisoformat(end) for record in records if (end := record["transitions"].get("searchable"))]
    seconds = (max(ends) - began).total_seconds()
    tasks = {title: peak for title, peak in peaks.megabytes.items() if "pipeline" in title or "parse_child" in title}
    journal.sections["measures"] = {
        "documents uploaded, former versions included": len(records),
        "first upload until the last was searchable, s": round(seconds, 1),
        "documents searchable a second": round(len(ends) / seconds, 2),
        "ingest tasks seen": len(watch.seen),
        "ingest tasks at once, most": watch.most_at_once,
        "exit codes of tasks": dict(watch.exit_codes()),
        **{f"peak MB of {title}": peak for title, peak in tasks.items()},
    }


# --- what must be so ----------------------------------------------------------------------------------------------


def test_every_document_comes_to_its_right_state(bulk: Run, documents: Crowd) -> None:
    expected = {key: ["searchable"] for key in documents.marks} | {key: ["quarantined"] for key in documents.bad}
    expected |= {key: ["searchable", "superseded"] for key in documents.twice}
    assert {key: found for key in expected if (found := bulk.states(key)) != expected[key]} == {}
    assert len(expected) == COUNT


def test_the_command_says_so(bulk: Run, documents: Crowd) -> None:
    listed = json.loads(bulk.told.stdout)["documents"]
    assert Counter(one["state"] for one in listed) == {
        "searchable": len(documents.marks),
        "quarantined": len(documents.bad),
    }
    assert bulk.told.returncode == (65 if documents.bad else 0)


def test_the_version_that_is_searchable_is_the_one_uploaded_last(bulk: Run, documents: Crowd) -> None:
    last = {one["key"]: one["version_id"] for one in json.loads(bulk.told.stdout)["documents"]}
    searchable = {one["key"]: one["version_id"] for one in bulk.records if one["state"] == "searchable"}
    assert searchable == {key: last[key] for key in documents.marks}


def test_never_more_tasks_run_than_allowed(estate: Estate, bulk: Run) -> None:
    function = client(estate, "lambda").get_function_configuration(FunctionName="raglite-ingestion-trigger")
    allowed = int(function["Environment"]["Variables"]["MAX_INGEST_TASKS"])
    assert 1 <= bulk.watch.most_at_once <= allowed + FUNCTIONS_AT_ONCE - 1


def test_every_task_ended_well_and_no_message_died(estate: Estate, bulk: Run) -> None:
    assert set(bulk.watch.exit_codes()) == {0}
    assert _messages(estate, "raglite-ingestion-dead-letters") == 0


def test_nothing_waits_and_nothing_is_held(estate: Estate, bulk: Run) -> None:
    held = client(estate, "dynamodb").scan(
        TableName=estate.facts["registry_table"],
        FilterExpression="attribute_exists(lease_expires) OR attribute_exists(waiting)",
    )
    assert held["Items"] == []


def test_each_is_found_by_a_word_of_its_own_and_former_versions_by_none(
    estate: Estate, bulk: Run, documents: Crowd
) -> None:
    asked = [*sorted(documents.twice), *sorted(documents.marks)][:: max(1, len(documents.marks) // ASKED)]
    answers = estate.ask(*(documents.marks[key] for key in asked), top_k=5)
    found = [
        {r["document"]["key"] for r in answer["results"] if documents.marks[key] in r["excerpt"]}
        for key, answer in zip(asked, answers, strict=True)
    ]
    assert found == [{key} for key in asked]
    former = estate.ask(*(f"former{documents.marks[key]}" for key in sorted(documents.twice)[:5]), top_k=10)
    assert [r for answer in former for r in answer["results"] if "former" in r["excerpt"]] == []
