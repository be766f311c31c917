"""The main job, for real: a report dropped into the bucket is answered from through MCP, with its page cited.

Runs in order on one estate. `DOCS=DIR QUESTIONS=FILE` puts other documents through it, `KEEP=1` leaves it running.
"""

import json
import math
import statistics
import sys
import time
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from raglite.evaluation.runs import RankedPage, RunLine, write_run
from raglite.evaluation.scoring import evaluate
from raglite.observability.slo import load
from tests.integration.conftest import BUILD, Uploaded
from tests.integration.corpus import Corpus
from tests.integration.estate import ROOT, Estate, eventually, run
from tests.integration.journal import Journal
from tests.integration.peaks import Peaks

REFERENCE_SCORER = ROOT.parent / "shared" / "tools" / "eval_pages.py"
STAGES = ["fetch", "parse", "chunk", "embed", "index", "publish"]

pytestmark = pytest.mark.timeout(3600)


def seconds_between(record: dict[str, Any], start: str | None, end: str) -> float | None:
    times = record["transitions"]
    begun = record["uploaded"] if start is None else times.get(start)
    if not begun or not times.get(end):
        return None
    return round((datetime.fromisoformat(times[end]) - datetime.fromisoformat(begun)).total_seconds(), 2)


def test_every_good_document_becomes_searchable_and_every_bad_one_says_why_not(
    uploaded: Uploaded, documents: Corpus, journal: Journal
) -> None:
    rows = []
    for key, name in documents.names.items():
        record = uploaded.records[key]
        filing = record["filing"]
        rows.append(
            {
                "name": name,
                "key": key,
                "state": record["state"],
                "expected": "quarantined" if key in documents.bad else "searchable",
                "reason": record["reason"],
                "reason_sentence": record["reason_sentence"],
                "read_as": " ".join(str(filing[f]) for f in ("company", "form", "fiscal_year") if filing[f]),
                "pages": record["pages_parsed"],
                "chunks": record["chunks"],
                "waited": seconds_between(record, None, "processing"),
                "stages": {stage: round(record["stage_seconds"].get(stage, 0.0), 2) for stage in STAGES},
                "total": seconds_between(record, None, "searchable"),
            }
        )
    journal.sections |= {"documents": rows, "stages": STAGES}
    _note_rates(rows, journal)
    assert [(row["name"], row["state"], row["reason"]) for row in rows if row["state"] != row["expected"]] == []
    assert all(row["reason"] and row["reason_sentence"] for row in rows if row["expected"] == "quarantined")
    assert uploaded.exit_code == (65 if documents.bad else 0)


def test_every_good_document_is_searchable_as_soon_after_its_upload_as_is_promised(
    uploaded: Uploaded, documents: Corpus, journal: Journal
) -> None:
    if not documents.is_sample:
        pytest.skip("how long these DOCS take together is not what is promised of one")
    good = (record for key, record in uploaded.records.items() if key not in documents.bad)
    waited = [seconds_between(record, None, "searchable") or math.inf for record in good]
    journal.sections.setdefault("measures", {})["slowest document, s from upload to searchable"] = max(waited)
    assert max(waited) <= load(ROOT / "dashboards" / "slo.json").promises["ingestion"].at_most


def _note_rates(rows: list[dict[str, Any]], journal: Journal) -> None:
    good = [row for row in rows if row["state"] == "searchable"]
    parse, embed = (sum(row["stages"][stage] for row in good) for stage in ("parse", "embed"))
    measures = journal.sections.setdefault("measures", {})
    measures["documents searchable"] = len(good)
    measures["pages a second while parsing"] = round(sum(row["pages"] for row in good) / max(parse, 0.001), 1)
    measures["chunks a second while embedding"] = round(sum(row["chunks"] for row in good) / max(embed, 0.001), 1)


@pytest.fixture(scope="module")
def answers(estate: Estate, documents: Corpus, uploaded: Uploaded, journal: Journal) -> list[dict[str, Any]]:
    if not documents.questions:
        pytest.skip("no QUESTIONS were given for these documents")
    with journal.phase("ask every question"):
        return estate.ask(*(question["question"] for question in documents.questions), top_k=10)


def test_every_question_is_answered_and_the_gold_page_is_cited(
    answers: list[dict[str, Any]], documents: Corpus, journal: Journal
) -> None:
    lines = [
        RunLine(
            id=question["id"],
            ranked=[RankedPage(doc=documents.names[r["document"]["key"]], page=r["page"]) for r in answer["results"]],
            latency_ms=round(answer["latency_ms"], 1),
        )
        for question, answer in zip(documents.questions, answers, strict=True)
    ]
    write_run(BUILD / "run.jsonl", lines)
    (BUILD / "questions.jsonl").write_text("".join(json.dumps(question) + "\n" for question in documents.questions))
    scores = evaluate(documents.questions, lines)
    journal.sections["scores"] = {name: f"{100 * value:.1f} %" for name, value in scores.items()}
    journal.sections["questions"] = [
        _question_row(question, line, answer)
        for question, line, answer in zip(documents.questions, lines, answers, strict=True)
    ]
    if documents.is_sample:
        missed = [q["question"] for q in journal.sections["questions"] if not q["rank"] or q["rank"] > 5]
        assert missed == []


def _question_row(question: dict[str, Any], line: RunLine, answer: dict[str, Any]) -> dict[str, Any]:
    gold = {(entry["doc"], entry["page"]) for entry in question["evidence"]}
    pages = list(dict.fromkeys((page.doc, page.page) for page in line.ranked))
    first = answer["results"][0]["citation"]["label"] if answer["results"] else "nothing"
    return {
        "question": question["question"],
        "gold": "; ".join(f"{doc} p. {page}" for doc, page in sorted(gold)),
        "cited": first,
        "rank": next((rank for rank, page in enumerate(pages, 1) if page in gold), None),
        "latency_ms": round(answer["latency_ms"]),
        "trace_id": answer["trace_id"],
    }


def test_our_scoring_equals_the_reference_scorer(answers: list[dict[str, Any]], journal: Journal) -> None:
    if not REFERENCE_SCORER.exists():
        pytest.skip("the reference scorer is not on this machine")
    out = BUILD / "reference.json"
    run(
        sys.executable,
        str(REFERENCE_SCORER),
        str(BUILD / "questions.jsonl"),
        str(BUILD / "run.jsonl"),
        "--json",
        str(out),
    )
    reference = json.loads(out.read_text())["all"]
    ours = journal.sections["scores"]
    assert {name: f"{100 * reference[name]:.1f} %" for name in ours if name in reference} == {
        name: value for name, value in ours.items() if name in reference
    }
    assert "hit@5" in reference
    assert "hit@5" in ours
    journal.sections["scores"] = {**ours, "hit@5 by the reference scorer": f"{100 * reference['hit@5']:.1f} %"}


def test_mcp_and_both_rest_routes_answer_the_same(estate: Estate, uploaded: Uploaded) -> None:
    question = "What was total revenue?"
    bodies = [estate.post(p, {"query": question}).json() for p in ("/api/query", "/mcp/query_financial_documents")]
    bodies += estate.ask(question, top_k=5)
    passages = [[(r["document"]["key"], r["page"], r["excerpt"]) for r in body["results"]] for body in bodies]
    assert passages[0]
    assert passages[0] == passages[1] == passages[2]


def test_without_a_key_nothing_is_answered(estate: Estate) -> None:
    for path in ("/api/query", "/mcp/query_financial_documents", "/mcp"):
        assert estate.post(path, {"query": "revenue"}, key="").status_code == 401
        assert estate.post(path, {"query": "revenue"}, key="not-a-key").status_code == 401
    base = estate.facts["api_url"].rstrip("/")
    assert httpx.get(base + "/healthz").status_code == 200
    assert httpx.get(base + "/readyz").status_code == 200


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"query": ""}, "empty"),
        ({"query": "x" * 20_000}, "characters"),
        ({"query": "revenue", "top_k": 0}, "top_k"),
        ({"query": "revenue", "top_k": 9999}, "top_k"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_what_to_change(
    estate: Estate, body: dict[str, Any], hint: str
) -> None:
    refused = estate.post("/api/query", body)
    assert refused.status_code == 422
    assert hint in refused.json()["error"]["message"]


def test_two_tasks_answer_in_turn_and_a_killed_one_is_replaced_without_a_failed_question(
    estate: Estate, uploaded: Uploaded, journal: Journal
) -> None:
    base = estate.facts["api_url"].rstrip("/")

    def tasks_seen() -> set[str]:
        return {httpx.get(base + "/healthz").json()["task"] for _ in range(8)}

    eventually(lambda: len(tasks_seen()) >= 2, 60, "two tasks answering in turn")
    before = tasks_seen()
    victim = next(p for p in estate.processes() if "raglite.server" in " ".join(p.cmdline()))
    estate.kill(victim)
    journal.sections["killed_at"] = time.time()
    failed = [n for n in range(40) if not _answered(estate)]
    took = eventually(lambda: len(tasks_seen() - before) >= 1 and len(tasks_seen()) >= 2, 120, "the task replaced")
    journal.sections.setdefault("measures", {})["killed task replaced after, s"] = round(took, 1)
    assert failed == []


def _answered(estate: Estate) -> bool:
    """Ask once and, as a client does, once more if the connection or the answer broke."""
    for _ in range(2):
        try:
            if estate.post("/api/query", {"query": "What was net income?"}).status_code == 200:
                return True
        except httpx.TransportError:
            continue
    return False


def test_of_two_quick_uploads_under_one_key_the_later_is_answered_from(estate: Estate, tmp_path: Path) -> None:
    folder = tmp_path / "e2e"
    folder.mkdir()
    paper = folder / "quick.txt"
    for colour in ("vermilion", "turquoise"):
        paper.write_text(f"Quickfire Holdings annual report. The colour of the auditor's seal was {colour}.\n" * 3)
        estate.cli("upload", str(tmp_path), "--no-wait")

    def states() -> list[str]:
        return sorted(r["state"] for r in estate.documents() if r["key"] == "e2e/quick.txt")

    eventually(lambda: states() == ["searchable", "superseded"], 120, f"one searchable, one superseded: {states()}")
    eventually(
        lambda: _excerpts(estate, "colour of the auditor's seal") >= {"turquoise"}, 10, "the later is answered from"
    )
    assert _excerpts(estate, "colour of the auditor's seal") & {"vermilion"} == set()


def _excerpts(estate: Estate, question: str) -> set[str]:
    text = " ".join(result["excerpt"] for result in estate.ask(question)[0]["results"])
    return {word for word in ("vermilion", "turquoise") if word in text}


def test_a_deleted_document_is_no_longer_answered_from(estate: Estate) -> None:
    estate.delete("e2e/quick.txt")
    eventually(lambda: _excerpts(estate, "colour of the auditor's seal") == set(), 60, "the deleted document gone")


def test_a_key_with_blanks_percent_signs_and_foreign_letters_arrives(estate: Estate, tmp_path: Path) -> None:
    (tmp_path / "a b+c%20é 财.txt").write_text(
        "Strange Key Corporation reported revenue of $ 42 million in fiscal 2023.\n"
    )
    estate.cli("upload", str(tmp_path), "--wait", "--timeout", "120")

    def keys() -> set[str]:
        answer = estate.ask("Strange Key Corporation revenue fiscal 2023")[0]
        return {result["document"]["key"] for result in answer["results"]}

    # An answer may be read at a commit number that is a second old.
    eventually(lambda: "a b+c%20é 财.txt" in keys(), 10, "the document with the strange key is answered from")


def test_two_hundred_questions_one_after_the_other(
    estate: Estate, documents: Corpus, uploaded: Uploaded, journal: Journal
) -> None:
    pool = [question["question"] for question in documents.questions] or ["What was total revenue?"]
    with journal.phase("200 questions"):
        asked = estate.ask(*islice(cycle(pool), 200), top_k=5)
    seen = sorted(answer["latency_ms"] for answer in asked)
    inside = sorted(answer["took_ms"] for answer in asked)
    journal.sections.setdefault("measures", {}).update(
        {
            "query p50 of 200 over MCP, ms": round(statistics.median(seen), 1),
            "query p95 of 200 over MCP, ms": round(seen[189], 1),
            "query p50 of 200 inside the service, ms": round(statistics.median(inside), 1),
        }
    )
    assert len(asked) == 200


def test_a_second_plan_shows_exactly_the_known_drift(estate: Estate, journal: Journal) -> None:
    with journal.phase("second plan"):
        done = run(sys.executable, "-m", "local", "plan", "--json", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    journal.sections["drift"] = json.loads(done.stdout)


def test_nothing_listens_beyond_loopback(estate: Estate, journal: Journal, peaks: Peaks) -> None:
    processes = estate.processes()
    peaks.look(processes)
    journal.sections["processes"] = [
        {"name": name, "peak_rss_mb": megabytes} for name, megabytes in sorted(peaks.megabytes.items())
    ]
    addresses = {ip_address(c.laddr.ip) for p in processes if _in_our_network(p) for c in _listening(p)}
    assert addresses
    # A link-local address is the gateway of the containers' network: no router passes it on (RFC 3927).
    assert {ip for ip in addresses if not ip.is_loopback and not ip.is_link_local} == set()


def _in_our_network(process: psutil.Process) -> bool:
    """Whether a process listens on this machine's addresses; a container has its own, without a way out."""
    with suppress(OSError):
        return Path(f"/proc/{process.pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink()
    return False


def _listening(process: psutil.Process) -> list[Any]:
    try:
        return [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    except psutil.NoSuchProcess:
        return []
