"""What a drill breaks, asks and mends with. Every method may raise TransientError besides the errors it names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from raglite.ports.operations import Clock
from raglite.ports.recovery import IndexArchive, SecretVersions
from raglite.ports.services import Services

Undo = Callable[[], None]
SHOWN = 5  # faults of a command that are told


@dataclass(frozen=True, slots=True)
class Names:
    """Where the live documents, parsed documents, registry and collections are. `collection` is the aliases' stem."""

    documents_bucket: str
    parsed_bucket: str
    registry_table: str
    collection: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back of a question: HTTP's status, None if nobody answered, and the body where it was JSON.

    `sentence` is what an error said, ours or the network's.
    """

    status: int | None
    body: Mapping[str, Any] = field(default_factory=dict)
    sentence: str = ""


class Door(Protocol):
    """The service as its users reach it."""

    def ask(self, question: str, document_id: str | None = None, key: str | None = None) -> Reply:
        """Ask, of one document alone if an id is given, with another API key than one's own if it is given.

        Raises nothing for what a service, or the way to it, may do.
        """


@dataclass(frozen=True, slots=True)
class RunningTask:
    """A task of the service, and the zone (subnet) it runs in."""

    id: str
    zone: str


class ServiceTasks(Protocol):
    """The tasks that answer questions, as their scheduler knows them."""

    def running(self) -> tuple[RunningTask, ...]:
        """Return those that run."""

    def stop(self, task: str) -> None:
        """End a task as a failing machine would: it is not asked for its consent."""

    def is_steady(self) -> bool:
        """Whether as many tasks run as are wanted, all of one release that is done with rolling out."""

    def release(self, variables: Mapping[str, str]) -> str:
        """Deploy the release in force with other environment variables, and return the deployment's id."""

    def rollout(self, deployment: str) -> str:
        """Return how far a deployment is: IN_PROGRESS, COMPLETED, FAILED, or gone."""

    def isolate(self, zone: str) -> Undo:
        """Deny a zone all network; returns what lets it in again."""


class Infrastructure(Protocol):
    """What is declared, and made so."""

    def outputs(self) -> Mapping[str, Any]:
        """Return what the estate says of itself."""

    def apply(self, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the estate what is declared, with these variables from now on, and return the outputs."""

    def drift(self) -> frozenset[str]:
        """Return what another plan would change, a line each."""


class KeyRing(Protocol):
    """The API keys that the service knows, kept in the secret of this name."""

    secret: str

    def add(self, name: str) -> str:
        """Make a key that may read, and return it."""

    def remove(self, name: str) -> None:
        """Take a key away; a no-op if there is none."""


class Stores(Protocol):
    """What is lost in disasters. Somebody with all rights does it: nothing here asks whether it is wise."""

    def erase_documents(self) -> int:
        """Remove every version and marker from the documents bucket, and return how many that were."""

    def erase_document(self, key: str) -> None:
        """Remove every version of one document."""

    def erase_parsed(self) -> int:
        """Remove every parsed document."""

    def drop_registry(self) -> None:
        """Delete the registry's table."""

    def drop_collections(self) -> int:
        """Delete every collection of our aliases."""

    def drop_queue(self) -> None:
        """Delete the queue of hints with everything in it."""

    def has_queue(self) -> bool:
        """Whether there is such a queue."""


class Points(Protocol):
    """The collections, damaged by hand."""

    def remove_alias(self) -> Undo:
        """Remove the alias that the live collection is known by in its space; returns what puts it back."""

    def remove_payload_index(self) -> Undo:
        """Remove a payload index of the live collection; returns what puts it back."""

    def remove_document(self, key: str) -> int:
        """Remove all points of a key from the live collection, and return how many that were."""

    def remove_every_other(self, name: str) -> int:
        """Remove every other point of a collection, and return how many that were."""


class BackupFiles(Protocol):
    """The bucket of backups as a vandal finds it."""

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all complete backups, newest first."""

    def names(self, backup: str) -> tuple[str, ...]:
        """Return the names of a backup's files."""

    def read(self, backup: str, name: str) -> bytes:
        """Return a file; NotFound if it is missing."""

    def write(self, backup: str, name: str, body: bytes) -> None:
        """Put another file in its place."""

    def remove(self, backup: str, name: str) -> None:
        """Hide a file: a lock keeps its bytes, and who looks for it finds nothing."""

    def signed_by_another(self, message: bytes) -> bytes:
        """Return a signature of the message by a key that is not ours."""


class Faults(Protocol):
    """The network between the tasks and the index."""

    def refuse(self) -> None:
        """Refuse every connection, those that are open too."""

    def stall(self) -> None:
        """Take what comes and let nothing pass."""

    def delay(self, seconds: float) -> None:
        """Let every byte come so much later."""

    def calm(self) -> None:
        """Let everything pass."""

    def troubled(self) -> int:
        """Return how many connections have met a trouble up to now."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to. `told` is its JSON, None if it printed none; `said` its last words on stderr."""

    exit_code: int
    told: Any
    said: str
    seconds: float

    @property
    def why(self) -> str:
        """Why it failed: what it found, or else its last words."""
        found = [str(one) for one in self.told.get("faults") or ()] if isinstance(self.told, dict) else []
        more = [f"(and {len(found) - SHOWN} more)"] if len(found) > SHOWN else []
        return " ".join([*found[:SHOWN], *more]) or self.sentence

    @property
    def sentence(self) -> str:
        """What it said when it failed."""
        return self.said.strip().rpartition("\n")[2] or f"it ended with {self.exit_code} and said nothing"


class Commands(Protocol):
    """`raglite ...`, as a person at a terminal gives it, against the live estate."""

    def run(
        self,
        words: Sequence[str],
        variables: Mapping[str, str] | None = None,
        kill_when: Callable[[], bool] | None = None,
    ) -> Done:
        """Run a command to its end, or kill it as soon as a condition holds."""


@dataclass(frozen=True, slots=True)
class Levers:
    """All that a drill moves; None where this estate has none.

    `other_model` makes the directory of a model of the same vectors that cuts documents into other chunks.
    """

    door: Door
    tasks: ServiceTasks
    keys: KeyRing
    stores: Stores
    points: Points
    backups: BackupFiles
    commands: Commands
    other_model: Callable[[], Path]
    infrastructure: Infrastructure | None = None
    faults: Faults | None = None


@dataclass(frozen=True, slots=True)
class Estate:
    """The live estate: where it is, its services, its collections, and the levers on it.

    `skewed` returns the services of a task that goes by another clock.
    `audit_faults` checks the audit log's chains and returns what is wrong, a sentence each; None: there is no log.
    """

    names: Names
    services: Services
    index: IndexArchive
    levers: Levers
    skewed: Callable[[Clock], Services]
    secrets: SecretVersions | None = None
    audit_faults: Callable[[], tuple[str, ...]] | None = None


Connect = Callable[[Names | None], Estate]  # None: as the settings say
