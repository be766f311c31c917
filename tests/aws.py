"""The AWS that contract tests run on: moto in this process, or LocalStack with the emulator behind it.

`CONTRACTS=localstack` chooses the latter, `CONTRACTS=container` LocalStack's image. Every test gets an account of its
own there; buckets, whose names are everybody's, are removed after it.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.localstack.services import LOCALSTACK
from local.twin.programs import LOCALSTACK_PYTHON
from tests import containers, emulators
from tests.processes import end, free_port, listening, until

REGION = "us-east-1"
CHOICE, ENDPOINT = "CONTRACTS", "CONTRACTS_ENDPOINT"
CONTAINER = "container"
ON_LOCALSTACK = os.environ.get(CHOICE) in {LOCALSTACK, CONTAINER}
ACCOUNTS = count(100_000_000_000)


class Addresses(NamedTuple):
    """Where the two listen."""

    localstack: str
    emulator: str


@contextmanager
def aws_under_test() -> Iterator[None]:
    """Make boto3's clients reach an empty AWS."""
    if not ON_LOCALSTACK:
        with mock_aws():
            yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", os.environ[ENDPOINT])
        patch.setenv("AWS_ACCESS_KEY_ID", str(next(ACCOUNTS)))  # such a key is an account to both
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        try:
            yield
        finally:
            remove_buckets(boto3.client("s3", REGION))


@contextmanager
def chosen_localstack(state: Path) -> Iterator[str]:
    """Yield the address of the LocalStack that was chosen."""
    if os.environ[CHOICE] == CONTAINER:
        with containers.localstack() as url:
            yield url
    else:
        with localstack(state) as both:
            yield both.localstack


@contextmanager
def localstack(state: Path) -> Iterator[Addresses]:
    """Yield the addresses of a LocalStack and of the emulator to which it hands on what it does not serve."""
    if not LOCALSTACK_PYTHON.exists():
        pytest.skip("UNRUN: no .venv-localstack here: `make .venv-localstack/.installed` makes it")
    port = free_port()
    with pytest.MonkeyPatch.context() as patch, (state / "localstack.log").open("wb") as log, ExitStack() as stack:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")  # functions ask LocalStack
        emulator = stack.enter_context(emulators.running(state, "--anybody"))
        patch.undo()
        command = [LOCALSTACK_PYTHON, "-m", "local.localstack", "--port", str(port), "--state", state / LOCALSTACK]
        process = subprocess.Popen([*command, "--at", f"emulator={emulator}"], stdout=log, stderr=log)
        try:
            until(lambda: listening(port), "LocalStack serves", within=60)
            yield Addresses(f"http://127.0.0.1:{port}", emulator)
        finally:
            end(process)


def remove_buckets(s3: Any) -> None:
    for bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for entry in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                remove(s3, Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
        s3.delete_bucket(Bucket=bucket)


def remove(s3: Any, **version: str) -> None:
    try:
        s3.delete_object(**version)
    except ClientError:  # only a locked version may be asked for in this way
        s3.delete_object(**version, BypassGovernanceRetention=True)
