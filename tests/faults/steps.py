"""What may happen to the system, step by step. Each step tells itself as a line of a story."""

from dataclasses import dataclass
from enum import StrEnum

from tests.faults.documents import Document


class Fate(StrEnum):
    """What becomes of the event that a change gives rise to."""

    PROMPT = "delivered"
    TWICE = "delivered twice"
    LATE = "delivered only after the next round's"
    LOST = "lost"


class Order(StrEnum):
    """In which order events are delivered."""

    AS_SENT = "in order"
    REVERSED = "in reverse"


class Then(StrEnum):
    """What befalls a task at a crash point."""

    KILL = "dies"
    STOP = "is told to stop"
    PAUSE = "is frozen until its leases have run out"
    FULL = "finds its disk full"


class Service(StrEnum):
    """What a task stands on."""

    S3 = "S3"
    DYNAMODB = "DynamoDB"
    QDRANT = "Qdrant"


class Mode(StrEnum):
    """How a service fails."""

    REFUSE = "refuses connections"
    STALL = "stalls"
    CUT = "breaks its answers off"
    ERROR = "answers 500"
    BUSY = "asks to slow down"


@dataclass(frozen=True, slots=True)
class Point:
    """Before or after the nth, or any later, call of a port's method in one task."""

    call: str  # "index.publish"
    before: bool = True
    nth: int = 1

    @classmethod
    def parse(cls, text: str) -> "Point":
        """Read what `code` wrote."""
        when, call, nth = text.split(":")
        return cls(call, when == "before", int(nth))

    @property
    def code(self) -> str:
        """The point as a word of a command line."""
        return f"{'before' if self.before else 'after'}:{self.call}:{self.nth}"

    def __str__(self) -> str:
        nth = "" if self.nth == 1 else f" (call {self.nth})"
        return f"{'before' if self.before else 'after'} {self.call}{nth}"


# --- what people do to the bucket -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Upload:
    """Put a document: the first version of a key, a replacement, or the same bytes again."""

    key: str
    document: Document
    fate: Fate

    def __str__(self) -> str:
        return f"upload {self.key}: {self.document}; event {self.fate}"


@dataclass(frozen=True, slots=True)
class Delete:
    """Put a delete marker."""

    key: str
    fate: Fate

    def __str__(self) -> str:
        return f"delete {self.key}; event {self.fate}"


@dataclass(frozen=True, slots=True)
class Erase:
    """Remove the newest, or an older, version or delete marker for good: `back` counts from the newest, 0."""

    key: str
    back: int
    fate: Fate

    def __str__(self) -> str:
        return f"erase number {self.back} from the top of {self.key}; event {self.fate}"


@dataclass(frozen=True, slots=True)
class Rename:
    """Copy the newest version to another key and delete the first."""

    key: str
    to: str
    fate: Fate

    def __str__(self) -> str:
        return f"rename {self.key} to {self.to}; both events {self.fate}"


Change = Upload | Delete | Erase | Rename

# --- what goes wrong --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crash:
    """The first task that comes to a crash point meets something there."""

    point: Point
    then: Then

    def __str__(self) -> str:
        return f"the first task that comes there {self.then} {self.point}"


@dataclass(frozen=True, slots=True)
class KillAfter:
    """Kill a running task from outside, so many seconds after one got to work."""

    seconds: float

    def __str__(self) -> str:
        return f"kill -9 a task {self.seconds:.1f} s after one got to work"


@dataclass(frozen=True, slots=True)
class Outage:
    """A service fails for the next `requests` requests, or for `seconds` s from `after` s after a task got to work."""

    service: Service
    mode: Mode
    requests: int | None = None
    after: float = 0
    seconds: float = 0

    def __str__(self) -> str:
        if self.requests is not None:
            return f"{self.service} {self.mode} for its next {self.requests} requests"
        return f"{self.service} {self.mode} for {self.seconds:.1f} s, {self.after:.1f} s after a task got to work"


@dataclass(frozen=True, slots=True)
class IndexDies:
    """Kill the Qdrant stand-in and start it again on the same data."""

    after: float
    seconds: float

    def __str__(self) -> str:
        return f"kill -9 Qdrant {self.after:.1f} s after a task got to work, start it {self.seconds:.1f} s later"


@dataclass(frozen=True, slots=True)
class NoTasks:
    """RunTask starts nothing for the next `times` calls: throttled, or no capacity."""

    times: int
    throttled: bool

    def __str__(self) -> str:
        return f"RunTask {'is throttled' if self.throttled else 'finds no capacity'} {self.times} times"


Fault = Crash | KillAfter | Outage | IndexDies | NoTasks

# --- what happens of itself -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand the events that have come to the trigger."""

    order: Order

    def __str__(self) -> str:
        return f"deliver {self.order}"


@dataclass(frozen=True, slots=True)
class Rest:
    """Wait until no task runs, at most so many seconds after one got to work."""

    seconds: float

    def __str__(self) -> str:
        return f"wait until no task runs, at most {self.seconds:.1f} s of work"


Step = Change | Fault | Deliver | Rest


def begins_at_once(fault: Fault) -> bool:
    """Whether a fault begins with the delivery; the others are timed from when a task gets to work."""
    return isinstance(fault, Crash | NoTasks) or (isinstance(fault, Outage) and fault.requests is not None)
