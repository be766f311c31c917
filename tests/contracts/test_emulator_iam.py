"""What the emulator, corrected, lets a role do: by AWS's rules, as each service tells them to IAM."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.emulators import REQUIRED, clients, running

pytestmark = REQUIRED

ACCOUNT, REGION = "000000000000", "us-east-1"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/cluster"
TASKS = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/ingest:*"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
RUN, PASS = r"AccessDenied.*ecs:RunTask", r"AccessDenied.*iam:PassRole"
Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("emulator")


@pytest.fixture(scope="module")
def endpoint(home: Path) -> Iterator[str]:
    with running(home, "--decisions", str(home / "decisions.jsonl")) as address:
        yield address


@pytest.fixture(scope="module")
def administrator(endpoint: str) -> Clients:
    """Prepare a cluster, a task definition with its two roles, a bucket, a queue and a log group."""
    client = clients(endpoint)
    client("ecs").create_cluster(clusterName="cluster")
    client("ecs").create_cluster(clusterName="another")
    for name in ("task", "execution", "mighty"):
        client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
    for family in ("ingest", "service"):
        client("ecs").register_task_definition(
            family=family,
            taskRoleArn=f"{ROLES}/task",
            executionRoleArn=f"{ROLES}/execution",
            containerDefinitions=[{"name": "main", "image": "raglite-ingest:1", "memory": 64}],
        )
    client("s3").create_bucket(Bucket="private")
    client("s3").put_bucket_policy(Bucket="private", Policy=document("Deny", "s3:*", "*", ONLY_TLS, Principal="*"))
    client("logs").create_log_group(logGroupName="/group")
    return client


ONLY_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def document(effect: str, actions: Any, resources: Any, condition: Any = None, **more: Any) -> str:
    statement = {"Effect": effect, "Action": actions, "Resource": resources, **more}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}
    )


def trust(service: str, account: str = ACCOUNT) -> str:
    condition = {"StringEquals": {"aws:SourceAccount": account}}
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]})


@pytest.fixture
def role(administrator: Clients, endpoint: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Clients]]:
    """Yield what makes a role with one policy, takes it and returns its clients."""
    iam, made = administrator("iam"), []
    name = request.node.name.partition("[")[0][-60:]

    def take(*policies: str) -> Clients:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
        for number, policy in enumerate(policies):
            iam.put_role_policy(RoleName=name, PolicyName=f"policy-{number}", PolicyDocument=policy)
            made.append(f"policy-{number}")
        return acting(endpoint, administrator, name)

    yield take
    for policy in made:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def acting(endpoint: str, administrator: Clients, name: str) -> Clients:
    taken = administrator("sts").assume_role(RoleArn=f"{ROLES}/{name}", RoleSessionName="session")["Credentials"]
    keys = taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"]
    session = boto3.Session(*keys, region_name=REGION)
    return lambda service: session.client(service, endpoint_url=endpoint)


def start(client: Clients, family: str = "ingest", cluster: str = "cluster", **more: Any) -> Any:
    return client("ecs").run_task(cluster=cluster, taskDefinition=family, **more)


STARTS = document("Allow", "ecs:RunTask", TASKS, {"ArnEquals": {"ecs:cluster": CLUSTER}})
HANDED = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
PASSES = document("Allow", "iam:PassRole", [f"{ROLES}/task", f"{ROLES}/execution"], HANDED)


def test_a_task_is_started_by_who_may_run_its_definition_and_pass_both_its_roles(role) -> None:
    assert start(role(STARTS, PASSES))["tasks"]


def test_another_definition_and_another_cluster_are_refused(role) -> None:
    client = role(STARTS, PASSES)
    with pytest.raises(ClientError, match=RUN):
        start(client, family="service")
    with pytest.raises(ClientError, match=RUN):
        start(client, cluster="another")


def test_a_permission_on_the_cluster_starts_nothing(role) -> None:
    with pytest.raises(ClientError, match=RUN):
        start(role(document("Allow", "ecs:RunTask", CLUSTER), PASSES))


@pytest.mark.parametrize("passed", ["task", "execution"])
def test_who_may_pass_only_one_of_the_roles_starts_nothing(role, passed: str) -> None:
    with pytest.raises(ClientError, match=PASS):
        start(role(STARTS, document("Allow", "iam:PassRole", f"{ROLES}/{passed}", HANDED)))


def test_a_role_that_may_be_passed_to_another_service_is_not_passed_to_tasks(role) -> None:
    elsewhere = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    with pytest.raises(ClientError, match=PASS):
        start(role(STARTS, document("Allow", "iam:PassRole", f"{ROLES}/*", elsewhere)))


def test_a_task_gets_no_mightier_role_by_an_override(role) -> None:
    with pytest.raises(ClientError, match=PASS):
        start(role(STARTS, PASSES), overrides={"taskRoleArn": f"{ROLES}/mighty"})


def test_tasks_are_counted_in_the_one_cluster(role) -> None:
    ecs = role(document("Allow", "ecs:ListTasks", "*", {"ArnEquals": {"ecs:cluster": CLUSTER}}))("ecs")
    assert "taskArns" in ecs.list_tasks(cluster="cluster")
    with pytest.raises(ClientError, match="AccessDenied"):
        ecs.list_tasks(cluster="another")


def test_events_are_put_in_the_name_that_the_policy_says(role) -> None:
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    events = role(document("Allow", "events:PutEvents", bus, {"StringEquals": {"events:source": "ours"}}))("events")

    def put(*sources: str) -> Any:
        return events.put_events(Entries=[{"Source": one, "DetailType": "t", "Detail": "{}"} for one in sources])

    assert put("ours", "ours")["FailedEntryCount"] == 0
    for sources in (["theirs"], ["ours", "theirs"]):
        with pytest.raises(ClientError, match="AccessDenied"):
            put(*sources)


def test_a_log_groups_streams_are_written_and_others_are_not(role) -> None:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/group:*"
    logs = role(document("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], group))("logs")
    event = {"timestamp": 1_795_000_000_000, "message": "line"}
    logs.create_log_stream(logGroupName="/group", logStreamName="stream")
    logs.put_log_events(logGroupName="/group", logStreamName="stream", logEvents=[event])
    for refused in (
        lambda: logs.create_log_stream(logGroupName="/group-of-others", logStreamName="stream"),
        lambda: logs.get_log_events(logGroupName="/group", logStreamName="stream"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()


def test_a_bucket_that_takes_tls_alone_can_be_used_from_here(role) -> None:
    s3 = role(document("Allow", "s3:PutObject", "arn:aws:s3:::private/*"))("s3")
    assert s3.put_object(Bucket="private", Key="a", Body=b"x")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket="private", Key="a")


def test_a_service_of_another_account_takes_no_role(administrator: Clients, endpoint: str) -> None:
    policy = trust("ecs-tasks.amazonaws.com", account="111111111111")
    administrator("iam").create_role(RoleName="foreign", AssumeRolePolicyDocument=policy)
    with pytest.raises(ClientError, match="AccessDenied"):
        acting(endpoint, administrator, "foreign")


def test_an_object_is_not_read_by_who_does_not_sign(endpoint: str, administrator: Clients) -> None:
    administrator("s3").put_object(Bucket="private", Key="unsigned", Body=b"x")
    nobody = boto3.client("s3", endpoint_url=endpoint, region_name=REGION, config=Config(signature_version=UNSIGNED))
    with pytest.raises(ClientError, match="AccessDenied"):
        nobody.get_object(Bucket="private", Key="unsigned")


def test_who_does_not_sign_and_whose_key_is_unknown_is_nobody_and_not_the_administrator(
    endpoint: str, administrator: Clients, home: Path
) -> None:
    nobody = boto3.client("s3", endpoint_url=endpoint, region_name=REGION, config=Config(signature_version=UNSIGNED))
    stranger = boto3.Session("AKIASTRANGER", "x", region_name=REGION).client("dynamodb", endpoint_url=endpoint)
    with pytest.raises(ClientError, match="AccessDenied"):
        nobody.list_objects_v2(Bucket="private")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        stranger.list_tables()
    lines = [json.loads(line) for line in (home / "decisions.jsonl").read_text().splitlines()]
    assert [(line["action"], line["refusal"]) for line in lines if line["role"] == "nobody"][-2:] == [
        ("s3:ListBucket", "Access Denied"),
        ("dynamodb:ListTables", "UnrecognizedClientException"),
    ]


def test_that_an_object_is_missing_is_told_to_who_may_list_the_bucket(role) -> None:
    reads = document("Allow", ["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::private/*")
    s3 = role(reads)("s3")
    for ask in (s3.get_object, s3.head_object):
        with pytest.raises(ClientError, match=r"AccessDenied.*s3:ListBucket|\(403\)"):
            ask(Bucket="private", Key="missing")


def test_that_an_object_is_missing_is_told_as_such_to_who_may(role) -> None:
    reads = document("Allow", "s3:GetObject", "arn:aws:s3:::*")
    s3 = role(reads, document("Allow", "s3:ListBucket", "arn:aws:s3:::private"))("s3")
    for ask in (s3.get_object, s3.head_object):
        with pytest.raises(ClientError, match=r"NoSuchKey|\(404\)"):
            ask(Bucket="private", Key="missing")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.get_object(Bucket="not-there", Key="missing")


def test_a_call_that_no_policy_can_name_is_refused_to_every_role(role) -> None:
    with pytest.raises(ClientError, match=r"AccessDenied.*lambda:\?"):
        role(document("Allow", "*", "*"))("lambda").get_account_settings()


def test_a_statement_with_an_unknown_operator_is_not_left_out(role, administrator: Clients) -> None:
    misspelt = {"StringEqual": {"aws:PrincipalType": "AssumedRole"}}
    s3 = role(document("Allow", "s3:*", "*"), document("Deny", "s3:PutObject", "*", misspelt))("s3")
    with pytest.raises(ClientError, match=r"AccessDenied.*StringEqual is no condition operator"):
        s3.put_object(Bucket="private", Key="a", Body=b"x")


def test_a_bucket_that_takes_one_key_alone_refuses_another_and_a_customers(role, administrator: Clients) -> None:
    ours = "arn:aws:kms:us-east-1:000000000000:key/ours"
    another = {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": ours}}
    customers = {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}}
    asked = {"Null": {"s3:x-amz-server-side-encryption": "false"}}
    statements = [
        json.loads(document("Deny", "s3:PutObject", "arn:aws:s3:::one-key/*", condition, Principal="*"))["Statement"][0]
        for condition in (another | asked, customers)
    ]
    administrator("s3").create_bucket(Bucket="one-key")
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    administrator("s3").put_bucket_policy(Bucket="one-key", Policy=policy)
    s3 = role(document("Allow", "s3:PutObject", "*"))("s3")
    s3.put_object(Bucket="one-key", Key="a", Body=b"x")
    s3.put_object(Bucket="one-key", Key="a", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=ours)
    for other in (
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ours.replace("ours", "theirs")},
        {"ServerSideEncryption": "AES256"},
        {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket="one-key", Key="a", Body=b"x", **other)


def test_a_call_with_a_wrong_secret_or_without_its_token_is_refused(endpoint: str, administrator: Clients) -> None:
    taken = administrator("sts").assume_role(RoleArn=f"{ROLES}/task", RoleSessionName="session")["Credentials"]
    for keys in (
        (taken["AccessKeyId"], "wrong", taken["SessionToken"]),
        (taken["AccessKeyId"], taken["SecretAccessKey"]),
    ):
        s3 = boto3.Session(*keys, region_name=REGION).client("s3", endpoint_url=endpoint)
        with pytest.raises(ClientError, match=r"SignatureDoesNotMatch|InvalidAccessKeyId"):
            s3.list_objects_v2(Bucket="private")


def test_every_decision_is_one_line_with_who_what_and_on_what(role, home: Path) -> None:
    name = "test_every_decision_is_one_line_with_who_what_and_on_what"
    s3 = role(document("Allow", "s3:PutObject", "arn:aws:s3:::private/*"))("s3")
    s3.put_object(Bucket="private", Key="journal", Body=b"x")
    with pytest.raises(ClientError):
        s3.delete_object(Bucket="private", Key="journal")
    lines = [json.loads(line) for line in (home / "decisions.jsonl").read_text().splitlines()]
    mine = [{key: line[key] for key in line if key != "time"} for line in lines if line["role"] == name]
    told = {"role": name, "session": "session", "resource": "arn:aws:s3:::private/journal"}
    assert mine == [
        told | {"action": "s3:PutObject", "refusal": ""},
        told | {"action": "s3:DeleteObject", "refusal": "ImplicitDeny"},
    ]
    assert any(line["role"] == "administrator" and line["action"] == "sts:AssumeRole" for line in lines)


@pytest.fixture(scope="module")
def key(administrator: Clients) -> str:
    """Encrypt a bucket and a secret with a key of our own; return its ARN."""
    policy = document("Allow", "kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    arn = administrator("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    administrator("s3").create_bucket(Bucket="encrypted")
    by_default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    administrator("s3").put_bucket_encryption(
        Bucket="encrypted", ServerSideEncryptionConfiguration={"Rules": [by_default]}
    )
    administrator("secretsmanager").create_secret(Name="secret", SecretString="x", KmsKeyId=arn)
    return str(arn)


OBJECTS = document("Allow", ["s3:PutObject", "s3:GetObject"], "arn:aws:s3:::encrypted/*")


def via(service: str) -> dict[str, Any]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}


def test_what_is_encrypted_is_written_and_read_by_who_may_use_the_key_through_the_service(role, key: str) -> None:
    s3 = role(OBJECTS, document("Allow", ["kms:GenerateDataKey", "kms:Decrypt"], key, via("s3")))("s3")
    s3.put_object(Bucket="encrypted", Key="a", Body=b"x")
    assert s3.get_object(Bucket="encrypted", Key="a")["Body"].read() == b"x"


def test_without_the_key_an_object_is_neither_written_nor_read(role, key: str, administrator: Clients) -> None:
    administrator("s3").put_object(Bucket="encrypted", Key="b", Body=b"x")
    s3 = role(OBJECTS, document("Allow", ["kms:GenerateDataKey", "kms:Decrypt"], key, via("secretsmanager")))("s3")
    with pytest.raises(ClientError, match=r"AccessDenied.*kms:GenerateDataKey"):
        s3.put_object(Bucket="encrypted", Key="b", Body=b"x")
    with pytest.raises(ClientError, match=r"AccessDenied.*kms:Decrypt"):
        s3.get_object(Bucket="encrypted", Key="b")


@pytest.mark.parametrize("through", ["secretsmanager", "s3"])
def test_a_secret_is_read_by_who_may_decrypt_through_its_service(role, key: str, through: str) -> None:
    may = document("Allow", "secretsmanager:GetSecretValue", "*")
    secrets = role(may, document("Allow", "kms:Decrypt", key, via(through)))("secretsmanager")
    if through == "secretsmanager":
        assert secrets.get_secret_value(SecretId="secret")["SecretString"] == "x"
    else:
        with pytest.raises(ClientError, match=r"AccessDenied.*kms:Decrypt"):
            secrets.get_secret_value(SecretId="secret")


OWN_ITEMS = document(
    "Allow",
    ["dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"],
    f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/leading",
    {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["submission#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    },
)


@pytest.fixture(scope="module")
def leading(administrator) -> None:
    administrator("dynamodb").create_table(
        TableName="leading",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_of_a_table_only_the_items_are_written_whose_keys_begin_as_the_policy_says(leading: None, role) -> None:
    client = role(OWN_ITEMS)("dynamodb")
    assert client.update_item(TableName="leading", Key={"pk": {"S": "submission#1"}})
    for key in ("document#a", "submission", "index"):
        with pytest.raises(ClientError, match=r"AccessDenied.*dynamodb:UpdateItem"):
            client.update_item(TableName="leading", Key={"pk": {"S": key}})
        with pytest.raises(ClientError, match=r"AccessDenied.*dynamodb:PutItem"):
            client.put_item(TableName="leading", Item={"pk": {"S": key}})


def test_a_transaction_is_made_only_if_all_its_items_may_be_written(leading: None, role) -> None:
    client = role(OWN_ITEMS)("dynamodb")

    def together(*keys: str) -> None:
        checked, *put = ({"pk": {"S": key}} for key in keys)
        check = {"TableName": "leading", "Key": checked, "ConditionExpression": "attribute_not_exists(pk)"}
        puts = [{"Put": {"TableName": "leading", "Item": item}} for item in put]
        client.transact_write_items(TransactItems=[{"ConditionCheck": check}, *puts])

    together("submission#2", "submission#3", "submission#4")
    for keys in (("index", "submission#5"), ("submission#5", "index"), ("submission#5", "submission#6", "index")):
        with pytest.raises(ClientError, match="AccessDenied"):
            together(*keys)
