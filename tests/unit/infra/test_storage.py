"""What is kept, how it is protected, and who may use the key."""

from typing import Any

from tests.unit.infra.estate import Estate, matches, statements

TEXTS = "module.audit.aws_cloudwatch_log_group.texts"  # has a key of its own (test_audit.py)


def test_everything_at_rest_is_encrypted_with_our_key(estate: Estate, arns: dict[str, str]) -> None:
    def default(bucket: Any) -> str:
        return bucket["rule"][0]["apply_server_side_encryption_by_default"][0]["kms_master_key_id"]

    buckets = estate.all("aws_s3_bucket_server_side_encryption_configuration").values()
    assert {one["bucket"] for one in buckets} == {one["id"] for one in estate.all("aws_s3_bucket").values()}
    keys = [
        *(default(bucket) for bucket in buckets),
        *(group["kms_key_id"] for name, group in estate.all("aws_cloudwatch_log_group").items() if name != TEXTS),
        *(secret["kms_key_id"] for secret in estate.all("aws_secretsmanager_secret").values()),
        *(topic["kms_master_key_id"] for topic in estate.all("aws_sns_topic").values()),
        estate['module.registry["1"].aws_dynamodb_table.registry']["server_side_encryption"][0]["kms_key_arn"],
        estate["module.backup.aws_backup_vault.raglite"]["kms_key_arn"],
    ]
    assert set(keys) == {arns["key"], arns["backups key"]}
    own = [one for one in buckets if default(one) == arns["backups key"]]
    assert [one["bucket"] for one in own] == [estate["module.backup.module.bucket.aws_s3_bucket.private"]["id"]]
    assert all(queue["sqs_managed_sse_enabled"] for queue in estate.all("aws_sqs_queue").values())


def test_the_services_that_write_for_us_may_use_the_key(estate: Estate) -> None:
    policy = statements(estate["module.secrets.aws_kms_key.raglite"]["policy"])

    def may(principal: dict[str, str], action: str) -> bool:
        return any(s["Principal"] == principal and matches(s["Action"], action) for s in policy)

    assert may({"Service": "logs.eu-central-1.amazonaws.com"}, "kms:GenerateDataKey")
    assert may({"Service": "cloudwatch.amazonaws.com"}, "kms:GenerateDataKey")
    assert may({"Service": "cloudwatch.amazonaws.com"}, "kms:Decrypt")
    assert may({"AWS": "arn:aws:iam::123456789012:root"}, "kms:PutKeyPolicy")
    [anybody] = [s for s in policy if s["Principal"] == {"AWS": "*"}]
    assert anybody["Condition"]["StringEquals"] == {
        "kms:CallerAccount": "123456789012",
        "kms:ViaService": "dynamodb.eu-central-1.amazonaws.com",
    }


def test_no_upload_can_choose_another_encryption_than_ours(estate: Estate, arns: dict[str, str]) -> None:
    for address, policy in estate.all("aws_s3_bucket_policy").items():
        key = arns["backups key" if ".backup." in address else "key"]
        refused = {s["Sid"]: s for s in statements(policy["policy"]) if s["Action"] == "s3:PutObject"}
        assert {sid: (s["Effect"], s["Principal"], s["Condition"]) for sid, s in refused.items()} == {
            "OnlyOurKey": (
                "Deny",
                "*",
                {
                    "Null": {"s3:x-amz-server-side-encryption": "false"},
                    "StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key},
                },
            ),
            "NoCustomerKeys": (
                "Deny",
                "*",
                {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
            ),
        }


def test_documents_keep_their_versions_and_both_truths_are_backed_up_every_night(
    estate: Estate, arns: dict[str, str]
) -> None:
    versioning = estate['module.documents["1"].aws_s3_bucket_versioning.documents']["versioning_configuration"][0]
    [rule] = estate["module.backup.aws_backup_plan.raglite"]["rule"]
    selection = estate["module.backup.aws_backup_selection.raglite"]
    assert versioning["status"] == "Enabled"
    assert (rule["schedule"], rule["lifecycle"][0]["delete_after"]) == ("cron(0 2 * * ? *)", 30)
    assert set(selection["resources"]) == {arns["documents"], arns["registry"]}
    attached = estate.all("aws_iam_role_policy_attachment").values()
    assert {one["policy_arn"].rpartition("/")[2] for one in attached if one["role"] == "raglite-backup"} == {
        "AWSBackupServiceRolePolicyForBackup",
        "AWSBackupServiceRolePolicyForS3Backup",
    }


def test_the_newest_version_of_a_document_never_expires_and_older_ones_after_their_retention(estate: Estate) -> None:
    ending = [one for rule in lifecycle(estate) for one in rule["expiration"]]
    assert [(one["expired_object_delete_marker"], one["days"] or 0, one["date"]) for one in ending] == [(True, 0, None)]
    assert [one["noncurrent_days"] for rule in lifecycle(estate) for one in rule["noncurrent_version_expiration"]] == [
        365
    ]
    assert estate["module.audit.aws_cloudwatch_log_group.records"]["retention_in_days"] <= 365


def lifecycle(estate: Estate) -> list[Any]:
    rules: list[Any] = estate['module.documents["1"].aws_s3_bucket_lifecycle_configuration.documents']["rule"]
    return rules


def test_the_registry_has_the_keys_its_adapter_uses(estate: Estate) -> None:
    table = estate['module.registry["1"].aws_dynamodb_table.registry']
    [index] = table["global_secondary_index"]
    assert (table["hash_key"], table["range_key"]) == ("pk", "sk")
    assert (index["name"], index["hash_key"], index["range_key"]) == ("waiting", "waiting", "requested_at")
    assert index["projection_type"] == "ALL"
