"""Secrets, questions and the text of documents stay where they belong: planted words are looked for everywhere else."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest

from tests.integration.estate import ROOT, Estate, eventually, run

RESTRICTED = "/raglite/audit-restricted"  # where questions and answers may stand
IN_A_DOCUMENT = "Wilhelmina Quackenbush"
IN_A_BROKEN_DOCUMENT = "Thaddeus Ploverfield"
IN_A_QUESTION = "Bartholomew Snickersnee"
SOCIAL_SECURITY_NUMBER = "078-05-1120"
WRONG_KEY = "rk-planted-and-never-valid-5b1f"
READ = 30  # seconds until lines and segments have come to where they are read

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Places:
    """Everything an operator can read, by name: log groups, the processes' own logs, traces, metrics, error bodies."""

    estate: Estate
    since: datetime

    def client(self, service: str) -> Any:
        env = self.estate.environment
        session = boto3.Session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
        url = env.get(f"AWS_ENDPOINT_URL_{service.upper()}", env["AWS_ENDPOINT_URL"])
        return session.client(service, endpoint_url=url)

    def logs(self) -> Iterator[tuple[str, str]]:
        logs = self.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                yield group["logGroupName"], "\n".join(self.lines(group["logGroupName"]))

    def lines(self, group: str) -> Iterator[str]:
        for page in self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group):
            yield from (event["message"] for event in page["events"])

    def files(self) -> Iterator[tuple[str, str]]:
        for path in sorted((ROOT / ".local" / "logs").rglob("*")):
            if path.is_file():
                yield path.name, path.read_text(errors="replace")

    def traces(self) -> Iterator[tuple[str, str]]:
        xray = self.client("xray")
        end = datetime.now(UTC) + timedelta(seconds=5)
        for page in xray.get_paginator("get_trace_summaries").paginate(StartTime=self.since, EndTime=end):
            for summary in page["TraceSummaries"]:
                whole = xray.batch_get_traces(TraceIds=[summary["Id"]])
                yield f"trace {summary['Id']}", json.dumps([summary, whole["Traces"]], default=str)

    def metrics(self) -> tuple[str, str]:
        pages = self.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="RAGLite")
        return "metrics", json.dumps([page["Metrics"] for page in pages], default=str)

    def all(self) -> Iterator[tuple[str, str]]:
        yield from ((name, text) for name, text in self.logs() if name != RESTRICTED)
        yield from self.files()
        yield from self.traces()
        yield self.metrics()


def stop_index() -> None:
    status = json.loads(run(sys.executable, "-m", "local", "status", "--json").stdout)
    (index,) = [entry for entry in status["processes"] if entry["name"] == "qdrant"]
    os.kill(index["pid"], signal.SIGKILL)


@pytest.fixture(scope="module")
def places(estate: Estate) -> Places:
    return Places(estate, datetime.now(UTC) - timedelta(seconds=5))


@pytest.fixture(scope="module")
def answers(places: Places) -> list[httpx.Response]:
    """Plant the words in what is uploaded and asked, well and badly; return what the callers got."""
    estate = places.estate
    estate.put("planted.txt", f"Harbor Tools annual report. The witness is {IN_A_DOCUMENT}.".encode())
    estate.put("planted broken.pdf", f"%PDF-1.7\n{IN_A_BROKEN_DOCUMENT} {SOCIAL_SECURITY_NUMBER}".encode())
    states = {"planted.txt": "searchable", "planted broken.pdf": "quarantined"}
    eventually(
        lambda: states == {one["key"]: one["state"] for one in estate.documents() if one["key"] in states},
        within=120,
        what="the planted documents come to rest",
    )
    asked = f"What did {IN_A_QUESTION} ({SOCIAL_SECURITY_NUMBER}) tell the witness of Harbor Tools?"
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    bodies: list[tuple[str, object]] = [
        ("/api/query", {"query": asked}),
        ("/api/query", {"query": asked, "top_k": asked}),
        ("/api/query", {"query": asked, asked: 1}),
        ("/api/query", {"query": asked, "as_of": asked}),
        ("/api/query", {"query": asked * 200}),
        ("/api/query", asked),
        ("/mcp/query_financial_documents", {"query": asked, "filters": {"companies": [asked]}}),
        ("/mcp", {**call, "params": {"name": "query_financial_documents", "arguments": {"query": [asked]}}}),
        ("/mcp", {**call, "params": {"name": asked, "arguments": {}}}),
    ]
    got = [estate.post(path, body) for path, body in bodies]
    got.append(estate.post("/api/query", {"query": asked}, key=WRONG_KEY))
    stop_index()
    got.append(estate.post("/api/query", {"query": asked}))
    Estate.up()  # mends it
    return got


def test_planted_words_are_found_in_no_log_trace_or_metric(places: Places, answers: list[httpx.Response]) -> None:
    assert {200, 401, 422, 503} <= {answer.status_code for answer in answers}
    seen = eventually(lambda: len(list(places.traces())) >= len(answers), within=READ, what="the questions' traces")
    assert seen < READ
    environment = places.estate.environment
    planted = [IN_A_DOCUMENT, IN_A_BROKEN_DOCUMENT, IN_A_QUESTION, SOCIAL_SECURITY_NUMBER, WRONG_KEY]
    planted += [word for name in planted[:3] for word in name.split()]
    planted += [environment["RAGLITE_API_KEY"], environment["RAGLITE_QDRANT_API_KEY"]]
    texts = dict(places.all())
    assert any(name.startswith("/raglite/") for name in texts)
    assert any(name.startswith("trace ") for name in texts)
    found = [f"{word!r} in {name}" for name, text in texts.items() for word in planted if word in text]
    assert found == []


def test_the_questions_stand_in_the_restricted_stream_alone(places: Places, answers: list[httpx.Response]) -> None:
    eventually(
        lambda: any(IN_A_QUESTION in line for line in places.lines(RESTRICTED)),
        within=READ,
        what="the restricted stream holds the question",
    )


def test_no_error_tells_what_others_asked_or_how_we_are_set_up(places: Places, answers: list[httpx.Response]) -> None:
    environment = places.estate.environment
    private = [
        IN_A_BROKEN_DOCUMENT,
        WRONG_KEY,
        environment["RAGLITE_QDRANT_API_KEY"],
        environment["RAGLITE_QDRANT_URL"],
    ]
    for answer in answers:
        if answer.is_error:
            assert [text for text in (*private, "Traceback") if text in answer.text] == []
