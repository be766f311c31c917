"""A twin's containers on a Docker Engine: created as their task definition says, started, followed to their end."""

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.docker import images, network, sweeping, translation
from local.docker.daemon import Daemon, Unreachable
from local.docker.life import Life
from local.docker.logs import lines
from local.docker.relay import Relay, through, ways
from local.docker.translation import Place, Untranslatable
from local.engine.addresses import NoAddressLeft
from local.engine.containers import START_SECONDS, Refused, listens
from local.engine.credentials import Credentials
from local.engine.definitions import LABEL, Definitions, limits_in
from local.engine.log import ContainerLog, keep_newest
from local.engine.restarts import Restarts

READY_EVERY = 0.05  # seconds
ASKED_AGAIN = 0.5  # seconds after which an engine that did not answer is asked again
LAST_STOP_SECONDS = 10  # when the engine itself is told to end
LAST_WORDS = 2.0  # seconds in which an ended container's output is read to its end
NOT_RUNNING = "cannot join network of a non running container"


@dataclass(frozen=True)
class Host:
    """Whose containers they are, the engine they run on, the emulator, where logs go, and the variables that win."""

    home: str
    daemon: Path
    endpoint: str
    logs: Path
    environment: Mapping[str, str] = field(default_factory=dict)


class Containers:
    """Call `open` and `close` in the running loop."""

    def __init__(self, host: Host) -> None:
        self._host, self._definitions = host, Definitions(host.endpoint)
        self.home = host.home
        self._lives: dict[str, Life] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._restarts, self._relay = Restarts(), Relay()

    async def open(self) -> None:
        """Remove what an earlier engine left, make the network and the ways to loopback, and guard against the same."""
        keep_newest(self._host.logs)
        await asyncio.to_thread(sweeping.sweep, self._host.daemon, self._host.home)
        self.docker = Daemon(self._host.daemon)
        self._watchdog = sweeping.start(self._host.daemon, self._host.home)
        self._network = await network.make(self.docker, self._host.home)
        self._addresses = self._network.addresses()
        self._credentials = await asyncio.to_thread(Credentials, self._host.endpoint, self._network.gateway)
        self._environment = through(self._host.environment, self._network.gateway)
        self._processors = float((await self.docker.call("GET", "/info"))["NCPU"])
        await self._relay.open(self._network.gateway, ways(self._host.environment))

    async def close(self) -> None:
        """Stop every container, whatever its own stop timeout, and leave nothing on the engine."""
        await asyncio.gather(*(self._last_stop(life) for life in self._lives.values()))
        if self._background:
            await asyncio.wait(self._background, timeout=LAST_STOP_SECONDS)
        for task in self._background:  # a Docker Engine that does not answer tells no end
            task.cancel()
        self._relay.close()
        self._credentials.close()
        await self.docker.close()
        await asyncio.to_thread(self._watchdog.communicate)

    def get(self, reference: str) -> Life:
        """Return the container of that id."""
        if reference not in self._lives:
            raise Refused(404, f"No such container: {reference}")
        return self._lives[reference]

    async def image(self, reference: str) -> dict[str, Any]:
        """Return what Docker shows of an image; what stands for the sidecar's is one of ours."""
        name = images.needed()[0] if images.is_sidecar(reference) else images.local_name(reference)
        try:
            shown: dict[str, Any] = await self.docker.call("GET", f"/images/{name}/json")
        except Refused as error:
            raise Refused(error.status, images.absent(name) if error.status == 404 else str(error)) from error  # noqa: PLR2004  not found
        return shown

    async def create(self, body: Mapping[str, Any], parameters: Mapping[str, str]) -> Life:
        """Make a container that waits to be started."""
        labels: Mapping[str, str] = body.get("Labels") or {}
        task = await asyncio.to_thread(self._definitions.task, labels)
        if task is None:
            raise Refused(400, "Only a container of a task whose definition can be read is created here.")
        own = translation.own_part(task, labels.get(LABEL + "container-name", ""))
        arn = labels[LABEL + "task-arn"]
        try:
            asked = await self._asked(body, task, own)
            number = (await self.docker.call("POST", "/containers/create", asked, **parameters))["Id"]
        except BaseException as error:
            self._give_back(arn)
            if isinstance(error, NoAddressLeft):
                raise Refused(503, str(error)) from error
            raise
        log = ContainerLog(self._host.logs / f"{parameters.get('name') or number}.log")
        limits = limits_in(task, own.get("name", ""))
        self._lives[number] = Life(number, asked["Image"], self._addresses.of(arn), labels, limits, log)
        return self._lives[number]

    async def _asked(self, body: Mapping[str, Any], task: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
        arn = body["Labels"][LABEL + "task-arn"]
        beside = next((life for life in self._lives.values() if life.task == arn), None)
        sidecar = images.is_sidecar(body["Image"])
        if sidecar and beside is None:
            raise Refused(400, "The X-Ray daemon comes after the container whose task it is in: put it last.")
        name = beside.image if sidecar and beside else images.local_name(body["Image"])
        shown = await self.image(name)
        place = Place(
            home=self._host.home,
            network=self._network.name,
            task=arn,
            image=name,
            address=self._addresses.of(arn),
            beside=beside.id if beside else "",
            processors=self._processors,
            volumes=frozenset(shown["Config"].get("Volumes") or ()),
            environment={**self._environment, **self._credentials.variables(arn, task.get("taskRoleArn"))},
        )
        try:
            asked = translation.container(body, task, own, place)
        except Untranslatable as error:
            raise Refused(400, str(error)) from error
        return translation.waiting(asked) if sidecar else asked

    async def start(self, life: Life) -> None:
        """Start a container and return when its ports answer or it has ended.

        The emulator calls a task running, and sends it traffic, as soon as this returns.
        """
        deadline = time.monotonic() + START_SECONDS
        if await self._ends_before_its_turn(life) or life.end_asked:
            return
        try:
            await self.docker.call("POST", f"/containers/{life.id}/start")
        except Refused as error:
            if NOT_RUNNING not in str(error):
                raise
            life.log.append(b"not started: the container whose network it shares has ended\n")
            return
        life.started = time.monotonic()
        life.seen = await self._inspection(life)
        task = asyncio.create_task(self._see_to_the_end(life))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        await self._answers(life, deadline)

    async def stop(self, life: Life) -> bool:
        """Stop a container within its own stop timeout; False if it does not run."""
        life.end_asked = True
        if not life.started:
            life.ended.set()
        if life.ended.is_set():
            return False
        await self.docker.call("POST", f"/containers/{life.id}/stop")
        await life.ended.wait()
        return True

    async def remove(self, life: Life, *, force: bool) -> None:
        """Remove a container, and its task's volumes with the last one; one that runs only by force."""
        life.end_asked = life.end_asked or force
        await self.docker.call("DELETE", f"/containers/{life.id}", force=str(int(force)), v="1")
        life.ended.set()
        life.log.close()
        self._lives.pop(life.id, None)
        if self._give_back(life.task):
            await self._remove_volumes(life.task)

    async def inspect(self, life: Life) -> dict[str, Any]:
        """Return all that can be seen of a container."""
        return life.seen or await self._inspection(life)

    async def _inspection(self, life: Life) -> dict[str, Any]:
        shown: dict[str, Any] = await self.docker.call("GET", f"/containers/{life.id}/json")
        shown["Config"]["Env"] = []  # may hold secrets
        if not shown["NetworkSettings"]["Networks"]:  # it shares its task's
            shown["NetworkSettings"]["Networks"] = {self._network.name: {"IPAddress": life.address}}
        return shown

    async def _ends_before_its_turn(self, life: Life) -> bool:
        if delay := self._restarts.delay(life.kind):
            life.log.append(self._restarts.sentence(life.kind))
        return await life.ends_within(delay)

    async def _answers(self, life: Life, deadline: float) -> None:
        for port in life.limits.ports:
            while not await listens(life.address, port) and time.monotonic() < deadline:
                if await life.ends_within(READY_EVERY):
                    return

    async def _see_to_the_end(self, life: Life) -> None:
        printing = asyncio.create_task(self._print(life))
        with contextlib.suppress(Refused):  # removed by force
            await self._end_of(life)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(printing, LAST_WORDS)
        if life.limits.ports and not life.end_asked:
            self._restarts.died(life.kind, time.monotonic() - life.started)
        life.log.close()
        life.ended.set()
        if life.limits.essential:
            await asyncio.gather(*(self.stop(mate) for mate in self._mates(life)))
        self._give_back(life.task)

    async def _end_of(self, life: Life) -> None:
        """Wait for the end, also while the Docker Engine is started again, which ends the containers it had."""
        while True:
            try:
                await self.docker.call("POST", f"/containers/{life.id}/wait")
                life.seen = await self._inspection(life)
            except Unreachable:
                await asyncio.sleep(ASKED_AGAIN)
            else:
                return

    async def _print(self, life: Life) -> None:
        stream = self.docker.stream(f"/containers/{life.id}/logs", follow="1", stdout="1", stderr="1")
        with contextlib.suppress(Refused):
            async for line in lines(stream):
                life.log.append(line)

    async def _last_stop(self, life: Life) -> None:
        life.end_asked = True
        if life.started and not life.ended.is_set():
            with contextlib.suppress(Refused):
                await self.docker.call("POST", f"/containers/{life.id}/stop", t=str(LAST_STOP_SECONDS))

    async def _remove_volumes(self, task: str) -> None:
        definition = {"label": [f"{translation.MARK}={self._host.home}", f"{translation.TASK}={task}"]}
        listed = await self.docker.call("GET", "/volumes", filters=json.dumps(definition))
        for volume in listed["Volumes"] or ():
            with contextlib.suppress(Refused):
                await self.docker.call("DELETE", f"/volumes/{volume['Name']}")

    def _give_back(self, task: str) -> bool:
        """Let another task have the address of one that has ended, whose credentials end, too; whether it has."""
        has_ended = all(life.ended.is_set() for life in self._lives.values() if life.task == task)
        if has_ended:
            self._addresses.give_back(task)
            self._credentials.forget(task)
        return has_ended

    def _mates(self, life: Life) -> list[Life]:
        return [other for other in self._lives.values() if other.task == life.task and other is not life]
