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

import boto3
import httpx
from botocore.exceptions import ClientError

from tests.load.estate import ROOT, Estate
from tests.processes import end, free_port, until

KEY, SECRET = "bench-key", "raglite/api-keys"


@dataclass(frozen=True)
class Service:
    """A running one. `ready_seconds` is from the start of its process until /readyz said yes."""

    url: str
    pid: int
    ready_seconds: float

    @property
    def mcp(self) -> str:
        return f"{self.url}/mcp"


@contextmanager
def serving(estate: Estate, **settings: str) -> Iterator[Service]:
    """Start a service task; its trace segments go to a socket that nobody reads, as they do to a daemon."""
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
        log = estate.logs / "service.log"
        with log.open("wb") as said:
            begun = time.monotonic()
            command = [sys.executable, "-m", "raglite.server"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: _ready(url), "the service is ready", within=60)
            yield Service(url, process.pid, time.monotonic() - begun)
        finally:
            end(process)


def _ready(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    return False


def _give_key(estate: Estate) -> None:
    keys = [{"name": "bench", "sha256": hashlib.sha256(KEY.encode()).hexdigest(), "scopes": ["read"], "groups": None}]
    client = boto3.client("secretsmanager", endpoint_url=estate.environment["AWS_ENDPOINT_URL"])
    with suppress(ClientError):
        client.create_secret(Name=SECRET, SecretString=json.dumps({"keys": keys}))
