"""Who asked what, on the real estate: every question of the run has one record, and the log is whole."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.integration.estate import Estate, eventually
from tests.integration.journal import Journal
from tests.integration.traces import XRay

ASKING = {
    "query_financial_documents",
    "get_financial_figure",
    "/api/query",
    "/api/figure",
    "/mcp/query_financial_documents",
}
FLUSHED = 1.0  # seconds within which a record is written: what a killed process had not is lost
SETTLED = 30
QUESTION = "What was the revenue of Orchard Mills in fiscal 2022?"

pytestmark = pytest.mark.timeout(300)


def asked(xray: XRay) -> dict[str, dict[str, Any]]:
    """Return every question's segment by its trace id."""
    ids = xray.ids('service("query")')
    segments = ((trace, one) for trace, found in xray.segments(ids).items() for one in found if one["name"] == "query")
    return {trace: one for trace, one in segments if one["annotations"]["tool"] in ASKING}


def records(estate: Estate) -> Counter[str]:
    """Return how many records each trace of a request has."""
    shown = json.loads(estate.cli("audit", "show", "--json").stdout)["records"]
    return Counter(one["fields"]["trace_id"] for one in shown if "trace_id" in one["fields"])


def test_every_question_of_the_run_has_exactly_one_record(estate: Estate, journal: Journal) -> None:
    xray = XRay.of(estate)
    estate.ask(*[QUESTION] * 20)
    estate.post("/api/figure", {"company": "Orchard Mills", "metric": "revenue"})
    estate.post("/api/query", {"query": ""})
    killed = journal.sections.get("killed_at", 0.0)

    def unrecorded() -> list[str]:
        known = records(estate)
        lost = (trace for trace, one in asked(xray).items() if not 0 <= killed - one["end_time"] <= FLUSHED)
        return [trace for trace in lost if known[trace] != 1]

    eventually(lambda: not unrecorded(), SETTLED, "one record of each question", every=1)
    known = records(estate)
    assert len(known) >= 22
    assert set(known.values()) == {1}
    journal.sections.setdefault("measures", {})["questions with their audit record"] = len(known)


def test_the_audit_log_of_the_run_is_whole(estate: Estate) -> None:
    told = estate.cli("audit", "verify", "--json")
    chains = json.loads(told.stdout)["chains"]
    assert sum(chain["records"] for chain in chains) >= 22
    assert all(chain["fault"] is None for chain in chains)
