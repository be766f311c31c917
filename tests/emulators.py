"""The emulator as a process of its own, for the tests that hold it to what AWS does."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.twin.programs import EMULATOR_PYTHON
from tests.processes import end, free_port, listening, until

REQUIRED = pytest.mark.skipif(not EMULATOR_PYTHON.exists(), reason="no .venv-emulator here: `make setup` makes it")


@contextmanager
def running(state: Path, *arguments: str) -> Iterator[str]:
    """Yield the address of an emulator with its state in a directory."""
    port = free_port()
    command = [EMULATOR_PYTHON, "-m", "local.emulator", "--port", str(port), "--state", state, *arguments]
    with (state / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: listening(port), "the emulator serves", within=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def clients(endpoint: str) -> Callable[[str], Any]:
    """Return what makes clients by the service's name."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    config = Config(retries={"max_attempts": 1})
    return lambda service: session.client(service, endpoint_url=endpoint, config=config)


def arn_of(sqs: Any, url: str) -> str:
    """Return a queue's ARN."""
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
