"""The trace of an ingestion tells where its time went, from the request for a key until the outcome is recorded."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any

import pytest

from raglite.adapters.xray_telemetry import XrayTelemetry
from raglite.errors import DependencyUnavailable, LeaseLost
from raglite.ingestion import process
from raglite.ingestion.pipeline import drain
from raglite.ingestion.synchronize import synchronize
from raglite.logs import JsonFormatter
from raglite.telemetry import Annotation, Outcome, Span
from tests.fakes.clock import FakeClock
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched, failing
from tests.fakes.xray_daemon import Daemon

BODY = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")
SLOW = 0.02  # seconds that a call of bucket, registry, parser, embedder or index takes
COVERED = 0.95
ROOT = "1-67891233-abcdef012345678912345678"
HEADER = f"Root={ROOT};Parent=463ac35c9f6413ad;Sampled=1"
BEFORE = [Span.WAIT, Span.START, Span.LOOK, Span.RECORD]
ORDER = [*BEFORE, Span.FETCH, Span.PARSE, Span.CHUNK, Span.EMBED, Span.EMBED, Span.INDEX]


class RealClock(FakeClock):
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    made = Daemon()
    yield made
    made.close()


@pytest.fixture
def world(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", daemon.address)
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    return World(clock=RealClock())


def traced(world: World, before: Callable[[str], None] = lambda _: None, **replaced: Any) -> Any:
    """Return services that trace, and that are slow."""

    def slow(call: str) -> None:
        before(call)
        sleep(0 if call == "count_tokens" else SLOW)

    parts = ("documents", "registry", "parser", "embedder", "index")
    watched = {part: Watched(getattr(world, part), slow) for part in parts}
    return world.services(telemetry=XrayTelemetry("test"), **(watched | replaced))


def covered(segment: dict[str, Any]) -> float:
    """Return which share of a segment's time its stages cover."""
    reached, sum_ = segment["start_time"], 0.0
    for one in sorted(segment["subsegments"], key=lambda one: one["start_time"]):
        sum_ += max(0.0, one["end_time"] - max(reached, one["start_time"]))
        reached = max(reached, one["end_time"])
    return sum_ / (segment["end_time"] - segment["start_time"])


def names(segment: dict[str, Any]) -> list[str]:
    return [one["name"] for one in segment["subsegments"]]


def test_the_stages_of_a_document_cover_its_time_from_the_request_on(world: World, daemon: Daemon) -> None:
    world.upload("a.pdf", BODY)
    asked = world.registry.work_items["a.pdf"].requested
    sleep(SLOW)
    began = world.clock.now()
    sleep(SLOW)
    synchronize("a.pdf", traced(world), POLICY, began)
    segment = daemon.segment()
    share = covered(segment)
    print(f"covered: {share:.4f}")
    assert names(segment) == [*ORDER, Span.RECORD, Span.PUBLISH, Span.RECORD]
    assert segment["start_time"] == asked.timestamp()
    assert share >= COVERED
    assert segment["annotations"] == {
        "environment": "test",
        "document": "a.pdf",
        "version": world.documents.versions("a.pdf")[0].version_id,
        "outcome": Outcome.SEARCHABLE,
        "pages": 2,
        "chunks": world.index.count("a.pdf"),
    }


def test_the_stages_of_a_document_that_cannot_be_indexed_cover_its_time(world: World, daemon: Daemon) -> None:
    world.upload("a.pdf", BROKEN)
    sleep(SLOW)
    synchronize("a.pdf", traced(world), POLICY)
    segment = daemon.segment()
    assert names(segment) == [Span.WAIT, Span.LOOK, Span.RECORD, Span.FETCH, Span.PARSE, Span.RECORD]
    assert covered(segment) >= COVERED
    assert segment["annotations"]["outcome"] == Outcome.QUARANTINED
    assert segment["annotations"]["reason"] == "unreadable"
    assert "fault" not in segment


def test_only_the_key_that_a_process_began_with_waits_for_its_start(world: World, daemon: Daemon) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.upload(key, BODY)
        world.registry.request(key, f"Root=1-00000000-{key.encode().hex():0>24};Parent=000000000000000{len(key)}")
    sleep(SLOW)
    began = world.clock.now()
    drain("a.pdf", traced(world), POLICY, began)
    first, second = daemon.listen(2)
    assert [segment["annotations"]["document"] for segment in (first, second)] == ["a.pdf", "b.pdf"]
    assert first["trace_id"] != second["trace_id"]
    assert [names(first)[:3], names(second)[:2]] == [[Span.WAIT, Span.START, Span.LOOK], [Span.WAIT, Span.LOOK]]
    assert first["subsegments"][0]["end_time"] == first["subsegments"][1]["start_time"] == began.timestamp()
    waited = second["subsegments"][0]
    assert waited["start_time"] == second["start_time"] < began.timestamp() < first["end_time"] <= waited["end_time"]
    assert min(covered(first), covered(second)) >= COVERED


def test_a_key_that_needs_no_work_opens_no_trace(world: World, daemon: Daemon) -> None:
    world.ingest("a.pdf", BODY)
    world.registry.request("a.pdf")
    synchronize("a.pdf", traced(world), POLICY)
    world.upload("b.pdf", BODY)
    synchronize("b.pdf", traced(world), POLICY)
    assert [one["annotations"]["document"] for one in daemon.listen(1)] == ["b.pdf"]


def test_a_document_that_fails_says_so_and_for_want_of_what(world: World, daemon: Daemon) -> None:
    world.upload("a.pdf", BODY)
    with pytest.raises(DependencyUnavailable):
        synchronize("a.pdf", traced(world, failing("write")), POLICY)
    segment = daemon.segment()
    assert segment["annotations"]["outcome"] == Outcome.FAILED
    assert segment["fault"]
    assert segment["cause"]["exceptions"][0]["message"] == "Fake"
    assert covered(segment) >= COVERED * 0.9  # giving the attempt back is no stage


def test_an_older_version_waits_until_the_newer_one_has_failed(world: World, daemon: Daemon) -> None:
    old, broken = (world.upload("a.pdf", body).version_id for body in (BODY, BROKEN))
    sleep(SLOW)
    synchronize("a.pdf", traced(world), POLICY, world.clock.now())
    first, second = daemon.listen(2)
    assert [one["annotations"]["version"] for one in (first, second)] == [broken, old]
    assert [names(first)[:3], names(second)[:2]] == [[Span.WAIT, Span.START, Span.LOOK], [Span.WAIT, Span.LOOK]]
    assert second["subsegments"][0]["end_time"] >= first["end_time"]
    assert min(covered(first), covered(second)) >= COVERED


def test_what_is_done_again_because_another_task_took_over_stays_in_its_trace(world: World, daemon: Daemon) -> None:
    world.upload("a.pdf", BODY)
    world.registry.request("a.pdf", HEADER)
    with pytest.raises(LeaseLost):
        synchronize("a.pdf", traced(world, failing("write", error=LeaseLost("taken over"))), POLICY)
    synchronize("a.pdf", traced(world), POLICY)
    assert [one["trace_id"] for one in daemon.listen(2)] == [ROOT] * 2


def test_a_log_line_names_the_trace_and_the_version_it_was_written_for(world: World, daemon: Daemon) -> None:
    written: list[str] = []

    def line(call: str) -> None:
        if call == "parse":
            written.append(JsonFormatter().format(logging.makeLogRecord({"msg": "reading"})))

    version = world.upload("a.pdf", BODY)
    synchronize("a.pdf", traced(world, line), POLICY)
    (said,) = map(json.loads, written)
    assert (said["trace_id"], said["version"]) == (daemon.segment()["trace_id"], version.version_id)


def test_no_name_is_annotated_that_is_not_declared(world: World, daemon: Daemon) -> None:
    for key, body in (("a.pdf", BODY), ("b.pdf", BROKEN)):
        world.upload(key, body)
        synchronize(key, traced(world), POLICY)
    annotated = {name for segment in daemon.listen(2) for name in segment["annotations"]}
    assert annotated <= set(Annotation)
    assert {name for segment in daemon.listen(2) for name in names(segment)} <= set(Span)


def test_a_process_knows_when_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    began = process.began()
    assert timedelta(0) < datetime.now(UTC) - began < timedelta(hours=1)
    monkeypatch.setattr(process, "_started", lambda: None)
    assert began <= process.began() <= datetime.now(UTC)
