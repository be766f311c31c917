"""What the shell offers, by the protocol that the installed program speaks."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from raglite.cli import completion
from raglite.cli.app import app
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.unit.cli.conftest import CommandLine

BIN = Path(sys.executable).parent
Offered = Callable[..., list[str]]


@pytest.fixture
def offered(raglite: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Offered:
    """Return what bash is offered for the last word."""

    def offer(*words: str) -> list[str]:
        monkeypatch.setenv("_RAGLITE_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(["raglite", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        capsys.readouterr()
        with pytest.raises(SystemExit):
            typer.main.get_command(app).main([], "raglite", obj=raglite.reach)
        told = capsys.readouterr()
        assert told.err == ""
        return [line for line in told.out.splitlines() if line]

    return offer


@pytest.fixture
def filled(world: World) -> World:
    world.ingest("mills/2022.pdf", report("Orchard Mills, Inc.", 2022))
    world.ingest("mills/2023.pdf", report("Orchard Mills, Inc.", 2023))
    world.ingest("pump.pdf", report("Harbor Pump Company", 2021))
    world.ingest("mills/broken.pdf", BROKEN)
    return world


def test_keys_are_offered_where_keys_are_taken(offered: Offered, filled: World) -> None:
    assert offered("trace", "--document", "mills/2") == ["mills/2022.pdf", "mills/2023.pdf"]
    assert offered("restore", "--document", "p") == ["pump.pdf"]
    assert offered("replay", "") == ["mills/broken.pdf"]


def test_companies_forms_and_periods_are_offered_as_documents_have_them(offered: Offered, filled: World) -> None:
    assert offered("figure", "") == ["Harbor Pump Company", "Orchard Mills, Inc."]
    assert offered("figure", "mills", "revenue", "") == ["FY2022", "FY2023"]
    assert offered("query", "What?", "--company", "H") == ["Harbor Pump Company"]
    assert offered("query", "What?", "--form", "") == ["10-K"]
    assert offered("query", "What?", "--year", "202") == ["2021", "2022", "2023"]


def test_names_that_stand_in_the_program_are_offered(offered: Offered) -> None:
    assert offered("au") == ["audit"]
    assert offered("audit", "") == ["verify", "show"]
    assert offered("drill", "index-l") == ["index-lost"]
    assert offered("drill", "index-lost", "--sabotage", "missing") == [
        "missing-alias", "missing-part", "missing-payload-index",
    ]  # fmt: skip
    assert offered("promote", "--to", "") == ["production", "staging"]
    assert offered("restore", "--from", "") == ["backup", "documents"]
    assert "--all-quarantined" in offered("replay", "--")


def test_nothing_is_offered_where_asking_fails(
    offered: Offered, filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGLITE_API_KEY", "stranger")
    assert offered("figure", "") == []
    monkeypatch.setenv("RAGLITE_NONSENSE", "1")
    assert offered("trace", "--document", "") == []


def test_nobody_waits_for_a_registry_that_does_not_answer(
    offered: Offered, filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def documents() -> Any:
        answered.wait(60)
        return iter(())

    monkeypatch.setattr(completion, "PATIENCE", 0.05)
    monkeypatch.setattr(filled.registry, "documents", documents)
    assert offered("trace", "--document", "") == []
    answered.set()


# --- the installed program ----------------------------------------------------------------------------------------


def run(script: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RAGLITE_", "AWS_"))}
    given = {**inherited, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), **environment}
    return subprocess.run(
        ["bash", "--norc", "-c", script], env=given, capture_output=True, text=True, check=False, timeout=120
    )


def test_bash_completes_by_the_script_that_the_program_installs(tmp_path: Path) -> None:
    installed = run("raglite --install-completion; true", tmp_path)
    script = tmp_path / ".bash_completions" / "raglite.sh"
    assert str(script) in installed.stdout
    assert str(script) in (tmp_path / ".bashrc").read_text()
    asked = 'COMP_WORDS=(raglite recon); COMP_CWORD=1; _raglite_completion raglite; echo "${COMPREPLY[@]}"'
    completed = run(f"source ~/.bashrc; complete -p raglite; {asked}", tmp_path)
    assert completed.stdout.splitlines() == ["complete -o default -F _raglite_completion raglite", "reconcile"]
    assert completed.stderr == ""


def test_where_nothing_is_set_values_are_not_completed_and_nothing_is_said(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "raglite\ntrace\n--document\n", "COMP_CWORD": "3", "AWS_EC2_METADATA_DISABLED": "true"}
    done = run("_RAGLITE_COMPLETE=complete_bash raglite", tmp_path, **words)
    assert (done.stdout.strip(), done.stderr) == ("", "")
