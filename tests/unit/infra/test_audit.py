"""Who may append to the audit log, who may read it, and that nobody may change what it was anchored to."""

from typing import Any

import pytest

from raglite.observability.audit_anchors import PREFIX
from tests.unit.infra.estate import Estate, environment, listed, matches, statements
from tests.unit.infra.test_tasks import TASKS

WRITERS = (
    "raglite-service-task",
    "raglite-ingest-task",
    "raglite-backup-task",
    "raglite-prune-task",
    "raglite-restore",
)
AUDITOR = "raglite-auditor"


@pytest.fixture
def places(estate: Estate) -> dict[str, Any]:
    return {
        "records": estate["module.audit.aws_cloudwatch_log_group.records"],
        "texts": estate["module.audit.aws_cloudwatch_log_group.texts"],
        "anchors": estate["module.audit.module.anchors.aws_s3_bucket.private"],
        "key": estate["module.audit.aws_kms_key.texts"],
    }


@pytest.mark.parametrize(("family", "container"), TASKS.items())
def test_every_task_is_told_where_its_audit_log_is_kept(
    estate: Estate, places: dict[str, Any], family: str, container: str
) -> None:
    told = environment(estate.container(family, container))
    assert told["RAGLITE_AUDIT_RECORDS_GROUP"] == places["records"]["name"] == "/raglite/audit"
    assert told["RAGLITE_AUDIT_TEXTS_GROUP"] == places["texts"]["name"] == "/raglite/audit-restricted"
    assert told["RAGLITE_AUDIT_BUCKET"] == places["anchors"]["bucket"]


@pytest.mark.parametrize("role", WRITERS)
def test_a_task_appends_and_anchors(estate: Estate, places: dict[str, Any], arns: dict[str, str], role: str) -> None:
    for group in ("records", "texts"):
        stream = f"{places[group]['arn']}:log-stream:chain"
        assert estate.may(role, "logs:PutLogEvents", stream)
        assert estate.may(role, "logs:CreateLogStream", stream)
    assert estate.may(role, "s3:PutObject", f"{places['anchors']['arn']}/{PREFIX}2026-01-01/chain/1.json")
    assert estate.may(role, "kms:GenerateDataKey", arns["key"])


def test_nobody_can_take_back_what_was_written(estate: Estate, places: dict[str, Any]) -> None:
    anchors = places["anchors"]["arn"]
    about = [
        anchors,
        f"{anchors}/{PREFIX}a",
        *(f"{places[group]['arn']}:log-stream:a" for group in ("records", "texts")),
    ]
    granted = [
        action
        for policy in estate.identity_policies.values()
        for statement in policy
        if any(matches(statement["Resource"], one) for one in about)
        for action in listed(statement["Action"])
    ]
    taking_back = (
        "logs:DeleteLogStream",
        "logs:DeleteLogGroup",
        "logs:PutRetentionPolicy",
        "s3:PutObjectRetention",
        "s3:BypassGovernanceRetention",
        "s3:PutBucketObjectLockConfiguration",
        "s3:DeleteObjectVersion",
    )
    assert [action for action in taking_back if matches(granted, action)] == []


def test_only_the_auditor_reads(estate: Estate, places: dict[str, Any]) -> None:
    def readers(action: str, resource: str) -> set[str]:
        return {role for role in estate.identity_policies if estate.may(role, action, resource)}

    for group in ("records", "texts"):
        assert readers("logs:GetLogEvents", f"{places[group]['arn']}:log-stream:chain") == {AUDITOR}
    anchor = f"{places['anchors']['arn']}/{PREFIX}2026-01-01/chain/1.json"
    assert readers("s3:GetObject", anchor) == readers("s3:GetObjectVersion", anchor) == set()
    assert readers("s3:ListBucketVersions", places["anchors"]["arn"]) == {AUDITOR}


def test_what_was_asked_has_a_key_that_iam_lets_nobody_use(estate: Estate, places: dict[str, Any]) -> None:
    assert places["texts"]["kms_key_id"] == places["key"]["arn"]
    assert places["records"]["kms_key_id"] != places["key"]["arn"]
    policy = {s["Sid"]: s for s in statements(places["key"]["policy"])}
    crypto = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt", "kms:CreateGrant", "kms:*")
    assert not [action for action in policy["IamAdministers"]["Action"] if action.startswith(crypto)]
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:/raglite/audit-restricted"
    assert policy["OneLogGroup"]["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    assert policy["OneLogGroup"]["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}}
    through_logs = {
        "kms:CallerAccount": "123456789012",
        "kms:ViaService": "logs.eu-central-1.amazonaws.com",
        "kms:EncryptionContext:aws:logs:arn": group,
    }
    users = {
        sid: (policy[sid]["Action"], set(listed(policy[sid]["Condition"]["ArnEquals"]["aws:PrincipalArn"])))
        for sid in ("TasksWrite", "AuditorsRead")
        if policy[sid]["Condition"]["StringEquals"] == through_logs
    }
    roles = "arn:aws:iam::123456789012:role"
    assert users == {
        "TasksWrite": ("kms:GenerateDataKey*", {f"{roles}/{writer}" for writer in WRITERS}),
        "AuditorsRead": ("kms:Decrypt", {f"{roles}/{AUDITOR}"}),
    }
    assert set(policy) == {"IamAdministers", "OneLogGroup", *users}


def test_anchors_are_locked_for_longer_than_records_are_kept_and_go_then(
    estate: Estate, places: dict[str, Any]
) -> None:
    versioning = estate["module.audit.aws_s3_bucket_versioning.anchors"]["versioning_configuration"][0]
    [rule] = estate["module.audit.aws_s3_bucket_object_lock_configuration.anchors"]["rule"]
    [lock] = rule["default_retention"]
    lifecycle = estate["module.audit.aws_s3_bucket_lifecycle_configuration.anchors"]["rule"]
    expiry = next(one["expiration"][0]["days"] for one in lifecycle if one["noncurrent_version_expiration"])
    assert (versioning["status"], lock["mode"]) == ("Enabled", "COMPLIANCE")
    assert places["texts"]["retention_in_days"] < places["records"]["retention_in_days"] < lock["days"] < expiry
