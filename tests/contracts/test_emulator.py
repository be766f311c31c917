"""What the emulator, corrected, does as AWS does: the tests that local/capabilities.json names as its proof."""

import http.client
import io
import json
import subprocess
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from local.emulator.corrections import ClientTokens
from local.twin.programs import EMULATOR_PYTHON
from tests.emulators import REQUIRED, arn_of, clients, function_role, running
from tests.processes import end, free_port, listening, until

pytestmark = REQUIRED


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with running(tmp_path_factory.mktemp("emulator")) as address:
        yield address


@pytest.fixture(scope="module")
def client(endpoint):
    return clients(endpoint)


def test_a_connection_that_idles_is_not_closed_under_the_next_request(endpoint):
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))
    connection.request("GET", "/_ministack/health")
    assert connection.getresponse().read()
    connection.sock.settimeout(6)  # the server's own limit is five seconds
    with pytest.raises(TimeoutError):
        connection.sock.recv(1)


def test_a_call_that_terraform_makes_again_succeeds_as_the_first_did_and_others_find_what_is_there(client):
    def named_as_one_call(request, **_):
        request.headers["User-Agent"] = agents.pop(0)
        request.headers["amz-sdk-invocation-id"] = "5c2ab7d8"

    logs = client("logs")
    logs.meta.events.register("before-send.logs.CreateLogGroup", named_as_one_call)
    agents = ["Terraform/1.11.4", "Terraform/1.11.4", "Boto3/1.40"]
    for _ in range(2):
        logs.create_log_group(logGroupName="/made/once")
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="/made/once")
    assert not agents


@contextmanager
def events_of(client, pattern, name):
    """Yield a function that returns the events matching `pattern` that have come so far."""
    sqs, events, seen = client("sqs"), client("events"), []
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn_of(sqs, url)}])

    def come():
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        seen.extend(json.loads(message["Body"]) for message in messages)
        return seen

    yield come
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)


@pytest.fixture(scope="module")
def task_definition(client):
    client("ecs").create_cluster(clusterName="cluster")
    described = client("ecs").register_task_definition(
        family="ingest", containerDefinitions=[{"name": "ingest", "image": "raglite-ingest:1", "memory": 64}]
    )
    return described["taskDefinition"]["taskDefinitionArn"]


def test_an_upload_and_a_deletion_are_announced_with_their_version(client):
    s3, key = client("s3"), "a b+c%20é 财.pdf"
    s3.create_bucket(Bucket="documents")
    s3.put_bucket_versioning(Bucket="documents", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket="documents", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    with events_of(client, {"source": ["aws.s3"]}, "uploads") as come:
        put = s3.put_object(Bucket="documents", Key=key, Body=b"text")["VersionId"]
        gone = s3.delete_object(Bucket="documents", Key=key)["VersionId"]
        until(lambda: len(come()) >= 2, "both events came")
        told = {(e["detail-type"], e["detail"]["object"]["key"], e["detail"]["object"]["version-id"]) for e in come()}
    assert told == {("Object Created", key, put), ("Object Deleted", key, gone)}


def test_versions_of_keys_that_xml_cannot_hold_are_listed(client):
    s3, bucket = client("s3"), "odd-keys"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    keys = sorted(["bell\x07.txt", "cr\rline.txt", "a b+c%20é 财.pdf", "path/x.txt"])
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.delete_object(Bucket=bucket, Key=keys[0])
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}))
    assert [version["Key"] for page in pages for version in page.get("Versions", [])] == keys
    assert [marker["Key"] for page in pages for marker in page.get("DeleteMarkers", [])] == [keys[0]]


def test_a_stopped_task_is_announced_to_the_event_bus(client, task_definition):
    ecs = client("ecs")
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": {"lastStatus": ["STOPPED"]}}
    with events_of(client, pattern, "stopped") as come:
        arn = ecs.run_task(cluster="cluster", taskDefinition=task_definition)["tasks"][0]["taskArn"]
        ecs.stop_task(cluster="cluster", task=arn)
        until(lambda: len(come()) >= 1, "the event came")
        detail = come()[0]["detail"]
    assert (detail["taskArn"], detail["group"]) == (arn, "family:ingest")
    assert detail["taskDefinitionArn"] == task_definition
    assert not [name for name in detail if name.startswith("_")]


def test_one_client_token_starts_one_task(client, task_definition):
    ecs = client("ecs")

    def run(**more):
        asked = {"cluster": "cluster", "taskDefinition": task_definition, "clientToken": "once", **more}
        return ecs.run_task(**asked)["tasks"][0]["taskArn"]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: run(), range(8)))) == 1
    with pytest.raises(ClientError, match="ConflictException"):
        run(startedBy="somebody else")


def test_a_refused_request_does_not_use_its_token_up():
    answers = iter([(400, {}, b"no capacity"), (200, {}, b"started")])
    run = ClientTokens(lambda _: next(answers), lambda *_: pytest.fail("no conflict"))
    asked = {"taskDefinition": "ingest:1", "clientToken": "once"}
    assert [run(asked)[0] for _ in range(3)] == [400, 200, 200]


def test_of_racing_conditional_writes_one_wins(client):
    table = client("dynamodb")
    key = {"AttributeName": "pk", "KeyType": "HASH"}
    typed = {"AttributeName": "pk", "AttributeType": "S"}
    table.create_table(TableName="race", KeySchema=[key], AttributeDefinitions=[typed], BillingMode="PAY_PER_REQUEST")
    start = threading.Barrier(8)

    def write(number):
        start.wait()
        try:
            item = {"pk": {"S": "lease"}, "owner": {"N": str(number)}}
            table.put_item(TableName="race", Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ConditionalCheckFailedException"  # noqa: PT017  the losers' answer
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(write, range(8)) if number is not None]
    kept = table.get_item(TableName="race", Key={"pk": {"S": "lease"}})["Item"]["owner"]["N"]
    assert [str(number) for number in winners] == [kept]


HANDLER = """
def handle(event, context):
    bad = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
    print([r["body"] for r in event["Records"]])
    return {"batchItemFailures": [{"itemIdentifier": message} for message in bad]}
"""


def test_a_message_that_keeps_failing_ends_in_the_dead_letter_queue(client):
    sqs, functions = client("sqs"), client("lambda")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = {"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 2}
    attributes = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(redrive)}
    work = sqs.create_queue(QueueName="work", Attributes=attributes)["QueueUrl"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    functions.create_function(
        FunctionName="picky",
        Runtime="python3.11",
        Handler="handler.handle",
        Role=function_role(client("iam"), "picky", "sqs:*"),
        Code={"ZipFile": package.getvalue()},
    )
    functions.invoke(FunctionName="picky", Payload=b'{"Records": []}')  # the first start may outlast the messages' wait
    functions.create_event_source_mapping(
        EventSourceArn=arn_of(sqs, work), FunctionName="picky", FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    for body in ("good", "bad", "fine"):
        sqs.send_message(QueueUrl=work, MessageBody=body)
    buried = []

    def bury():
        buried.extend(m["Body"] for m in sqs.receive_message(QueueUrl=dead).get("Messages", []))
        return bool(buried)

    until(bury, "the failing message is buried")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=work, AttributeNames=names)["Attributes"]
    assert (buried, left) == (["bad"], dict.fromkeys(names, "0"))


class Replica(BaseHTTPRequestHandler):
    """Answers with its address; its server's `ready` decides about the health check."""

    def do_GET(self):
        status = 200 if self.path != "/readyz" or self.server.ready else 503
        body = self.server.server_address[0].encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def replicas(client):
    port, servers = free_port(), []
    alb = client("elbv2")
    balancer = alb.create_load_balancer(Name="raglite", Subnets=["a", "b"])["LoadBalancers"][0]["LoadBalancerArn"]
    group = alb.create_target_group(
        Name="replicas", Protocol="HTTP", Port=port, VpcId="v", TargetType="ip", HealthCheckPath="/readyz"
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    alb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    for host in ("127.0.9.1", "127.0.9.2"):
        server = ThreadingHTTPServer((host, port), Replica)
        server.ready = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    targets = [{"Id": server.server_address[0], "Port": port} for server in servers]
    alb.register_targets(TargetGroupArn=group, Targets=targets)
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_load_balancers_address_means_the_listener_that_serves_and_not_one_that_redirects(client, endpoint):
    alb = client("elbv2")
    balancer = alb.create_load_balancer(Name="secure", Subnets=["a", "b"])["LoadBalancers"][0]["LoadBalancerArn"]
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    said = {"MessageBody": "served", "StatusCode": "200", "ContentType": "text/plain"}
    for port, action in (
        (80, {"Type": "redirect", "RedirectConfig": redirect}),
        (443, {"Type": "fixed-response", "FixedResponseConfig": said}),
    ):
        alb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[action])
    assert httpx.get(f"{endpoint}/_alb/secure/").text == "served"


def test_a_load_balancer_asks_healthy_targets_in_turn_and_others_not_at_all(endpoint, replicas):
    def answers():
        return [httpx.get(f"{endpoint}/_alb/raglite/").text for _ in range(6)]

    first, second = (server.server_address[0] for server in replicas)
    replicas[1].ready = True
    until(lambda: set(answers()) == {second}, "only the healthy one is asked")
    replicas[0].ready = True
    until(lambda: set(answers()) == {first, second}, "both are asked")
    turns = answers()
    assert turns[::2] == [turns[0]] * 3
    assert turns[1::2] == [turns[1]] * 3
    replicas[1].ready = False
    until(lambda: set(answers()) == {first}, "the failing one is left out")


def test_the_emulator_is_on_loopback_only(endpoint):
    port = int(endpoint.rpartition(":")[2])
    assert listening(port)
    with open("/proc/net/tcp") as table:  # noqa: PTH123  no file in the usual sense
        rows = [line.split() for line in table if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"]
    assert [row[1].partition(":")[0] for row in rows] == ["0100007F"]


def test_state_survives_a_clean_stop_only_when_asked_to_and_tasks_never_do(tmp_path):
    def serve(*arguments):
        port = free_port()
        command = [EMULATOR_PYTHON, "-m", "local.emulator", "--port", str(port), "--state", tmp_path, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: listening(port), "the emulator serves", within=30)
        session = boto3.Session("test", "test", region_name="us-east-1")
        return process, *(session.client(s, endpoint_url=f"http://127.0.0.1:{port}") for s in ("sqs", "ecs"))

    process, sqs, ecs = serve("--save")
    sqs.create_queue(QueueName="kept")
    ecs.create_cluster(clusterName="cluster")
    ecs.register_task_definition(family="f", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}])
    ecs.run_task(cluster="cluster", taskDefinition="f")
    assert len(ecs.list_tasks(cluster="cluster")["taskArns"]) == 1
    end(process)
    process, sqs, ecs = serve()
    sqs.create_queue(QueueName="given-up")
    end(process)
    process, sqs, ecs = serve()
    names = [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]]
    definitions, tasks = (
        ecs.list_task_definitions()["taskDefinitionArns"],
        ecs.list_tasks(cluster="cluster")["taskArns"],
    )
    end(process)
    assert (names, len(definitions), tasks) == (["kept"], 1, [])
