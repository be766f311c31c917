"""What points say is read once: two requests for a question that finds something new, one for every other."""

import gc
import json
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from raglite.adapters import qdrant_points
from raglite.adapters.qdrant_index import QdrantIndex
from raglite.adapters.qdrant_passages import OVERHEAD, Passages
from raglite.adapters.qdrant_search import QdrantSearch
from raglite.ports import Edition, FoundChunk, Leg, SearchRequest
from raglite.telemetry import PASSAGES_FOUND, PASSAGES_READ
from tests.contracts.test_vector_index import KEY, SPEC, point, published, stand_in  # noqa: F401  a fixture
from tests.fakes.telemetry import FakeTelemetry

ACME, BOLT = Edition("a/acme.pdf", "v1", 1), Edition("b/bolt.pdf", "v1", 1)
LEG = Leg(np.asarray([1, 0, 0, 0], dtype=np.float32))


class Requests(httpx.HTTPTransport):
    """What goes to Qdrant, by the end of its path."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None  # between a question and the reading of what it found

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path.partition("/points")[2])
        if not self.paths[-1]:
            self.meanwhile()
        return super().handle_request(request)


class Place:
    """An index, a search of its own over the same server, and what is noted of it."""

    def __init__(self, url: str, budget: int) -> None:
        self.name = f"passages{uuid4().hex}"
        self.index = QdrantIndex.connect(url, KEY, self.name)
        self.index.begin(SPEC)
        self.index.prepare(SPEC)
        self.requests, self.telemetry = Requests(), FakeTelemetry()
        self.client = QdrantClient(url=url, api_key=KEY, check_compatibility=False, transport=self.requests)
        self.search = QdrantSearch(self.client, Passages(budget), self.telemetry)

    def ask(self, commit: int, **limits: Any) -> tuple[FoundChunk, ...]:
        self.requests.paths.clear()
        return self.search.search(self.name, SearchRequest(legs=(LEG,), commit=commit, limit=10, **limits))

    def read(self) -> Mapping[str, float]:
        counted = dict(self.telemetry.metrics[-2:])
        return {name: counted[name] for name in (PASSAGES_FOUND.name, PASSAGES_READ.name)}


@pytest.fixture
def place(stand_in: str) -> Place:  # noqa: F811  the imported fixture
    return Place(stand_in, budget=1_000_000)


def test_a_question_reads_what_it_finds_and_the_next_one_only_what_is_new(place: Place) -> None:
    published(place.index, ACME, 1, "revenue grew", "costs fell")
    first = place.ask(1)
    assert place.requests.paths == ["/query", ""]
    again = place.ask(1)
    assert place.requests.paths == ["/query"]
    published(place.index, BOLT, 2, "bolts were sold")
    more = place.ask(2)
    assert place.requests.paths == ["/query", ""]
    assert again == first
    assert {one.chunk.text for one in more} == {"revenue grew", "costs fell", "bolts were sold"}
    assert place.read() == {PASSAGES_FOUND.name: 3, PASSAGES_READ.name: 1}


def test_what_is_kept_is_what_the_index_would_say(place: Place) -> None:
    published(place.index, ACME, 1, "revenue grew", "costs fell", company="Acme", fiscal_year=2023)
    place.ask(1)
    kept = place.ask(1)
    fresh = QdrantSearch(place.client, Passages(1_000_000)).search(
        place.name, SearchRequest(legs=(LEG,), commit=1, limit=10)
    )
    assert kept == fresh


def test_kept_passages_of_other_groups_or_other_commits_are_not_found(place: Place) -> None:
    published(place.index, ACME, 1, "revenue grew")
    published(place.index, BOLT, 2, "bolts were sold")
    assert len(place.ask(2)) == 2
    assert [one.key for one in place.ask(2, groups=("b",))] == ["b/bolt.pdf"]
    assert [one.key for one in place.ask(1)] == ["a/acme.pdf"]
    place.index.discard(*("b/bolt.pdf", "v1"))
    assert [one.key for one in place.ask(2)] == ["a/acme.pdf"]


def test_the_same_id_that_says_something_else_is_read_again(place: Place) -> None:
    published(place.index, ACME, 1, "revenue grew")
    (before,) = place.ask(1)
    place.index.discard("a/acme.pdf", "v1")
    published(place.index, ACME, 2, "revenue fell")
    (after,) = place.ask(2)
    assert (before.id, before.chunk.text, after.chunk.text) == (after.id, "revenue grew", "revenue fell")


def test_points_without_a_fingerprint_are_read_with_every_question(place: Place) -> None:
    published(place.index, ACME, 1, "revenue grew")
    place.client.delete_payload(place.name, [qdrant_points.FINGERPRINT], points=models.Filter(), wait=True)
    assert [place.ask(1)[0].chunk.text, place.ask(1)[0].chunk.text] == ["revenue grew"] * 2
    assert place.requests.paths == ["/query", ""]


def test_only_so_much_is_kept_and_what_was_asked_for_last_longest(stand_in: str) -> None:  # noqa: F811  the imported fixture
    place = Place(stand_in, budget=2 * (OVERHEAD + 200))
    published(place.index, ACME, 1, "revenue grew", "costs fell")
    published(place.index, BOLT, 2, "bolts were sold")
    place.ask(1)
    place.ask(2, groups=("b",))
    place.ask(2, groups=("b",))
    assert place.requests.paths == ["/query"]
    place.ask(1)
    assert place.read()[PASSAGES_READ.name] == 1


def test_a_point_that_is_removed_between_the_two_requests_is_not_found(place: Place) -> None:
    published(place.index, ACME, 1, "revenue grew")
    published(place.index, BOLT, 2, "bolts were sold")

    def removed_meanwhile() -> None:
        place.index.discard("b/bolt.pdf", "v1")

    place.requests.meanwhile = removed_meanwhile
    assert [one.key for one in place.ask(2)] == ["a/acme.pdf"]


def test_a_point_that_says_something_else_by_the_second_request_is_not_found(place: Place) -> None:
    published(place.index, ACME, 1, "revenue grew")
    published(place.index, BOLT, 2, "bolts were sold")

    def rewritten_meanwhile() -> None:
        place.index.discard("b/bolt.pdf", "v1")
        place.index.write([point(BOLT, 0, "nobody has published this")])

    place.requests.meanwhile = rewritten_meanwhile
    assert [one.chunk.text for one in place.ask(2)] == ["revenue grew"]


def test_should_another_collection_take_over_between_the_two_requests_the_question_is_answered_from_it(
    place: Place,
) -> None:
    published(place.index, ACME, 1, "of the first")
    second = place.index.create(SPEC)
    published(place.index.beside(second.name), ACME, 1, "of the second")

    def switched_meanwhile() -> None:
        place.index.switch(second)

    place.requests.meanwhile = switched_meanwhile
    assert [one.chunk.text for one in place.ask(1)] == ["of the second"]
    assert place.requests.paths == ["/query", "", "/query"]
    assert [one.chunk.text for one in place.ask(1)] == ["of the second"]
    assert place.requests.paths == ["/query"], "what came with the third was kept"


def test_a_point_with_two_stamps_keeps_its_fingerprint() -> None:
    said = qdrant_points.point_of(point(ACME, 0, "revenue grew"))
    later = qdrant_points.point_of(point(Edition(ACME.key, ACME.version_id, 2), 0, "revenue grew"))
    other = qdrant_points.point_of(point(ACME, 0, "revenue fell"))
    prints = [(one.payload or {})[qdrant_points.FINGERPRINT] for one in (said, later, other)]
    assert prints[0] == prints[1] != prints[2]


def test_kept_passages_take_no_more_memory_than_they_are_counted_with() -> None:
    written = [qdrant_points.point_of(point(ACME, ordinal, f"revenue {ordinal} grew")) for ordinal in range(2000)]
    told = [json.dumps({"id": one.id, "payload": one.payload}) for one in written]
    passages = Passages(1_000_000_000)
    tracemalloc.start()
    try:
        passages.keep([models.Record.model_validate_json(one) for one in told])
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    print(f"\n{taken / 2000:.0f} bytes a passage, counted with {passages._size / 2000:.0f}")
    assert taken <= passages._size
