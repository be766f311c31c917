"""Who may do what, on the real estate: everything of the run was allowed, and nothing else would have been.

Comes after the others: it judges all calls since the twin was started.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from scripts import iam_table
from tests.integration.estate import CLI, ROOT, Estate, eventually, run
from tests.integration.journal import Journal

DECISIONS = ROOT / ".local" / "logs" / "decisions.jsonl"
SERVICE, INGEST, TRIGGER = "raglite-service-task", "raglite-ingest-task", "raglite-ingestion-trigger"
CANARY, AUDITOR = "raglite-canary", "raglite-auditor"
BACKUP, PRUNE, RESTORE = "raglite-backup-task", "raglite-prune-task", "raglite-restore"
STARTERS = {f"raglite-{family}-execution" for family in ("service", "ingest", "backup", "prune")}
EVENT = {"Source": "aws.s3", "DetailType": "Object Created", "Detail": "{}"}
LINE = {"timestamp": 1, "message": "line"}
RESTORED = "restored/versions.jsonl.gz"  # of the parsed documents' bucket: a restore's alone
SIGNED = {"Message": bytes(32), "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
KEY = {"pk": {"S": "document#a"}, "sk": {"S": "work"}}
COMMIT = {"pk": {"S": "index"}, "sk": {"S": "commit"}}

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Account:
    """The estate's AWS, as its administrator and in each role."""

    estate: Estate

    def client(self, service: str, **keys: str) -> Any:
        env = self.estate.environment
        own = {"aws_access_key_id": env["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": env["AWS_SECRET_ACCESS_KEY"]}
        session = boto3.Session(**(keys or own), region_name=env["AWS_DEFAULT_REGION"])
        return session.client(service, endpoint_url=env["AWS_ENDPOINT_URL"])

    def take(self, role: str, session: str) -> dict[str, str]:
        account = self.client("sts").get_caller_identity()["Account"]
        arn = f"arn:aws:iam::{account}:role/{role}"
        taken = self.client("sts").assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
        return {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }

    def task_of(self, family: str, **given: Any) -> dict[str, Any]:
        """Return what RunTask is asked to start a family's newest task."""
        network = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
        where = {"launchType": "FARGATE", "networkConfiguration": {"awsvpcConfiguration": network}}
        return {"cluster": "raglite-cluster", "taskDefinition": family, **where, **given}


@pytest.fixture(scope="module")
def account(estate: Estate) -> Account:
    return Account(estate)


Refused = tuple[str, str, str, Callable[[Any, dict[str, Any], Account], Any]]
REFUSED: tuple[Refused, ...] = (
    (SERVICE, "dynamodb", "UpdateItem", lambda c, e, _: c.update_item(TableName=e["registry_table"], Key=COMMIT)),
    (SERVICE, "s3", "DeleteObject", lambda c, e, _: c.delete_object(Bucket=e["documents_bucket"], Key="a")),
    (SERVICE, "s3", "GetObject", lambda c, e, _: c.get_object(Bucket=e["documents_bucket"], Key="a")),
    (SERVICE, "s3", "PutObject", lambda c, e, _: c.put_object(Bucket=e["parsed_bucket"], Key="a", Body=b"x")),
    (SERVICE, "secretsmanager", "GetSecretValue", lambda c, *_: c.get_secret_value(SecretId="raglite/qdrant")),
    (SERVICE, "logs", "GetLogEvents", lambda c, e, _: c.get_log_events(**stream(e))),
    (SERVICE, "logs", "DeleteLogStream", lambda c, e, _: c.delete_log_stream(**stream(e))),
    (INGEST, "secretsmanager", "GetSecretValue", lambda c, *_: c.get_secret_value(SecretId="raglite/api-keys")),
    (INGEST, "s3", "PutObject", lambda c, e, _: c.put_object(Bucket=e["documents_bucket"], Key="a", Body=b"x")),
    (INGEST, "s3", "DeleteObject", lambda c, e, _: c.delete_object(Bucket=e["documents_bucket"], Key="a")),
    (INGEST, "s3", "GetObject", lambda c, e, _: c.get_object(Bucket=e["audit_bucket"], Key="audit-anchors/a")),
    (INGEST, "dynamodb", "DeleteItem", lambda c, e, _: c.delete_item(TableName=e["registry_table"], Key=KEY)),
    (INGEST, "events", "PutEvents", lambda c, *_: c.put_events(Entries=[EVENT])),
    (INGEST, "ecs", "RunTask", lambda c, _, a: c.run_task(**a.task_of("raglite-ingest"))),
    (TRIGGER, "s3", "GetObject", lambda c, e, _: c.get_object(Bucket=e["documents_bucket"], Key="a")),
    (TRIGGER, "dynamodb", "GetItem", lambda c, e, _: c.get_item(TableName=e["registry_table"], Key=KEY)),
    (TRIGGER, "ecs", "RunTask", lambda c, _, a: c.run_task(**a.task_of("raglite-service"))),
    (TRIGGER, "iam", "PassRole", lambda _, __, a: start_with_the_services_role(a)),
    (CANARY, "secretsmanager", "GetSecretValue", lambda c, *_: c.get_secret_value(SecretId="raglite/api-keys")),
    (CANARY, "s3", "ListAllMyBuckets", lambda c, *_: c.list_buckets()),
    (CANARY, "dynamodb", "GetItem", lambda c, e, _: c.get_item(TableName=e["registry_table"], Key=KEY)),
    (BACKUP, "s3", "DeleteObject", lambda c, e, _: c.delete_object(Bucket=e["backups_bucket"], Key="objects/a")),
    (BACKUP, "s3", "PutObject", lambda c, e, _: c.put_object(Bucket=e["documents_bucket"], Key="a", Body=b"x")),
    (BACKUP, "secretsmanager", "GetSecretValue", lambda c, *_: c.get_secret_value(SecretId="raglite/qdrant")),
    (PRUNE, "s3", "PutObject", lambda c, e, _: c.put_object(Bucket=e["backups_bucket"], Key="objects/a", Body=b"x")),
    (RESTORE, "s3", "PutObject", lambda c, e, _: c.put_object(Bucket=e["backups_bucket"], Key="objects/a", Body=b"x")),
    (RESTORE, "kms", "Sign", lambda c, e, _: c.sign(KeyId=e["backups_key"], **SIGNED)),
    (INGEST, "s3", "PutObject", lambda c, e, _: c.put_object(Bucket=e["parsed_bucket"], Key=RESTORED, Body=b"x")),
    (AUDITOR, "logs", "PutLogEvents", lambda c, e, _: c.put_log_events(**stream(e), logEvents=[LINE])),
    (AUDITOR, "s3", "GetObject", lambda c, e, _: c.get_object(Bucket=e["documents_bucket"], Key="a")),
)


def stream(facts: dict[str, Any]) -> dict[str, str]:
    return {"logGroupName": facts["audit_records_group"], "logStreamName": "process"}


def start_with_the_services_role(account: Account) -> Any:
    """Ask for an ingest task that would act in the service's role."""
    client = account.client("ecs", **account.take(TRIGGER, iam_table.ON_PURPOSE))
    number = account.client("sts").get_caller_identity()["Account"]
    mightier = {"taskRoleArn": f"arn:aws:iam::{number}:role/{SERVICE}"}
    return client.run_task(**account.task_of("raglite-ingest", overrides=mightier))


@pytest.mark.parametrize(
    ("role", "service", "action", "call"),
    REFUSED,
    ids=[f"{role}-{action}-{n}" for n, (role, _, action, _) in enumerate(REFUSED)],
)
def test_a_call_outside_its_roles_policy_is_refused(
    account: Account, role: str, service: str, action: str, call: Callable[..., Any]
) -> None:
    client = account.client(service, **account.take(role, iam_table.ON_PURPOSE))
    with pytest.raises(ClientError) as refused:
        call(client, account.estate.facts, account)
    assert refused.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}
    assert f"{service}:{action}" in str(refused.value)


def test_the_auditor_checks_the_log_with_no_other_permission_than_his(account: Account) -> None:
    keys = {name.upper(): value for name, value in account.take(AUDITOR, "audit").items()}
    told = run(*CLI, "audit", "verify", "--json", env=account.estate.environment | keys)
    assert all(chain["fault"] is None for chain in json.loads(told.stdout)["chains"])


def test_no_task_holds_keys_of_its_own(estate: Estate) -> None:
    running = [one for one in estate.processes() if "raglite.server" in " ".join(one.cmdline())]
    assert running
    for task in running:
        names = {name for name in estate.variables(task) if name.startswith("AWS_")}
        assert {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"} <= names
        assert names & {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} == set()


def test_nothing_of_the_run_was_refused_and_what_it_did_not_need_is_explained(
    account: Account, journal: Journal
) -> None:
    def acted() -> set[str]:
        lines = iam_table.decisions_in(DECISIONS)
        return {line["role"] for line in lines if line["session"] != iam_table.ON_PURPOSE}

    expected = {SERVICE, INGEST, TRIGGER, CANARY, AUDITOR, BACKUP, PRUNE, RESTORE, *STARTERS}
    eventually(lambda: acted() >= expected, 90, "every role has acted", every=1)  # the canary does once a minute
    policies = iam_table.deployed(account.client("iam"))
    made = iam_table.table(policies, iam_table.decisions_in(DECISIONS), iam_table.reasons_in())
    iam_table.write(made, policies, DECISIONS)
    measures = journal.sections.setdefault("measures", {})
    measures["permissions granted, used"] = f"{len(made.rows)}, {sum(1 for row in made.rows if row.calls)}"
    assert made.refused == ()
    assert made.faults == ()
    assert iam_table.PAGE.read_text() == iam_table.page(made), "run `make iam` while the twin still runs (KEEP=1)"
