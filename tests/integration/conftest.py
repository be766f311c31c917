"""One estate, one corpus, one upload and one journal for the whole run."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.corpus import Corpus, corpus
from tests.integration.estate import ROOT, Estate
from tests.integration.journal import Journal
from tests.integration.peaks import Peaks

BUILD = ROOT / "build" / os.environ.get("REPORT", "e2e")
JOURNAL = Journal(BUILD)


@pytest.fixture(scope="session")
def journal() -> Journal:
    return JOURNAL


@pytest.fixture(scope="session")
def documents(journal: Journal) -> Corpus:
    with journal.phase("make the corpus"):
        return corpus(BUILD)


@pytest.fixture(scope="session")
def estate(journal: Journal) -> Iterator[Estate]:
    with journal.phase("twin up"):
        running = Estate.up()
    journal.sections["twin_phases"] = running.facts.get("timings", {})
    yield running
    if os.environ.get("KEEP"):
        print(f"\nKEEP: the twin stays up. MCP at {running.facts['mcp_url']}; stop it with `make down`.")
    else:
        running.down()


@pytest.fixture(scope="session")
def peaks() -> Peaks:
    return Peaks()


@dataclass(frozen=True)
class Uploaded:
    """What `raglite upload --wait` said, and the registry's records by key."""

    exit_code: int
    records: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def uploaded(estate: Estate, documents: Corpus, journal: Journal, peaks: Peaks) -> Uploaded:
    with journal.phase("upload until searchable"), peaks.watching(estate.processes()):
        done = estate.cli("upload", str(documents.folder), "--wait", "--timeout", "3000", "--json", check=False)
    # Newest first: on an estate that was left up, an earlier run's versions come after this one's.
    records = {record["key"]: record for record in reversed(estate.documents()) if record["key"] in documents.names}
    assert records, f"nothing arrived in the registry\n{done.stdout}\n{done.stderr}"
    return Uploaded(done.returncode, records)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note every outcome under its sentence."""
    if report.when == "call" or report.outcome != "passed":
        name = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        JOURNAL.outcomes.append({"name": name, "outcome": report.outcome})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the report and say where it lies and what it found."""
    if not JOURNAL.outcomes:
        return
    page = JOURNAL.write()
    terminalreporter.section(f"{BUILD.name} report")
    for name, value in {**JOURNAL.sections.get("scores", {}), **JOURNAL.sections.get("measures", {})}.items():
        terminalreporter.write_line(f"{name:48s} {value}")
    for name, seconds in JOURNAL.phases.items():
        terminalreporter.write_line(f"{name:48s} {seconds:.1f} s")
    terminalreporter.write_line(f"report: {page.relative_to(ROOT)}, {page.with_suffix('.json').relative_to(ROOT)}")
