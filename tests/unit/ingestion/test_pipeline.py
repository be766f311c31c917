"""The ingest task: one key it was started for, then whatever waits, then an exit code."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from raglite.errors import InvalidRequest
from raglite.ingestion.pipeline import Stopped, drain, key_of, main, policy_of
from raglite.model import VersionState
from raglite.settings import Settings
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched, failing
from tests.processes import end, free_port

ROOT = Path(__file__).resolve().parents[3]
BODY = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("RAGLITE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RAGLITE_DOCUMENTS_BUCKET", "documents")
    monkeypatch.setenv("RAGLITE_PARSED_BUCKET", "parsed")
    return monkeypatch


def state(world: World, key: str) -> VersionState:
    (found,) = world.states(key).values()
    return found


# --- which keys ---------------------------------------------------------------------------------------------------


def test_the_key_is_taken_as_it_stands() -> None:
    assert key_of("s3://documents/reports/a b+c%20é 财.pdf", "documents") == "reports/a b+c%20é 财.pdf"
    assert key_of("s3://documents//a", "documents") == "/a"


@pytest.mark.parametrize("path", ["documents/a.pdf", "s3://documents", "s3://documents/", "https://documents/a.pdf"])
def test_a_path_that_names_no_object_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequest, match="s3://BUCKET/KEY"):
        key_of(path, "documents")


def test_another_bucket_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="RAGLITE_DOCUMENTS_BUCKET"):
        key_of("s3://other/a.pdf", "documents")


def test_all_waiting_keys_are_drained(world: World) -> None:
    for key in ("a.pdf", "b.pdf", "c.pdf"):
        world.upload(key, BODY)
    assert drain("b.pdf", world.services(), POLICY) == []
    assert [state(world, key) for key in ("a.pdf", "b.pdf", "c.pdf")] == [VersionState.SEARCHABLE] * 3
    assert world.registry.waiting() == ()


def test_one_documents_failure_does_not_stop_the_others(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.upload(key, BODY)
    failures = drain("a.pdf", world.services(parser=Watched(world.parser, failing("parse"))), POLICY)
    assert [type(failure).__name__ for failure in failures] == ["DependencyUnavailable"]
    assert state(world, "b.pdf") is VersionState.SEARCHABLE
    assert world.registry.waiting() == ("a.pdf",)
    assert capsys.readouterr().err == "a.pdf: Fake: parse did not answer; try again.\n"


def test_a_quarantined_document_is_no_failure_of_the_task(world: World) -> None:
    world.upload("a.pdf", BROKEN)
    assert drain("a.pdf", world.services(), POLICY) == []


def test_a_key_that_another_task_works_on_is_left_to_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.upload("a.pdf", BODY)
    world.registry.acquire("a.pdf", "another", 60)
    assert drain("a.pdf", world.services(), POLICY) == []
    assert world.parser.parsed == []
    assert "another task is at it" in capsys.readouterr().err


def test_a_stopped_task_gives_its_lease_back(world: World) -> None:
    world.upload("a.pdf", BODY)
    with pytest.raises(Stopped):
        drain("a.pdf", world.services(parser=Watched(world.parser, failing("parse", error=Stopped()))), POLICY)  # type: ignore[arg-type]  # raised like one
    assert world.registry.waiting() == ("a.pdf",)


def test_every_task_works_under_a_name_of_its_own() -> None:
    assert policy_of(Settings()).owner != policy_of(Settings()).owner


# --- the process --------------------------------------------------------------------------------------------------


def test_another_buckets_object_ends_with_65(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--s3-path", "s3://other/a.pdf"]) == 65
    assert "RAGLITE_DOCUMENTS_BUCKET" in capsys.readouterr().err


def test_an_unknown_setting_ends_with_78(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("RAGLITE_QDRANT_ULR", "http://127.0.0.1:1")
    assert main(["--s3-path", "s3://documents/a.pdf"]) == 78
    assert "Unknown setting RAGLITE_QDRANT_ULR" in capsys.readouterr().err


def test_a_missing_model_ends_with_78(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    environment.setenv("RAGLITE_MODEL_DIR", str(tmp_path))
    assert main(["--s3-path", "s3://documents/a.pdf"]) == 78
    assert "make setup" in capsys.readouterr().err


def test_an_unreachable_index_ends_with_75(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("RAGLITE_QDRANT_URL", f"http://127.0.0.1:{free_port()}")
    environment.setenv("RAGLITE_MODEL_DIR", str(ROOT / "build/model"))
    assert main(["--s3-path", "s3://documents/a.pdf"]) == 75
    assert "Qdrant" in capsys.readouterr().err


def test_a_task_that_is_told_to_stop_stops_in_the_midst_of_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections and never answers
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RAGLITE_")},
            "RAGLITE_DOCUMENTS_BUCKET": "documents",
            "RAGLITE_PARSED_BUCKET": "parsed",
            "RAGLITE_QDRANT_URL": f"http://127.0.0.1:{deaf.getsockname()[1]}",
            "RAGLITE_MODEL_DIR": str(ROOT / "build/model"),
        }
        command = [sys.executable, "-m", "raglite.ingestion.pipeline", "--s3-path", "s3://documents/a.pdf"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        try:
            deaf.settimeout(60)
            deaf.accept()
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 128 + signal.SIGTERM
        finally:
            end(process)
