"""A Qdrant server that fails, stalls or is gone ends as a fault that somebody can act on, and soon."""

import json
import time

import numpy as np
import pytest

from raglite.adapters.qdrant_index import QdrantIndex
from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.ports import Edition, Leg, SearchRequest
from tests.broken_server import Ending, broken_server, response

EDITION = Edition("a.pdf", "v1", 1)
COUNTED = json.dumps({"result": {"count": 3}, "status": "ok", "time": 0.0}).encode()
HALF = response(COUNTED[:10], length=len(COUNTED))


def updated(status: str) -> bytes:
    return response(json.dumps({"result": {"operation_id": 1, "status": status}, "status": "ok", "time": 0.0}).encode())


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        (response(b"{}", "500 Internal Server Error"), Ending.CLOSE),
        (response(b"{}", "503 Service Unavailable"), Ending.CLOSE),
        (response(b"{}", "408 Request Timeout"), Ending.CLOSE),
        (response(b"{}", "429 Too Many Requests"), Ending.CLOSE),
        (response(b"{}", "429 Too Many Requests", headers="Retry-After: 7\r\n"), Ending.CLOSE),
        (response(b"<html>\xff</html>", "502 Bad Gateway"), Ending.CLOSE),
        (response(b"<html>"), Ending.CLOSE),
        (response(b"\xff\xfe\xfd"), Ending.CLOSE),
        (response(b"{}"), Ending.CLOSE),
        (b"", Ending.CLOSE),
        (b"", Ending.RESET),
        (b"", Ending.STALL),
        (HALF, Ending.CLOSE),
        (HALF, Ending.RESET),
        (HALF, Ending.STALL),
    ],
)
def test_an_answer_that_is_none_is_a_transient_fault_within_the_timeout(answer: bytes, ending: Ending) -> None:
    with broken_server(answer, ending) as url:
        index = QdrantIndex.connect(url, None, "documents", timeout=1)
        started = time.monotonic()
        with pytest.raises(DependencyUnavailable, match="Qdrant"):
            index.count()
        assert time.monotonic() - started < 5


def test_a_server_that_answers_is_believed() -> None:
    with broken_server(response(COUNTED)) as url:
        assert QdrantIndex.connect(url, None, "documents", timeout=1).count() == 3


@pytest.mark.parametrize("status", ["wait_timeout", "acknowledged"])
def test_a_write_that_has_not_happened_yet_is_not_taken_for_done(status: str) -> None:
    with broken_server(updated(status)) as url:
        index = QdrantIndex.connect(url, None, "documents", timeout=1)
        for change in (
            lambda: index.publish(EDITION, 1),
            lambda: index.supersede("a.pdf", None, 1),
            lambda: index.sweep("a.pdf"),
        ):
            with pytest.raises(DependencyUnavailable, match="not finished"):
                change()
    with broken_server(updated("completed")) as url:
        QdrantIndex.connect(url, None, "documents", timeout=1).publish(EDITION, 1)


def test_a_collection_that_vanished_is_named_and_what_to_do_said() -> None:
    refusal = b'{"status": {"error": "Not found: Collection `documents` doesn\'t exist!"}}'
    told = r"the collection documents is gone.* docs/how-to/restore\.md"
    with broken_server(response(refusal, "404 Not Found")) as url, pytest.raises(DependencyUnavailable, match=told):
        QdrantIndex.connect(url, None, "documents", timeout=1).count()


def test_a_request_that_is_refused_is_a_fault_of_configuration() -> None:
    told = r"refused a request \(400\): .* too long"
    answer = response(b"\xff too long", "400 Bad Request")
    with broken_server(answer) as url, pytest.raises(ConfigurationError, match=told):
        QdrantIndex.connect(url, None, "documents", timeout=1).count()


def test_a_connection_that_was_closed_while_nobody_asked_is_no_fault() -> None:
    with broken_server(response(COUNTED)) as url:  # which ends every connection after one answer, and does not say so
        index = QdrantIndex.connect(url, None, "documents", timeout=1)
        assert [index.count() for _ in range(50)] == [3] * 50


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"result": {}}',
        b'{"result": {"points": [1]}}',
        b'{"result": {"points": [{}]}}',
        b'{"result": {"points": [{"id": "1", "score": 1, "payload": {"fingerprint": "f"}}]}}',  # to its reading, too
    ],
)
def test_an_answer_to_a_question_that_is_none_is_a_transient_fault(body: bytes) -> None:
    asked = SearchRequest(legs=(Leg(np.ones(4, dtype=np.float32)),), commit=1, limit=1)
    with broken_server(response(body)) as url, pytest.raises(DependencyUnavailable, match="Qdrant"):
        QdrantIndex.connect(url, None, "documents", timeout=1).search(asked)
