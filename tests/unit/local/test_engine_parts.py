"""What the process engine decides without a process."""

import asyncio
import os
from pathlib import Path

import pytest

from local.engine import images, memory
from local.engine.addresses import Addresses, NoAddressLeft
from local.engine.container import Container, Identity
from local.engine.definitions import MIB, Limits, limits_in
from local.engine.environment import ANY_ADDRESS, Host, process_command, process_environment
from local.engine.log import KEPT_LINES, LONGEST_LINE, ROTATE_AT, ContainerLog
from local.engine.restarts import Restarts

HOST = Host(Path("/venv/bin/python"), Path("/code"), Path("/scratch"), Path("/logs"), {"KEY": "host"}, {"GAP": "host"})


def test_the_delay_doubles_with_each_young_death_up_to_half_a_minute() -> None:
    restarts = Restarts(lambda: 0)
    delays = []
    for _ in range(8):
        restarts.died("a", age=1)
        delays.append(restarts.delay("a"))
    assert delays == [0, 1, 2, 4, 8, 16, 30, 30]
    assert restarts.delay("b") == 0


def test_deaths_are_forgotten_after_a_long_life_or_a_quiet_minute() -> None:
    times = [0.0]
    restarts = Restarts(lambda: times[0])
    for _ in range(3):
        restarts.died("a", age=1)
        restarts.died("b", age=1)
    restarts.died("a", age=31)
    assert (restarts.delay("a"), restarts.delay("b")) == (0, 2)
    times[0] = 61
    assert restarts.delay("b") == 0


def test_owners_keep_their_address_and_no_two_engines_share_one() -> None:
    ours, theirs = Addresses(), Addresses()
    assert ours.of("a") == ours.of("a")
    assert len({ours.of("a"), ours.of("b"), theirs.of("a"), theirs.of("b")}) == 4
    theirs.close()
    ours.close()


def test_an_address_given_back_is_lent_last() -> None:
    addresses = Addresses()
    first = addresses.of("0")
    addresses.give_back("0")
    assert first not in {addresses.of(str(owner)) for owner in range(1, 253)}
    assert addresses.of("last") == first
    with pytest.raises(NoAddressLeft, match="stop some tasks"):
        addresses.of("one too many")
    addresses.close()


def test_limits_come_from_the_container_and_fall_back_on_its_task() -> None:
    main = {"name": "main", "stopTimeout": 45, "portMappings": [{"containerPort": 8000}]}
    task = {"memory": "512", "containerDefinitions": [main, {"name": "side", "memory": 64, "essential": False}]}
    assert limits_in(task, "main") == Limits(512 * MIB, 45, (8000,), essential=True)
    assert limits_in(task, "side") == Limits(64 * MIB, 30, (), essential=False)


def test_variables_of_the_machine_win_and_the_emulators_addresses_are_dropped() -> None:
    given = {"KEY": "mine", "GAP": "mine", "HOST": ANY_ADDRESS, "ECS_CONTAINER_METADATA_URI_V4": "http://nowhere"}
    seen = process_environment(HOST, given, "127.0.1.2", Path("/scratch/a"))
    assert (seen["KEY"], seen["GAP"], seen["HOST"], seen["HOME"]) == ("host", "mine", "127.0.1.2", "/scratch/a")
    assert "ECS_CONTAINER_METADATA_URI_V4" not in seen


def test_a_command_runs_on_the_machines_python_and_the_tasks_own_address() -> None:
    assert process_command(HOST, ["python3", "-m", "x", f"{ANY_ADDRESS}:80"], "127.0.1.2") == [
        "/venv/bin/python",
        "-m",
        "x",
        "127.0.1.2:80",
    ]
    assert process_command(HOST, ["/bin/echo", "10.0.0.0"], "127.0.1.2") == ["/bin/echo", "10.0.0.0"]


@pytest.mark.parametrize(
    ("reference", "image"),
    [
        ("1.dkr.ecr.eu-west-1.amazonaws.com/raglite:7", images.SERVICE),
        ("localhost:5000/raglite-ingest@sha256:ab", images.INGEST),
        ("public.ecr.aws/xray/aws-xray-daemon:3.x", images.SIDECAR),
        ("docker.io/nginx", None),
    ],
)
def test_an_image_is_known_by_its_repository(reference: str, image: images.Image | None) -> None:
    assert images.find(reference) == image


def test_an_endless_line_is_cut_and_the_file_rotated(tmp_path: Path) -> None:
    async def print_(size: int) -> None:
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as pipe:
            collecting = asyncio.create_task(log.collect(os.fdopen(reading, "rb", buffering=0)))
            await asyncio.to_thread(pipe.write, b"x" * size)
        await collecting

    log = ContainerLog(tmp_path / "a.log")
    asyncio.run(print_(ROTATE_AT + 2 * LONGEST_LINE))
    assert max(map(len, log.lines())) <= 2 * LONGEST_LINE
    assert (tmp_path / "a.log").stat().st_size < ROTATE_AT < (tmp_path / "a.log.1").stat().st_size
    log.close()


def test_only_the_last_lines_are_kept_in_memory(tmp_path: Path) -> None:
    log = ContainerLog(tmp_path / "a.log")
    for number in range(KEPT_LINES + 1):
        log.append(b"%d\n" % number)
    log.close()
    log.append(b"after the end\n")
    assert (log.lines()[0], log.lines(tail=1), len(log.lines())) == (b"1\n", [b"10000\n"], KEPT_LINES)


def test_memory_within_the_limit_harms_nobody(tmp_path: Path) -> None:
    async def keep() -> Container:
        log = ContainerLog(tmp_path / "a.log")
        container = Container(Identity("1", "a", "raglite", {}), Limits(memory=2 * MIB), log)
        memory.keep(container, {os.getpid(): 2 * MIB})
        log.close()
        return container

    assert asyncio.run(keep()).state.oom_killed is False


def test_the_memory_of_processes_without_a_session_here_is_not_that_of_a_container_that_has_ended(
    tmp_path: Path,
) -> None:
    async def made(memory: int | None, pid: int) -> Container:
        container = Container(
            Identity("1", "a", "raglite", {}), Limits(memory=memory), ContainerLog(tmp_path / "a.log")
        )
        container.state.pid = pid
        return container

    async def all_of_them() -> list[Container]:
        return [await made(memory, pid) for memory, pid in ((MIB, 0), (MIB, 17), (None, 18))]

    assert list(memory.limited(asyncio.run(all_of_them()))) == [17]
