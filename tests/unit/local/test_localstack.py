"""LocalStack beside the emulator: who serves what, what is carried between them, and what a person is told."""

import io
import json
import re
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from local.localstack import relay, target
from local.localstack.services import LOCALSTACK, TABLE, endpoints, servers
from local.twin import drift, programs
from local.twin.keys import keys_of
from local.twin.layout import Layout, TwinError, read_json
from local.twin.ports import PREFERRED
from local.twin.programs import Programs

ROOT = Path(__file__).resolve().parents[3]
QUEUE = "arn:aws:sqs:us-east-1:000000000000:work"
PORTS = {"aws": 1, "qdrant": 2, "xray": 3, "autoscaling": 4}


@pytest.fixture
def made(tmp_path):
    layout = Layout(tmp_path / "home")
    layout.make()
    return lambda ports: Programs(layout, keys_of(layout), ports)


def message(identity, body="{}"):
    return {"MessageId": identity, "ReceiptHandle": f"r-{identity}", "Body": body, "MD5OfBody": "md5"}


def answer(payload, **more):
    return {"Payload": io.BytesIO(json.dumps(payload).encode()), **more}


# --- who serves what -----------------------------------------------------------------------------------------------


def test_every_service_that_code_asks_for_has_one_server_and_a_reason():
    asked = set()
    for folder in ("raglite", "lambda"):
        for path in (ROOT / folder).rglob("*.py"):
            asked |= {*re.findall(r'boto3\.(?:client|resource)\(\s*"([a-z0-9-]+)"', path.read_text())}
    assert {"s3", "dynamodb", "ecs", "events"} <= asked
    assert asked <= servers().keys()
    table = json.loads(TABLE.read_text())
    assert sum(len(services) for services in table.values()) == len(servers())
    assert all(why.endswith(".") for services in table.values() for why in services.values())


def test_every_servers_services_get_the_variables_that_sdks_read():
    urls = {server: f"http://{server}" for server in servers().values()}
    session = boto3.Session("a", "b", region_name="us-east-1")
    ids = {service: session.client(service).meta.service_model.service_id for service in servers()}
    assert endpoints(urls) == {
        f"AWS_ENDPOINT_URL_{ids[service].upper().replace(' ', '_')}": urls[server]
        for service, server in servers().items()
    }
    assert endpoints({"xray": "http://xray"}) == {"AWS_ENDPOINT_URL_XRAY": "http://xray"}


def test_a_twin_on_localstack_asks_it_for_all_that_has_no_address_of_its_own(made):
    alone, both = made(PORTS).aws_environment(), made({**PORTS, LOCALSTACK: 5}).aws_environment()
    assert (alone["AWS_ENDPOINT_URL"], both["AWS_ENDPOINT_URL"]) == ("http://127.0.0.1:1", "http://127.0.0.1:5")
    assert both["AWS_ENDPOINT_URL_ECS"] == both["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:1"
    assert (both["AWS_ENDPOINT_URL_XRAY"], "AWS_ENDPOINT_URL_S3" in both) == ("http://127.0.0.1:3", False)
    assert "AWS_ENDPOINT_URL_ECS" not in alone


def test_localstack_knows_where_everything_is_that_it_does_not_serve(made):
    command = made({**PORTS, LOCALSTACK: 5}).localstack().command
    told = dict(word.split("=", 1) for word in command if "=http" in word)
    assert told.keys() == {*servers().values()} - {LOCALSTACK}
    assert told["emulator"] == "http://127.0.0.1:1"


def test_a_second_plan_may_show_localstacks_own_drift_only_there():
    ours, theirs = read_json(drift.KNOWN)["drift"], read_json(drift.KNOWN)[LOCALSTACK]
    assert len(drift.known()) == len(drift.known(target="emulator")) == len(ours)
    assert len(drift.known(target=LOCALSTACK)) == len(ours) + len(theirs)
    assert all(entry["why"].endswith(".") for entry in theirs)


# --- what is carried -----------------------------------------------------------------------------------------------


def test_a_function_gets_messages_as_lambda_hands_them_over():
    given = {**message("1", "hint"), "Attributes": {"ApproximateReceiveCount": "2"}}
    assert relay.record(given, QUEUE) == {
        "messageId": "1",
        "receiptHandle": "r-1",
        "body": "hint",
        "attributes": {"ApproximateReceiveCount": "2"},
        "messageAttributes": {},
        "md5OfBody": "md5",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": "us-east-1",
    }


@pytest.mark.parametrize(
    ("said", "partial", "done"),
    [
        (answer({"batchItemFailures": [{"itemIdentifier": "2"}]}), True, ["1"]),
        (answer({"batchItemFailures": []}), True, ["1", "2"]),
        (answer(None), True, ["1", "2"]),
        (answer({"batchItemFailures": [{"itemIdentifier": "2"}]}), False, ["1", "2"]),
        (answer({"batchItemFailures": None}), True, ["1", "2"]),
        (answer({"batchItemFailures": [{"itemIdentifier": "3"}]}), True, []),
        (answer({"batchItemFailures": [{"item": "2"}]}), True, []),
        (answer("done"), True, []),
        ({"Payload": io.BytesIO(b"{")}, True, []),
        (answer({"errorMessage": "no"}, FunctionError="Unhandled"), True, []),
        (answer({"errorMessage": "no"}, FunctionError="Unhandled"), False, []),
    ],
)
def test_only_messages_that_succeeded_are_done_with(said, partial, done):
    assert [m["MessageId"] for m in relay.succeeded([message("1"), message("2")], said, partial)] == done


def test_an_event_is_told_again_as_it_was():
    event = {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {"taskArn": "a"},
        "resources": ["a"],
        "time": "2026-01-01T00:00:00Z",
        "id": "1",
    }
    assert relay.entry(event) == {
        "Source": "aws.ecs",
        "DetailType": "ECS Task State Change",
        "Detail": '{"taskArn": "a"}',
        "Resources": ["a"],
        "Time": "2026-01-01T00:00:00Z",
    }


class Enough(BaseException):
    """Ends a loop that would go on for ever."""


@pytest.mark.parametrize("error", [ClientError({"Error": {"Code": "503"}}, "ReceiveMessage"), KeyError("Payload")])
def test_a_loop_that_fails_begins_again_whatever_it_was(monkeypatch, error):
    monkeypatch.setattr(relay, "PAUSE", 0)
    begun = []

    def loop():
        begun.append(1)
        raise error if len(begun) < 3 else Enough

    with pytest.raises(Enough):
        relay.keep_on(loop)
    assert len(begun) == 3


class Buses:
    """One emulator's queue of events, and a bus that takes only the first of them."""

    def __init__(self):
        self.forgotten = []

    def __call__(self, _):
        return self

    def create_queue(self, **_):
        return {"QueueUrl": "url"}

    def get_queue_url(self, **_):
        return {"QueueUrl": "url"}

    def get_queue_attributes(self, **_):
        return {"Attributes": {"QueueArn": "arn"}}

    def put_rule(self, **_):
        pass

    def put_targets(self, **_):
        pass

    def receive_message(self, **_):
        if self.forgotten:
            raise Enough
        event = {"source": "aws.ecs", "detail-type": "x", "detail": {}, "time": "2026-01-01T00:00:00Z"}
        return {"Messages": [message("1", json.dumps(event)), message("2", json.dumps(event))]}

    def put_events(self, **_):
        return {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, {"ErrorCode": "ThrottlingException"}]}

    def delete_message_batch(self, Entries, **_):  # noqa: N803  as boto3 has it
        self.forgotten += [entry["ReceiptHandle"] for entry in Entries]


def test_an_event_that_the_other_bus_did_not_take_stays_and_comes_again():
    buses = Buses()
    with pytest.raises(Enough):
        relay.tell(buses, buses)
    assert buses.forgotten == ["r-1"]


# --- what a person is told -----------------------------------------------------------------------------------------


def test_without_its_environment_a_person_is_told_how_to_make_it(monkeypatch):
    monkeypatch.setattr(target, "LOCALSTACK_PYTHON", programs.ROOT / "nowhere" / "python")
    with pytest.raises(TwinError, match=r"make \.venv-localstack"):
        target.preferred_ports(LOCALSTACK)
    assert target.preferred_ports(None) == target.preferred_ports("emulator") == PREFERRED


def test_a_token_is_refused_rather_than_ignored(monkeypatch, tmp_path):
    monkeypatch.setattr(target, "LOCALSTACK_PYTHON", programs.ROOT / "Makefile")
    assert LOCALSTACK in target.preferred_ports(LOCALSTACK)
    monkeypatch.setenv("LOCALSTACK_AUTH_TOKEN", "x")
    with pytest.raises(TwinError, match="unset it"):
        target.preferred_ports(LOCALSTACK)


def test_a_running_twin_keeps_its_aws(made):
    alone, both = made(PORTS), made({**PORTS, LOCALSTACK: 5})
    for programs_, asked in ((alone, None), (alone, "emulator"), (both, None), (both, LOCALSTACK)):
        target.refuse_another(programs_, asked)
    for programs_, asked in ((alone, LOCALSTACK), (both, "emulator")):
        with pytest.raises(TwinError, match="make down"):
            target.refuse_another(programs_, asked)
