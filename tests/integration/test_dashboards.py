"""After a run of everything, no widget of the deployed dashboards is empty, and the page that shows them is drawn."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from scripts.dashboards.__main__ import NAMES
from scripts.dashboards.boards import Drawn, look
from scripts.dashboards.cloudwatch import CloudWatch
from tests.integration.conftest import BUILD, Uploaded
from tests.integration.corpus import Corpus
from tests.integration.estate import Estate, eventually, run
from tests.integration.journal import Journal

WITHIN = 150.0  # seconds: a comparison of the stores takes a task of its own
PAGE = BUILD / "dashboards.html"  # as deep as build/dashboards/, so that its links to runbooks lead there

pytestmark = pytest.mark.timeout(900)


def client(estate: Estate, service: str) -> Any:
    session = boto3.Session(
        aws_access_key_id=estate.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=estate.environment["AWS_SECRET_ACCESS_KEY"],
        region_name=estate.environment["AWS_DEFAULT_REGION"],
    )
    return session.client(service, endpoint_url=estate.environment["AWS_ENDPOINT_URL"])


@pytest.fixture(scope="module")
def source(estate: Estate) -> CloudWatch:
    return CloudWatch(client(estate, "cloudwatch"), client(estate, "logs"))


@pytest.fixture(scope="module")
def everything(estate: Estate, uploaded: Uploaded, documents: Corpus) -> None:
    """Good and broken documents, questions of every kind, figures, the canary once, the stores compared once."""
    estate.ask(*(question["question"] for question in documents.questions[:20]), "What is the meaning of life?")
    assert estate.post("/api/query", {"query": ""}).status_code == 422
    assert estate.post("/api/figure", {"company": "Nobody Holdings", "metric": "net income"}).status_code < 500
    client(estate, "lambda").invoke(FunctionName="raglite-canary")
    queues = client(estate, "sqs")
    [hints] = [url for url in queues.list_queues()["QueueUrls"] if url.endswith("/raglite-ingestion")]
    queues.send_message(QueueUrl=hints, MessageBody=json.dumps({"source": "raglite.inventory"}))


def plots(source: CloudWatch) -> list[Drawn]:
    boards = [look(source.dashboard(name), source, datetime.now(UTC)) for name in NAMES]
    return [drawn for board in boards for drawn in board.widgets if drawn.widget.kind == "metric"]


def empty(source: CloudWatch) -> list[str]:
    return [drawn.widget.title for drawn in plots(source) if drawn.empty]


def test_no_widget_is_empty_after_a_run_of_everything(source: CloudWatch, everything: None, journal: Journal) -> None:
    try:
        took = eventually(lambda: empty(source) == [], WITHIN, "every widget of metrics has a point", every=2)
    except AssertionError:
        pytest.fail(f"without a point after {WITHIN:.0f} s: {', '.join(empty(source))}")
    without = [f"{d.widget.title}: {one.row.label}" for d in plots(source) for one in d.series if not one.points]
    measures = journal.sections.setdefault("measures", {})
    measures["widgets of metrics, none empty"] = len(plots(source))
    measures["every widget had a point after, s"] = round(took, 1)
    measures["series without a point"] = ", ".join(without) or "none"


def test_cloudwatch_answers_every_series_of_every_widget(source: CloudWatch, everything: None) -> None:
    assert {one.trouble for drawn in plots(source) for one in drawn.series} == {""}


def test_the_page_of_dashboards_is_drawn_from_the_same(estate: Estate, everything: None, journal: Journal) -> None:
    done = run(sys.executable, "-m", "scripts.dashboards", "--out", str(PAGE), env=estate.environment)
    assert "without a point" not in done.stdout
    html = PAGE.read_text()
    assert all(f'<h2 class="name">{name}</h2>' in html for name in NAMES)
    assert html.count("<svg") > 100
    journal.sections.setdefault("measures", {})["the page of dashboards"] = str(PAGE)
