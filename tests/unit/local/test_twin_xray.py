"""X-Ray's stand-in, asked by boto3 and told by datagrams."""

import json
import socket
import subprocess
import sys
import time

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from tests.processes import end, free_port, listening, until

NOW = time.time()
TRACE = "1-581cf771-a006649127e371903a2de979"


def segment(**fields):
    return {"trace_id": TRACE, "id": "a" * 16, "name": "raglite", "start_time": NOW, "end_time": NOW + 0.5} | fields


@pytest.fixture(scope="module")
def port():
    port = free_port()
    process = subprocess.Popen((sys.executable, "-m", "local.xray", "--port", str(port)))
    until(lambda: listening(port), "X-Ray serves")
    yield port
    end(process)


@pytest.fixture(scope="module")
def xray(port):
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client("xray", endpoint_url=f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def told(port, xray):
    nested = {"id": "c" * 16, "name": "embed", "start_time": NOW, "end_time": NOW + 0.1, "annotations": {"chunks": 7}}
    documents = [
        segment(annotations={"document": "a b.pdf", "retried": False, "said": '"x" AND y'}, subsegments=[nested]),
        segment(trace_id="1-581cf772-a006649127e371903a2de979", id="b" * 16, name="lambda", fault=True),
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for document in documents:
            datagram = b'{"format":"json","version":1}\n' + json.dumps(document).encode()
            sender.sendto(datagram, ("127.0.0.1", port))
    until(lambda: len(summaries(xray)) == 2, "both datagrams arrived")


def put(xray, *documents):
    texts = [json.dumps(document) for document in documents]
    return xray.put_trace_segments(TraceSegmentDocuments=texts)["UnprocessedTraceSegments"]


def summaries(xray, expression=""):
    span = {"StartTime": NOW - 60, "EndTime": NOW + 60}
    return xray.get_trace_summaries(**span, **({"FilterExpression": expression} if expression else {}))[
        "TraceSummaries"
    ]


def test_a_datagram_becomes_a_trace_that_can_be_read_back(told, xray):
    traces = xray.batch_get_traces(TraceIds=[TRACE, "1-00000000-000000000000000000000000"])
    assert traces["UnprocessedTraceIds"] == ["1-00000000-000000000000000000000000"]
    assert [json.loads(part["Document"])["name"] for part in traces["Traces"][0]["Segments"]] == ["raglite"]
    assert traces["Traces"][0]["Duration"] == 0.5


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('annotation.document = "a b.pdf"', [TRACE]),
        ("annotation.chunks = 7 AND annotation.retried = false", [TRACE]),
        ('annotation[document] = "other"', []),
        ('service("raglite")', [TRACE]),
        ("fault", ["1-581cf772-a006649127e371903a2de979"]),
        ('annotation.said = "\\"x\\" AND y"', [TRACE]),
        ('fault = true AND service("raglite")', []),
    ],
)
def test_summaries_are_found_by_annotation_service_and_fault(told, xray, expression, found):
    assert [entry["Id"] for entry in summaries(xray, expression)] == found


def test_a_summary_carries_annotations_of_nested_parts_too(told, xray):
    assert {name for entry in summaries(xray) for name in entry["Annotations"]} == {
        "document",
        "retried",
        "said",
        "chunks",
    }


def test_a_filter_that_is_not_understood_is_refused(told, xray):
    for expression in ("responsetime > 5", "fault AND responsetime > 5", "fault OR error", "faults"):
        with pytest.raises(ClientError, match="is not understood"):
            summaries(xray, expression)


def test_documents_that_are_none_come_back_and_the_others_are_kept(xray):
    trace = "1-581cf773-a006649127e371903a2de979"
    good = json.dumps(segment(trace_id=trace, start_time=1.0, end_time=2.0))
    answer = xray.put_trace_segments(TraceSegmentDocuments=[good, "{}", "no JSON"])
    assert len(answer["UnprocessedTraceSegments"]) == 2
    assert len(xray.batch_get_traces(TraceIds=[trace])["Traces"]) == 1


@pytest.mark.parametrize("late", [False, True], ids=["in order", "the other way round"])
def test_a_finished_segment_takes_the_place_of_itself_in_progress(xray, late):
    trace = f"1-581cf774-a006649127e371903a2de97{int(late)}"
    going_on, over = {"in_progress": True, "end_time": None}, {"end_time": 3.0}
    for fields in (over, going_on) if late else (going_on, over):
        put(xray, segment(trace_id=trace, start_time=1.0) | fields)
    kept = xray.batch_get_traces(TraceIds=[trace])["Traces"][0]["Segments"]
    assert [json.loads(part["Document"])["end_time"] for part in kept] == [3.0]


def test_what_x_ray_would_not_take_is_refused_by_the_api_with_its_id(xray):
    (refused,) = put(xray, segment(id="d" * 16, outcome="a misspelt annotation"))
    assert (refused["Id"], refused["ErrorCode"]) == ("d" * 16, "ParseError")
    assert "outcome: Extra inputs are not permitted" in refused["Message"]


def test_what_the_daemon_refused_is_counted_and_told(port):
    def doubtful():
        return httpx.get(f"http://127.0.0.1:{port}/_refused").json()

    before = doubtful()["refusals"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(json.dumps(segment()).encode(), ("127.0.0.1", port))
        sender.sendto(b'{"format":"json","version":1}\n{"name": "nonsense"}', ("127.0.0.1", port))
    until(lambda: doubtful()["refusals"] == before + 2, "both refusals are told")
    without_header, last = doubtful()["refused"][-2:]
    assert "begins with a line" in without_header["reason"]
    assert last["document"] == '{"name": "nonsense"}'
    assert "trace_id: Field required" in last["reason"]


def test_subsegments_that_are_sent_apart_are_put_where_they_belong(xray):
    trace = "1-581cf775-a006649127e371903a2de979"

    def apart(identity, parent, start):
        told = {"type": "subsegment", "trace_id": trace, "parent_id": parent}
        return {"id": identity * 16, "name": identity, "start_time": start, "end_time": start + 1} | told

    grandchild, late, early = apart("1", "2" * 16, 3.0), apart("2", "f" * 16, 3.0), apart("3", "f" * 16, 2.0)
    inside = {"id": "4" * 16, "name": "4", "start_time": 2.5, "end_time": 2.6}
    begun = {"id": "3" * 16, "name": "3", "start_time": 2.0, "in_progress": True}
    whole = segment(trace_id=trace, id="f" * 16, start_time=1.0, end_time=9.0, subsegments=[inside, begun])
    assert put(xray, grandchild, late, whole, early, late) == []

    (kept,) = xray.batch_get_traces(TraceIds=[trace])["Traces"][0]["Segments"]
    document = json.loads(kept["Document"])
    assert [part["name"] for part in document["subsegments"]] == ["3", "4", "2"]
    assert [part["name"] for part in document["subsegments"][2]["subsegments"]] == ["1"]


def test_what_names_a_parent_that_has_not_come_is_told_until_it_comes(port, xray):
    trace = "1-581cf776-a006649127e371903a2de979"

    def orphans():
        found = httpx.get(f"http://127.0.0.1:{port}/_refused").json()["orphans"]
        return [(one["name"], one["parent_id"]) for one in found if one["trace_id"] == trace]

    put(xray, segment(trace_id=trace, id="a" * 16, name="ingest", parent_id="b" * 16))
    assert orphans() == [("ingest", "b" * 16)]
    put(xray, segment(trace_id=trace, id="b" * 16, name="trigger"))
    assert orphans() == []


def test_a_trace_lasts_from_its_first_start_to_its_last_end_and_tells_where_it_began(xray):
    trace = "1-581cf777-a006649127e371903a2de979"
    late = {"id": "9" * 16, "name": "late", "start_time": NOW + 1, "end_time": NOW + 4}
    put(
        xray,
        segment(trace_id=trace, id="2" * 16, name="ingest", start_time=NOW + 1, end_time=NOW + 2, subsegments=[late]),
        segment(trace_id=trace, id="1" * 16, name="trigger", end_time=NOW + 0.5),
    )
    (found,) = [one for one in summaries(xray) if one["Id"] == trace]
    assert (found["Duration"], found["ResponseTime"]) == (4, 0.5)
    assert found["EntryPoint"]["Name"] == "trigger"
    assert {service["Name"] for service in found["ServiceIds"]} == {"trigger", "ingest"}


def test_summaries_come_page_by_page_each_trace_once(xray):
    name = f"paged {NOW}"
    ids = [f"1-581cf778-{number:024x}" for number in range(250)]
    for identity in ids:
        put(xray, segment(trace_id=identity, name=name))
    asked = {"StartTime": NOW - 60, "EndTime": NOW + 60, "FilterExpression": f'service("{name}")'}
    pages = [page["TraceSummaries"] for page in xray.get_paginator("get_trace_summaries").paginate(**asked)]
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [one["Id"] for page in pages for one in page] == ids[::-1]
    with pytest.raises(ClientError, match="NextToken is not one"):
        xray.get_trace_summaries(**asked, NextToken="made up")


def test_more_traces_than_may_be_asked_for_at_once_are_refused(xray):
    with pytest.raises(ClientError, match="at most 5"):
        xray.batch_get_traces(TraceIds=[TRACE] * 6)


def test_the_graph_of_a_trace_tells_who_called_whom(xray):
    trace = "1-581cf779-a006649127e371903a2de979"

    def called(identity, name, namespace):
        return {"id": identity * 16, "name": name, "namespace": namespace, "start_time": NOW, "end_time": NOW}

    step = {
        "id": "5" * 16,
        "name": "fetch",
        "start_time": NOW,
        "end_time": NOW,
        "subsegments": [called("6", "s3", "aws")],
    }
    put(
        xray,
        segment(trace_id=trace, id="1" * 16, name="trigger", subsegments=[called("3", "dynamodb", "aws")]),
        segment(trace_id=trace, id="2" * 16, name="ingest", parent_id="1" * 16, subsegments=[step]),
        segment(trace_id=trace, id="7" * 16, name="canary", subsegments=[called("8", "a service", "remote")]),
        segment(trace_id=trace, id="9" * 16, name="query", parent_id="8" * 16),
    )
    services = xray.get_trace_graph(TraceIds=[trace])["Services"]
    names = {service["ReferenceId"]: service["Name"] for service in services}
    edges = {(service["Name"], names[edge["ReferenceId"]]) for service in services for edge in service["Edges"]}
    assert edges == {("trigger", "dynamodb"), ("trigger", "ingest"), ("ingest", "s3"), ("canary", "query")}
    assert {service["Name"] for service in services if service["Root"]} == {"trigger", "canary"}
