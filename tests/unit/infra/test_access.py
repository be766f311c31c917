"""Each role may do what its code does, and no more."""

import pytest

from raglite.adapters.dynamodb_registry import DOCUMENT
from raglite.adapters.dynamodb_submissions import SUBMISSION
from raglite.adapters.eventbridge_tasks import SOURCE
from tests.unit.infra.estate import Estate, Statement, listed, statements

SERVICE, INGEST, FUNCTION = "raglite-service-task", "raglite-ingest-task", "raglite-ingestion-trigger"
CANARY = "raglite-canary"
AUDITOR = "raglite-auditor"
BACKUP, PRUNE, RESTORE = "raglite-backup-task", "raglite-prune-task", "raglite-restore"
SCHEDULES = ("raglite-backup-schedule", "raglite-prune-schedule")
STARTERS = tuple(f"raglite-{family}-execution" for family in ("service", "ingest", "backup", "prune"))

NEEDED = (
    (FUNCTION, "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes", "{queue}"),
    (FUNCTION, "s3:ListBucketVersions", "{documents}"),
    (FUNCTION, "dynamodb:UpdateItem", "{registry}"),
    (FUNCTION, "dynamodb:Query", "{registry}/index/waiting"),
    (FUNCTION, "ecs:RunTask", "{ingest task}:7"),
    (FUNCTION, "iam:PassRole", "arn:aws:iam::123456789012:role/raglite-ingest-task"),
    (FUNCTION, "iam:PassRole", "arn:aws:iam::123456789012:role/raglite-ingest-execution"),
    (INGEST, "s3:ListBucketVersions", "{documents}"),
    (INGEST, "s3:GetObject s3:GetObjectVersion", "{documents}/reports/a.pdf"),
    (INGEST, "s3:GetObject s3:PutObject s3:DeleteObject", "{parsed}/a.json.gz"),
    (INGEST, "events:PutEvents", "arn:aws:events:eu-central-1:123456789012:event-bus/default"),
    (INGEST, "kms:Decrypt kms:GenerateDataKey", "{key}"),
    (INGEST, "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:ConditionCheckItem", "{registry}"),
    (INGEST, "dynamodb:Query dynamodb:Scan", "{registry}"),
    (INGEST, "dynamodb:Query", "{registry}/index/waiting"),
    (SERVICE, "dynamodb:GetItem dynamodb:Query dynamodb:Scan", "{registry}"),
    (SERVICE, "s3:GetObject", "{parsed}/a.json.gz"),
    (SERVICE, "s3:PutObject", "{documents}/reports/a.pdf"),
    (SERVICE, "s3:ListBucketVersions", "{documents}"),
    (SERVICE, "dynamodb:UpdateItem", "{registry}"),
    (SERVICE, "secretsmanager:GetSecretValue", "{api keys}"),
    (SERVICE, "kms:Decrypt kms:GenerateDataKey", "{key}"),
    (BACKUP, "s3:ListBucketVersions", "{documents}"),
    (BACKUP, "s3:GetObjectVersion", "{documents}/reports/a.pdf"),
    (BACKUP, "s3:GetObject", "{parsed}/restored/versions.jsonl.gz"),
    (BACKUP, "dynamodb:Scan", "{registry}"),
    (BACKUP, "s3:GetObject s3:PutObject s3:PutObjectRetention", "{backups}/objects/0123"),
    (BACKUP, "kms:Sign", "{signing key}"),
    (BACKUP, "kms:Decrypt", "{key}"),
    (BACKUP, "kms:Decrypt kms:GenerateDataKey", "{backups key}"),
    (PRUNE, "s3:GetObject s3:DeleteObjectVersion", "{backups}/objects/0123"),
    (RESTORE, "s3:GetObject", "{backups}/objects/0123"),
    (RESTORE, "kms:Verify", "{signing key}"),
    (RESTORE, "s3:PutObject s3:DeleteObject", "{documents}/reports/a.pdf"),
    (RESTORE, "s3:PutObject", "{parsed}/restored/versions.jsonl.gz"),
    (RESTORE, "dynamodb:BatchWriteItem", "{registry}"),
    *((starter, "secretsmanager:GetSecretValue", "{qdrant}") for starter in STARTERS),
    *((starter, "kms:Decrypt", "{key}") for starter in STARTERS),
    *((role, "xray:PutTraceSegments", "*") for role in (FUNCTION, INGEST, SERVICE, CANARY)),
)
WITHHELD = (
    (FUNCTION, "s3:GetObject s3:DeleteObject s3:PutObject", "{documents}/reports/a.pdf"),
    (FUNCTION, "iam:PassRole", "arn:aws:iam::123456789012:role/raglite-service-task"),
    (INGEST, "s3:PutObject s3:DeleteObject s3:DeleteObjectVersion", "{documents}/reports/a.pdf"),
    (INGEST, "events:PutEvents", "arn:aws:events:eu-central-1:123456789012:event-bus/another"),
    (INGEST, "secretsmanager:GetSecretValue", "{api keys}"),
    (INGEST, "dynamodb:DeleteItem dynamodb:DeleteTable", "{registry}"),
    (SERVICE, "s3:GetObject s3:DeleteObject s3:DeleteObjectVersion", "{documents}/reports/a.pdf"),
    (SERVICE, "s3:PutObject", "{parsed}/a.json.gz"),
    (SERVICE, "dynamodb:DeleteItem dynamodb:BatchWriteItem", "{registry}"),
    (SERVICE, "secretsmanager:GetSecretValue", "{qdrant}"),
    (BACKUP, "s3:DeleteObject s3:DeleteObjectVersion s3:BypassGovernanceRetention", "{backups}/objects/0123"),
    (BACKUP, "s3:PutObject s3:DeleteObject", "{documents}/reports/a.pdf"),
    (BACKUP, "dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem", "{registry}"),
    (BACKUP, "secretsmanager:GetSecretValue", "{qdrant}"),
    (PRUNE, "s3:PutObject s3:BypassGovernanceRetention", "{backups}/objects/0123"),
    (PRUNE, "kms:Sign", "{signing key}"),
    (PRUNE, "s3:GetObject", "{documents}/reports/a.pdf"),
    (RESTORE, "s3:PutObject s3:DeleteObject s3:DeleteObjectVersion", "{backups}/objects/0123"),
    (RESTORE, "s3:DeleteObjectVersion", "{documents}/reports/a.pdf"),
    (RESTORE, "kms:Sign", "{signing key}"),
    (RESTORE, "dynamodb:DeleteItem dynamodb:DeleteTable", "{registry}"),
    *((starter, "secretsmanager:GetSecretValue", "{api keys}") for starter in STARTERS),
)


@pytest.mark.parametrize(("role", "actions", "resource"), NEEDED)
def test_a_role_may_do_what_its_code_does(
    estate: Estate, arns: dict[str, str], role: str, actions: str, resource: str
) -> None:
    assert [action for action in actions.split() if not estate.may(role, action, resource.format(**arns))] == []


@pytest.mark.parametrize(("role", "actions", "resource"), WITHHELD)
def test_a_role_may_do_no_more(estate: Estate, arns: dict[str, str], role: str, actions: str, resource: str) -> None:
    assert [action for action in actions.split() if estate.may(role, action, resource.format(**arns))] == []


def test_the_task_speaks_on_the_bus_in_its_own_name_only(estate: Estate) -> None:
    [speaking] = [s for s in estate.identity_policies[INGEST] if s["Action"] == "events:PutEvents"]
    assert speaking["Condition"] == {"StringEquals": {"events:source": SOURCE}}


def test_of_the_registry_the_service_writes_submissions_and_records_of_documents_alone(estate: Estate) -> None:
    [writing] = [s for s in estate.identity_policies[SERVICE] if "dynamodb:UpdateItem" in s["Action"]]
    assert writing["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{SUBMISSION}#*", f"{DOCUMENT}*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},  # which holds for a request without any key otherwise
    }


def test_the_key_is_used_only_through_the_services_that_need_it(estate: Estate) -> None:
    through = {
        role: {service.split(".")[0] for statement in policy for service in via(statement)}
        for role, policy in estate.identity_policies.items()
    }
    assert through == {
        INGEST: {"s3"},
        SERVICE: {"s3", "secretsmanager"},
        **{starter: {"secretsmanager"} for starter in STARTERS},
        FUNCTION: set(),
        CANARY: {"secretsmanager"},
        **{key: {"s3"} for key in (BACKUP, PRUNE, RESTORE)},
        **{key: set() for key in ("raglite-backup", *SCHEDULES, AUDITOR)},
    }


def via(statement: Statement) -> list[str]:
    """The services through which a statement lets the key be used."""
    if not any(action.startswith("kms:") for action in {*listed(statement["Action"])} - {"kms:Sign", "kms:Verify"}):
        return []
    return listed(statement["Condition"]["StringEquals"]["kms:ViaService"])


def test_a_role_is_assumed_by_its_one_service_and_the_auditors_and_the_restorers_by_people(estate: Estate) -> None:
    assumed_by = {
        role["name"]: next(iter(statements(role["assume_role_policy"])[0]["Principal"].values()))
        for role in estate.all("aws_iam_role").values()
    }
    assert assumed_by == {
        **dict.fromkeys((SERVICE, INGEST, BACKUP, PRUNE, *STARTERS), "ecs-tasks.amazonaws.com"),
        **dict.fromkeys((FUNCTION, CANARY), "lambda.amazonaws.com"),
        **dict.fromkeys(SCHEDULES, "events.amazonaws.com"),
        "raglite-backup": "backup.amazonaws.com",
        RESTORE: "arn:aws:iam::123456789012:root",
        AUDITOR: "arn:aws:iam::123456789012:root",  # IAM decides which people
    }
