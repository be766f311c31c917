"""Locust itself, as a process, against a small MCP server: what it sends, how it measures a stall, how it exits."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.load.crowds.plan import ROOT, VARIABLES
from tests.unit.load.server import Server, Stall, answered, serving

STALL, STALLED_FROM = 3.0, 60  # seconds, and the message that begins it
RATE, USERS = 6, 10
TIMEOUT = 1.0  # seconds, where a test waits for some
UNTOUCHED = {"LATE_MS": "60000", "CPU_PERCENT": "1000"}  # other tests may have the processors
PURE = "messages measured page plan plot profiles report schedule stages verdict".split()


@dataclass(frozen=True)
class Ran:
    code: int
    said: str
    folder: Path
    server: Server

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "steady.json").read_text()))


def command(url: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", "tests/load/locustfile.py", "--headless", "-H", url, *more]


def environment(folder: Path, **given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    return kept | {"RAGLITE_API_KEY": "a-key", "LOAD_FOLDER": str(folder), **UNTOUCHED, **given}


def ran(server: Server, folder: Path, **given: str) -> Ran:
    words = command(server.url, "--users", str(USERS), "--spawn-rate", "10")
    done = subprocess.run(
        words, cwd=ROOT, env=environment(folder, **given), capture_output=True, text=True, timeout=60, check=False
    )
    return Ran(done.returncode, done.stdout + done.stderr, folder, server)


@pytest.fixture(scope="module")
def stalled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    with serving(Stall(STALLED_FROM, STALL)) as server:
        yield ran(server, tmp_path_factory.mktemp("stalled"), RATE=str(RATE), DURATION="5")


def test_real_messages_are_sent_with_the_key(stalled: Ran) -> None:
    for headers, message in stalled.server.seen:
        assert headers["X-API-Key"] == "a-key"
        assert headers["Accept"] == "application/json, text/event-stream"
        assert headers["MCP-Protocol-Version"] == "2025-11-25"
        assert (message["method"], message["params"]["name"]) == ("tools/call", "query_financial_documents")
    assert len({message["id"] for _, message in stalled.server.seen}) == len(stalled.server.seen)


def test_a_stall_is_seen_by_all_who_would_have_asked_meanwhile(stalled: Ran) -> None:
    found = stalled.report
    rows = [dict(zip(found["questions"]["columns"], row, strict=True)) for row in found["questions"]["rows"]]
    waited = [row for row in rows if row["done"] - row["due"] > STALL / 3]
    expected = RATE * USERS * STALL * 2 / 3
    assert len(waited) > expected / 2 > 3 * USERS  # of users who wait for their answers, each had met it once
    assert 1000 * STALL / 3 < found["from_due_ms"]["p95"] <= found["from_due_ms"]["Maximum"]
    assert found["from_due_ms"]["p50"] >= found["service_ms"]["p50"]


def test_a_stall_breaks_what_is_promised(stalled: Ran) -> None:
    assert stalled.code == 1, stalled.said
    assert (stalled.report["verdict"]["word"], stalled.report["failures"]) == ("broken", {})
    assert "latency is" in stalled.said


def test_a_service_that_keeps_its_promises_exits_0_with_report_page_and_evidence(tmp_path: Path) -> None:
    with serving(answered) as server:
        well = ran(server, tmp_path, RATE="15", DURATION="2")
    assert well.code == 0, well.said
    found = well.report
    assert (found["verdict"]["word"], found["failures"]) == ("holds", {})
    assert found["asked"] == found["answered"] == len(server.seen)
    assert found["seconds"] >= 2
    assert "<b>Holds</b>" in (well.folder / "steady.html").read_text()
    assert len(json.loads((well.folder / "samples.json").read_text())["QueryLatency"]) == found["answered"]
    assert "load steady: holds (exit code 0)" in well.said


def failing(number: int, message: dict[str, Any]) -> tuple[int, Any]:
    if number % 4 == 0:
        return 200, {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32603, "message": "broken"}}
    if number % 4 == 1:
        threading.Event().wait(2 * TIMEOUT)
    return (503, {}) if number % 4 == 2 else answered(number, message)


def test_failures_are_named_and_break_the_promise(tmp_path: Path) -> None:
    with serving(failing) as server:
        found = ran(server, tmp_path, RATE="15", DURATION="2", TIMEOUT=str(TIMEOUT))
    assert found.code == 1, found.said
    assert found.report["failures"].keys() == {"JSON-RPC error -32603", "HTTP 503", "timeout"}
    assert found.report["answered"] + sum(found.report["failures"].values()) == found.report["asked"]
    assert "availability is " in found.said


def test_a_late_generator_makes_the_run_void(tmp_path: Path) -> None:
    with serving(answered) as server:
        found = ran(server, tmp_path, DURATION="1", LATE_MS="0.000001")
    assert found.code == 3, found.said
    assert "its own lateness would count as the service's" in found.said


def test_without_a_key_nothing_is_asked(tmp_path: Path) -> None:
    with serving(answered) as server:
        found = ran(server, tmp_path, RAGLITE_API_KEY="")
    assert (found.code, server.seen) == (78, [])
    assert "Set RAGLITE_API_KEY" in found.said


def test_all_but_the_generator_itself_needs_neither_locust_nor_gevent() -> None:
    imports = "; ".join(f"import tests.load.crowds.{name}" for name in PURE)
    program = f"{imports}; import sys; print(sorted({{'gevent', 'locust', 'greenlet'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
