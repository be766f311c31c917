"""The scheduled task's door: what it prints, counts and exits with."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from raglite.ingestion import reconcile
from raglite.ingestion.disagreement import FindingKind
from raglite.ingestion.reconciling import EXIT_CODES
from raglite.telemetry import AuditAction
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.processes import end

ROOT = Path(__file__).resolve().parents[3]
MILLS = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


@pytest.fixture
def world() -> World:
    made = World()
    made.documents.put("unheard.pdf", MILLS)
    made.clock.advance(3600)
    return made


def test_a_repair_says_what_it_found_counts_it_and_asks_for_a_look(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    code = reconcile.run(world.services(), repairing=True)
    assert code == EXIT_CODES[FindingKind.LOST_EVENT] == 14
    assert caplog.messages == [
        "lost_event: The bucket holds it, and nobody has looked at it.",
        "keys: 1, versions: 1, keys on their way: 0, findings: 1",
    ]
    assert world.registry.waiting() == ("unheard.pdf",)
    assert ("LostEvents", 1) in world.telemetry.metrics
    assert [(action, actor) for action, actor, _ in world.audit.records] == [(AuditAction.RECONCILED, "reconciler")]


def test_without_repair_nothing_is_asked_for(world: World) -> None:
    assert reconcile.run(world.services()) == 14
    assert (world.registry.waiting(), world.tasks.woken, world.audit.records) == ((), 0, [])


def test_where_all_agree_it_exits_with_zero(world: World) -> None:
    assert reconcile.run(world.services(), grace_seconds=7200) == 0


def test_an_unusable_setting_is_its_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLITE_DOCUMENT_BUCKET", "misspelt")
    assert reconcile.main([]) == 78


def test_it_loads_neither_model_nor_parser_nor_web_framework() -> None:
    program = (
        "import json, sys, raglite.ingestion.reconcile; from raglite.settings import Settings; "
        "from raglite.bootstrap import bootstrap; bootstrap(Settings()); print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded.isdisjoint({"docling", "pypdfium2", "onnxruntime", "torch", "fastapi", "starlette", "mcp"})


def test_told_to_stop_it_ends_as_a_program_does_so_that_its_records_are_written() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections and never answers
        ours = {name: value for name, value in os.environ.items() if not name.startswith("RAGLITE_")}
        account = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
        port = deaf.getsockname()[1]
        environment = {**ours, **account, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        environment |= {"RAGLITE_DOCUMENTS_BUCKET": "documents", "RAGLITE_PARSED_BUCKET": "parsed"}
        command = [sys.executable, "-m", "raglite.ingestion.reconcile"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            deaf.settimeout(60)
            deaf.accept()
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 128 + signal.SIGTERM
        finally:
            end(process)
