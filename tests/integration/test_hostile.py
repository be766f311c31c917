"""Every faulty and hostile file through the whole path: each ends in its right state, in time, and harms nobody.

`make hostile`. In order on one estate; `KEEP=1` leaves it running.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from raglite.errors import ReasonCode
from raglite.settings import Settings
from tests.faulty_files import COLLECTIONS, DATA, agrees, expectation, manifest
from tests.hostile_files import HOSTILE
from tests.integration.conftest import BUILD
from tests.integration.estate import Estate, eventually
from tests.integration.journal import Journal

PARSE_SECONDS = Settings.model_fields["parse_seconds"].default
SLACK = 30  # seconds that starting and ending the process may add
WAIT = 3300
TELLTALE = "raglite.adapters.parse_child"
ROUTE, QUESTION = "/mcp/query_financial_documents", {"query": "Witness Corporation net sales fiscal 2023"}
WITNESS = "Witness Corporation reported net sales of $ 731 million in fiscal 2023.\n"

pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True)
class Case:
    """A file under its key, what is expected of it, and whether it may be refused for a reason (None: be read)."""

    key: str
    expected: str
    agrees: Callable[[ReasonCode | None], bool] = field(repr=False)


@dataclass
class Poller:
    """Asks for the service's health and a question all the while; `failed` says what went wrong."""

    estate: Estate
    asked: int = 0
    slowest: float = 0.0
    failed: list[str] = field(default_factory=list)

    @contextmanager
    def polling(self) -> Iterator[None]:
        done = threading.Event()
        thread = threading.Thread(target=self._poll, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(60)

    def _poll(self, done: threading.Event) -> None:
        while not done.wait(1):
            began = time.monotonic()
            try:
                health = httpx.get(self.estate.facts["api_url"].rstrip("/") + "/healthz", timeout=30)
                answer = self.estate.post(
                    "/mcp/query_financial_documents", {"query": "Witness Corporation net sales 2023"}
                )
                if (health.status_code, answer.status_code) != (200, 200):
                    self.failed.append(f"{health.status_code} {answer.status_code} {answer.text[:200]}")
                elif "731" not in answer.text:
                    self.failed.append(f"no answer in {answer.text[:200]}")
            except httpx.HTTPError as error:
                self.failed.append(repr(error))
            self.asked += 1
            self.slowest = max(self.slowest, time.monotonic() - began)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Lay out the files that are to be uploaded, and say what is expected of each."""
    folder = BUILD / "upload"
    shutil.rmtree(folder, ignore_errors=True)
    return [*_collected(folder), *_made(folder)]


def _collected(folder: Path) -> Iterator[Case]:
    for collection in COLLECTIONS:
        rows = manifest(collection)
        if not rows:
            print(f"\n../shared/data/{collection} is not here: its files are left out")
        for row in rows:
            target = folder / collection / Path(row["file"]).name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(DATA / collection / row["file"], target)
            yield Case(str(target.relative_to(folder)), expectation(row), lambda reason, row=row: agrees(row, reason))


def _made(folder: Path) -> Iterator[Case]:
    (folder / "made").mkdir(parents=True, exist_ok=True)
    for hostile in HOSTILE:
        (folder / "made" / hostile.name).write_bytes(hostile.make())
        expected = " or ".join(reason or "ingest" for reason in hostile.ends)
        yield Case(f"made/{hostile.name}", expected, lambda reason, ends=hostile.ends: reason in ends)


@dataclass(frozen=True)
class Run:
    """The registry's records by key, and who asked meanwhile."""

    records: dict[str, dict[str, Any]]
    poller: Poller


@pytest.fixture(scope="module")
def done(estate: Estate, cases: list[Case], journal: Journal, tmp_path_factory: pytest.TempPathFactory) -> Run:
    witness = tmp_path_factory.mktemp("witness")
    (witness / "witness.txt").write_text(WITNESS)
    estate.cli("upload", str(witness), "--wait", "--timeout", "180")
    poller = Poller(estate)
    eventually(lambda: "731" in estate.post(ROUTE, QUESTION).text, 30,
               "the witness is answered from")  # fmt: skip
    with journal.phase("upload until at rest"), poller.polling():
        estate.cli("upload", str(BUILD / "upload"), "--wait", "--timeout", str(WAIT), check=False)
    keys = {case.key for case in cases}
    return Run({record["key"]: record for record in reversed(estate.documents()) if record["key"] in keys}, poller)


def test_every_file_ends_in_the_state_that_is_expected_of_it(done: Run, cases: list[Case], journal: Journal) -> None:
    rows = [(case, done.records.get(case.key, {})) for case in cases]
    for case, record in rows:
        line = (case.key, case.expected, record.get("state"), record.get("reason") or "", f"{worked(record):.1f}")
        pages = (str(record.get("pages_total", 0)), ",".join(map(str, record.get("pages_missing", []))))
        print(" | ".join(map(str, (*line, *pages))))
    journal.sections["hostile"] = [{"key": case.key, "expected": case.expected, **record} for case, record in rows]
    wrong = [(case.key, case.expected, record.get("state"), record.get("reason")) for case, record in rows
             if not _is_as_expected(case, record)]  # fmt: skip
    assert wrong == []


def _is_as_expected(case: Case, record: dict[str, Any]) -> bool:
    if record.get("state") == "searchable":
        return case.agrees(None)
    return record.get("state") == "quarantined" and case.agrees(ReasonCode(record["reason"]))


def worked(record: dict[str, Any]) -> float:
    """Return the seconds from when a task took a version up until it came to rest; 0 if that is not known."""
    times = record.get("transitions", {})
    end = times.get(record.get("state"))
    if not end or not times.get("processing"):
        return 0.0
    return (datetime.fromisoformat(end) - datetime.fromisoformat(times["processing"])).total_seconds()


def test_none_takes_longer_than_its_limit(done: Run) -> None:
    parsing = {key: one["stage_seconds"].get("parse", 0.0) for key, one in done.records.items()}
    refusing = {key: worked(one) for key, one in done.records.items() if one["state"] == "quarantined"}
    assert parsing
    assert {key: seconds for key, seconds in (parsing | refusing).items() if seconds > PARSE_SECONDS + SLACK} == {}


def test_pages_that_cannot_be_found_are_listed(done: Run) -> None:
    partial = {key: one["pages_missing"] for key, one in done.records.items() if one["pages_missing"]}
    print(f"\npartial: {partial}")
    for key, one in done.records.items():
        assert one["pages_total"] >= len(one["pages_missing"]), key
        if one["state"] == "searchable":
            assert one["pages_total"] - one["pages_parsed"] <= len(one["pages_missing"]), key


def test_the_service_answered_throughout(done: Run, journal: Journal) -> None:
    measures = journal.sections.setdefault("measures", {})
    measures["questions asked meanwhile"] = done.poller.asked
    measures["slowest health check and question, s"] = round(done.poller.slowest, 2)
    assert done.poller.asked > 0
    assert done.poller.failed == []


def test_no_parsing_process_is_left_over(done: Run, estate: Estate) -> None:
    eventually(lambda: _parsing(estate) == [], 30, "every parsing process has ended")


def _parsing(estate: Estate) -> list[list[str]]:
    ours = {process.pid for process in estate.processes()}
    found = psutil.process_iter(["pid", "ppid", "cmdline"])
    return [
        one.info["cmdline"]
        for one in found
        if TELLTALE in (one.info["cmdline"] or []) and (one.info["ppid"] == 1 or one.info["pid"] in ours)
    ]
