"""What many schedules stand on: one emulator, one Qdrant stand-in, an unreliable network before each of them."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from qdrant_client import QdrantClient

from local.twin.programs import CREDENTIALS, EMULATOR_PYTHON, MODEL
from raglite.settings import Settings
from tests.faults.proxy import Failure, Proxy
from tests.faults.steps import Mode, Outage, Service
from tests.processes import end, free_port, listening, until

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 3
PUBLISH_SECONDS = 2
CUT_AFTER = 40  # bytes: within the answer's head
PATIENT = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
HASTY = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})
_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
_S3_ERROR = b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
_THROTTLED = b'{"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}'
_DYNAMODB_ERROR = b'{"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"}'
FAILURES = {
    (Service.S3, Mode.BUSY): Failure(503, _SLOW_DOWN, "application/xml"),
    (Service.S3, Mode.ERROR): Failure(500, _S3_ERROR, "application/xml"),
    (Service.DYNAMODB, Mode.BUSY): Failure(400, _THROTTLED, "application/x-amz-json-1.0"),
    (Service.DYNAMODB, Mode.ERROR): Failure(500, _DYNAMODB_ERROR, "application/x-amz-json-1.0"),
    (Service.QDRANT, Mode.BUSY): Failure(429, b'{"status": {"error": "Too many requests"}}'),
    (Service.QDRANT, Mode.ERROR): Failure(500, b'{"status": {"error": "Service internal error"}}'),
}


@dataclass(frozen=True)
class Names:
    """What belongs to one schedule alone."""

    documents: str
    parsed: str
    table: str
    collection: str

    @classmethod
    def of(cls, name: str) -> "Names":
        """Return the names of a schedule's, or a rebuild's, own bucket, table and collection."""
        return cls(f"documents-{name}", f"parsed-{name}", f"registry-{name}", f"documents-{name}")


@dataclass
class Ground:
    """A context manager: processes run while it is open."""

    home: Path
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        self.aws_port, self.qdrant_port = free_port(), free_port()
        state = ("--state", str(self.home / "aws"))
        emulator = (str(EMULATOR_PYTHON), "-m", "local.emulator", "--port", str(self.aws_port), *state)
        with ExitStack() as stack:
            aws = self._started(emulator, "emulator")
            stack.callback(end, aws)
            self.start_index()
            stack.callback(lambda: end(self._index))
            ports = {
                Service.S3: self.aws_port,
                Service.DYNAMODB: self.aws_port,
                Service.QDRANT: self.qdrant_port,
            }
            self.network = {service: stack.enter_context(Proxy(port)) for service, port in ports.items()}
            until(lambda: listening(self.aws_port), "the emulator serves", within=60)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _started(self, command: tuple[str, ...], name: str) -> subprocess.Popen[bytes]:
        with (self.home / f"{name}.log").open("ab") as log:
            environment = {**os.environ, **CREDENTIALS}
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)

    # --- Qdrant ---------------------------------------------------------------------------------------------------

    def start_index(self) -> None:
        """Start the stand-in on the data it left."""
        data = ("--data", str(self.home / "qdrant"))
        command = (sys.executable, "-m", "local.qdrant", "--port", str(self.qdrant_port), *data)
        self._index = self._started(command, "qdrant")
        until(lambda: listening(self.qdrant_port), "the stand-in serves", within=60)

    def kill_index(self) -> None:
        """Kill it without a word."""
        self._index.send_signal(signal.SIGKILL)
        self._index.wait()

    @cached_property
    def index(self) -> QdrantClient:
        """A client that goes round the network's trouble."""
        url = f"http://127.0.0.1:{self.qdrant_port}"
        return QdrantClient(url=url, timeout=10, check_compatibility=False)

    # --- AWS ------------------------------------------------------------------------------------------------------

    def aws(self, service: str) -> Any:
        """Return a client that goes round the network's trouble."""
        return self._session.client(service, endpoint_url=f"http://127.0.0.1:{self.aws_port}", config=PATIENT)

    def table(self, name: str) -> Any:
        """Return a table that is reached round the network's trouble."""
        endpoint = f"http://127.0.0.1:{self.aws_port}"
        return self._session.resource("dynamodb", endpoint_url=endpoint, config=PATIENT).Table(name)

    def troubled(self, service: Service) -> Any:
        """Return a client (S3) or resource (DynamoDB) that meets the network's trouble, as the Lambda's do."""
        made = self._session.client if service is Service.S3 else self._session.resource
        return made(service.value.lower(), endpoint_url=self.network[service].url, config=HASTY)

    @cached_property
    def _session(self) -> boto3.Session:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
        key, secret, region = (CREDENTIALS[name] for name in names)
        return boto3.Session(key, secret, region_name=region)

    def make(self, names: Names) -> None:
        """Make buckets and table as infra/terraform/modules/storage describes them; tasks make the collection."""
        s3 = self.aws("s3")
        for bucket in (names.documents, names.parsed):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=names.documents, VersioningConfiguration={"Status": "Enabled"})
        self._make_table(names.table)

    def make_clean(self, names: Names) -> None:
        """Make what a rebuild fills: everything but the documents."""
        self.aws("s3").create_bucket(Bucket=names.parsed)
        self._make_table(names.table)

    def _make_table(self, name: str) -> None:
        attributes = ("pk", "sk", "waiting", "requested_at")
        waiting = {
            "IndexName": "waiting",
            "KeySchema": _keys("waiting", "requested_at"),
            "Projection": {"ProjectionType": "ALL"},
        }
        self.aws("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
            KeySchema=_keys("pk", "sk"),
            GlobalSecondaryIndexes=[waiting],
        )

    def unmake(self, names: Names) -> None:
        """Drop a schedule's collections: the stand-in keeps every open one in memory."""
        for collection in self.index.get_collections().collections:
            if collection.name.startswith(f"{names.collection}-"):
                self.index.delete_collection(collection.name)
        self.aws("dynamodb").delete_table(TableName=names.table)

    # --- what tasks are given -------------------------------------------------------------------------------------

    def environment(self, names: Names, max_attempts: int, scratch: Path) -> dict[str, str]:
        """Return a task's environment: everything it stands on is reached through the network's trouble."""
        machine = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return machine | {
            **CREDENTIALS,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_S3": self.network[Service.S3].url,
            "AWS_ENDPOINT_URL_DYNAMODB": self.network[Service.DYNAMODB].url,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.aws_port}",
            "RAGLITE_QDRANT_URL": self.network[Service.QDRANT].url,
            "RAGLITE_QDRANT_SECONDS": "2",
            "RAGLITE_DOCUMENTS_BUCKET": names.documents,
            "RAGLITE_PARSED_BUCKET": names.parsed,
            "RAGLITE_REGISTRY_TABLE": names.table,
            "RAGLITE_COLLECTION": names.collection,
            "RAGLITE_MODEL_DIR": str(MODEL),
            "RAGLITE_LEASE_SECONDS": str(LEASE_SECONDS),
            "RAGLITE_PUBLISH_SECONDS": str(PUBLISH_SECONDS),
            "RAGLITE_MAX_ATTEMPTS": str(max_attempts),
            "TMPDIR": str(scratch),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def settings(self, names: Names) -> Settings:
        """Return settings for this process, which goes round the network's trouble. AWS: see `use_here`."""
        return Settings(
            documents_bucket=names.documents,
            parsed_bucket=names.parsed,
            registry_table=names.table,
            collection=names.collection,
            qdrant_url=f"http://127.0.0.1:{self.qdrant_port}",
            model_dir=MODEL,
        )

    def use_here(self) -> None:
        """Let this process's AWS clients find the emulator."""
        os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{self.aws_port}")
        os.environ.update(AWS_EC2_METADATA_DISABLED="true")
        boto3.setup_default_session()  # the one before keeps the credentials of whoever used it first

    # --- trouble --------------------------------------------------------------------------------------------------

    def begin(self, outage: Outage) -> None:
        """Let a service fail."""
        proxy = self.network[outage.service]
        match outage.mode:
            case Mode.REFUSE:
                proxy.refuse()
            case Mode.STALL:
                proxy.stall()
            case Mode.CUT:
                proxy.cut(CUT_AFTER, outage.requests)
            case Mode.ERROR | Mode.BUSY:
                proxy.answer(FAILURES[outage.service, outage.mode], outage.requests)

    def calm(self) -> None:
        """End all trouble of the network."""
        for proxy in self.network.values():
            proxy.calm()


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]
