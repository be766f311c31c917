"""The command as a process: quick to start, and the same under both of its names."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = ("boto3", "qdrant_client", "onnxruntime", "tokenizers", "fastapi", "mcp", "docling", "torch")


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RAGLITE_")}
    return subprocess.run(command, env=inherited | environment, capture_output=True, text=True, check=False, timeout=60)


def test_help_loads_no_vendor() -> None:
    script = f"import sys, raglite.cli; print([name for name in {HEAVY} if name in sys.modules])"
    assert run(sys.executable, "-c", script).stdout == "[]\n"


def test_help_names_every_verb_and_needs_no_settings() -> None:
    shown = run(sys.executable, "-m", "raglite.cli", "--help", RAGLITE_NONSENSE="1")
    assert shown.returncode == 0
    assert shown.stdout.startswith("Usage: raglite [OPTIONS] COMMAND")
    assert {line.split()[0] for line in shown.stdout.splitlines() if line.strip()} >= {
        "upload", "query", "documents", "doctor",
    }  # fmt: skip


@pytest.mark.parametrize("verb", [["documents"], ["upload", sys.executable], ["query", "What?"]])
def test_a_failing_verb_exits_with_the_errors_code(verb: list[str]) -> None:
    done = run(sys.executable, "-m", "raglite.cli", *verb, "--json", RAGLITE_NONSENSE="1")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("raglite: Unknown setting RAGLITE_NONSENSE.")


def test_the_doctor_runs_on_a_machine_where_nothing_is_set() -> None:
    done = run(sys.executable, "-m", "raglite.cli", "doctor", "--json", AWS_EC2_METADATA_DISABLED="true")
    assert done.returncode == 78
    checks = {row["check"]: row for row in json.loads(done.stdout)["checks"]}
    assert checks["settings"]["finding"].startswith("Set RAGLITE_DOCUMENTS_BUCKET and RAGLITE_PARSED_BUCKET")
    assert checks["settings"]["fix"].startswith('make up && eval "$(.venv/bin/python -m local env)"')
    assert {row["code"] for row in checks.values()} & {"unforeseen", "timed-out", "wrong-packages"} == set()
