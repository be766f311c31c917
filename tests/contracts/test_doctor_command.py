"""`raglite doctor` on a real account: buckets, rules, queue, task definition and secret as Terraform names them."""

import io
import json
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from typer.testing import CliRunner
from urllib3 import HTTPResponse

from raglite.adapters import aws_setup
from raglite.adapters.aws_setup import AwsSetup
from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.adapters.s3_documents import S3Documents
from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.errors import DependencyUnavailable, NotFound
from raglite.ports.setup import CredentialsRefused, Unseen
from tests import emulators
from tests.aws import ON_LOCALSTACK
from tests.fakes.services import World
from tests.lambda_estate import registry_table

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = "raglite-documents-test"
QUEUE = "raglite-ingestion-dead-letters"
AWS = set("AWS,documents bucket,versioning,rules,parsed bucket,registry,hints,ingest task,API keys".split(","))
TOLD = b"<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>"  # as S3 answers
pytestmark = pytest.mark.skipif(ON_LOCALSTACK, reason="a whole account is made by the emulator's own tests")


@dataclass
class Account:
    """A healthy account, to be broken; `table` is the registry's."""

    s3: Any
    sqs: Any
    table: Any

    def diagnosis(self) -> dict[str, tuple[str, str | None]]:
        """Return what came of each check of AWS, and which fault it is; the rest of the estate is made of fakes."""
        store = S3Documents.connect(DOCUMENTS, "raglite-parsed-test")
        world = World()
        services = world.services(documents=store, registry=DynamoDBRegistry(self.table, world.clock))
        result = CliRunner().invoke(app, ["doctor", "--json"], obj=Outside(lambda _: services))
        rows = json.loads(result.stdout)["checks"]
        return {row["check"]: (row["outcome"], row["code"]) for row in rows if row["check"] in AWS}

    def faults(self) -> dict[str, str | None]:
        return {check: code for check, (outcome, code) in self.diagnosis().items() if outcome != "ok"}


@pytest.fixture
def account(buckets: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Account:
    for name, bucket in zip(("DOCUMENTS", "PARSED"), buckets, strict=True):
        monkeypatch.setenv(f"RAGLITE_{name}_BUCKET", bucket)
    events, sqs = boto3.client("events"), boto3.client("sqs")
    for rule in aws_setup.RULES:
        events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.s3"]}))
    sqs.create_queue(QueueName=QUEUE)
    containers = [{"name": "raglite-ingest", "image": "raglite-ingest", "memory": 128}]
    boto3.client("ecs").register_task_definition(family="raglite-ingest", containerDefinitions=containers)
    boto3.client("secretsmanager").create_secret(Name="raglite/api-keys", SecretString='{"keys": []}')
    return Account(boto3.client("s3"), sqs, registry_table())


def test_nothing_is_wrong_with_a_healthy_account(account: Account) -> None:
    assert account.diagnosis() == dict.fromkeys(AWS, ("ok", None))


def versioning_suspended(account: Account) -> None:
    account.s3.put_bucket_versioning(Bucket=DOCUMENTS, VersioningConfiguration={"Status": "Suspended"})


def rule_disabled(_: Account) -> None:
    boto3.client("events").disable_rule(Name="raglite-document-upload")


def rule_removed(_: Account) -> None:
    boto3.client("events").delete_rule(Name="raglite-document-deleted")


def parsed_bucket_removed(account: Account) -> None:
    account.s3.delete_bucket(Bucket="raglite-parsed-test")


def table_removed(account: Account) -> None:
    account.table.delete()


def queue_removed(account: Account) -> None:
    account.sqs.delete_queue(QueueUrl=account.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"])


def letter_in_the_queue(account: Account) -> None:
    url = account.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    account.sqs.send_message(QueueUrl=url, MessageBody="{}")


def no_active_definition(_: Account) -> None:
    boto3.client("ecs").deregister_task_definition(taskDefinition="raglite-ingest:1")


def secret_removed(_: Account) -> None:
    boto3.client("secretsmanager").delete_secret(SecretId="raglite/api-keys", ForceDeleteWithoutRecovery=True)


@pytest.mark.parametrize(
    ("broken", "check", "code"),
    [
        (versioning_suspended, "versioning", "versioning-off"),
        (rule_disabled, "rules", "rule-off"),
        (rule_removed, "rules", "rule-off"),
        (parsed_bucket_removed, "parsed bucket", "bucket-unusable"),
        (table_removed, "registry", "registry-unusable"),
        (queue_removed, "hints", "queue-missing"),
        (letter_in_the_queue, "hints", "dead-letters"),
        (no_active_definition, "ingest task", "task-definition-missing"),
        (secret_removed, "API keys", "api-keys-unset"),
    ],
)
def test_what_is_broken_is_found_and_nothing_else(
    account: Account, broken: Callable[[Account], None], check: str, code: str
) -> None:
    broken(account)
    assert account.faults() == {check: code}


def test_a_bucket_that_is_not_there_is_found_and_what_is_in_it_not_looked_for(account: Account) -> None:
    account.s3.delete_bucket(Bucket=DOCUMENTS)
    assert account.faults() == {"documents bucket": "bucket-unusable", "versioning": None}


@pytest.mark.parametrize(
    ("answer", "told"), [(TOLD, True), (b"<NotificationConfiguration></NotificationConfiguration>", False)]
)
def test_whether_a_bucket_tells_eventbridge_is_read_as_s3_answers_it(aws: None, answer: bytes, told: bool) -> None:
    """moto keeps this setting and does not tell it."""

    def answered(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 200, {}, HTTPResponse(io.BytesIO(answer), preload_content=False))

    client = boto3.client("s3")
    client.meta.events.register_first("before-send.s3.GetBucketNotificationConfiguration", answered)
    assert AwsSetup(lambda _: client, None).tells_events(DOCUMENTS) is told


@emulators.REQUIRED
def test_the_emulator_tells_of_a_buckets_events_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with emulators.running(tmp_path, "--anybody") as url:
        at(monkeypatch, url)
        s3, setup = boto3.client("s3"), AwsSetup.connect()
        with pytest.raises(NotFound, match=f"There is no bucket {DOCUMENTS}."):
            setup.tells_events(DOCUMENTS)
        s3.create_bucket(Bucket=DOCUMENTS)
        assert not setup.tells_events(DOCUMENTS)
        told = {"EventBridgeConfiguration": {}}
        s3.put_bucket_notification_configuration(Bucket=DOCUMENTS, NotificationConfiguration=told)
        assert setup.tells_events(DOCUMENTS)


def at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let boto3 find AWS at an address."""
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


def test_the_names_are_those_that_terraform_gives() -> None:
    declared = "\n".join(path.read_text() for path in (ROOT / "infra/terraform").rglob("*.tf"))
    names = (*aws_setup.RULES, aws_setup.DEAD_LETTERS, aws_setup.FAMILY)
    assert [name for name in names if f'"{name}"' not in declared] == []


# --- what AWS answers where something is wrong with who asks -------------------------------------------------------


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what makes boto3 reach a program that answers every call with one error of AWS's query protocol."""
    servers: list[ThreadingHTTPServer] = []

    def refuse(code: str) -> AwsSetup:
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>".encode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(403)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        at(monkeypatch, f"http://127.0.0.1:{servers[-1].server_port}")
        return AwsSetup.connect()

    yield refuse
    for server in servers:
        server.shutdown()
        server.server_close()


def test_unknown_credentials_are_told_from_those_that_may_not(refusing: Callable[[str], AwsSetup]) -> None:
    with pytest.raises(CredentialsRefused, match=re.escape("STS refuses the AWS credentials (InvalidClientTokenId).")):
        refusing("InvalidClientTokenId").caller()
    with pytest.raises(Unseen, match="these credentials may not look at"):
        refusing("AccessDenied").caller()


def test_a_refusal_tells_what_time_it_is(refusing: Callable[[str], AwsSetup]) -> None:
    assert refusing("SignatureDoesNotMatch").time() is not None


def test_what_cannot_be_found_is_named_without_asking_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    assert AwsSetup.connect().unset() == ("credentials", "region")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert AwsSetup.connect().unset() == ("region",)


def test_an_address_that_accepts_and_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_setup, "IMPATIENT", aws_setup.IMPATIENT.merge(aws_setup.Config(read_timeout=0.2)))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(DependencyUnavailable, match="not reachable"):
            AwsSetup.connect().caller()
