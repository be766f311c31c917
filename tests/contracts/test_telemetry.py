"""What every Telemetry promises: on the fake, and on the daemon's socket and standard output."""

import asyncio
import contextvars
import io
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from raglite.adapters.xray_segments import MOST_HELD
from raglite.adapters.xray_telemetry import TRACE_ID, XrayTelemetry
from raglite.errors import (
    AccessDenied,
    DependencyUnavailable,
    DocumentRejected,
    InvalidRequest,
    LeaseLost,
    ReasonCode,
)
from raglite.ports import Telemetry
from raglite.telemetry import INGESTION_LATENCY, METRICS, QUERY_LATENCY, STAGE_TIME, Span
from tests.fakes.telemetry import FakeTelemetry, Traced
from tests.fakes.xray_daemon import Daemon, parts
from tests.processes import free_port

ROOT = "1-67891233-abcdef012345678912345678"
PARENT = "463ac35c9f6413ad"
HEADER = f"Root={ROOT};Parent={PARENT};Sampled=1"


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Daemon, XrayTelemetry]]:
    """One of each for all tests: the SDK takes half a second to set itself up."""
    daemon = Daemon()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_XRAY_DAEMON_ADDRESS", daemon.address)
        patch.delenv("_X_AMZN_TRACE_ID", raising=False)
        yield daemon, XrayTelemetry("test")
    daemon.close()


@pytest.fixture
def daemon(listening: tuple[Daemon, XrayTelemetry]) -> Daemon:
    listening[0].forget()
    return listening[0]


@pytest.fixture
def telemetry(listening: tuple[Daemon, XrayTelemetry]) -> XrayTelemetry:
    return listening[1]


@dataclass(frozen=True)
class Watched:
    """A telemetry, what it told of `count` traces, and its metrics."""

    telemetry: Telemetry
    segments: Callable[[int], Sequence[Traced]]
    metrics: Callable[[], Sequence[tuple[str, float]]]


@pytest.fixture(params=["fake", "x-ray"])
def watched(
    request: pytest.FixtureRequest, daemon: Daemon, telemetry: XrayTelemetry, capsys: pytest.CaptureFixture[str]
) -> Watched:
    if request.param == "fake":
        fake = FakeTelemetry()
        return Watched(fake, lambda _: fake.segments, lambda: fake.metrics)

    def metrics() -> list[tuple[str, float]]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        names = [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]
        return [(name, line[name]) for name, line in zip(names, lines, strict=True)]

    return Watched(telemetry, lambda count: [traced(one) for one in daemon.listen(count)], metrics)


def traced(document: Mapping[str, Any], trace_id: str = "") -> Traced:
    trace_id = document.get("trace_id", trace_id)
    return Traced(
        name=Span(document["name"]),
        trace_id=trace_id,
        parent=None if "type" in document else document.get("parent_id"),
        annotations={n: v for n, v in document.get("annotations", {}).items() if n != "environment"},
        fault=document.get("fault", False),
        spans=[traced(one, trace_id) for one in document.get("subsegments", [])],
    )


# --- traces -------------------------------------------------------------------------------------------------------


def test_a_trace_holds_its_spans_as_they_were_nested(watched: Watched) -> None:
    telemetry = watched.telemetry
    with telemetry.trace(Span.INGEST, document="é 财.pdf") as trace_id:
        with telemetry.span(Span.FETCH):
            pass
        with telemetry.span(Span.INDEX, points=7, whole=True), telemetry.span(Span.EMBED):
            pass

    spans = [
        Traced(Span.FETCH, trace_id),
        Traced(Span.INDEX, trace_id, annotations={"points": 7, "whole": True}, spans=[Traced(Span.EMBED, trace_id)]),
    ]
    assert list(watched.segments(1)) == [
        Traced(Span.INGEST, trace_id, annotations={"document": "é 财.pdf"}, spans=spans)
    ]


def test_a_trace_continues_the_one_it_is_given(watched: Watched) -> None:
    with watched.telemetry.trace(Span.QUERY, HEADER) as trace_id:
        pass
    assert trace_id == ROOT
    assert list(watched.segments(1)) == [Traced(Span.QUERY, ROOT, PARENT)]


def test_traces_without_a_header_are_traces_of_their_own(watched: Watched) -> None:
    with watched.telemetry.trace(Span.QUERY) as first:
        pass
    with watched.telemetry.trace(Span.QUERY) as second:
        pass
    assert first != second
    assert list(watched.segments(2)) == [Traced(Span.QUERY, first), Traced(Span.QUERY, second)]


def test_an_exception_passes_and_marks_what_it_passed_through(watched: Watched) -> None:
    telemetry = watched.telemetry

    def stopped() -> None:
        with telemetry.trace(Span.INGEST):
            with pytest.raises(ValueError, match="broken"), telemetry.span(Span.PARSE):
                raise ValueError("broken")
            with telemetry.span(Span.INDEX):
                pass
            raise KeyboardInterrupt  # even what is no Exception

    with pytest.raises(KeyboardInterrupt):
        stopped()

    (segment,) = watched.segments(1)
    assert segment.fault
    assert [(span.name, span.fault) for span in segment.spans] == [(Span.PARSE, True), (Span.INDEX, False)]


def test_a_span_outside_a_trace_is_nothing(watched: Watched) -> None:
    with watched.telemetry.span(Span.EMBED):
        pass
    with watched.telemetry.trace(Span.QUERY) as trace_id:
        pass
    with pytest.raises(ValueError, match="passes"), watched.telemetry.span(Span.EMBED):
        raise ValueError("passes")
    assert list(watched.segments(1)) == [Traced(Span.QUERY, trace_id)]


def test_a_trace_inside_another_leaves_the_outer_one_open(watched: Watched) -> None:
    telemetry = watched.telemetry
    with telemetry.trace(Span.INGEST) as outer:
        with telemetry.trace(Span.QUERY) as inner:
            pass
        with telemetry.span(Span.INDEX):
            pass
    found = {segment.name: segment for segment in watched.segments(2)}
    assert found == {
        Span.INGEST: Traced(Span.INGEST, outer, spans=[Traced(Span.INDEX, outer)]),
        Span.QUERY: Traced(Span.QUERY, inner),
    }


def test_sixty_requests_at_once_keep_their_spans_apart(watched: Watched) -> None:
    """As the service works: asyncio tasks, part of the work in threads that are given a copy of the context."""
    telemetry = watched.telemetry

    def searched(number: int) -> None:
        with telemetry.span(Span.SEARCH, request=number):
            time.sleep(0.001)
            with telemetry.span(Span.RANK, request=number):
                pass

    async def answered(number: int, ids: dict[int, str]) -> None:
        with telemetry.trace(Span.QUERY, request=number) as ids[number]:
            with telemetry.span(Span.EMBED, request=number):
                await asyncio.sleep(0)
            await asyncio.gather(*(asyncio.to_thread(searched, number) for _ in range(2)))

    async def all_at_once() -> dict[int, str]:
        ids: dict[int, str] = {}
        await asyncio.gather(*(answered(number, ids) for number in range(60)))
        return ids

    ids = asyncio.run(all_at_once())

    segments = watched.segments(60)
    assert len(segments) == 60
    assert {segment.annotations["request"]: segment.trace_id for segment in segments} == ids
    for segment in segments:
        mine = segment.annotations
        embed, *searches = sorted(segment.spans, key=lambda span: span.name)
        assert embed == Traced(Span.EMBED, segment.trace_id, annotations=mine)
        rank = Traced(Span.RANK, segment.trace_id, annotations=mine)
        assert searches == [Traced(Span.SEARCH, segment.trace_id, annotations=mine, spans=[rank])] * 2


def test_plain_threads_keep_their_traces_apart(watched: Watched) -> None:
    """As the ingest task works, and as threads that know nothing of a trace do beside it."""
    telemetry = watched.telemetry

    def ingested(number: int) -> None:
        with telemetry.trace(Span.INGEST, request=number):
            stray = threading.Thread(target=lambda: telemetry.span(Span.RANK).__enter__())
            stray.start()
            stray.join()
            with telemetry.span(Span.PARSE, request=number):
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ingested, range(40)))

    segments = watched.segments(40)
    assert sorted(segment.annotations["request"] for segment in segments) == list(range(40))
    for segment in segments:
        assert segment.spans == [Traced(Span.PARSE, segment.trace_id, annotations=segment.annotations)]


def test_metrics_are_recorded_with_their_values(watched: Watched) -> None:
    watched.telemetry.metric(QUERY_LATENCY, 12.5)
    watched.telemetry.metric(INGESTION_LATENCY, 3)
    assert list(watched.metrics()) == [("QueryLatency", 12.5), ("IngestionLatency", 3)]


# --- X-Ray --------------------------------------------------------------------------------------------------------


def test_a_segment_is_as_the_daemon_expects_it(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    before = time.time()
    with telemetry.trace(Span.QUERY, HEADER):
        pass
    (segment,) = daemon.listen(1)
    assert before <= segment["start_time"] <= segment["end_time"] <= time.time()
    assert len(segment["id"]) == 16
    assert segment["annotations"] == {"environment": "test"}


PLANTED = "Revenue of Orchard Mills, sk-planted-secret"
SAID = {
    ValueError(PLANTED): ("fault", "ValueError", None),
    KeyError(PLANTED): ("fault", "KeyError", None),
    DependencyUnavailable("Qdrant", PLANTED): ("fault", "DependencyUnavailable", "Qdrant"),
    DependencyUnavailable(PLANTED, PLANTED): ("fault", "DependencyUnavailable", None),
    LeaseLost(PLANTED): ("fault", "LeaseLost", None),
    DocumentRejected(ReasonCode.NO_TEXT, PLANTED): ("error", "DocumentRejected", "no_text"),
    InvalidRequest(PLANTED): ("error", "InvalidRequest", None),
    AccessDenied(PLANTED): ("error", "AccessDenied", None),
}


@pytest.mark.parametrize("raised", SAID, ids=repr)
def test_of_an_exception_its_kind_is_recorded_and_never_its_text(
    daemon: Daemon, telemetry: XrayTelemetry, raised: Exception
) -> None:
    flag, kind, code = SAID[raised]
    with suppress(type(raised)), telemetry.trace(Span.QUERY), telemetry.span(Span.SEARCH):
        raise raised
    (segment,) = daemon.listen(1)
    for part in parts(segment):
        assert [name for name in ("fault", "error", "throttle") if name in part] == [flag]
        (exception,) = part["cause"]["exceptions"]
        assert (exception["type"], exception.get("message"), exception["remote"]) == (kind, code, False)
    assert PLANTED not in json.dumps(segment)


def test_the_trace_that_a_process_was_started_in_is_continued_by_its_first(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    telemetry = XrayTelemetry("test")
    given = "1-00000001-000000000000000000000001"
    with telemetry.trace(Span.INGEST) as inherited:
        pass
    with telemetry.trace(Span.INGEST, f"Root={given}") as own:
        pass
    with telemetry.trace(Span.INGEST) as new:
        pass
    assert (inherited, own) == (ROOT, given)
    assert new not in {inherited, own}


@pytest.mark.parametrize(
    "header", ["", "nonsense", "Root=1-2-3;Parent=x", "Root=<script>;Parent=../..", ";;=;", "Self=a"]
)
def test_a_header_that_is_none_begins_a_new_trace(daemon: Daemon, telemetry: XrayTelemetry, header: str) -> None:
    with telemetry.trace(Span.QUERY, header) as trace_id:
        pass
    (segment,) = daemon.listen(1)
    assert segment["trace_id"] == trace_id
    assert TRACE_ID.fullmatch(trace_id)
    assert "parent_id" not in segment


@pytest.mark.parametrize("sampled", ["", ";Sampled=?", ";Sampled=1"])
def test_all_is_sent_that_nobody_decided_against(daemon: Daemon, telemetry: XrayTelemetry, sampled: str) -> None:
    with telemetry.trace(Span.QUERY, f"Root={ROOT}{sampled}"):
        pass
    assert [segment["trace_id"] for segment in daemon.listen(1)] == [ROOT]


def test_a_trace_that_somebody_decided_not_to_sample_is_not_sent(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    with telemetry.trace(Span.QUERY, f"Root={ROOT};Sampled=0", note="x") as trace_id, telemetry.span(Span.RANK, n=1):
        pass
    assert trace_id == ROOT
    with telemetry.trace(Span.INGEST):
        pass
    assert [segment["name"] for segment in daemon.listen(1)] == ["ingest"]


def test_a_missing_daemon_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{free_port()}")
    telemetry = XrayTelemetry("test")
    for _ in range(3):
        with telemetry.trace(Span.QUERY, HEADER) as trace_id, telemetry.span(Span.RANK):
            pass
        assert trace_id == ROOT


def test_a_thread_that_outlives_its_span_disturbs_nobody(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    with telemetry.trace(Span.QUERY):
        with telemetry.span(Span.SEARCH):
            of_the_span = contextvars.copy_context()
        of_the_trace = contextvars.copy_context()

    def late() -> str:
        with telemetry.span(Span.RANK):
            return "done"

    assert [context.run(late) for context in (of_the_span, of_the_trace)] == ["done", "done"]
    (segment,) = daemon.listen(1)
    assert [span["name"] for span in segment["subsegments"]] == ["search"]


def test_a_span_that_ends_after_its_trace_is_sent_with_it(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    opened, ended = threading.Event(), threading.Event()

    def slow() -> None:
        with telemetry.span(Span.SEARCH):
            opened.set()
            assert ended.wait(10)

    with telemetry.trace(Span.QUERY):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(slow,))
        thread.start()
        assert opened.wait(10)
    ended.set()
    thread.join()

    (segment,) = daemon.listen(1)
    (span,) = segment["subsegments"]
    assert span["end_time"] >= segment["end_time"]


def test_what_has_ended_is_sent_ahead_if_it_is_much_and_all_of_it_arrives(
    daemon: Daemon, telemetry: XrayTelemetry
) -> None:
    with telemetry.trace(Span.INGEST), telemetry.span(Span.INDEX):
        for number in range(MOST_HELD + 30):
            with telemetry.span(Span.EMBED, number=number), telemetry.span(Span.SEARCH):
                pass
        assert len(daemon.listen(1)) > 1  # before anything of it ended that holds them
    segment = daemon.segment()
    (index,) = segment["subsegments"]
    embeds = index["subsegments"]
    assert sorted(one["annotations"]["number"] for one in embeds) == list(range(MOST_HELD + 30))
    assert [[below["name"] for below in one["subsegments"]] for one in embeds] == [["search"]] * (MOST_HELD + 30)


def test_threads_that_end_parts_of_one_trace_at_once_send_each_of_them_once(
    daemon: Daemon, telemetry: XrayTelemetry
) -> None:
    def work(number: int) -> None:
        for _ in range(20):
            with telemetry.span(Span.SEARCH, thread=number):
                pass

    with telemetry.trace(Span.QUERY), ThreadPoolExecutor(8) as pool:
        contexts = [contextvars.copy_context() for _ in range(8)]
        list(pool.map(lambda number: contexts[number].run(work, number), range(8)))
    found = parts(daemon.segment())
    assert len({one["id"] for one in found}) == len(found) == 1 + 8 * 20


def test_a_document_that_is_too_large_goes_in_parts(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    with telemetry.trace(Span.INGEST, text="x" * 5000):
        for _ in range(MOST_HELD // 10):
            with telemetry.span(Span.INDEX):
                for _ in range(9):
                    with telemetry.span(Span.SEARCH, text="财" * 300, more="é" * 5000):
                        pass
    segment = daemon.segment()
    assert len(daemon.listen(1)) > 1
    assert len(segment["annotations"]["text"]) == 1000
    assert sum(one["name"] == "search" for one in parts(segment)) == 9 * (MOST_HELD // 10)


def test_a_trace_may_begin_before_it_is_opened_and_hold_what_is_over(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    asked = datetime.now(UTC) - timedelta(seconds=5)
    with telemetry.trace(Span.INGEST, since=asked):
        telemetry.past(Span.WAIT, asked, asked + timedelta(seconds=3))
    telemetry.past(Span.WAIT, asked, asked)
    (segment,) = daemon.listen(1)
    (waited,) = segment["subsegments"]
    assert (segment["start_time"], waited["start_time"]) == (asked.timestamp(), asked.timestamp())
    assert waited["end_time"] - waited["start_time"] == pytest.approx(3)


def test_what_is_learned_later_is_annotated_on_the_segment(watched: Watched) -> None:
    telemetry = watched.telemetry
    telemetry.annotate(tool="none is open")
    with telemetry.trace(Span.QUERY) as trace_id, telemetry.span(Span.SEARCH):
        telemetry.annotate(outcome="answered")
    (segment,) = watched.segments(1)
    assert segment == Traced(
        Span.QUERY, trace_id, annotations={"outcome": "answered"}, spans=[Traced(Span.SEARCH, trace_id)]
    )


def test_a_trace_may_turn_out_to_be_the_callers(watched: Watched) -> None:
    telemetry = watched.telemetry
    assert telemetry.adopt(HEADER) is None
    with telemetry.trace(Span.QUERY) as first:
        assert telemetry.adopt("no header at all") == first
        with telemetry.span(Span.SEARCH):
            assert telemetry.adopt(HEADER) == ROOT
    (segment,) = watched.segments(1)
    assert (segment.trace_id, segment.parent) == (ROOT, PARENT)


def test_what_is_over_before_it_began_is_left_out(watched: Watched) -> None:
    now = datetime.now(UTC)
    with watched.telemetry.trace(Span.INGEST) as trace_id:
        watched.telemetry.past(Span.WAIT, now, now - timedelta(seconds=1))
    assert list(watched.segments(1)) == [Traced(Span.INGEST, trace_id)]


def test_a_trace_that_began_to_leave_is_not_torn_apart(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    with telemetry.trace(Span.QUERY) as first:
        for _ in range(MOST_HELD + 1):
            with telemetry.span(Span.SEARCH):
                pass
        assert telemetry.adopt(HEADER) == first
    assert daemon.segment()["trace_id"] == first  # and so are the parts that were sent ahead


def test_what_was_open_when_a_trace_was_adopted_goes_with_it(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    with telemetry.trace(Span.QUERY), telemetry.span(Span.UNDERSTAND):
        for _ in range(MOST_HELD // 2):
            with telemetry.span(Span.RANK):
                pass
        telemetry.adopt(HEADER)
        for _ in range(MOST_HELD):
            with telemetry.span(Span.SEARCH):
                pass
    assert daemon.segment()["trace_id"] == ROOT
    assert len(daemon.listen(1)) > 1


def test_work_that_is_under_way_is_known_of_before_it_ends(daemon: Daemon, telemetry: XrayTelemetry) -> None:
    asked = datetime.now(UTC)
    with telemetry.trace(Span.INGEST, HEADER, since=asked, document="a.pdf"):
        (segment,) = daemon.in_progress()
        assert (segment["trace_id"], segment["start_time"]) == (ROOT, asked.timestamp())
        assert segment["annotations"] == {"environment": "test", "document": "a.pdf"}
        assert telemetry.adopt("Root=1-00000001-000000000000000000000001") == ROOT
    assert daemon.segment()["id"] == segment["id"]
    assert daemon.in_progress() == []


def test_a_clock_that_is_set_back_gives_no_segment_that_ends_before_it_began(
    daemon: Daemon, telemetry: XrayTelemetry
) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    with telemetry.trace(Span.INGEST, since=ahead):
        pass
    (segment,) = daemon.listen(1)
    assert segment["start_time"] == segment["end_time"] == ahead.timestamp()


def test_a_metric_without_what_tells_it_apart_is_refused(telemetry: XrayTelemetry) -> None:
    with pytest.raises(ValueError, match="told apart by"):
        telemetry.metric(STAGE_TIME, 1)
    with pytest.raises(ValueError, match="told apart by"):
        telemetry.metric(QUERY_LATENCY, 1, Stage="parse")


# --- embedded metrics ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS, ids=[metric.name for metric in METRICS])
def test_a_metric_is_one_line_of_cloudwatch_s_embedded_format(
    telemetry: XrayTelemetry, metric: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = int(time.time() * 1000)
    apart = dict.fromkeys(metric.dimensions, "one of them")
    telemetry.metric(metric, 2.5, **apart)

    out = capsys.readouterr().out
    assert out.count("\n") == 1
    line = json.loads(out)
    assert before <= line["_aws"].pop("Timestamp") <= int(time.time() * 1000)
    assert line == {
        "_aws": {
            "CloudWatchMetrics": [
                {
                    "Namespace": "RAGLite",
                    "Dimensions": [["Environment", *metric.dimensions]],
                    "Metrics": [{"Name": metric.name, "Unit": metric.unit.value}],
                }
            ]
        },
        "Environment": "test",
        **apart,
        metric.name: 2.5,
    }


def test_a_terminal_is_told_no_metrics(telemetry: XrayTelemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", terminal)
    telemetry.metric(METRICS[0], 2.5, **dict.fromkeys(METRICS[0].dimensions, "one of them"))
    assert not terminal.getvalue()
