"""The emulator's S3 and DynamoDB, the index's stand-in, and ingest tasks as the processes that they are.

No Terraform, no queue, no Lambda: `upload` marks the key as the trigger would, `task` starts what ECS would.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from local.twin.programs import CREDENTIALS, EMULATOR_PYTHON, MODEL
from raglite.bootstrap import bootstrap
from raglite.model import DocumentVersion, VersionState
from raglite.ports import Services
from raglite.settings import Settings
from tests.load.front import Front
from tests.processes import end, free_port, listening, until

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS, PARSED, TABLE, COLLECTION = "documents", "parsed", "registry", "bench"
LOOK_EVERY_SECONDS = 0.05
TASK_SECONDS = 600
DRAIN_SECONDS = 3600  # of hundreds of long filings


@dataclass(frozen=True)
class Ingestion:
    """One version's way through a task of its own: seconds and megabytes."""

    record: DocumentVersion
    uploading: datetime
    first_byte: float  # after the process was started
    megabytes: int
    parser_megabytes: int

    @property
    def whole(self) -> float:
        """From the upload until it was searchable, the task's start included."""
        return (self.record.transitions[VersionState.SEARCHABLE] - self.uploading).total_seconds()

    @property
    def work(self) -> float:
        """From when the task took it up until it was searchable."""
        times = self.record.transitions
        return (times[VersionState.SEARCHABLE] - times[VersionState.PROCESSING]).total_seconds()

    def stages(self) -> str:
        """Tell where the time went."""
        return " ".join(f"{name} {seconds:.2f}" for name, seconds in self.record.stage_seconds.items())


@dataclass
class Peaks:
    """The kernel's high-water marks of a process and of what it starts, looked at again and again while it runs."""

    own: int = 0
    children: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self, pid: int) -> Iterator["Peaks"]:
        watch = threading.Thread(target=self._watch, args=(pid,), daemon=True)
        watch.start()
        try:
            yield self
        finally:
            self._done.set()
            watch.join()

    def _watch(self, pid: int) -> None:
        while not self._done.wait(LOOK_EVERY_SECONDS):
            with suppress(OSError):
                self.own = max(self.own, _reached(pid))
                started = (path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
                self.children = max(
                    self.children, sum(_reached(int(child)) for line in started for child in line.split())
                )


def _reached(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0) // 1024  # a zombie has none


@dataclass(frozen=True)
class Estate:
    """A running one."""

    environment: Mapping[str, str]
    services: Services
    front: Front
    logs: Path

    def upload(self, path: Path, key: str) -> str:
        """Put the file into the bucket, mark its key, and return the version's id."""
        version = self.services.documents.upload(path, key)
        self.services.registry.request(key)
        return version.version_id

    def ingest(self, path: Path, key: str) -> Ingestion:
        """Upload a file and run a task for it to its end, which must be a good one."""
        self.front.forget()
        uploading = datetime.now(UTC)
        version_id = self.upload(path, key)
        begun = time.monotonic()
        peaks = self._run(key)
        record = self.services.registry.find(key, version_id)
        assert record is not None
        assert record.state is VersionState.SEARCHABLE, record.reason_sentence
        assert self.front.first_byte is not None
        return Ingestion(record, uploading, self.front.first_byte - begun, peaks.own, peaks.children)

    def drain(self, key: str) -> None:
        """Run one task for everything that waits, `key` first."""
        self._run(key, within=DRAIN_SECONDS)

    def _run(self, key: str, within: float = TASK_SECONDS) -> Peaks:
        command = [sys.executable, "-m", "raglite.ingestion.pipeline", "--s3-path", f"s3://{DOCUMENTS}/{key}"]
        log = self.logs / "task.log"
        with log.open("wb") as said:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=said, stderr=said)
            try:
                with Peaks().watching(process.pid) as peaks:
                    code = process.wait(within)
            finally:
                end(process)
        assert code == 0, f"the task ended with {code}: {log.read_text()[-2000:]}"
        return peaks


@contextmanager
def running(scratch: Path) -> Iterator[Estate]:
    """Start everything below `scratch`, with an empty bucket and no collection; end it afterwards."""
    aws, qdrant = free_port(), free_port()
    emulator = [EMULATOR_PYTHON, "-m", "local.emulator", "--port", str(aws), "--state", scratch / "aws", "--save"]
    stand_in = [sys.executable, "-m", "local.qdrant", "--port", str(qdrant), "--data", scratch / "qdrant"]
    with ExitStack() as stack:
        stack.enter_context(_process(emulator, aws, scratch / "emulator.log"))
        stack.enter_context(_process(stand_in, qdrant, scratch / "qdrant.log"))
        front = stack.enter_context(Front.serving(aws))
        _make(f"http://127.0.0.1:{aws}")
        environment = _environment(aws, front.port, qdrant)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in environment.items():
            patch.setenv(name, value)
        yield Estate(environment, bootstrap(Settings.from_environment()), front, scratch)


@contextmanager
def _process(command: list[object], port: int, log: Path) -> Iterator[None]:
    with log.open("wb") as said:
        process = subprocess.Popen([str(word) for word in command], cwd=ROOT, stdout=said, stderr=said)
    try:
        until(lambda: listening(port), f"{log.stem} serves", within=30)
        yield
    finally:
        end(process)


def _environment(aws: int, front: int, qdrant: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAGLITE_", "AWS_"))}
    return kept | CREDENTIALS | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws}",
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{front}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "RAGLITE_DOCUMENTS_BUCKET": DOCUMENTS,
        "RAGLITE_PARSED_BUCKET": PARSED,
        "RAGLITE_REGISTRY_TABLE": TABLE,
        "RAGLITE_COLLECTION": COLLECTION,
        "RAGLITE_QDRANT_URL": f"http://127.0.0.1:{qdrant}",
        "RAGLITE_MODEL_DIR": str(MODEL),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }  # fmt: skip


def _make(endpoint: str) -> None:
    """Make what infra/terraform/modules/storage does, as far as ingestion uses it."""
    session = boto3.Session(
        CREDENTIALS["AWS_ACCESS_KEY_ID"],
        CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
    )
    s3 = session.client("s3", endpoint_url=endpoint)
    if s3.list_buckets()["Buckets"]:
        return  # as it was left
    for bucket in (DOCUMENTS, PARSED):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=DOCUMENTS, VersioningConfiguration={"Status": "Enabled"})
    session.client("dynamodb", endpoint_url=endpoint).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "waiting", "requested_at")
        ],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "waiting",
                "KeySchema": _keys("waiting", "requested_at"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def _keys(hashed: str, ranged: str) -> list[dict[str, str]]:
    return [{"AttributeName": hashed, "KeyType": "HASH"}, {"AttributeName": ranged, "KeyType": "RANGE"}]
