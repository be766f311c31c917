"""`make load`: users ask over MCP at their own times, and what dashboards/slo.json promises is judged.

They ask the service that RAGLITE_API_URL names; without it the twin's, which is brought up if it does not run and is
given the sample corpus and some small documents, or what DOCS= and QUESTIONS= name. docs/how-to/load.md tells the rest.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from raglite.observability.slo import load
from raglite.telemetry import INGESTION_LATENCY
from tests.integration.conftest import BUILD, Uploaded
from tests.integration.corpus import Corpus
from tests.integration.crowd import written
from tests.integration.estate import ROOT, Estate
from tests.integration.journal import Journal
from tests.load.crowds.plan import SLO
from tests.load.crowds.verdict import Code
from tests.load.loading import USERS, command

PROFILE = os.environ.get("PROFILE") or "steady"
FOLDER = Path(os.environ.get("LOAD_FOLDER") or BUILD).resolve()
UPLOADS = BUILD / "uploads.json"  # what `make evidence KINDS=load` reads of them
SPAWN_RATE = 2  # the specification's
SUFFIXES = ("txt", "md", "csv", "html", "pdf")

pytestmark = pytest.mark.timeout(0)  # two hours of `soak`; the upload has its own limit, and the load ends by itself


@dataclass(frozen=True)
class Address:
    """Where the service is that is asked, and with which key."""

    url: str
    key: str = field(repr=False)


@pytest.fixture(scope="session")
def estate(journal: Journal) -> Iterator[Estate]:
    """Return the twin, and leave it as it was found, unless KEEP says otherwise."""
    ran = Estate.runs()
    with journal.phase("twin up"):
        found = Estate.up()
    yield found
    if ran or os.environ.get("KEEP"):
        print(f"\nThe twin stays up. MCP at {found.facts['mcp_url']}; stop it with `make down`.")
    else:
        found.down()


@pytest.fixture(scope="session")
def documents(documents: Corpus) -> Corpus:
    """Return the corpus; with the sample there are so many small ones that their uploads show what is promised."""
    for number in range(load(SLO).burn.events_at_least if documents.is_sample else 0):
        suffix = SUFFIXES[number % len(SUFFIXES)]
        key = f"load/{number:02}.{suffix}"
        path = documents.folder / key
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(written(suffix, number, f"small{number}"))
        documents.names[key] = path.name
    return documents


@pytest.fixture(scope="session")
def address(request: pytest.FixtureRequest) -> Address:
    """Return the service that is asked; the twin's has documents."""
    if url := os.environ.get("RAGLITE_API_URL"):
        return Address(url, os.environ.get("RAGLITE_API_KEY", ""))
    documents: Corpus = request.getfixturevalue("documents")
    assert documents.questions, "DOCS= needs QUESTIONS=: who asks of other documents would learn nothing."
    estate: Estate = request.getfixturevalue("estate")
    uploaded: Uploaded = request.getfixturevalue("uploaded")
    good = [uploaded.records[key] for key in documents.names if key not in documents.bad]
    assert {record["state"] for record in good} == {"searchable"}, good
    UPLOADS.write_text(json.dumps({INGESTION_LATENCY.name: [_seconds(record) for record in good]}))
    return Address(estate.facts["api_url"], estate.facts["api_key"])


def _seconds(record: dict[str, Any]) -> float:
    """Return how long a document took from its upload until it was searchable."""
    begun, ended = map(datetime.fromisoformat, (record["uploaded"], record["transitions"]["searchable"]))
    return (ended - begun).total_seconds()


def test_what_is_promised_holds_while_users_ask(address: Address, journal: Journal) -> None:
    words = command(address.url, int(os.environ.get("USERS") or USERS), SPAWN_RATE)
    given = {"RAGLITE_API_KEY": address.key, "LOAD_FOLDER": str(FOLDER)}
    written = FOLDER / f"{PROFILE}.json"
    written.unlink(missing_ok=True)
    with journal.phase("load"):
        code = subprocess.run(words, cwd=ROOT, env={**os.environ, **given}, check=False).returncode
    assert written.exists(), f"The load came to no verdict (exit code {code}): Locust's own words are above."
    found = json.loads(written.read_text())
    journal.sections["measures"] = _measures(found)
    assert code == Code.HOLDS, "\n".join(found["verdict"]["reasons"])


def _measures(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "verdict": found["verdict"]["word"],
        "questions asked": found["asked"],
        "questions answered": found["answered"],
        **{f"{name} from when a question was due, ms": found["from_due_ms"].get(name) for name in ("p50", "p95")},
        "page": os.path.relpath(FOLDER / f"{PROFILE}.html", ROOT),
    }
