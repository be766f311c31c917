"""A collection's settings on their way to Qdrant: what is sent, and what a server says that it has."""

import json
from typing import Any

import httpx
import numpy as np
import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from raglite.adapters.kept_connections import KeptConnections
from raglite.adapters.qdrant_index import PASSAGES, QdrantIndex
from raglite.adapters.qdrant_passages import Passages
from raglite.adapters.qdrant_search import QdrantSearch
from raglite.model import CollectionParameters
from raglite.ports import Leg, SearchRequest
from raglite.retrieval.lexical import query_vector
from tests.contracts.test_vector_index import A1, KEY, SPEC, ask, container, published, stand_in

EVERYTHING = CollectionParameters(
    shard_number=3,
    replication_factor=2,
    write_consistency_factor=1,
    vectors_on_disk=True,
    hnsw_m=32,
    hnsw_ef_construct=256,
    hnsw_on_disk=False,
    scalar_quantization=True,
    quantile=0.99,
    quantized_always_ram=True,
    hnsw_ef=200,
    rescore=True,
    oversampling=2.0,
)
NOTHING = CollectionParameters()

__all__ = ["container", "stand_in"]  # fixtures


class Wire(KeptConnections):
    """Lets requests through and keeps what they said."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        self.sent.append((request.method, request.url.path, json.loads(body) if body else None))
        return super().handle_request(request)

    def last(self, method: str, end: str) -> Any:
        return next(body for verb, path, body in reversed(self.sent) if verb == method and path.endswith(end))


class Place:
    """An index over one server, and the wire to it."""

    def __init__(self, url: str, name: str, parameters: CollectionParameters) -> None:
        self.wire = Wire()
        self.client = QdrantClient(url=url, api_key=KEY, check_compatibility=False, transport=self.wire)
        search = QdrantSearch(self.client, Passages(PASSAGES), parameters=parameters)
        self.index = QdrantIndex(self.client, name, search, parameters)

    def begun(self) -> Any:
        """Make the collection and return what the server says of it."""
        name = self.index.begin(SPEC).name
        self.index.prepare(SPEC)
        return self.client.get_collection(name).config


@pytest.fixture(params=["stand-in", "container"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param.replace("-", "_"))
    return found


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"parameters{abs(hash(request.node.name))}"


def test_a_server_says_what_it_was_asked_for(url: str, name: str) -> None:
    found = Place(url, name, EVERYTHING).begun()
    params, hnsw = found.params, found.hnsw_config
    assert (params.shard_number, params.replication_factor, params.write_consistency_factor) == (3, 2, 1)
    assert params.vectors["dense"].on_disk is True
    assert (hnsw.m, hnsw.ef_construct, hnsw.on_disk) == (32, 256, False)
    assert found.quantization_config == models.ScalarQuantization(
        scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=True)
    )


def test_a_server_says_its_defaults_where_nothing_was_asked_for(url: str, name: str) -> None:
    found = Place(url, name, NOTHING).begun()
    params, hnsw = found.params, found.hnsw_config
    assert (params.shard_number, params.replication_factor, params.write_consistency_factor) == (1, 1, 1)
    assert (hnsw.m, hnsw.ef_construct) == (16, 100)
    assert found.quantization_config is None


def test_whatever_is_set_passages_are_written_and_found(url: str, name: str) -> None:
    alone = EVERYTHING.model_copy(update={"replication_factor": 1, "shard_number": 1})
    place = Place(url, name, alone)
    place.begun()
    published(place.index, A1, 1, "revenue grew", "costs fell")
    assert sorted(ask(place.index, "revenue", commit=1)) == ["costs fell", "revenue grew"]


def test_what_is_not_set_is_not_sent(stand_in: str, name: str) -> None:
    place = Place(stand_in, name, NOTHING)
    place.begun()
    sent = place.wire.last("PUT", f"{name}-{SPEC.digest[:12]}")
    assert set(sent) == {"vectors", "sparse_vectors", "metadata"}
    assert sent["vectors"] == {"dense": {"size": SPEC.dimensions, "distance": "Cosine"}}


def test_search_settings_go_with_dense_legs_alone_and_with_no_collection(stand_in: str, name: str) -> None:
    place = Place(stand_in, name, EVERYTHING)
    place.begun()
    legs = (Leg(np.asarray([1, 0, 0, 0], dtype=np.float32)), Leg(query_vector("revenue")))
    place.index.search(SearchRequest(legs=legs, commit=1, limit=10))
    dense, lexical = place.wire.last("POST", "/points/query")["prefetch"]
    assert dense["params"]["hnsw_ef"] == 200
    assert dense["params"]["quantization"] == {"ignore": False, "rescore": True, "oversampling": 2.0}
    assert "params" not in lexical
    created = json.dumps(place.wire.last("PUT", SPEC.digest[:12]))
    assert [name for name in ('hnsw_ef"', "rescore", "oversampling") if name in created] == []


def test_a_collection_that_is_there_keeps_what_it_was_made_with(stand_in: str, name: str) -> None:
    Place(stand_in, name, EVERYTHING).begun()
    later = Place(stand_in, name, NOTHING)
    assert later.begun().hnsw_config.m == 32
    rebuilt = later.index.create(SPEC)  # as a reindex does
    assert later.client.get_collection(rebuilt.name).config.hnsw_config.m == 16


def test_the_stand_in_takes_no_quantization_that_it_would_not_describe(stand_in: str) -> None:
    binary = models.BinaryQuantization(binary=models.BinaryQuantizationConfig())
    client = QdrantClient(url=stand_in, api_key=KEY, check_compatibility=False)
    with pytest.raises(UnexpectedResponse, match="BinaryQuantization is not supported"):
        client.create_collection("binary", vectors_config={}, quantization_config=binary)
