"""What is kept is private, encrypted with a key of ours, and gone when its time is over."""

from collections.abc import Iterator

from tests.unit.infra.estate import Estate, Values, listed, named, statements

PRIVATE = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
OVER_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def buckets_are_private(estate: Estate) -> Iterator[str]:
    blocks = {one["bucket"]: one for one in estate.kind("aws_s3_bucket_public_access_block").values()}
    for address, bucket in estate.kind("aws_s3_bucket").items():
        if not all(blocks.get(bucket["id"], {}).get(name) for name in PRIVATE):
            yield f"{address} may become public"


def buckets_answer_over_tls_only(estate: Estate) -> Iterator[str]:
    policies = {one["bucket"]: statements(one["policy"]) for one in estate.kind("aws_s3_bucket_policy").values()}
    for address, bucket in estate.kind("aws_s3_bucket").items():
        refused = {
            arn
            for statement in policies.get(bucket["id"], ())
            if (statement["Effect"], statement["Principal"]) == ("Deny", "*")
            and statement.get("Condition") == OVER_TLS
            and "s3:*" in listed(statement["Action"])
            for arn in statement["Resource"]
        }
        if not refused >= {bucket["arn"], f"{bucket['arn']}/*"}:
            yield f"{address} answers in the clear"


def buckets_encrypt_with_our_key(estate: Estate) -> Iterator[str]:
    apart = estate.kind("aws_s3_bucket_server_side_encryption_configuration").values()
    for address, bucket in estate.kind("aws_s3_bucket").items():
        inline = bucket.get("server_side_encryption_configuration") or ()
        rules = [
            rule for one in (*apart, *inline) if one.get("bucket", bucket["id"]) == bucket["id"] for rule in one["rule"]
        ]
        if not any(_default(rule) in _keys(estate) for rule in rules):
            yield f"{address} is not encrypted with a key of ours"


def buckets_keep_versions(estate: Estate) -> Iterator[str]:
    apart = {one["bucket"]: one["versioning_configuration"] for one in estate.kind("aws_s3_bucket_versioning").values()}
    for address, bucket in estate.kind("aws_s3_bucket").items():
        kept = next((apart[name] for name in named(bucket) & apart.keys()), bucket.get("versioning") or ())
        if not any(one.get("status") == "Enabled" or one.get("enabled") for one in kept):
            yield f"{address} forgets what is overwritten"


def log_groups_end_and_are_encrypted(estate: Estate) -> Iterator[str]:
    for address, group in estate.kind("aws_cloudwatch_log_group").items():
        if not group["retention_in_days"]:
            yield f"{address} is kept for ever"
        if group["kms_key_id"] not in _keys(estate):
            yield f"{address} is not encrypted with a key of ours"


def tables_can_be_turned_back(estate: Estate) -> Iterator[str]:
    for address, table in estate.kind("aws_dynamodb_table").items():
        if [one["enabled"] for one in table["point_in_time_recovery"] or ()] != [True]:
            yield f"{address} cannot be restored to a point in time"


def queues_are_encrypted(estate: Estate) -> Iterator[str]:
    for address, queue in estate.kind("aws_sqs_queue").items():
        if not (queue["sqs_managed_sse_enabled"] or queue["kms_master_key_id"] in _keys(estate)):
            yield f"{address} is not encrypted"


def keys_are_rotated(estate: Estate) -> Iterator[str]:
    """But for those that sign, which KMS cannot rotate."""
    for address, key in estate.kind("aws_kms_key").items():
        if not key["enable_key_rotation"] and key.get("key_usage") != "SIGN_VERIFY":
            yield f"{address} is never rotated"


def no_secret_has_a_value(estate: Estate) -> Iterator[str]:
    """A value that Terraform sets stands in its state, and in the plan that somebody reviews."""
    for kind in ("aws_secretsmanager_secret_version", "aws_ssm_parameter", "random_password", "tls_private_key"):
        yield from (f"{address} would stand in the state" for address in estate.kind(kind))


def secrets_are_encrypted_with_our_key(estate: Estate) -> Iterator[str]:
    yield from _in_the_clear(estate, "aws_secretsmanager_secret", "kms_key_id")


def topics_are_encrypted_with_our_key(estate: Estate) -> Iterator[str]:
    yield from _in_the_clear(estate, "aws_sns_topic", "kms_master_key_id")


def vaults_are_encrypted_with_our_key(estate: Estate) -> Iterator[str]:
    yield from _in_the_clear(estate, "aws_backup_vault", "kms_key_arn")


def tables_are_encrypted_with_our_key(estate: Estate) -> Iterator[str]:
    for address, table in estate.kind("aws_dynamodb_table").items():
        if not any(one["kms_key_arn"] in _keys(estate) for one in table["server_side_encryption"] or ()):
            yield f"{address} is not encrypted with a key of ours"


RULES = (
    buckets_are_private,
    buckets_answer_over_tls_only,
    buckets_encrypt_with_our_key,
    buckets_keep_versions,
    log_groups_end_and_are_encrypted,
    tables_can_be_turned_back,
    queues_are_encrypted,
    secrets_are_encrypted_with_our_key,
    topics_are_encrypted_with_our_key,
    vaults_are_encrypted_with_our_key,
    tables_are_encrypted_with_our_key,
    keys_are_rotated,
    no_secret_has_a_value,
)


def _keys(estate: Estate) -> set[str]:
    return {key["arn"] for key in estate.kind("aws_kms_key").values()}


def _in_the_clear(estate: Estate, kind: str, key: str) -> Iterator[str]:
    for address, resource in estate.kind(kind).items():
        if resource[key] not in _keys(estate):
            yield f"{address} is not encrypted with a key of ours"


def _default(rule: Values) -> str:
    return rule["apply_server_side_encryption_by_default"][0]["kms_master_key_id"]
