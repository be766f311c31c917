"""One trace tells of a document from its event until it is searchable, one of a question; and none tells a text."""

import json
import statistics
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.integration.estate import Estate, eventually
from tests.integration.journal import Journal
from tests.integration.service import CLUSTER, Service
from tests.integration.traces import XRay, named, share, steps

COVERED = 0.95
DOCUMENT_WORD, QUESTION_WORD = "zebrafinch", "quokkaberry"  # in no trace
KEY = f"traces/{uuid.uuid4().hex[:8]}.txt"
INGEST = "raglite-ingest"  # the task definition's family
ASKED = 5  # how often the question is asked
CALLS_FOR_A_DOCUMENT = {
    *(("trigger", called) for called in ("dynamodb", "ecs", "ingest")),
    *(("ingest", called) for called in ("dynamodb", "s3", "Qdrant")),
}
CALLS_FOR_QUESTIONS = {("query", called) for called in ("dynamodb", "s3", "secretsmanager", "Qdrant")}  # first answers

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def xray(estate: Estate) -> XRay:
    return XRay.of(estate)


@pytest.fixture(scope="module")
def record(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Upload a document and return its record once it is searchable."""
    folder = tmp_path_factory.mktemp("documents")
    paper = folder / KEY
    paper.parent.mkdir()
    paper.write_text(
        f"Traceable Holdings annual report 2023. Its auditors counted a {DOCUMENT_WORD} in every ledger.\n"
    )
    # A task of an earlier test that ends now would have the function look at this key once more, in the same trace.
    ecs = Service(estate).client("ecs")
    eventually(lambda: not ecs.list_tasks(cluster=CLUSTER, family=INGEST)["taskArns"], 60, "no ingest task is left")
    estate.cli("upload", str(folder), "--wait", "--timeout", "120")
    (found,) = [record for record in estate.documents() if record["key"] == KEY]
    assert found["state"] == "searchable"
    return found


@pytest.fixture(scope="module")
def document_trace(xray: XRay, record: dict[str, Any]) -> str:
    """Return the one trace of the document, once it is whole."""

    def whole() -> bool:
        ids = xray.ids(f'annotation.document = "{KEY}" AND annotation.outcome = "searchable"')
        return len(ids) == 1 and {one["name"] for one in xray.segments(ids)[ids[0]]} >= {"trigger", "ingest"}

    eventually(whole, 30, "one trace of the document with trigger and ingest in it")
    (trace,) = xray.ids(f'annotation.document = "{KEY}"')
    return trace


@pytest.fixture(scope="module")
def answers(estate: Estate, xray: XRay, record: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask over MCP, as a user does, and return the answers once their traces are there."""
    question = f"How many {QUESTION_WORD} did the auditors of Traceable Holdings count?"
    asked = estate.ask(*[question] * ASKED)
    ids = [answer["trace_id"] for answer in asked]
    eventually(lambda: len(xray.segments(ids)) == ASKED, 30, "a trace of each question")
    return asked


def test_a_document_s_trace_is_the_trigger_s_and_the_task_s(
    xray: XRay, document_trace: str, record: dict[str, Any]
) -> None:
    segments = xray.segments([document_trace])[document_trace]
    trigger, ingest = named(segments, "trigger"), named(segments, "ingest")
    assert len(segments) == 2
    assert ingest["parent_id"] == trigger["id"]
    assert trigger["annotations"].items() >= {"document": KEY, "outcome": "started"}.items()
    assert trigger["annotations"]["event"]
    assert (
        ingest["annotations"].items()
        >= {"document": KEY, "version": record["version_id"], "outcome": "searchable"}.items()
    )


def test_a_document_s_trace_covers_its_way_from_the_function_until_it_is_searchable(
    xray: XRay, document_trace: str, record: dict[str, Any], journal: Journal
) -> None:
    segments = xray.segments([document_trace])[document_trace]
    trigger, ingest = named(segments, "trigger"), named(segments, "ingest")
    searchable = datetime.fromisoformat(record["transitions"]["searchable"]).timestamp()
    spans = [(trigger["start_time"], trigger["end_time"]), *steps(ingest)]
    covered = share(spans, trigger["start_time"], searchable)
    journal.sections.setdefault("measures", {})["of a document's way its trace covers, %"] = round(100 * covered, 1)
    assert covered >= COVERED


def test_a_question_has_one_trace_that_covers_it(xray: XRay, answers: list[dict[str, Any]], journal: Journal) -> None:
    traces = xray.segments([answer["trace_id"] for answer in answers])
    assert len(traces) == ASKED
    within, of_all = [], []
    for answer in answers:
        (query,) = traces[answer["trace_id"]]
        assert (query["name"], query["annotations"]["tool"]) == ("query", "query_financial_documents")
        seconds = query["end_time"] - query["start_time"]
        assert seconds >= COVERED * answer["took_ms"] / 1000
        spans = list(steps(query))
        within.append(share(spans, min(began for began, _ in spans), max(ended for _, ended in spans)))
        of_all.append(share(spans, query["start_time"], query["end_time"]))
    measures = journal.sections.setdefault("measures", {})
    measures["of a question's trace its steps cover, %"] = round(100 * statistics.median(of_all), 1)
    assert statistics.median(within) >= COVERED


def test_traces_tell_who_called_whom(xray: XRay, document_trace: str, answers: list[dict[str, Any]]) -> None:
    assert xray.edges(document_trace) == CALLS_FOR_A_DOCUMENT
    asked = {edge for trace in xray.ids('service("query")') for edge in xray.edges(trace) if edge[0] == "query"}
    assert asked == CALLS_FOR_QUESTIONS


def test_nothing_was_sent_that_x_ray_would_refuse_or_could_not_place(
    xray: XRay, document_trace: str, answers: list[dict[str, Any]]
) -> None:
    doubtful = xray.doubtful()
    assert (doubtful["refusals"], doubtful["refused"]) == (0, [])
    ours = {document_trace, *(answer["trace_id"] for answer in answers)}
    assert [one for one in doubtful["orphans"] if one["trace_id"] in ours] == []


def test_no_trace_holds_what_was_asked_or_what_a_document_says(
    xray: XRay, document_trace: str, answers: list[dict[str, Any]]
) -> None:
    assert DOCUMENT_WORD in json.dumps(answers)
    everything = xray.segments(xray.ids())
    assert {document_trace, *(answer["trace_id"] for answer in answers)} <= set(everything)
    written = json.dumps(everything).lower()
    assert [word for word in (DOCUMENT_WORD, QUESTION_WORD) if word in written] == []


def test_the_command_line_draws_the_document_s_trace(estate: Estate, document_trace: str) -> None:
    drawn = estate.cli("trace", "--document", KEY).stdout
    assert drawn.startswith(document_trace)
    named_rows = {line.split()[0] for line in drawn.splitlines()[3:]}
    assert named_rows >= {"trigger", "ingest", "wait", "start", "fetch", "parse", "chunk", "embed", "index", "publish"}
    assert json.loads(estate.cli("trace", document_trace, "--json").stdout)["trace_id"] == document_trace
    assert Path(KEY).name in drawn
