"""X-Ray's stand-in, asked by boto3 and told by datagrams."""

import json
import socket
import subprocess
import sys
import time

import boto3
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
        segment(annotations={"document": "a b.pdf", "retried": False}, subsegments=[nested]),
        segment(trace_id="1-581cf772-a006649127e371903a2de979", id="b" * 16, name="lambda", fault=True),
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for document in documents:
            datagram = b'{"format":"json","version":1}\n' + json.dumps(document).encode()
            sender.sendto(datagram, ("127.0.0.1", port))
    until(lambda: len(summaries(xray)) == 2, "both datagrams arrived")


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
        ('fault = true AND service("raglite")', []),
    ],
)
def test_summaries_are_found_by_annotation_service_and_fault(told, xray, expression, found):
    assert [entry["Id"] for entry in summaries(xray, expression)] == found


def test_a_summary_carries_annotations_of_nested_parts_too(told, xray):
    assert {name for entry in summaries(xray) for name in entry["Annotations"]} == {"document", "retried", "chunks"}


def test_a_filter_that_is_not_understood_is_refused(told, xray):
    with pytest.raises(ClientError, match=r"responsetime > 5.* is not understood"):
        summaries(xray, "responsetime > 5")


def test_documents_that_are_none_come_back_and_the_others_are_kept(xray):
    trace = "1-581cf773-a006649127e371903a2de979"
    good = json.dumps(segment(trace_id=trace, start_time=1.0, end_time=2.0))
    answer = xray.put_trace_segments(TraceSegmentDocuments=[good, "{}", "no JSON"])
    assert len(answer["UnprocessedTraceSegments"]) == 2
    assert len(xray.batch_get_traces(TraceIds=[trace])["Traces"]) == 1


def test_a_finished_segment_takes_the_place_of_itself_in_progress(xray):
    trace = "1-581cf774-a006649127e371903a2de979"
    for fields in ({"in_progress": True, "end_time": None}, {"end_time": 3.0}):
        document = segment(trace_id=trace, start_time=1.0) | fields
        xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])
    kept = xray.batch_get_traces(TraceIds=[trace])["Traces"][0]["Segments"]
    assert [json.loads(part["Document"])["end_time"] for part in kept] == [3.0]
