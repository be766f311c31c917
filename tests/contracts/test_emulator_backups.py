"""What backups rely on, in the emulator, corrected: locks that hold, keys that sign, rules that start tasks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contracts.test_emulator_iam import ACCOUNT, CLUSTER, ROLES, TASKS, Clients, acting, document, trust
from tests.emulators import REQUIRED, clients, running

pytestmark = REQUIRED

BUCKET = "backups"
DAYS = 30


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("emulator")
    with running(home, "--decisions", str(home / "decisions.jsonl")) as address:
        yield address


@pytest.fixture(scope="module")
def client(endpoint: str) -> Clients:
    made = clients(endpoint)
    s3 = made("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": DAYS}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=lock)
    return made


def test_what_is_put_is_locked_for_the_buckets_time(client: Clients) -> None:
    s3 = client("s3")
    version = s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")["VersionId"]
    head = s3.head_object(Bucket=BUCKET, Key="a")
    left = head["ObjectLockRetainUntilDate"] - datetime.now(UTC)
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert timedelta(days=DAYS - 1) < left <= timedelta(days=DAYS)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=BUCKET, Key="a", VersionId=version)
    s3.delete_object(Bucket=BUCKET, Key="a")  # only a marker
    assert s3.get_object(Bucket=BUCKET, Key="a", VersionId=version)["Body"].read() == b"a"


def test_a_lock_is_prolonged_and_not_shortened(client: Clients) -> None:
    s3 = client("s3")
    version = s3.put_object(Bucket=BUCKET, Key="b", Body=b"b")["VersionId"]
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2 * DAYS)
    of = {"Bucket": BUCKET, "Key": "b", "VersionId": version}
    s3.put_object_retention(**of, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object_retention(**of, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until - timedelta(days=DAYS)})
    assert s3.get_object_retention(**of)["Retention"]["RetainUntilDate"] == until


def test_who_may_bypass_governance_removes_it_and_nobody_removes_what_is_locked_for_compliance(client: Clients) -> None:
    s3 = client("s3")
    governed = s3.put_object(Bucket=BUCKET, Key="c", Body=b"c")["VersionId"]
    s3.delete_object(Bucket=BUCKET, Key="c", VersionId=governed, BypassGovernanceRetention=True)
    lock = {
        "ObjectLockMode": "COMPLIANCE",
        "ObjectLockRetainUntilDate": datetime.now(UTC) + timedelta(days=1),
    }
    kept = s3.put_object(Bucket=BUCKET, Key="d", Body=b"d", **lock)["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=BUCKET, Key="d", VersionId=kept, BypassGovernanceRetention=True)


def test_a_key_signs_and_knows_its_own_signature(client: Clients) -> None:
    kms = client("kms")
    mine, another = (
        kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"] for _ in range(2)
    )
    given: dict[str, Any] = {"Message": bytes(32), "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(KeyId=mine, **given)["Signature"]
    assert kms.verify(KeyId=mine, Signature=signature, **given)["SignatureValid"]
    for wrong in ({"KeyId": another}, {"KeyId": mine, "Message": bytes([1, *bytes(31)])}):
        with pytest.raises(ClientError, match="KMSInvalidSignature"):
            kms.verify(**{**given, "Signature": signature, **wrong})


@pytest.fixture
def rule(client: Clients) -> Iterator[str]:
    """A rule that has ECS start a task, in a role that may do so."""
    client("ecs").create_cluster(clusterName="cluster")
    for name in ("task", "execution"):
        client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
    made = client("ecs").register_task_definition(
        family="ingest",
        taskRoleArn=f"{ROLES}/task",
        executionRoleArn=f"{ROLES}/execution",
        containerDefinitions=[{"name": "main", "image": "raglite-ingest:1", "memory": 64}],
    )
    client("iam").create_role(RoleName="starter", AssumeRolePolicyDocument=trust("events.amazonaws.com"))
    events = client("events")
    events.put_rule(Name="backup", EventPattern=json.dumps({"source": ["somebody"]}))
    target = {
        "Id": "cluster",
        "Arn": CLUSTER,
        "RoleArn": f"{ROLES}/starter",
        "EcsParameters": {"TaskDefinitionArn": made["taskDefinition"]["taskDefinitionArn"]},
    }
    events.put_targets(Rule="backup", Targets=[target])
    yield "backup"
    for name in ("task", "execution"):
        client("iam").delete_role(RoleName=name)


def test_a_rule_starts_a_task_in_its_targets_role_and_in_no_mightier_one(client: Clients, rule: str) -> None:
    def happens() -> int:
        client("events").put_events(Entries=[{"Source": "somebody", "DetailType": "x", "Detail": "{}"}])
        started = client("ecs").list_tasks(cluster="cluster", startedBy=f"events-rule/{rule}")["taskArns"]
        return len(started) + len(
            client("ecs").list_tasks(cluster="cluster", startedBy=f"events-rule/{rule}", desiredStatus="STOPPED")[
                "taskArns"
            ]
        )

    assert happens() == 0
    in_cluster = {"ArnEquals": {"ecs:cluster": CLUSTER}}
    allowed = {"start": document("Allow", "ecs:RunTask", TASKS, in_cluster)}
    allowed["pass"] = document("Allow", "iam:PassRole", [f"{ROLES}/task", f"{ROLES}/execution"])
    for name, policy in allowed.items():
        assert happens() == 0, "a part of what it needs is not enough"
        client("iam").put_role_policy(RoleName="starter", PolicyName=name, PolicyDocument=policy)
    assert happens() == 1


def test_a_buckets_policy_knows_a_role_whatever_its_session_is_called(client: Clients, endpoint: str) -> None:
    client("s3").create_bucket(Bucket="parsed")
    for name in ("restore", "another"):
        client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
        policy = document("Allow", "s3:PutObject", "arn:aws:s3:::parsed/*")
        client("iam").put_role_policy(RoleName=name, PolicyName="write", PolicyDocument=policy)
    others = {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/restore"}}
    denied = document(
        "Deny", ["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::parsed/restored/*", others, Principal="*"
    )
    client("s3").put_bucket_policy(Bucket="parsed", Policy=denied)
    acting(endpoint, client, "restore")("s3").put_object(Bucket="parsed", Key="restored/map", Body=b"m")
    other = acting(endpoint, client, "another")("s3")
    other.put_object(Bucket="parsed", Key="a", Body=b"a")
    with pytest.raises(ClientError, match="AccessDenied"):
        other.put_object(Bucket="parsed", Key="restored/map", Body=b"m")


def test_who_may_delete_versions_may_not_bypass_their_lock(client: Clients, endpoint: str) -> None:
    client("iam").create_role(RoleName="prune", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
    policy = document("Allow", ["s3:PutObject", "s3:DeleteObjectVersion"], f"arn:aws:s3:::{BUCKET}/*")
    client("iam").put_role_policy(RoleName="prune", PolicyName="delete", PolicyDocument=policy)
    s3 = acting(endpoint, client, "prune")("s3")
    of = {"Bucket": BUCKET, "Key": "e"}
    version = s3.put_object(**of, Body=b"e")["VersionId"]
    for bypass in (False, True):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(**of, VersionId=version, BypassGovernanceRetention=bypass)
