"""An estate that can be broken and mended in milliseconds: fake stores, a fake service before them, fake levers."""

import hashlib
import json
import pickle
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from raglite.errors import NotFound, RagliteError
from raglite.ingestion.live import work_on_live
from raglite.ingestion.synchronize import Policy, synchronize
from raglite.model import VersionState, document_id
from raglite.ports import SystemClock
from raglite.ports.drills import Done, Estate, Levers, Names, Reply, RunningTask, Undo
from tests.fakes.archives import PAYLOAD_INDEXES, FakeIndexArchive
from tests.fakes.backups import FakeSecretVersions
from tests.fakes.documents import FakeDocuments
from tests.fakes.index import FakeIndex, FakeServer
from tests.fakes.registry import FakeRegistry
from tests.fakes.services import World

POLICY = Policy(owner="task", lease_seconds=60, publish_seconds=30, max_attempts=3, max_document_bytes=10_000)
FIRST = Names("documents", "parsed", "registry", "live")
GONE = "the collection is gone: docs/how-to/restore.md"


@dataclass
class Cloud:
    """All there is, by name; `deaf`: nobody hears of uploads."""

    buckets: dict[str, FakeDocuments] = field(default_factory=dict)
    tables: dict[str, FakeRegistry] = field(default_factory=dict)
    server: FakeServer = field(default_factory=FakeServer)
    live: Names = FIRST
    keys: dict[str, str] = field(default_factory=lambda: {"settings": "settings' key"})
    tasks: list[RunningTask] = field(default_factory=lambda: [RunningTask("t1", "a"), RunningTask("t2", "b")])
    deployments: dict[str, str] = field(default_factory=dict)
    deaf: bool = False
    refusing: bool = False
    refused_questions: int = 0
    drifted: frozenset[str] = frozenset()
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    generations: dict[str, list[str]] = field(default_factory=lambda: {"documents": ["1"], "registry": ["1"]})
    variables: dict[str, Any] = field(default_factory=dict)
    undos: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        clock = SystemClock()
        self.buckets.setdefault(FIRST.documents_bucket, FakeDocuments(clock))
        self.tables.setdefault(FIRST.registry_table, FakeRegistry(clock))
        index = FakeIndex(self.server)
        index.begin(World().embedder.spec)

    # --- the product over it --------------------------------------------------------------------------------------

    def services(self, names: Names) -> Any:
        world = World()
        replaced = {"registry": self.tables.get(names.registry_table) or Missing(), "index": FakeIndex(self.server)}
        return world.services(documents=Bucket(self, names), clock=SystemClock(), **replaced)

    def synchronize_all(self, names: Names) -> None:
        with self.lock:
            services = self.services(names)
            keys = {one[0].key for one in services.documents.inventory()}
            for key in sorted(keys | {one.key for one in services.registry.documents()}):
                self.look(key, services)

    def look(self, key: str, services: Any = None) -> None:
        with self.lock, suppress(RagliteError):
            services = services or self.services(self.live)
            services.registry.request(key)
            work_on_live(services)
            synchronize(key, services, POLICY)

    def _skewed(self, clock: Any) -> Any:
        """The same stores, by another clock."""
        return replace(self.services(self.live), clock=clock)

    def estate(self, names: Names | None = None) -> Estate:
        names = names or self.live
        levers = Levers(
            door=FakeDoor(self),
            tasks=FakeServiceTasks(self),
            keys=FakeKeys(self),
            stores=FakeStores(self),
            points=FakePoints(self),
            backups=FakeFiles(self),
            commands=FakeCommands(self),
            other_model=lambda: Path("other"),
            infrastructure=FakeInfrastructure(self),
            faults=FakeFaults(self),
        )
        secrets = FakeSecretVersions()
        return Estate(
            names, self.services(names), FakeIndexArchive(self.server), levers, self._skewed, secrets, lambda: ()
        )


class Missing(FakeRegistry):
    """A table that is not there."""

    def __getattribute__(self, name: str) -> Any:
        if name in {"commit_number", "documents", "find", "history", "work", "request", "acquire", "changes", "roster"}:
            raise NotFound("there is no table.")
        return super().__getattribute__(name)


class Bucket:
    """The live bucket, whose uploads are ingested at once by somebody."""

    def __init__(self, cloud: Cloud, names: Names) -> None:
        self._cloud, self._held = cloud, cloud.buckets[names.documents_bucket]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._held, name)

    def upload(self, path: Path, key: str) -> Any:
        with self._cloud.lock:
            version = self._held.upload(path, key)
            if not self._cloud.deaf:
                self._cloud.look(key)
            return version


@dataclass
class FakeDoor:
    cloud: Cloud

    def ask(self, question: str, document_id: str | None = None, key: str | None = None) -> Reply:
        cloud = self.cloud
        with cloud.lock:
            if (key or "settings' key") not in cloud.keys.values():
                return Reply(401, {}, "Nobody has this API key.")
            if not cloud.tasks:
                return Reply(None, sentence="unreachable")
            try:
                return self._answer(question, document_id)
            except RagliteError as error:
                cloud.refused_questions += 1
                return Reply(503, {"error": {"message": str(error)}}, str(error))

    def _answer(self, question: str, wanted: str | None) -> Reply:
        cloud = self.cloud
        registry = cloud.tables.get(cloud.live.registry_table)
        if cloud.refusing or registry is None or "live" not in cloud.server.aliases:
            return Reply(503, {}, GONE)
        index, commit = FakeIndex(cloud.server), registry.number
        short = [
            one.key
            for one in registry.documents()
            if one.state is VersionState.SEARCHABLE and index.count(one.key, one.version_id, commit) != one.chunks
        ]
        if index.ahead(commit) or short:
            return Reply(503, {}, f"{len(short)} documents are lost: docs/how-to/restore.md")
        points = [s.point for s in index.stored.values() if s.visible(commit)]
        points = [one for one in points if wanted is None or str(document_id(one.key)) == wanted]
        points.sort(key=lambda one: (-_common(one, question), one.key, one.chunk.ordinal))
        return Reply(200, {"results": [_result(one, question) for one in points[:3]], "abstained": not points})


def _result(point: Any, question: str) -> dict[str, Any]:
    document = {"id": str(document_id(point.key)), "key": point.key, "version_id": point.version_id}
    score = float(_common(point, question))
    return {"document": document, "page": point.chunk.page, "excerpt": point.chunk.text, "score": score}


def _common(point: Any, question: str) -> int:
    return len(_words(point.chunk.text) & _words(question))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


@dataclass
class FakeServiceTasks:
    cloud: Cloud

    def running(self) -> tuple[RunningTask, ...]:
        return tuple(self.cloud.tasks)

    def stop(self, task: str) -> None:
        self.cloud.tasks = [one for one in self.cloud.tasks if one.id != task]

    def is_steady(self) -> bool:
        """Look, and be the scheduler that replaces what is gone."""
        steady = len(self.cloud.tasks) == 2
        while len(self.cloud.tasks) < 2:
            self.cloud.tasks.append(RunningTask(f"new{len(self.cloud.tasks)}", "b"))
        return steady

    def release(self, _variables: Mapping[str, str]) -> str:
        self.cloud.deployments["bad"] = "FAILED"
        return "bad"

    def rollout(self, deployment: str) -> str:
        return self.cloud.deployments.get(deployment, "gone")

    def isolate(self, _zone: str) -> Undo:
        return self._let_in

    def _let_in(self) -> None:
        self.cloud.undos += 1


@dataclass
class FakeKeys:
    cloud: Cloud
    secret: str = "raglite/api-keys"

    def add(self, name: str) -> str:
        self.cloud.keys[name] = f"key of {name}"
        return self.cloud.keys[name]

    def remove(self, name: str) -> None:
        self.cloud.keys.pop(name, None)


@dataclass
class FakeStores:
    cloud: Cloud

    def erase_documents(self) -> int:
        held = self.cloud.buckets[self.cloud.live.documents_bucket]
        gone = [(one.key, one.version_id) for versions in held.inventory() for one in versions]
        for key, version_id in gone:
            held.erase(key, version_id)
        return len(gone)

    def erase_document(self, key: str) -> None:
        held = self.cloud.buckets[self.cloud.live.documents_bucket]
        for one in held.versions(key):
            held.erase(key, one.version_id)

    def erase_parsed(self) -> int:
        self.cloud.buckets[self.cloud.live.documents_bucket].parsed.clear()
        return 1

    def drop_registry(self) -> None:
        del self.cloud.tables[self.cloud.live.registry_table]

    def drop_collections(self) -> int:
        with self.cloud.lock:
            server, gone = self.cloud.server, len(self.cloud.server.collections)
            server.collections, server.specs, server.aliases, server.indexes = {}, {}, {}, {}
        return gone

    def drop_queue(self) -> None:
        self.cloud.deaf = True

    def has_queue(self) -> bool:
        return not self.cloud.deaf


@dataclass
class FakePoints:
    cloud: Cloud

    def remove_alias(self) -> Undo:
        alias = next(one for one in self.cloud.server.aliases if one.startswith("for "))
        name = self.cloud.server.aliases.pop(alias)
        return lambda: self.cloud.server.aliases.update({alias: name})

    def remove_payload_index(self) -> Undo:
        live = self.cloud.server.aliases["live"]
        indexes = self.cloud.server.indexes.setdefault(live, dict(PAYLOAD_INDEXES))
        before = dict(indexes)
        indexes.popitem()
        return lambda: indexes.update(before)

    def remove_document(self, key: str) -> int:
        with self.cloud.lock:
            index = FakeIndex(self.cloud.server)
            before = len(index.stored)
            index.stored = {identity: one for identity, one in index.stored.items() if one.point.key != key}
        return before

    def remove_every_other(self, name: str) -> int:
        with self.cloud.lock:
            held = self.cloud.server.collections[name]
            for identity in list(held)[::2]:
                del held[identity]
        return 1


@dataclass
class FakeFiles:
    cloud: Cloud

    def ids(self) -> tuple[str, ...]:
        return tuple(sorted({backup for backup, _ in self.cloud.files}, reverse=True))

    def names(self, backup: str) -> tuple[str, ...]:
        return tuple(name for of, name in self.cloud.files if of == backup)

    def read(self, backup: str, name: str) -> bytes:
        return self.cloud.files[backup, name]

    def write(self, backup: str, name: str, body: bytes) -> None:
        self.cloud.files[backup, name] = body

    def remove(self, backup: str, name: str) -> None:
        del self.cloud.files[backup, name]

    def signed_by_another(self, _message: bytes) -> bytes:
        return b"another"


@dataclass
class FakeInfrastructure:
    cloud: Cloud

    def outputs(self) -> Mapping[str, Any]:
        names = {
            "documents": {
                n: {"documents_bucket": _n("documents", n), "parsed_bucket": _n("parsed", n)}
                for n in self._of("documents")
            },
            "registry": {n: _n("registry", n) for n in self._of("registry")},
        }
        return {"generations": names}

    def apply(self, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        cloud = self.cloud
        cloud.deaf = False
        cloud.generations |= variables.get("generations", {})
        for number in self._of("documents"):
            cloud.buckets.setdefault(_n("documents", number), FakeDocuments(SystemClock()))
        for number in self._of("registry"):
            cloud.tables.setdefault(_n("registry", number), FakeRegistry(SystemClock()))
        live = variables.get("live", {})
        names = {"documents": "documents_bucket", "registry": "registry_table"}
        changed = {names[kind]: _n(kind, number) for kind, number in live.items() if kind in names}
        cloud.live = replace(cloud.live, **changed)
        cloud.variables |= variables
        return self.outputs()

    def drift(self) -> frozenset[str]:
        return self.cloud.drifted

    def _of(self, kind: str) -> list[str]:
        return self.cloud.generations[kind]


def _n(kind: str, number: str) -> str:
    return kind if number == "1" else f"{kind}-{number}"


@dataclass
class FakeFaults:
    cloud: Cloud
    met: int = 0

    def refuse(self) -> None:
        self.cloud.refusing = True
        self.met += 1

    def stall(self) -> None:
        self.refuse()

    def delay(self, _seconds: float) -> None:
        self.met += 1

    def troubled(self) -> int:
        return self.met

    def calm(self) -> None:
        self.cloud.refusing = False


REFUSED = 65


@dataclass
class FakeCommands:
    """Backups and restores as their commands do them, over everything at once."""

    cloud: Cloud

    def run(
        self,
        words: Sequence[str],
        variables: Mapping[str, str] | None = None,
        kill_when: Callable[[], bool] | None = None,
    ) -> Done:
        told: Any = None
        if words[0] == "restore":
            self._take_time()
        with self.cloud.lock:
            try:
                verb = {"backup": self._backup, "restore": self._restore, "reconcile": self._reconcile}[words[0]]
                told = verb(list(words), dict(variables or {}), kill_when)
            except ValueError as error:
                return Done(REFUSED, None, f"raglite: {error}\n", 0.01)
        code = -9 if told is None else 10 if told.get("faults") else 0
        return Done(code, told, "", 0.01)

    def _take_time(self) -> None:
        """Let somebody ask meanwhile; not for long, as nobody may."""
        before, pause = self.cloud.refused_questions, threading.Event()
        for _ in range(100):
            if self.cloud.refused_questions > before:
                return
            pause.wait(0.002)

    def _backup(self, *_: Any) -> Any:
        files, cloud = self.cloud.files, self.cloud
        backup = f"b{len({of for of, _ in files}):03}"
        bodies = {
            "registry.jsonl.gz": pickle.dumps(_without_locks(cloud.tables[cloud.live.registry_table])),
            "documents.jsonl.gz": pickle.dumps(
                cloud.buckets[cloud.live.documents_bucket].__dict__ | {"clock": None, "_numbers": None}
            ),
            "index/live/0.snapshot": pickle.dumps(cloud.server),
        }
        manifest = {"id": backup, "parts": {name: _sha(body) for name, body in bodies.items()}}
        bodies["manifest.json"] = json.dumps(manifest).encode()
        bodies["manifest.sig"] = b"ours" + _sha(bodies["manifest.json"]).encode()
        files.update({(backup, name): body for name, body in bodies.items()})
        return {"backup": backup, "bytes": sum(map(len, bodies.values()))}

    def _opened(self, words: list[str]) -> dict[str, bytes]:
        backup = max(of for of, _ in self.cloud.files)
        bodies = {name: body for (of, name), body in self.cloud.files.items() if of == backup}
        if bodies["manifest.sig"] != b"ours" + _sha(bodies["manifest.json"]).encode():
            raise ValueError(f"Backup {backup}: manifest.json is not signed by the key of our backups.")
        manifest = json.loads(bodies["manifest.json"])
        if manifest["id"] != backup:
            raise ValueError(f"Backup {backup}: its manifest.json is that of backup {manifest['id']}.")
        if "--max-age" in words:
            raise ValueError(f"Backup {backup} is the newest and 0.1 h old.")
        for name, sha256 in manifest["parts"].items():
            if name not in bodies:
                raise ValueError(f"Backup {backup}: {name} is missing.")
            if _sha(bodies[name]) != sha256:
                raise ValueError(f"Backup {backup}: {name} is damaged: its sha256 is another.")
        return bodies

    def _restore(self, words: list[str], variables: dict[str, str], kill_when: Callable[[], bool] | None) -> Any:
        bodies, cloud = self._opened(words), self.cloud
        if "RAGLITE_MODEL_DIR" in variables:
            raise ValueError("the backup was built with another embedding spec.")
        given = dict(zip(words[3::2], words[4::2], strict=False))
        if "--verify-only" in words:
            if "live" not in cloud.server.aliases:
                return {"faults": ["The collection is not the live one."]}
            return {}
        if "--to-documents" in given:
            held = pickle.loads(bodies["documents.jsonl.gz"])  # noqa: S301  our own
            cloud.buckets[given["--to-documents"]].__dict__.update(
                {name: value for name, value in held.items() if name not in {"clock", "_numbers"}}
            )
        if "--to-registry" in given:
            table = cloud.tables[given["--to-registry"]]
            table.__dict__.update(pickle.loads(bodies["registry.jsonl.gz"]))  # noqa: S301  our own
            if "--to-documents" not in given:
                table.number += len([1 for _ in range(FakeIndex(cloud.server).ahead(table.number))])
                missing = table.number - len(table.times)
                table.times += [SystemClock().now()] * missing
                table.keys += [None] * missing
        if "--to-collection" in given:
            was = pickle.loads(bodies["index/live/0.snapshot"])  # noqa: S301  our own
            made = given["--to-collection"] + (" points" if "--to-documents" in given else "")
            cloud.server.collections |= {made: was.collections[was.aliases["live"]]}
            cloud.server.specs[made] = was.specs[was.aliases["live"]]
            if kill_when is not None and kill_when():
                return None
            stem = {given["--to-collection"]} if "--to-documents" in given else set()
            cloud.server.aliases = dict.fromkeys(set(was.aliases) | stem, made)
        names = {"--to-documents": "documents_bucket", "--to-registry": "registry_table"}
        target = replace(cloud.live, **{names[option]: to for option, to in given.items() if option in names})
        registry = cloud.tables[target.registry_table]
        if "--to-registry" not in given or "--to-documents" in given:
            FakeIndex(cloud.server).rollback(registry.number)
        cloud.synchronize_all(target)
        return {"bytes": sum(map(len, bodies.values()))}

    def _reconcile(self, *_: Any) -> Any:
        self.cloud.synchronize_all(self.cloud.live)
        return {"findings": []}


def _without_locks(registry: FakeRegistry) -> dict[str, Any]:
    return {name: value for name, value in registry.__dict__.items() if name not in {"_lock", "clock"}}


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
