"""`python -m raglite.server` as ECS runs it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from raglite.server import __main__ as process
from tests.processes import end, free_port, listening, until

ROOT = Path(__file__).resolve().parents[3]


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAGLITE_", "AWS_"))}
    return {**kept, **{f"RAGLITE_{name.upper()}": value for name, value in settings.items()}}


def test_a_service_whose_index_is_away_is_alive_waits_and_stops_when_told() -> None:
    port = free_port()
    settings = environment(
        port=str(port), qdrant_url=f"http://127.0.0.1:{free_port()}", model_dir=str(ROOT / "build/model")
    )
    command = [sys.executable, "-m", "raglite.server"]
    server = subprocess.Popen(command, cwd=ROOT, env=settings, stderr=subprocess.DEVNULL)
    try:
        until(lambda: listening(port), "the service listens", within=60)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").json()["status"] == "alive"
        ready = httpx.get(f"http://127.0.0.1:{port}/readyz")
        assert (ready.status_code, ready.json()["parts"]["model"]) == (503, "ok")
        assert "Qdrant" in ready.json()["parts"]["index"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 128 + signal.SIGTERM
    finally:
        end(server)


@pytest.fixture
def wrong(logging_restored: None, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for known in os.environ:
        if known.startswith("RAGLITE_"):
            monkeypatch.delenv(known)
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("RAGLITE_QDRANT_ULR", "http://127.0.0.1:1", "Unknown setting RAGLITE_QDRANT_ULR"),
        ("RAGLITE_MODEL_DIR", "/nowhere", "make setup"),
        ("RAGLITE_PORT", "many", "RAGLITE_PORT"),
    ],
)
def test_a_wrong_setting_ends_with_78_and_a_sentence(
    wrong: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, sentence: str
) -> None:
    wrong.setenv(name, value)
    assert process.main() == 78
    assert sentence in capsys.readouterr().err
