"""What of the twin runs, written down as soon as it starts, so that whatever happens can be cleaned up."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from local.files import write_json
from local.twin.layout import Layout, read_json
from local.twin.processes import Program, Running, end, marked, start

GRACE = {"engine": 40.0, "aws": 20.0}  # seconds; tasks get ECS's stop timeout to finish
OTHERS = 10.0
REMEMBERED = ("ports", "fingerprint", "outputs", "docker")


@dataclass
class Roster:
    """The processes in the order in which they started, and what else outlives a command."""

    layout: Layout
    ports: dict[str, int] = field(default_factory=dict)
    processes: list[Running] = field(default_factory=list)
    fingerprint: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    docker: str = ""  # the socket of the Docker Engine that runs the tasks; none if they are processes

    @classmethod
    def read(cls, layout: Layout) -> "Roster":
        """Return what was written last."""
        kept = read_json(layout.state)
        processes = [Running(**entry) for entry in kept.get("processes", ())]
        known = {name: kept[name] for name in REMEMBERED if name in kept}
        return cls(layout, processes=processes, **known)

    def write(self) -> None:
        """Write it down."""
        kept = {name: getattr(self, name) for name in REMEMBERED}
        write_json(self.layout.state, kept | {"processes": [asdict(running) for running in self.processes]})

    def lives(self, name: str) -> bool:
        """Whether the process of that name runs."""
        return any(running.alive for running in self.processes if running.name == name)

    def start(self, programs: Iterable[Program]) -> list[Running]:
        """Start programs and write each down at once."""
        started = []
        for program in programs:
            running = start(program, self.layout.home)
            self.processes = [known for known in self.processes if known.name != program.name] + [running]
            self.write()
            started.append(running)
        return started

    def stop(self) -> int:
        """Stop everything that was started for this home, tasks first; returns how many processes that were.

        Processes that nobody wrote down, such as a function's that outlived its killed emulator, bear the home's mark.
        """
        before = len(marked(self.layout.home))
        names = [*GRACE, *(running.name for running in self.processes if running.name not in GRACE)]
        for name in names:
            found = [running.process for running in self.processes if running.name == name]
            end([process for process in found if process], GRACE.get(name, OTHERS))
        end(marked(self.layout.home), OTHERS)
        self.layout.socket.unlink(missing_ok=True)
        self.processes = []
        self.write()
        return before
