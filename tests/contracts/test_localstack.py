"""What LocalStack, with the emulator behind it and the relay between them, does as AWS does."""

import io
import json
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote_plus

import boto3
import pytest
from botocore.exceptions import ClientError

from local.localstack.services import servers
from tests.aws import localstack
from tests.emulators import arn_of, clients
from tests.lambda_estate import BUCKET, new_estate
from tests.processes import end, listening, until

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
ODD_KEY = "a b+c%20é 财.pdf"
HANDLER = """
def handle(event, context):
    bad = [record["messageId"] for record in event.get("Records", ()) if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in bad]}
"""


def zipped(files):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return package.getvalue()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    with localstack(tmp_path_factory.mktemp("localstack")) as both:
        yield both


@pytest.fixture(scope="module")
def client(addresses):
    return clients(addresses.localstack)


@pytest.fixture(scope="module")
def function(client):
    made = client("lambda").create_function(
        FunctionName="picky",
        Runtime="python3.11",
        Handler="handler.handle",
        Role="arn:aws:iam::000000000000:role/picky",
        Code={"ZipFile": zipped({"handler.py": HANDLER})},
    )
    client("lambda").invoke(FunctionName="picky", Payload=b"{}")  # the first start may outlast the messages' wait
    return made["FunctionArn"]


@pytest.fixture
def relay(addresses, monkeypatch):
    """Start the relay; it knows the mappings that there are."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    where = ("--localstack", addresses.localstack, "--emulator", addresses.emulator)
    process = subprocess.Popen([sys.executable, "-m", "local.localstack.relay", *where])
    yield process
    end(process)


@pytest.fixture
def heard(client, request):
    """What a queue has been told by the rule of the test's pattern."""
    sqs, events, seen = client("sqs"), client("events"), []
    name = f"heard-{abs(hash(request.node.name))}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [{"prefix": "aws."}]}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn_of(sqs, url)}])

    def come():
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        seen.extend(json.loads(message["Body"]) for message in messages)
        return seen

    yield come
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)


def test_every_service_answers_at_one_address_whoever_serves_it(client):
    calls = {
        "s3": "list_buckets",
        "events": "list_rules",
        "sqs": "list_queues",
        "secretsmanager": "list_secrets",
        "kms": "list_keys",
        "iam": "list_roles",
        "sts": "get_caller_identity",
        "ec2": "describe_vpcs",
        "ecs": "list_clusters",
        "elbv2": "describe_load_balancers",
        "ecr": "describe_repositories",
        "backup": "list_backup_vaults",
        "dynamodb": "list_tables",
        "lambda": "list_functions",
        "logs": "describe_log_groups",
        "cloudwatch": "describe_alarms",
        "sns": "list_topics",
    }
    answered = {service: getattr(client(service), call)()["ResponseMetadata"] for service, call in calls.items()}
    assert {service: one["HTTPStatusCode"] for service, one in answered.items()} == dict.fromkeys(calls, 200)
    elsewhere = {"xray", "application-autoscaling"}  # servers of their own, which this test does not start
    assert calls.keys() | elsewhere == servers().keys()


def test_what_nobody_serves_is_refused_and_not_made_up(client):
    with pytest.raises(ClientError, match="not included in your current license"):
        client("xray").get_sampling_rules()


def test_an_upload_and_a_deletion_are_announced_with_their_version_under_an_encoded_key(client, heard):
    s3 = client("s3")
    s3.create_bucket(Bucket="documents")
    s3.put_bucket_versioning(Bucket="documents", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket="documents", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    put = s3.put_object(Bucket="documents", Key=ODD_KEY, Body=b"text")["VersionId"]
    gone = s3.delete_object(Bucket="documents", Key=ODD_KEY)["VersionId"]
    until(lambda: len(heard()) >= 2, "both events came")
    told = {(e["detail-type"], e["detail"]["object"]["key"], e["detail"]["object"]["version-id"]) for e in heard()}
    assert {(kind, version) for kind, _, version in told} == {("Object Created", put), ("Object Deleted", gone)}
    assert {key == ODD_KEY for _, key, _ in told} == {False}  # unlike the emulator's: nobody knows what AWS does
    assert {unquote_plus(key) for _, key, _ in told} == {ODD_KEY}


def test_versions_of_odd_keys_are_listed(client):
    """On one page: a page that ends with such a key names the next one wrongly, and listing goes on for ever."""
    s3 = client("s3")
    s3.create_bucket(Bucket="odd-keys")
    s3.put_bucket_versioning(Bucket="odd-keys", VersioningConfiguration={"Status": "Enabled"})
    keys = sorted([ODD_KEY, "path/x.txt"])
    for key in keys:
        s3.put_object(Bucket="odd-keys", Key=key, Body=b"x")
    s3.delete_object(Bucket="odd-keys", Key=keys[0])
    listed = s3.list_object_versions(Bucket="odd-keys")
    assert [version["Key"] for version in listed["Versions"]] == keys
    assert [marker["Key"] for marker in listed["DeleteMarkers"]] == [keys[0]]


def test_a_locked_version_can_be_hidden_but_not_deleted(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="anchors", ObjectLockEnabledForBucket=True)
    keep = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
    s3.put_object_lock_configuration(Bucket="anchors", ObjectLockConfiguration=keep)
    version = s3.put_object(Bucket="anchors", Key="anchor", Body=b"1", ChecksumAlgorithm="SHA256")["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="anchors", Key="anchor", VersionId=version, BypassGovernanceRetention=True)
    s3.delete_object(Bucket="anchors", Key="anchor")
    assert s3.get_object(Bucket="anchors", Key="anchor", VersionId=version)["Body"].read() == b"1"


def test_a_message_that_the_emulators_function_keeps_failing_on_ends_in_localstacks_dead_letter_queue(
    client, function, request
):
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = {"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 2}
    attributes = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(redrive)}
    work = sqs.create_queue(QueueName="work", Attributes=attributes)["QueueUrl"]
    client("lambda").create_event_source_mapping(
        EventSourceArn=arn_of(sqs, work), FunctionName=function, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    request.getfixturevalue("relay")
    for body in ("good", "bad", "fine"):
        sqs.send_message(QueueUrl=work, MessageBody=body)
    buried = []

    def bury():
        buried.extend(m["Body"] for m in sqs.receive_message(QueueUrl=dead).get("Messages", []))
        return bool(buried)

    until(bury, "the failing message is buried", within=60)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=work, AttributeNames=names)["Attributes"]
    assert (buried, left) == (["bad"], dict.fromkeys(names, "0"))


def test_a_task_that_the_emulator_stops_is_announced_to_localstacks_rules(client, relay, heard, addresses):
    ecs = client("ecs")
    ecs.create_cluster(clusterName="cluster")
    defined = ecs.register_task_definition(
        family="ingest", containerDefinitions=[{"name": "ingest", "image": "raglite-ingest:1", "memory": 64}]
    )["taskDefinition"]["taskDefinitionArn"]
    emulated = clients(addresses.emulator)("events")
    until(lambda: emulated.list_rules()["Rules"], "the relay listens")
    arn = ecs.run_task(cluster="cluster", taskDefinition=defined)["tasks"][0]["taskArn"]
    ecs.stop_task(cluster="cluster", task=arn)
    until(lambda: any(event["source"] == "aws.ecs" for event in heard()), "the event came", within=60)
    [event] = [event for event in heard() if event["source"] == "aws.ecs"]
    assert (event["detail-type"], event["detail"]["taskArn"]) == ("ECS Task State Change", arn)
    assert event["detail"]["taskDefinitionArn"] == defined


def test_an_upload_to_localstack_starts_the_emulators_task_for_the_key_that_was_meant(client, addresses, request):
    """The whole way of a hint, through our own function: bucket, rule, queue, relay, function, registry, task."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_ENDPOINT_URL": addresses.localstack, **KEYS}.items():
            patch.setenv(name, value)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        made = new_estate()
    sqs, events, functions = client("sqs"), client("events"), client("lambda")
    hints = sqs.create_queue(QueueName="hints")["QueueUrl"]
    events.put_rule(Name="uploads", EventPattern=json.dumps({"source": ["aws.s3"]}))
    events.put_targets(Rule="uploads", Targets=[{"Id": "queue", "Arn": arn_of(sqs, hints)}])
    made.s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    files = {path.name: path.read_text() for path in (ROOT / "lambda").glob("*.py")}
    functions.create_function(
        FunctionName="trigger",
        Runtime="python3.11",
        Handler="ingestion_trigger.lambda_handler",
        Role="arn:aws:iam::000000000000:role/trigger",
        Code={"ZipFile": zipped(files)},
        Timeout=60,
        Environment={"Variables": {name: v for name, v in made.environment.items() if not name.startswith("AWS")}},
    )
    functions.create_event_source_mapping(
        EventSourceArn=arn_of(sqs, hints), FunctionName="trigger", FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    request.getfixturevalue("relay")
    made.put(ODD_KEY)
    until(made.paths, "a task was started", within=60)
    assert made.paths() == [f"s3://{BUCKET}/{ODD_KEY}"]
    assert made.work(ODD_KEY)["waiting"] == "yes"


def test_localstacks_rules_reach_the_emulators_functions(client, function):
    events, logs = client("events"), client("logs")

    def runs():
        try:
            return len(logs.filter_log_events(logGroupName="/aws/lambda/picky", filterPattern="START")["events"])
        except ClientError:
            return 0

    before = runs()
    events.put_rule(Name="call", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="call", Targets=[{"Id": "function", "Arn": function}])
    events.put_events(Entries=[{"Source": "test", "DetailType": "call", "Detail": "{}"}])
    until(lambda: runs() > before, "the function ran")


def test_of_racing_conditional_writes_one_wins(client):
    table = client("dynamodb")
    table.create_table(
        TableName="leases",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )

    def take(owner):
        try:
            item = {"pk": {"S": "lease"}, "owner": {"S": str(owner)}}
            table.put_item(TableName="leases", Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "won"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(take, range(8)))
    assert outcomes == ["ConditionalCheckFailedException"] * 7 + ["won"]


def test_it_is_on_loopback_only(addresses):
    port = int(addresses.localstack.rpartition(":")[2])
    assert listening(port)
    with open("/proc/net/tcp") as table:  # noqa: PTH123  no file in the usual sense
        rows = [line.split() for line in table if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"]
    assert [row[1].partition(":")[0] for row in rows] == ["0100007F"]
