"""What came of a schedule."""

from dataclasses import dataclass, field

from tests.faults.schedule import Schedule


@dataclass
class Tally:
    """What really happened."""

    tasks: int = 0
    kills: int = 0  # tasks that died by SIGKILL, poison apart
    stops: int = 0
    freezes: int = 0
    full_disks: int = 0
    poisoned: int = 0
    outages: int = 0  # that some request met
    index_kills: int = 0
    refused_tasks: int = 0
    events: int = 0
    lost_events: int = 0  # dead letters among them
    looks: int = 0
    unreached: list[str] = field(default_factory=list)  # crash points that no task came to


@dataclass
class Verdict:
    """How one schedule ended."""

    schedule: Schedule
    seconds: float
    tally: Tally
    violations: dict[str, list[str]]
    told: str  # what the tasks said, for a failure
