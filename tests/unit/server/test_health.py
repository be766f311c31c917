"""Alive is not ready."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.model import EmbeddingSpec
from raglite.server import health
from raglite.server.app import create_app
from raglite.server.health import Readiness
from raglite.settings import Settings
from tests.fakes.embedder import SPEC, FakeEmbedder
from tests.fakes.index import FakeIndex
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing


def ready(services: object) -> tuple[int, dict[str, str]]:
    response = TestClient(create_app(services, Settings())).get("/readyz")  # type: ignore[arg-type]  # Services
    return response.status_code, response.json()["parts"]


def test_alive_and_ready_need_no_key(app: FastAPI) -> None:
    client = TestClient(app)
    alive, found = client.get("/healthz"), client.get("/readyz")
    assert (alive.status_code, alive.json()["status"]) == (200, "alive")
    assert (found.status_code, found.json()["status"]) == (200, "ready")
    assert found.json()["parts"] == {"model": "ok", "index": "ok"}
    assert alive.json()["task"] == found.json()["task"]
    assert found.json()["embedding"] == SPEC.digest


def test_an_unreachable_index_is_alive_and_not_ready(world: World) -> None:
    index = Watched(world.index, failing("check", times=99))
    client = TestClient(create_app(world.services(index=index), Settings()))
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert response.json()["parts"] == {"model": "ok", "index": "Fake: check did not answer; try again."}


def test_a_wrong_model_is_not_ready(world: World) -> None:
    broken = Watched(world.embedder, failing("embed_query", times=99, error=ConfigurationError("model.onnx differs.")))
    status, parts = ready(world.services(embedder=broken))
    assert (status, parts["model"]) == (503, "model.onnx differs.")


def test_a_model_that_is_not_loaded_has_no_embedding_to_compare(world: World) -> None:
    broken = Watched(world.embedder, failing("embed_query", times=99, error=ConfigurationError("model.onnx differs.")))
    found = TestClient(create_app(world.services(embedder=broken), Settings())).get("/readyz").json()
    assert "embedding" not in found


def test_a_collection_of_another_spec_is_not_ready(world: World) -> None:
    other: EmbeddingSpec = SPEC.model_copy(update={"model": "another"})
    status, parts = ready(world.services(embedder=FakeEmbedder(other)))
    assert status == 503
    assert "another embedding spec" in parts["index"]


def test_a_new_installation_makes_its_collection_and_is_ready() -> None:
    index = FakeIndex()
    assert ready(World().services(index=index))[0] == 200
    assert index.spec == SPEC


def test_where_documents_were_published_no_collection_is_made_for_one_that_is_gone(world: World) -> None:
    index = FakeIndex()
    status, parts = ready(world.services(index=index))
    assert (status, parts["index"]) == (503, "Fake: the collection is gone.")
    assert index.server.collections == {}


def test_a_registry_that_is_older_than_the_index_is_not_ready(world: World) -> None:
    world.registry.number = 0
    status, parts = ready(world.services())
    assert (status, "older than the index" in parts["index"]) == (503, True)


def test_a_service_becomes_ready_when_its_index_comes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "READY_SECONDS", 0)
    index = Watched(world.index, failing("check"))
    client = TestClient(create_app(world.services(index=index), Settings()))
    assert [client.get("/readyz").status_code for _ in range(2)] == [503, 200]


def test_a_finding_holds_for_a_moment(world: World) -> None:
    asked: list[str] = []
    client = TestClient(create_app(world.services(index=Watched(world.index, asked.append)), Settings()))
    for _ in range(5):
        assert client.get("/readyz").status_code == 200
    assert asked.count("check") == 1


def test_warming_up_says_what_is_wrong(world: World) -> None:
    Readiness(world.services()).warm()
    with pytest.raises(DependencyUnavailable):
        Readiness(world.services(index=Watched(world.index, failing("serve")))).warm()
    with pytest.raises(ConfigurationError):
        Readiness(world.services(embedder=FakeEmbedder(SPEC.model_copy(update={"dimensions": 8})))).warm()
