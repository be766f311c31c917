"""The service as the process that it is, over an estate that holds documents already."""

import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import boto3
import httpx
from botocore.exceptions import ClientError

from tests.load.estate import ROOT, Estate
from tests.processes import end, free_port, until

KEY, SECRET = "bench-key", "raglite/api-keys"


class NotServed(Exception):
    """The service ended instead; its last words."""


@dataclass(frozen=True)
class Service:
    """A running one. `ready_seconds` is from the start of its process until /readyz said yes."""

    url: str
    pid: int
    ready_seconds: float

    @property
    def mcp(self) -> str:
        return f"{self.url}/mcp"


@dataclass(frozen=True)
class Code:
    """What to serve with: a checkout, and the module in it that is run."""

    root: Path = ROOT
    module: str = "raglite.server"


@contextmanager
def serving(estate: Estate, code: Code | None = None, **settings: str) -> Iterator[Service]:
    """Start a service task; its trace segments go to a socket that nobody reads, as they do to a daemon."""
    code = code or Code()
    _give_key(estate)
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        environment = {
            **estate.environment,
            "RAGLITE_PORT": str(port),
            "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
            **settings,
        }
        log = estate.logs / f"service-{port}.log"
        with log.open("wb") as said:
            begun = time.monotonic()
            command = [sys.executable, "-m", code.module]
            process = subprocess.Popen(command, cwd=code.root, env=environment, stdout=said, stderr=said)
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: _ready(url, process, log), "the service is ready", within=60)
            yield Service(url, process.pid, time.monotonic() - begun)
        finally:
            end(process)


def _ready(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        raise NotServed(log.read_text()[-1000:])
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    return False


def _give_key(estate: Estate) -> None:
    keys = [{"name": "bench", "sha256": hashlib.sha256(KEY.encode()).hexdigest(), "scopes": ["read"], "groups": None}]
    client = boto3.client("secretsmanager", endpoint_url=estate.environment["AWS_ENDPOINT_URL"])
    with suppress(ClientError):
        client.create_secret(Name=SECRET, SecretString=json.dumps({"keys": keys}))
