"""All containers of an engine: created, started, ended and removed, and found again after the engine's own death."""

import asyncio
import json
import re
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.engine import images, memory, processes, watchdog
from local.engine.addresses import Addresses, NoAddressLeft
from local.engine.container import KILLED, NOT_STARTED, Container, Identity, Program
from local.engine.credentials import Credentials
from local.engine.definitions import Definitions, Limits
from local.engine.environment import Host, process_command, process_environment
from local.engine.log import ContainerLog, keep_newest
from local.engine.restarts import Restarts
from local.files import write_json

START_SECONDS = 50.0  # a server that does not answer by then counts as started: the emulator waits 60 for a start
READY_EVERY = 0.05  # seconds
LAST_STOP_SECONDS = 10.0  # when the engine itself is told to end
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")  # Docker's rule
SHORTEST_ID = 12


class Refused(Exception):
    """`status` is HTTP's; the sentence is for the client."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Order:
    """What a client asks for; a `command` replaces the image's own."""

    image: str
    name: str = ""
    command: Sequence[str] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


class Containers:
    """Call `open` and `close` in the running loop. Two engines never share a `host.scratch`."""

    def __init__(self, host: Host, definitions: Definitions, credentials: Credentials | None = None) -> None:
        self._host, self._definitions, self._credentials = host, definitions, credentials
        self._all: dict[str, Container] = {}
        self._orders: dict[str, Order] = {}  # of those that have not been started
        self._background: set[asyncio.Task[None]] = set()
        self._restarts = Restarts()
        self._mark = f"{host.scratch}:{uuid.uuid4().hex[:8]}/"

    async def open(self) -> None:
        """End what an earlier engine left running, show its containers as killed, and guard against the same."""
        processes.end_marked(f"{self._host.scratch}:")
        for file in self._host.scratch.glob("*.json"):
            identity = Identity(**json.loads(file.read_text()))
            self._all[identity.id] = Container(identity, Limits(), self._log(identity))
            self._all[identity.id].finish(KILLED)
        keep_newest(self._host.logs)
        self._addresses = Addresses()
        self._watchdog = watchdog.start(self._mark)
        self._watch = asyncio.create_task(memory.watch(self._all.values))

    async def close(self) -> None:
        """Stop every container, whatever its own stop timeout."""
        await asyncio.gather(*(container.stop(LAST_STOP_SECONDS) for container in self._all.values()))
        await asyncio.gather(*self._background)
        self._watch.cancel()
        self._addresses.close()
        if self._credentials:
            self._credentials.close()
        self._watchdog.communicate()

    def all(self) -> list[Container]:
        """Return every container that was not removed."""
        return list(self._all.values())

    def get(self, reference: str) -> Container:
        """Return the container of that name, id or beginning of an id."""
        for container in self._all.values():
            identity = container.identity
            short = len(reference) >= SHORTEST_ID and identity.id.startswith(reference)
            if short or identity.name == reference:
                return container
        raise Refused(404, f"No such container: {reference}")

    async def create(self, order: Order) -> Container:
        """Make a container that waits to be started."""
        if images.find(order.image) is None:
            raise Refused(404, f"No such image: {order.image}")
        number = uuid.uuid4().hex + uuid.uuid4().hex
        identity = Identity(number, order.name or f"container-{number[:SHORTEST_ID]}", order.image, order.labels)
        limits = await asyncio.to_thread(self._definitions.limits, identity.labels)
        if not NAME.fullmatch(identity.name):
            raise Refused(400, f"Invalid container name ({identity.name}): only {NAME.pattern} are allowed")
        if any(other.identity.name == identity.name for other in self._all.values()):
            raise Refused(409, f'Conflict. The container name "/{identity.name}" is already in use.')
        self._write(identity)
        self._all[number] = Container(identity, limits, self._log(identity))
        self._orders[number] = order
        return self._all[number]

    async def start(self, container: Container) -> bool:
        """Start a container and return when its ports answer or it has ended; False if it had been started before.

        The emulator calls a task running, and sends it traffic, as soon as this returns.
        """
        order = self._orders.pop(container.identity.id, None)
        if order is None:
            if container.ended.is_set():
                raise Refused(409, "A container runs once here: create another one.")
            return False
        if any(mate.ended.is_set() and mate.limits.essential for mate in self._mates(container)):
            container.log.append(b"not started: an essential container of its task has ended\n")
            container.finish(0)
            return True
        deadline = time.monotonic() + START_SECONDS
        if not await self._ends_before_its_turn(container):
            await self._run(container, order)
            await self._answers(container, deadline)
        return True

    async def stop(self, container: Container, seconds: float) -> None:
        """Stop a container within the task definition's stop timeout, or `seconds` if it has none."""
        timeout = container.limits.stop_seconds
        await container.stop(seconds if timeout is None else timeout)

    async def remove(self, container: Container, *, force: bool) -> None:
        """Forget a container and what it wrote to its home; one that runs only by force."""
        if container.state.status == "running" and not force:
            raise Refused(409, "You cannot remove a running container. Stop it before, or force the removal.")
        await container.stop(0)
        self._all.pop(container.identity.id, None)
        self._orders.pop(container.identity.id, None)
        self._file(container.identity).unlink(missing_ok=True)
        await asyncio.to_thread(shutil.rmtree, self._home(container.identity), ignore_errors=True)

    async def _ends_before_its_turn(self, container: Container) -> bool:
        kind = container.identity.kind
        if delay := self._restarts.delay(kind):
            container.log.append(self._restarts.sentence(kind))
        return await container.ends_within(delay)

    async def _run(self, container: Container, order: Order) -> None:
        try:
            container.address = self._addresses.of(container.identity.owner)
        except NoAddressLeft as error:
            container.finish(NOT_STARTED)
            raise Refused(500, str(error)) from error
        self._home(container.identity).mkdir(mode=0o700)
        program = self._program(container, order)
        if not program.command:
            container.log.append(images.SIDECAR_SAYS)
        await container.run(program)
        task = asyncio.create_task(self._see_to_the_end(container, time.monotonic()))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _program(self, container: Container, order: Order) -> Program:
        image, home, mark = images.find(order.image), self._home(container.identity), self._mark + container.identity.id
        command = images.command_of(image, order.command) if image and image.has_process else []
        owner, role, given = container.identity.owner, container.limits.role, self._credentials
        environment = process_environment(self._host, order.environment, container.address, home)
        return Program(
            process_command(self._host, command, container.address) if command else [],
            {**environment, **(given.variables(owner, role) if given else {}), processes.MARK: mark},
            home,
            mark,
        )

    async def _answers(self, container: Container, deadline: float) -> None:
        for port in container.limits.ports:
            while not await listens(container.address, port) and time.monotonic() < deadline:
                if await container.ends_within(READY_EVERY):
                    return

    async def _see_to_the_end(self, container: Container, started: float) -> None:
        await container.ended.wait()
        if container.limits.ports and not container.end_asked:
            self._restarts.died(container.identity.kind, time.monotonic() - started)
        if container.limits.essential:
            await asyncio.gather(*(self.stop(mate, LAST_STOP_SECONDS) for mate in self._mates(container)))
        container.address = ""
        if all(mate.ended.is_set() for mate in self._mates(container)):
            self._addresses.give_back(container.identity.owner)
            if self._credentials:
                self._credentials.forget(container.identity.owner)

    def _mates(self, container: Container) -> list[Container]:
        owner = container.identity.owner
        return [other for other in self._all.values() if other.identity.owner == owner and other is not container]

    def _home(self, identity: Identity) -> Path:
        return self._host.scratch / identity.id

    def _file(self, identity: Identity) -> Path:
        return self._host.scratch / f"{identity.id}.json"

    def _write(self, identity: Identity) -> None:
        write_json(self._file(identity), asdict(identity))

    def _log(self, identity: Identity) -> ContainerLog:
        return ContainerLog(self._host.logs / f"{identity.name}.log")


async def listens(address: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 1)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
