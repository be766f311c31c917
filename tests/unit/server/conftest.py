"""The service over fakes: three documents in two groups, keys of every kind."""

import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from raglite.ports import Principal
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.credentials import FakeCredentials
from tests.fakes.parser import report
from tests.fakes.services import ANALYST, World
from tests.unit.server.asking import REVISIONS

READ = frozenset({"read"})
PRINCIPALS = (
    ANALYST,
    Principal("red", READ, ("red",)),
    Principal("blue", READ, ("blue",)),
    Principal("nowhere", READ, ()),
    Principal("writer", frozenset({"ingest"})),
    Principal("editor", READ | {"ingest"}),
    Principal("operator", frozenset({"admin"})),
    Principal("canary", READ | {"canary"}),
    Principal("lone canary", frozenset({"canary"})),
)
DOCUMENTS = {
    "red/orchard.pdf": report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt was 9 million."),
    "blue/harbor.pdf": report("Harbor Lines, Inc.", 2022, "Revenue was 5 million.", "Debt was 1 million."),
    "plain.pdf": report("Quarry Stone, Inc.", 2021, "Revenue was 7 million."),
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=REVISIONS)
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world() -> World:
    made = World(credentials=FakeCredentials(*PRINCIPALS))
    for key, body in DOCUMENTS.items():
        made.ingest(key, body)
    return made


@pytest.fixture
def app(world: World) -> FastAPI:
    return create_app(world.services(), Settings())


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, headers={"Authorization": "Bearer analyst"}) as made:
        yield made


@pytest.fixture
def logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
