"""What every TraceStore promises: on the fake, and on X-Ray's stand-in."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from raglite.adapters import xray_traces
from raglite.adapters.xray_traces import XrayTraces
from raglite.errors import DependencyUnavailable, InvalidRequest
from raglite.observability.traces import Kind, Part, Trace, TraceStore
from tests.fakes.traces import FakeTraces
from tests.processes import end, free_port, listening, until

NOW = round(time.time(), 3)
AWKWARD = 'a "b" AND c%20é 财.pdf'


def part(name: str, began: float, *below: Part, kind: Kind = Kind.STEP, **told: Any) -> Part:
    return Part(name=name, kind=kind, began=NOW + began, ended=NOW + began + 1, parts=below, **told)


CALL = part("dynamodb", 0, kind=Kind.CALL, operation="UpdateItem")
FAILED = part("parse", 2, faulty=True)
INGEST = part("ingest", 1, FAILED, kind=Kind.SEGMENT, annotations={"document": AWKWARD, "chunks": 7})
TRIGGER = part("trigger", 0, CALL, INGEST, kind=Kind.SEGMENT, annotations={"document": AWKWARD})
OLDER = Trace(
    id="1-00000001-000000000000000000000001",
    parts=(part("ingest", -10, kind=Kind.SEGMENT, annotations={"document": AWKWARD}),),
)
NEWER = Trace(id="1-00000002-000000000000000000000002", parts=(TRIGGER,))
OF_ANOTHER = Trace(id="1-00000003-000000000000000000000003", parts=(part("query", 5, kind=Kind.SEGMENT),))
OF_THE_CANARY = Trace(
    id="1-00000004-000000000000000000000004",
    parts=(part("canary", 9, part("query", 9, kind=Kind.SEGMENT), kind=Kind.SEGMENT),),
)
OF_AN_INVOCATION = Trace(
    id="1-00000008-000000000000000000000008", parts=(part("raglite-ingestion-trigger", 9, kind=Kind.SEGMENT),)
)
KEPT = (OLDER, NEWER, OF_ANOTHER, OF_THE_CANARY, OF_AN_INVOCATION)


def documents(trace: Trace, offset: float) -> Iterator[dict[str, Any]]:
    """Yield the segments a trace consists of, as they are sent: each names the part it was called from."""
    numbers = iter(range(100))

    def written(one: Part, parent: dict[str, str]) -> Iterator[dict[str, Any]]:
        document: dict[str, Any] = {
            "id": f"{next(numbers):016x}",
            "name": one.name,
            "start_time": one.began + offset,
            "end_time": (one.ended or 0) + offset,
            "annotations": one.annotations,
            "fault": one.faulty,
            "subsegments": [],
        }
        if one.operation:
            document |= {"namespace": "aws", "aws": {"operation": one.operation}}
        for below in one.parts:
            for child in written(below, {"parent_id": document["id"]} if below.kind is Kind.SEGMENT else {}):
                if child.get("trace_id"):
                    yield child
                else:
                    document["subsegments"].append(child)
        yield document | ({"trace_id": trace.id} | parent if one.kind is Kind.SEGMENT else {})

    for root in trace.parts:
        yield from written(root, {})


@pytest.fixture(scope="module")
def xray() -> Iterator[Any]:
    port = free_port()
    process = subprocess.Popen((sys.executable, "-m", "local.xray", "--port", str(port)))
    until(lambda: listening(port), "X-Ray serves")
    session = boto3.Session("test", "test", region_name="us-east-1")
    yield session.client("xray", endpoint_url=f"http://127.0.0.1:{port}")
    end(process)


@pytest.fixture(scope="module")
def filled(xray: Any) -> Any:
    whole = [json.dumps(document) for trace in KEPT for document in documents(trace, 0)]
    assert xray.put_trace_segments(TraceSegmentDocuments=whole)["UnprocessedTraceSegments"] == []
    return xray


@pytest.fixture(params=["fake", "xray"])
def store(request: pytest.FixtureRequest) -> TraceStore:
    if request.param == "fake":
        return FakeTraces(*KEPT)
    return XrayTraces(request.getfixturevalue("filled"))


@pytest.mark.parametrize("trace", KEPT, ids=lambda trace: trace.parts[0].name)
def test_a_trace_is_read_back_whole(store: TraceStore, trace: Trace) -> None:
    assert store.trace(trace.id) == trace


def test_a_trace_that_is_not_there_is_none(store: TraceStore) -> None:
    assert store.trace("1-00000009-000000000000000000000009") is None


def test_the_newest_trace_of_a_document_is_found_by_its_key(store: TraceStore) -> None:
    assert store.newest_of(AWKWARD) == NEWER.id
    assert store.newest_of("another.pdf") is None


def test_the_newest_trace_is_neither_the_canary_s_nor_lambda_s_own(store: TraceStore) -> None:
    assert store.newest() == OF_ANOTHER.id


# --- X-Ray --------------------------------------------------------------------------------------------------------


def test_what_is_no_id_is_refused_before_x_ray_is_asked(xray: Any) -> None:
    with pytest.raises(InvalidRequest, match="is no trace id"):
        XrayTraces(xray).trace("nonsense")


def test_a_trace_of_which_only_the_inferred_has_come_yet_is_none() -> None:
    client = boto3.Session("test", "test", region_name="us-east-1").client("xray")
    inferred = {"id": "3" * 16, "name": "s3", "start_time": NOW, "end_time": NOW, "inferred": True}
    segments = [{"Id": inferred["id"], "Document": json.dumps(inferred)}]
    with Stubber(client) as stub:
        stub.add_response("batch_get_traces", {"Traces": [{"Id": OLDER.id, "Segments": segments}]})
        assert XrayTraces(client).trace(OLDER.id) is None


def test_of_several_pages_the_newest_is_found(xray: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.time()
    for number in range(205):
        whole = part("ingest", number / 1000, kind=Kind.SEGMENT, annotations={"document": "often.pdf"})
        trace = Trace(id=f"1-00000005-{number:024x}", parts=(whole,))
        texts = [json.dumps(document) for document in documents(trace, began - NOW - 1)]
        xray.put_trace_segments(TraceSegmentDocuments=texts)
    assert XrayTraces(xray).newest_of("often.pdf") == f"1-00000005-{204:024x}"


def test_an_older_trace_is_found_day_by_day(xray: Any) -> None:
    trace = Trace(
        id="1-00000006-000000000000000000000006",
        parts=(part("ingest", 0, kind=Kind.SEGMENT, annotations={"document": "old.pdf"}),),
    )
    texts = [json.dumps(document) for document in documents(trace, -29 * 86_400)]
    xray.put_trace_segments(TraceSegmentDocuments=texts)
    assert XrayTraces(xray).newest_of("old.pdf") == trace.id


def test_an_unreachable_x_ray_is_a_dependency_that_does_not_answer() -> None:
    session = boto3.Session("test", "test", region_name="us-east-1")
    config = xray_traces.CLIENT_CONFIG
    client = session.client("xray", endpoint_url=f"http://127.0.0.1:{free_port()}", config=config)
    with pytest.raises(DependencyUnavailable, match="X-Ray"):
        XrayTraces(client).trace(OLDER.id)


@pytest.mark.parametrize(
    ("told", "operation"),
    [
        ({"aws": {"operation": "GetItem"}, "namespace": "aws"}, "GetItem"),
        (
            {"http": {"request": {"method": "POST", "url": "http://q:1/collections/r/points/query"}}},
            "POST points/query",
        ),
        ({"http": {"request": {"method": "GET", "url": "http://q:1/"}}}, "GET"),
        ({}, None),
    ],
)
def test_a_call_is_named_after_what_it_asked_for(xray: Any, told: dict[str, Any], operation: str | None) -> None:
    trace = "1-00000007-000000000000000000000007"
    call = {"id": "2" * 16, "name": "x", "start_time": NOW, "end_time": NOW, "namespace": "remote"} | told
    called = {"request": {"method": "POST", "url": "/mcp"}}
    whole = call | {"id": "1" * 16, "trace_id": trace, "subsegments": [call], "http": called}
    del whole["namespace"]
    assert xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(whole)])["UnprocessedTraceSegments"] == []
    found = XrayTraces(xray).trace(trace)
    assert found
    assert [part.operation for part in found.every()] == [None, operation]
