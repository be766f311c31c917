"""The ingest task: one key it was started for, then whatever waits, then an exit code."""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from raglite.errors import ConfigurationError, DependencyUnavailable, InvalidRequest
from raglite.ingestion.pipeline import OLDEST, Stopped, drain, key_of, main, policy_of, run
from raglite.model import VersionState
from raglite.settings import Settings
from raglite.telemetry import Span
from tests.fakes.parser import BROKEN, report
from tests.fakes.registry import FakeRegistry
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


def test_the_parser_is_ready_for_the_key_before_the_key_is_looked_at(world: World) -> None:
    world.upload("a.pdf", BODY)
    calls: list[str] = []
    parser, registry = Watched(world.parser, calls.append), Watched(world.registry, calls.append)
    assert run("a.pdf", world.services(parser=parser, registry=registry), POLICY) == 0
    assert calls[0] == "ready"
    assert calls.count("ready") == calls.count("parse") == 1


def test_one_documents_failure_does_not_stop_the_others(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.upload(key, BODY)
    failures = drain("a.pdf", world.services(parser=Watched(world.parser, failing("parse"))), POLICY)
    assert [type(failure).__name__ for failure in failures] == ["DependencyUnavailable"]
    assert state(world, "b.pdf") is VersionState.SEARCHABLE
    assert world.registry.waiting() == ("a.pdf",)
    assert caplog.messages == ["Fake: parse did not answer; try again."]


@pytest.mark.parametrize("fault", [KeyError("nobody thought of this"), MemoryError()])
def test_an_unforeseen_failure_harms_no_neighbour_and_ends_with_70(
    world: World, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.upload(key, BODY)
    assert run("a.pdf", world.services(parser=Watched(world.parser, failing("parse", error=fault))), POLICY) == 70
    assert state(world, "b.pdf") is VersionState.SEARCHABLE
    (record,) = world.registry.history("a.pdf")
    assert (record.state, record.attempts, world.registry.waiting()) == (VersionState.PROCESSING, 1, ("a.pdf",))
    (record,) = caplog.records
    assert "failed in a way that nobody thought of" in record.message
    assert record.exc_info
    assert record.exc_info[0] is type(fault)


def test_an_unforeseen_failure_is_told_even_after_another_one(world: World) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.upload(key, BODY)
    faults = [DependencyUnavailable("Fake", "gone"), KeyError("unforeseen")]
    assert run("a.pdf", world.services(parser=Watched(world.parser, one_by_one("parse", faults))), POLICY) == 70


def one_by_one(call: str, faults: list[Exception | None]) -> Callable[[str], None]:
    """Return a `before` that refuses one call after the other with these, and lets those pass that have None."""

    def before(name: str) -> None:
        if name == call and faults and (fault := faults.pop(0)) is not None:
            raise fault

    return before


def outcomes(world: World, faults: list[Exception | None]) -> list[VersionState]:
    """Return the states of eight documents after a task whose calls of the parser fail with these."""
    keys = [f"{number}.pdf" for number in range(8)]
    for key in keys:
        world.upload(key, BODY)
    drain(keys[0], world.services(parser=Watched(world.parser, one_by_one("parse", faults))), POLICY)
    return sorted(state for key in keys for state in world.states(key).values())


def test_a_service_that_fails_three_keys_in_a_row_is_left_alone(world: World, caplog: pytest.LogCaptureFixture) -> None:
    gone = DependencyUnavailable("Qdrant", "not there")
    assert outcomes(world, [gone] * 8) == [VersionState.PROCESSING] * 3
    assert len(world.registry.waiting()) == 8
    assert "3 keys in a row failed for want of Qdrant: the others wait on" in caplog.messages


def test_a_wrong_setting_is_met_three_times_and_no_more(world: World) -> None:
    assert outcomes(world, [ConfigurationError("refused")] * 8) == [VersionState.PROCESSING] * 3


@pytest.mark.parametrize(
    "faults",
    [
        [
            DependencyUnavailable("S3", "slow"),
            DependencyUnavailable("S3", "slow"),
            None,
            DependencyUnavailable("S3", ""),
        ],
        [DependencyUnavailable("S3", "slow"), DependencyUnavailable("Qdrant", ""), DependencyUnavailable("S3", "slow")],
        [KeyError("one"), KeyError("two"), KeyError("three")],
    ],
    ids=["with a success between", "of different services", "that are the documents' own"],
)
def test_three_failures_do_not_stop_a_task(world: World, faults: list[Exception | None]) -> None:
    assert outcomes(world, faults) == [VersionState.PROCESSING] * 3 + [VersionState.SEARCHABLE] * 5


def test_however_many_fail_the_others_have_their_turn(world: World) -> None:
    keys = [f"{number}.pdf" for number in range(OLDEST + 5)]
    for key in keys:
        world.upload(key, BODY)
    parser = Watched(world.parser, one_by_one("parse", [KeyError()] * OLDEST))
    assert len(drain(keys[0], world.services(parser=parser), POLICY)) == OLDEST
    assert [state(world, key) for key in keys].count(VersionState.SEARCHABLE) == 5


class Anothers:
    """A registry whose every key is somebody else's; notes which are asked for."""

    def __init__(self, registry: FakeRegistry) -> None:
        self._registry = registry
        self.asked: list[str] = []

    def acquire(self, key: str, *_given: object) -> None:
        self.asked.append(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)


def asked_for(world: World, owner: str) -> list[str]:
    registry = Anothers(world.registry)
    drain("0.pdf", world.services(registry=registry), replace(POLICY, owner=owner))
    return registry.asked


def test_tasks_do_not_come_to_the_same_keys_in_the_same_order(world: World) -> None:
    for number in range(20):
        world.upload(f"{number}.pdf", BODY)
    one, another = asked_for(world, "one"), asked_for(world, "another")
    assert set(one) == set(another) == {f"{number}.pdf" for number in range(20)}
    assert one[:10] != another[:10]


def test_a_key_that_is_always_anothers_is_not_hammered(world: World) -> None:
    world.upload("0.pdf", BODY)
    assert asked_for(world, "one") == ["0.pdf"] * 3


def test_a_key_that_is_requested_again_meanwhile_is_looked_at_again(world: World) -> None:
    world.upload("a.pdf", BODY)
    world.upload("b.pdf", BODY)

    def changed(call: str) -> None:
        if call == "release" and len(world.documents.versions("a.pdf")) == 1 and world.states("b.pdf"):
            world.upload("a.pdf", BODY + b" More.")

    drain("a.pdf", world.services(registry=Watched(world.registry, after=changed)), POLICY)
    assert sorted(world.states("a.pdf").values()) == [VersionState.SEARCHABLE, VersionState.SUPERSEDED]


def test_a_document_that_is_erased_while_it_is_read_is_no_failure_and_is_looked_at_again(world: World) -> None:
    version = world.upload("a.pdf", BODY)

    def erase(call: str) -> None:
        if call == "fetch":
            world.documents.erase("a.pdf", version.version_id)

    assert drain("a.pdf", world.services(documents=Watched(world.documents, erase)), POLICY) == []
    assert world.states("a.pdf") == {version.version_id: VersionState.DELETED}
    assert world.registry.waiting() == ()


def test_a_key_whose_holder_died_is_taken_up_in_the_same_drain(world: World) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.upload(key, BODY)
    world.registry.acquire("a.pdf", "one that dies", 60)

    def time_passes(call: str) -> None:
        if call == "parse":
            world.clock.advance(61)

    drain("a.pdf", world.services(parser=Watched(world.parser, after=time_passes)), replace(POLICY, lease_seconds=300))
    assert state(world, "a.pdf") is VersionState.SEARCHABLE


def test_a_quarantined_document_is_no_failure_of_the_task(world: World) -> None:
    world.upload("a.pdf", BROKEN)
    assert drain("a.pdf", world.services(), POLICY) == []


def test_a_key_that_another_task_works_on_is_left_to_it(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.upload("a.pdf", BODY)
    world.registry.acquire("a.pdf", "another", 60)
    with caplog.at_level(logging.INFO):
        assert drain("a.pdf", world.services(), POLICY) == []
    assert world.parser.parsed == []
    assert "another task is at it" in caplog.messages


def test_a_stopped_task_gives_its_lease_back(world: World) -> None:
    world.upload("a.pdf", BODY)
    with pytest.raises(Stopped):
        drain("a.pdf", world.services(parser=Watched(world.parser, failing("parse", error=Stopped()))), POLICY)  # type: ignore[arg-type]  # raised like one
    assert world.registry.waiting() == ("a.pdf",)


def test_the_trace_of_the_key_that_a_task_was_started_for_tells_of_its_start(world: World) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.upload(key, BODY)
    assert run("b.pdf", world.services(), POLICY) == 0
    told = {one.annotations["document"]: [span.name for span in one.spans] for one in world.telemetry.segments}
    assert (told["b.pdf"][1], told["a.pdf"][1]) == (Span.START, Span.LOOK)


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
