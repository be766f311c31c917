"""The emulator as a process of its own, for the tests that hold it to what AWS does."""

import json
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


def let_in(sqs: Any, url: str, topic: str) -> None:
    """Let a topic send to a queue: as on AWS, it may not by itself."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn_of(sqs, url),
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(statement)})


def function_role(iam: Any, name: str, *actions: str) -> str:
    """Make a role that functions may take and that may do these things, and return its ARN."""
    taken = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(taken))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="works", PolicyDocument=policy(allowed))
    return arn


def policy(*statements: Any) -> str:
    """Return a policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
