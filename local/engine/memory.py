"""Memory limits, kept by looking: a container over its limit loses its biggest process, as a cgroup's kernel does it.

RLIMIT_AS would count every library and model that is only mapped, RLIMIT_DATA each process for itself; neither kills,
so that a limit would show as an odd error of an allocation and not as what happens on AWS.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Mapping

from local.engine import processes
from local.engine.container import Container
from local.engine.definitions import MIB

EVERY = 0.5  # seconds


async def watch(containers: Callable[[], Iterable[Container]]) -> None:
    """Look at every container that runs with a limit, for ever."""
    while True:
        await asyncio.sleep(EVERY)
        sessions = limited(containers())
        if sessions:
            used = await asyncio.to_thread(processes.memory)
            for session, container in sessions.items():
                keep(container, used.get(session, {}))


def limited(containers: Iterable[Container]) -> dict[int, Container]:
    """Return, by session, those that have a limit and run.

    One that does not run has process id 0, and session 0 is everybody's whose session began outside this namespace.
    """
    return {one.state.pid: one for one in containers if one.limits.memory and one.state.pid}


def keep(container: Container, used: Mapping[int, int]) -> None:
    """Kill the biggest of a container's processes (`used`: bytes by process id) if together they exceed its limit."""
    limit, total = container.limits.memory, sum(used.values())
    if limit is None or total <= limit:
        return
    biggest = max(used, key=lambda pid: used[pid])
    container.state.oom_killed = True
    container.log.append(
        f"out of memory: {total // MIB} of {limit // MIB} MiB in use; process {biggest} is killed\n".encode()
    )
    with contextlib.suppress(ProcessLookupError):
        os.kill(biggest, signal.SIGKILL)
