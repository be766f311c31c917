"""The scheduled task's door: what it prints, counts and exits with."""

import json
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

ROOT = Path(__file__).resolve().parents[3]
MILLS = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


@pytest.fixture
def world() -> World:
    made = World()
    made.documents.put("unheard.pdf", MILLS)
    made.clock.advance(3600)
    return made


def test_a_repair_says_what_it_found_counts_it_and_asks_for_a_look(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    code = reconcile.run(world.services(), repairing=True)
    assert code == EXIT_CODES[FindingKind.LOST_EVENT] == 14
    said = capsys.readouterr().err
    assert "lost_event: unheard.pdf v1: The bucket holds it, and nobody has looked at it.\n" in said
    assert "keys: 1, versions: 1, keys on their way: 0, findings: 1\n" in said
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
