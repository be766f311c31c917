"""The command line over fakes; the service is the real application, reached without a network."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.ingestion.synchronize import Policy, synchronize
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.services import World

POLICY = Policy(owner="task", lease_seconds=60, publish_seconds=30, max_attempts=3, max_document_bytes=10_000)
ENVIRONMENT = {
    "RAGLITE_DOCUMENTS_BUCKET": "documents",
    "RAGLITE_PARSED_BUCKET": "parsed",
    "RAGLITE_API_URL": "http://service",
    "RAGLITE_API_KEY": "analyst",
}
Respond = Callable[[httpx.Request], httpx.Response]


@dataclass
class CommandLine:
    """Runs `raglite ...`; `meanwhile` is called with the key of every document in each pause of a wait."""

    world: World
    respond: Respond
    meanwhile: Callable[[str], None] = lambda _: None
    pauses: list[float] = field(default_factory=list)

    def __call__(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        reach = Outside(lambda _: self.world.services(), httpx.MockTransport(self.respond), self._pause)
        return CliRunner().invoke(app, arguments, obj=reach, env=env or {})

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.world.clock.advance(seconds)
        for key in [versions[0].key for versions in self.world.documents.inventory()]:
            self.meanwhile(key)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RAGLITE_") or name in {"FORCE_COLOR", "NO_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def service(world: World) -> Iterator[Respond]:
    with TestClient(create_app(world.services(), Settings())) as client:

        def respond(request: httpx.Request) -> httpx.Response:
            path = request.url.raw_path.decode()
            answer = client.request(request.method, path, headers=dict(request.headers), content=request.content)
            return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)

        yield respond


@pytest.fixture
def raglite(world: World, service: Respond) -> CommandLine:
    return CommandLine(world, service)


@pytest.fixture
def ingest(world: World) -> Callable[[str], None]:
    return lambda key: _ingest(world, key)


def _ingest(world: World, key: str) -> None:
    synchronize(key, world.services(), POLICY)
