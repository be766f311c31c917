"""Which documents X-Ray takes, by its developer guide's own examples, and which it does not."""

import json
from typing import Any

import pytest

from local.xray.schema import MOST_BYTES, UnusableSegment, checked

TRACE = "1-581cf771-a006649127e371903a2de979"
MINIMAL = {"name": "example.com", "id": "70de5b6f19ff9a0a", "start_time": 1.5, "end_time": 2.5, "trace_id": TRACE}
STARTED = {name: value for name, value in MINIMAL.items() if name != "end_time"} | {"in_progress": True}
CALL = {
    "id": "53995c3f42cd8ad8",
    "name": "DynamoDB",
    "start_time": 1480305974.194,
    "end_time": 1480305974.2,
    "namespace": "aws",
    "http": {"response": {"content_length": 60, "status": 200}},
    "aws": {"table_name": "scores", "operation": "UpdateItem", "request_id": "UBQNSO5AEM8T4FDA4RQDEB94OVTDRVV4K4"},
}
APART = CALL | {"type": "subsegment", "trace_id": TRACE, "parent_id": "defdfd9912dc5a56"}
EXCEPTION = {"id": "c7b1d2e3f4a5b6c7", "type": "KeyError", "remote": True, "stack": [{"path": "a.py", "line": 3}]}
TAKEN = {
    "minimal": MINIMAL,
    "in progress": STARTED,
    "over and said not to be in progress": MINIMAL | {"in_progress": False},
    "whole numbers as times": MINIMAL | {"start_time": 1, "end_time": 1},
    "a call inside": MINIMAL | {"subsegments": [CALL | {"subsegments": [CALL]}]},
    "a call sent apart": APART,
    "a call begun": {name: value for name, value in APART.items() if name != "end_time"} | {"in_progress": True},
    "a request": MINIMAL | {"http": {"request": {"method": "GET", "url": "https://x/y", "x_forwarded_for": True}}},
    "annotations of every kind": MINIMAL | {"annotations": {"zip_code": 98101, "country": "財", "internal": False}},
    "fifty annotations": MINIMAL | {"annotations": {f"a{number}": number for number in range(50)}},
    "metadata": MINIMAL | {"metadata": {"debug": {"test": ["anything", {}]}}},
    "an exception": MINIMAL | {"fault": True, "cause": {"working_directory": "/", "exceptions": [EXCEPTION]}},
    "another's exception": MINIMAL | {"error": True, "cause": "c7b1d2e3f4a5b6c7"},
    "where it runs": MINIMAL
    | {"origin": "AWS::ECS::Container", "aws": {"ecs": {"container": "c"}, "xray": {"sdk": "x"}}},
    "a service": MINIMAL | {"service": {"version": "1", "runtime": "CPython"}, "user": "u"},
    "a name with all that a name may hold": MINIMAL | {"name": "Ωmega 9_.:/%&#=+\\-@"},
}
REFUSED = {
    "no object": [MINIMAL],
    "nothing": {},
    "without an id": {name: value for name, value in MINIMAL.items() if name != "id"},
    "without a trace": {name: value for name, value in MINIMAL.items() if name != "trace_id"},
    "without an end": {name: value for name, value in MINIMAL.items() if name != "end_time"},
    "both over and going on": MINIMAL | {"in_progress": True},
    "over before it began": MINIMAL | {"end_time": 1.0},
    "an id that is too short": MINIMAL | {"id": "70de5b6f"},
    "an id that is no number": MINIMAL | {"id": "70de5b6f19ff9a0x"},
    "another version of trace ids": MINIMAL | {"trace_id": TRACE.replace("1-", "2-", 1)},
    "a time that is text": MINIMAL | {"start_time": "1.5"},
    "a time that is none": MINIMAL | {"start_time": float("nan")},
    "a time that is a flag": MINIMAL | {"start_time": True},
    "a flag that is a number": MINIMAL | {"fault": 1},
    "a name that is too long": MINIMAL | {"name": "x" * 201},
    "a name with a question mark": MINIMAL | {"name": "x?y"},
    "no name": MINIMAL | {"name": ""},
    "an annotation's name with a hyphen": MINIMAL | {"annotations": {"a-b": 1}},
    "an annotation that is an object": MINIMAL | {"annotations": {"a": {}}},
    "an annotation that is a list": MINIMAL | {"annotations": {"a": [1]}},
    "an annotation that is nothing": MINIMAL | {"annotations": {"a": None}},
    "an annotation that is too long": MINIMAL | {"annotations": {"a": "x" * 1001}},
    "fifty-one annotations": MINIMAL | {"annotations": {f"a{number}": number for number in range(51)}},
    "fifty-one annotations in all": MINIMAL
    | {"annotations": {"a": 1}, "subsegments": [CALL | {"annotations": {f"a{number}": 1 for number in range(50)}}]},
    "metadata that is no object": MINIMAL | {"metadata": {"debug": "text"}},
    "another namespace": MINIMAL | {"subsegments": [CALL | {"namespace": "qdrant"}]},
    "a namespace on a segment": MINIMAL | {"namespace": "aws"},
    "a field nobody knows": MINIMAL | {"annotation": {"a": 1}},
    "a field nobody knows, inside": MINIMAL | {"subsegments": [CALL | {"outcome": "x"}]},
    "a status that is text": MINIMAL | {"http": {"response": {"status": "200"}}},
    "a url that is too long": MINIMAL | {"http": {"request": {"url": "x" * 251}}},
    "a cause that is a sentence": MINIMAL | {"cause": "it broke, for some reason"},
    "an exception without an id": MINIMAL | {"cause": {"exceptions": [{"type": "KeyError"}]}},
    "a call apart without its parent": {name: value for name, value in APART.items() if name != "parent_id"},
    "a call apart of another type": APART | {"type": "segment"},
    "a call that begins nowhere": MINIMAL | {"subsegments": [{"id": "53995c3f42cd8ad8", "name": "x", "end_time": 2}]},
}


@pytest.mark.parametrize("document", TAKEN.values(), ids=TAKEN)
def test_what_the_guide_shows_is_taken(document: Any) -> None:
    checked(document, len(json.dumps(document)))


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED)
def test_what_the_guide_rules_out_is_refused(document: Any) -> None:
    with pytest.raises(UnusableSegment):
        checked(document, 100)


def test_the_largest_document_is_taken_and_a_larger_one_is_not() -> None:
    checked(MINIMAL, MOST_BYTES)
    with pytest.raises(UnusableSegment, match="65537 bytes are more than a document's 65536"):
        checked(MINIMAL, MOST_BYTES + 1)


def test_a_refusal_names_everything_that_is_wrong() -> None:
    with pytest.raises(UnusableSegment, match=r"id: .*start_time: .*subsegments\.0\.namespace: "):
        checked(MINIMAL | {"id": 1, "start_time": "x", "subsegments": [CALL | {"namespace": "x"}]}, 100)
