"""The command line over fakes; the service is the real application, reached without a network."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import typer
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.ingestion.synchronize import Policy, synchronize
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.services import World
from tests.fakes.setup import FakeSetup
from tests.terminals import pseudo_terminal

POLICY = Policy(owner="task", lease_seconds=60, publish_seconds=30, max_attempts=3, max_document_bytes=10_000)
ENVIRONMENT = {
    "RAGLITE_DOCUMENTS_BUCKET": "documents",
    "RAGLITE_PARSED_BUCKET": "parsed",
    "RAGLITE_API_URL": "http://service",
    "RAGLITE_API_KEY": "analyst",
}
SHOWING = {"FORCE_COLOR", "NO_COLOR", "COLUMNS"}
Respond = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class Screen:
    """What a command left on a terminal, escape codes and all."""

    exit_code: int
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.replace("\r\n", "\n").splitlines()


@dataclass
class CommandLine:
    """Runs `raglite ...`; `meanwhile` is called with the key of every document in each pause of a wait."""

    world: World
    respond: Respond
    meanwhile: Callable[[str], None] = lambda _: None
    pauses: list[float] = field(default_factory=list)
    setup: FakeSetup = field(default_factory=FakeSetup)
    parts: dict[str, Any] = field(default_factory=dict)  # of Services, in the place of the world's
    transport: Callable[[], httpx.BaseTransport | None] | None = None  # in the place of `respond`

    def __post_init__(self) -> None:
        self.setup.now = self.world.clock.now()

    def __call__(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        return CliRunner().invoke(app, arguments, obj=self.reach, env=env or {})

    def on_a_terminal(self, *arguments: str, columns: int = 80, env: Mapping[str, str] | None = None) -> Screen:
        """Run it with stdout and stderr on a pseudo terminal that is so wide."""
        with pytest.MonkeyPatch.context() as patch, pseudo_terminal(columns) as terminal:
            for name, value in {"TERM": "xterm-256color", **(env or {})}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdout", terminal.stream)
            patch.setattr(sys, "stderr", terminal.stream)
            command = typer.main.get_command(app)
            with pytest.raises(SystemExit) as ended:
                command.main(list(arguments), "raglite", obj=self.reach)
        return Screen(int(str(ended.value.code)), terminal.text)

    @property
    def reach(self) -> Outside:
        return Outside(
            lambda _: self.world.services(**self.parts),
            self.transport() if self.transport else httpx.MockTransport(self.respond),
            self._pause,
            setup_by=lambda: self.setup,
        )

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
        if name.startswith(("RAGLITE_", "AWS_")) or name.lower().endswith("_proxy") or name in SHOWING:
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
