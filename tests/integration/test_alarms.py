"""Alarms end to end on a running estate: a fault, its metric, the alarm, a subscriber's message, and no other alarm.

`make alarms-live`. In order on one estate. Here are the alarms that one fault fires at once; those that need a fault to
last for 10 minutes are proven by the simulator (`make alarms`) with the same file of thresholds.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import psutil
import pytest

from raglite.observability.slo import load
from raglite.telemetry import Span
from scripts.sample import broken
from tests.emulators import arn_of, let_in
from tests.integration.estate import ROOT, Estate, eventually, run
from tests.integration.journal import Journal

SLO = load(ROOT / "dashboards" / "slo.json")
QUESTIONS = SLO.burn.events_at_least + 10
MINUTE = 60  # seconds: alarms are evaluated at every full one, over windows that end there
BURST = 15  # seconds that the failing questions take at most
FIRES_WITHIN = MINUTE + 30.0
QUIET = 5.0  # seconds after the first message, in which every other alarm has been evaluated too
NEVER_BACKED_UP = {"raglite-backup-missing"}  # as this estate is: the alarm says so, and rightly

pytestmark = pytest.mark.timeout(900)


@dataclass
class Watch:
    """Somebody who has subscribed to the topic of alerts."""

    estate: Estate
    queue: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        given = self.estate.environment
        return boto3.client(
            service,
            region_name=given["AWS_DEFAULT_REGION"],
            endpoint_url=given.get(f"AWS_ENDPOINT_URL_{service.upper()}", given["AWS_ENDPOINT_URL"]),
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )

    def subscribe(self) -> None:
        sqs, sns = self.client("sqs"), self.client("sns")
        [topic] = [
            one["TopicArn"] for one in sns.list_topics()["Topics"] if one["TopicArn"].endswith(":raglite-alerts")
        ]
        self.queue = sqs.create_queue(QueueName="on-call")["QueueUrl"]
        let_in(sqs, self.queue, topic)
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, self.queue))

    def alarmed(self) -> list[str]:
        """The names of the alarms that have told of themselves since they were last forgotten."""
        sqs = self.client("sqs")
        while received := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            self.messages += [json.loads(json.loads(one["Body"])["Message"]) for one in received]
            for one in received:
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
        return sorted(one["AlarmName"] for one in self.messages if one["NewStateValue"] == "ALARM")

    def firing(self) -> set[str]:
        """The alarms that are in ALARM now, those that tell nobody among them."""
        pages = (
            self.client("cloudwatch")
            .get_paginator("describe_alarms")
            .paginate(StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        )
        return {one["AlarmName"] for page in pages for kind in page for one in _alarms(page, kind)}

    def traces(self) -> list[set[str]]:
        """The names of the segments of each trace of the last minutes."""
        xray, now = self.client("xray"), datetime.now(UTC)
        found = xray.get_trace_summaries(StartTime=now - timedelta(minutes=10), EndTime=now)["TraceSummaries"]
        traces = [xray.batch_get_traces(TraceIds=[one["Id"]])["Traces"] for one in found]
        return [{json.loads(part["Document"])["name"] for part in trace["Segments"]} for [trace] in traces]

    def total(self, metric: str, statistic: str = "Sum") -> float:
        now = datetime.now(UTC)
        dimensions = [{"Name": "Environment", "Value": "local"}]
        of = {"Namespace": "RAGLite", "MetricName": metric, "Dimensions": dimensions}
        stat = {"Metric": of, "Period": 60, "Stat": statistic}
        found = self.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
        )
        return float(sum(found["MetricDataResults"][0]["Values"]))


def _alarms(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return page[kind] if kind.endswith("Alarms") else []


@pytest.fixture(scope="module")
def watch(estate: Estate) -> Watch:
    made = Watch(estate)
    made.subscribe()
    return made


@dataclass(frozen=True)
class Fault:
    """Something that went wrong: which alarms told of it, and after how many seconds the last one had."""

    told: list[str]
    seconds: float


def cause(watch: Watch, fault: Callable[[], Any], expected: set[str]) -> Fault:
    """Cause a fault and return which alarms it fired, having waited for the expected ones and for a while longer."""
    watch.alarmed()
    watch.messages.clear()
    began = time.monotonic()
    fault()
    eventually(lambda: expected <= set(watch.alarmed()), FIRES_WITHIN, f"{sorted(expected)} told", every=0.5)
    took = time.monotonic() - began
    quiet = time.monotonic() + QUIET
    eventually(lambda: watch.alarmed() != sorted(expected) or time.monotonic() > quiet, 2 * QUIET, "a while passed")
    return Fault(watch.alarmed(), took)


def note(journal: Journal, what: str, value: float) -> None:
    journal.sections.setdefault("measures", {})[what] = round(value, 1)


def test_the_canarys_schedule_makes_it_ask_and_its_questions_are_nobodys(watch: Watch, journal: Journal) -> None:
    """The first run may come before a task is ready: the schedule does not wait for the service."""
    took = eventually(lambda: watch.total("CanaryRuns") > watch.total("CanaryFailures"), 130, "a right answer", 1)
    note(journal, "the canary's first right answer by its schedule after, s", took)
    assert watch.total("CanaryFailures") <= 1
    assert watch.total("CanaryLatency", "SampleCount") >= 1
    assert any({Span.CANARY, Span.QUERY} <= names for names in watch.traces())
    assert watch.total("Queries") == 0


def test_an_estate_that_nobody_has_used_has_all_of_its_budgets(watch: Watch) -> None:
    shown = watch.estate.cli("slo", "--json", check=False)
    assert shown.returncode == 0, shown.stderr
    assert {one["budget_left_percent"] for one in json.loads(shown.stdout)["objectives"]} == {100}


def test_a_document_that_cannot_be_indexed_fires_its_alarm_and_no_other(watch: Watch, journal: Journal) -> None:
    """The two alarms on silence have fired when the estate began; the canary and the inventory put them to rest."""
    watch.client("sqs").send_message(
        QueueUrl=watch.client("sqs").get_queue_url(QueueName="raglite-ingestion")["QueueUrl"],
        MessageBody=json.dumps({"source": "raglite.inventory"}),
    )
    body = broken.files()["not-a-pdf.pdf"]
    found = cause(watch, lambda: watch.estate.put("alarms/broken.pdf", body), {"raglite-quarantined-documents"})
    note(journal, "from a broken document's upload to the alarm's message, s", found.seconds)
    assert found.told == ["raglite-quarantined-documents"]
    [message] = [one for one in watch.messages if one["NewStateValue"] == "ALARM"]
    assert "docs/how-to/alarms/raglite-quarantined-documents.md" in message["AlarmDescription"]
    assert message["Trigger"]["MetricName"] == "DocumentsQuarantined"
    assert watch.firing() - NEVER_BACKED_UP == {"raglite-quarantined-documents"}


def test_questions_that_fail_fire_the_alarms_on_their_budget_and_no_other(watch: Watch, journal: Journal) -> None:
    """One short burst: a spent budget, but no error rate that has lasted for 10 minutes.

    It lies within one minute: of one that began in the next, two windows in a row would each have a part.
    """
    before = watch.firing()
    burning = {name for name in SLO.burn_alarms if name.startswith("raglite-availability-burn-")}
    with index_away(watch.estate):
        eventually(lambda: time.time() % MINUTE < MINUTE - BURST, BURST + 1, "a minute with room for the burst")
        found = cause(watch, lambda: ask_in_vain(watch.estate), burning)
    note(journal, "from the first failing question to the last alarm's message, s", found.seconds)
    assert found.told == sorted(burning)
    assert watch.total("Errors") == watch.total("Queries") == QUESTIONS
    windows = {window for name in burning for window in SLO.burn_alarms[name]}
    assert watch.firing() - before == burning | windows


@contextmanager
def index_away(estate: Estate) -> Iterator[None]:
    """The index's process is killed, and brought back in the end."""
    status = json.loads(run(sys.executable, "-m", "local", "status", "--json").stdout)
    [index] = [process["pid"] for process in status["processes"] if process["name"] == "qdrant"]
    psutil.Process(index).kill()
    try:
        yield
    finally:
        estate.up()


def ask_in_vain(estate: Estate) -> None:
    def status(_: int) -> int:
        return estate.post("/mcp/query_financial_documents", {"query": "What was total revenue?"}).status_code

    began = time.monotonic()
    with ThreadPoolExecutor(8) as askers:
        assert set(askers.map(status, range(QUESTIONS))) == {503}
    assert time.monotonic() - began < BURST


def test_a_spent_budget_is_told_by_the_command_line(watch: Watch) -> None:
    shown = watch.estate.cli("slo", check=False)
    print(shown.stdout)
    assert shown.returncode == 1
    told = json.loads(watch.estate.cli("slo", "--json", check=False).stdout)
    spent = {one["objective"]: one["is_spent"] for one in told["objectives"]}
    assert spent == {"availability": True, "latency": False, "ingestion": False}


def test_requests_that_no_task_answers_fire_their_alarm_and_no_other(watch: Watch, journal: Journal) -> None:
    before = watch.firing()
    found = cause(watch, lambda: ask_nobody(watch.estate), {"raglite-unanswered-requests"})
    note(journal, "from the tasks' end to the alarm's message, s", found.seconds)
    assert found.told == ["raglite-unanswered-requests"]
    assert watch.firing() - before == {"raglite-unanswered-requests"}


def ask_nobody(estate: Estate) -> None:
    """Kill every task of the service, and ask before they are replaced."""
    tasks = [one for one in estate.processes() if "raglite.server" in " ".join(one.cmdline())]
    assert len(tasks) >= 2
    for task in tasks:
        task.kill()
    refused = [estate.post("/api/query", {"query": "What was total revenue?"}).status_code for _ in range(20)]
    assert {code for code in refused if code >= 500}, refused
