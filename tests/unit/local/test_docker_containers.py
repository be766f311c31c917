"""A twin's containers on a Docker Engine that fails them: what the emulator is told, and when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from local.docker import containers, network
from local.docker.containers import Containers, Host
from local.engine.containers import Refused
from tests.fakes.docker_engine import DockerEngine
from tests.fakes.task_definitions import TaskDefinitions

PATIENCE = 10  # seconds


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[TaskDefinitions]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(network, "CANDIDATES", (("127.0.8.0/29", "127.0.8.1"),))  # a range that needs no bridge
    with TaskDefinitions() as serving:
        serving.define("task", image="x/raglite:1")
        yield serving


def played(emulator: TaskDefinitions, home: Path, play: Callable[[DockerEngine, Containers], Awaitable[None]]) -> None:
    """Play with a twin's containers on an engine."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[DockerEngine, Containers]]:
        engine = DockerEngine(home / "docker.sock")
        ours = Containers(Host(str(home), engine.socket, emulator.url, home))
        async with engine.serving():
            await ours.open()
        yield engine, ours
        await ours.close()

    async def run() -> None:
        async with opened() as (engine, ours):
            await asyncio.wait_for(play(engine, ours), PATIENCE)

    asyncio.run(run())


def test_a_container_that_ended_while_the_engine_was_away_is_told_once_it_is_back(
    emulator: TaskDefinitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "ASKED_AGAIN", 0.01)

    async def play(engine: DockerEngine, ours: Containers) -> None:
        body = {"Image": "x/raglite:1", "Labels": emulator.labels("task", "arn:task/1")}
        async with engine.serving():
            life = await ours.create(body, {})
            await ours.start(life)
            await engine.awaited.wait()
            assert (await ours.inspect(life))["State"]["Status"] == "running"
        engine.end(life.id, 143)
        with pytest.raises(Refused, match=r"does not answer any more .* see that it runs"):
            await ours.docker.call("GET", "/info")
        assert not life.ended.is_set()
        async with engine.serving():
            await life.ended.wait()
        assert (await ours.inspect(life))["State"] == {"Running": False, "Status": "exited", "ExitCode": 143}

    played(emulator, tmp_path, play)


def test_a_task_too_many_is_refused_with_the_reason(emulator: TaskDefinitions, tmp_path: Path) -> None:
    async def play(engine: DockerEngine, ours: Containers) -> None:
        async with engine.serving():
            for number in range(5):
                labels = emulator.labels("task", f"arn:task/{number}")
                await ours.create({"Image": "x/raglite:1", "Labels": labels}, {})
            labels = emulator.labels("task", "arn:task/last")
            with pytest.raises(Refused, match=r"All 5 addresses of 127\.0\.8\.0/29 are in use: stop some tasks"):
                await ours.create({"Image": "x/raglite:1", "Labels": labels}, {})

    played(emulator, tmp_path, play)


def test_an_engine_that_is_gone_does_not_keep_the_twin_from_ending(
    emulator: TaskDefinitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "LAST_STOP_SECONDS", 0.1)

    async def play(engine: DockerEngine, ours: Containers) -> None:
        body = {"Image": "x/raglite:1", "Labels": emulator.labels("task", "arn:task/1")}
        async with engine.serving():
            await ours.start(await ours.create(body, {}))
            await engine.awaited.wait()

    played(emulator, tmp_path, play)
