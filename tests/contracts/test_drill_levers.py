"""What a drill moves the estate with: it does what it says, on the AWS and the Qdrant that contracts are held to."""

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from qdrant_client import QdrantClient

from raglite.adapters.api_keys import ApiKeys
from raglite.adapters.aws_disasters import QUEUE, AwsDisasters, Clients
from raglite.adapters.command_line import CommandLine
from raglite.adapters.ecs_levers import EcsLevers
from raglite.adapters.other_model import other_model
from raglite.adapters.qdrant_index import QdrantIndex
from raglite.adapters.qdrant_levers import QdrantLevers
from raglite.adapters.s3_vandal import S3Vandal
from raglite.adapters.secrets_manager import SecretsManagerCredentials
from raglite.adapters.service_door import ServiceDoor
from raglite.adapters.terraform import Terraform
from raglite.errors import AccessDenied, DependencyUnavailable, NotFound
from raglite.ports.drills import Names, Reply
from tests.contracts.test_vector_index import A1, KEY, SPEC, published, stand_in

__all__ = ["stand_in"]  # a fixture

NAMES = Names("raglite-documents-test", "raglite-parsed-test", "registry", "drilled")


# --- the stores -------------------------------------------------------------------------------------------------------


@pytest.fixture
def stores(buckets: tuple[str, str], stand_in: str) -> AwsDisasters:
    return AwsDisasters(Clients.connect(), NAMES, QdrantLevers.connect(stand_in, KEY, "nobody"))


def test_every_version_and_marker_of_the_documents_is_erased(stores: AwsDisasters) -> None:
    s3 = boto3.client("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=NAMES.documents_bucket, Key="a", Body=body)
    s3.delete_object(Bucket=NAMES.documents_bucket, Key="a")
    s3.put_object(Bucket=NAMES.documents_bucket, Key="ab", Body=b"3")
    stores.erase_document("a")
    left = s3.list_object_versions(Bucket=NAMES.documents_bucket)
    assert [one["Key"] for one in left["Versions"]] == ["ab"]
    assert "DeleteMarkers" not in left
    assert stores.erase_documents() == 1
    assert "Versions" not in s3.list_object_versions(Bucket=NAMES.documents_bucket)


def test_a_protected_table_is_deleted(stores: AwsDisasters) -> None:
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    stores.drop_registry()
    assert dynamodb.list_tables()["TableNames"] == []


def test_the_queue_is_deleted_and_its_dead_letters_are_not_taken_for_it(stores: AwsDisasters) -> None:
    sqs = boto3.client("sqs")
    for name in (QUEUE, f"{QUEUE}-dead-letters"):
        sqs.create_queue(QueueName=name)
    assert stores.has_queue()
    stores.drop_queue()
    assert not stores.has_queue()
    assert len(sqs.list_queues()["QueueUrls"]) == 1


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_that_is_added_opens_the_door_until_it_is_removed(aws: None) -> None:
    boto3.client("secretsmanager").create_secret(Name="keys", SecretString='{"keys": []}')
    ring = ApiKeys.connect("keys")
    key = ring.add("drill")
    assert SecretsManagerCredentials.connect("keys").authenticate(key).name == "drill"
    ring.remove("drill")
    ring.remove("nobody")
    with pytest.raises(AccessDenied):
        SecretsManagerCredentials.connect("keys").authenticate(key)


# --- backups' files ---------------------------------------------------------------------------------------------------


def test_a_vandal_changes_hides_and_signs_anew(aws: None) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="backups")
    s3.put_bucket_versioning(Bucket="backups", VersioningConfiguration={"Status": "Enabled"})
    for name in ("b1/manifest.json", "b2/manifest.json", "b2/a.snapshot", "b3/a.snapshot"):
        s3.put_object(Bucket="backups", Key=f"backups/{name}", Body=name.encode())
    vandal = S3Vandal.connect("backups")
    assert vandal.ids() == ("b2", "b1")
    assert sorted(vandal.names("b2")) == ["a.snapshot", "manifest.json"]
    vandal.write("b2", "a.snapshot", b"other")
    assert vandal.read("b2", "a.snapshot") == b"other"
    vandal.remove("b2", "a.snapshot")
    with pytest.raises(NotFound, match=r"b2 has no a\.snapshot"):
        vandal.read("b2", "a.snapshot")
    assert vandal.signed_by_another(b"message") != vandal.signed_by_another(b"message")


# --- collections ------------------------------------------------------------------------------------------------------


@pytest.fixture
def collection(stand_in: str) -> tuple[QdrantLevers, QdrantIndex, QdrantClient]:
    index = QdrantIndex.connect(stand_in, KEY, "drilled")
    index.begin(SPEC)
    index.prepare(SPEC)
    published(index, A1, 1, "one", "two", "three")
    levers = QdrantLevers.connect(stand_in, KEY, "drilled")
    return levers, index, levers._client


def aliases(client: QdrantClient) -> set[str]:
    return {one.alias_name for one in client.get_aliases().aliases if one.alias_name.startswith("drilled")}


def test_an_alias_a_payload_index_and_points_are_taken_and_put_back(
    collection: tuple[QdrantLevers, QdrantIndex, QdrantClient],
) -> None:
    levers, index, client = collection
    before, built = aliases(client), index.built()
    assert built is not None
    put_back = levers.remove_alias()
    assert len(aliases(client)) == len(before) - 1
    put_back()
    assert aliases(client) == before
    indexes = set(client.get_collection(built.name).payload_schema)
    put_back = levers.remove_payload_index()
    assert len(set(client.get_collection(built.name).payload_schema)) == len(indexes) - 1
    put_back()
    assert set(client.get_collection(built.name).payload_schema) == indexes
    points = index.count()
    assert levers.remove_every_other(built.name) == (points + 1) // 2
    left = index.count()
    assert levers.remove_document(A1.key) == left
    assert index.count() == 0
    assert levers.drop_collections() == 1
    assert aliases(client) == set()
    assert levers.drop_collections() == 0


# --- the service's tasks ----------------------------------------------------------------------------------------------


def test_a_zone_is_denied_everything_until_it_is_let_in_again(aws: None) -> None:
    ec2 = boto3.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    of_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]

    def rules() -> list[tuple[str, bool]]:
        (found,) = ec2.describe_network_acls(Filters=of_subnet)["NetworkAcls"]
        entries = sorted((one["RuleNumber"], one["RuleAction"], one["Egress"]) for one in found["Entries"])
        return [(action, egress) for _, action, egress in entries][:2]

    before = rules()
    let_in = EcsLevers.connect().isolate(subnet)
    assert {action for action, _ in rules()} == {"deny"}
    let_in()
    assert rules() == before


@dataclass(frozen=True)
class Ecs:
    """What ECS says of a service of two tasks, as documented; a deployment is status, state and its tasks."""

    deployments: tuple[tuple[str, str, int], ...]

    def describe_services(self, **_: Any) -> dict[str, Any]:
        told = [
            {"status": status, "rolloutState": state, "desiredCount": n, "runningCount": n, "pendingCount": 0}
            for status, state, n in self.deployments
        ]
        running = sum(n for *_, n in self.deployments)
        return {"services": [{"desiredCount": 2, "runningCount": running, "deployments": told}]}

    def list_tasks(self, **_: Any) -> dict[str, Any]:
        return {"taskArns": [str(n) for n in range(sum(n for *_, n in self.deployments))]}

    def describe_tasks(self, tasks: list[str], **_: Any) -> dict[str, Any]:
        return {"tasks": [{"taskArn": one, "lastStatus": "RUNNING"} for one in tasks]}


@pytest.mark.parametrize(
    ("deployments", "steady"),
    [
        ([("PRIMARY", "COMPLETED", 2)], True),
        ([("PRIMARY", "COMPLETED", 2), ("ACTIVE", "FAILED", 0)], True),
        ([("PRIMARY", "COMPLETED", 1), ("ACTIVE", "FAILED", 1)], False),
        ([("PRIMARY", "IN_PROGRESS", 2)], False),
        ([("PRIMARY", "IN_PROGRESS", 0), ("ACTIVE", "COMPLETED", 2)], False),
        ([("PRIMARY", "COMPLETED", 1)], False),
    ],
    ids=["done", "one was given up", "one still runs", "rolling out", "not begun", "a task is missing"],
)
def test_a_service_is_steady_when_one_release_has_all_its_tasks(
    deployments: list[tuple[str, str, int]], steady: bool
) -> None:
    assert EcsLevers(Ecs(tuple(deployments)), None).is_steady() is steady


# --- the door ---------------------------------------------------------------------------------------------------------


def door(status: int, **body: Any) -> ServiceDoor:
    return ServiceDoor("http://service", "mine", httpx.MockTransport(lambda _: httpx.Response(status, **body)))


def test_an_answer_an_error_and_silence_are_replies() -> None:
    assert door(200, json={"results": []}).ask("?") == Reply(200, {"results": []})
    error = {"error": {"code": "x", "message": "Ask again."}}
    assert door(503, json=error).ask("?") == Reply(503, error, "Ask again.")
    assert door(502, html="<html>").ask("?") == Reply(502)
    assert door(200, json=[1]).ask("?") == Reply(200)

    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    assert ServiceDoor("http://service", "mine", httpx.MockTransport(away)).ask("?").status is None


def test_it_asks_with_its_own_key_unless_another_is_given_and_of_one_document() -> None:
    seen: list[tuple[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["Authorization"], json.loads(request.content)["filters"]))
        return httpx.Response(200, json={})

    asked = ServiceDoor("http://service", "mine", httpx.MockTransport(answer))
    asked.ask("?")
    asked.ask("?", "a-document", "another")
    assert seen == [("Bearer mine", None), ("Bearer another", {"document_ids": ["a-document"]})]


# --- commands ---------------------------------------------------------------------------------------------------------


def test_a_command_is_run_to_its_end_with_its_json_and_its_words() -> None:
    done = CommandLine({}).run(["drill", "no-such-drill"])
    assert (done.exit_code, done.told) == (65, None)
    assert "There is no drill 'no-such-drill'" in done.sentence


def test_a_command_is_killed_when_a_condition_holds() -> None:
    done = CommandLine({}).run(["drill"], kill_when=lambda: True)
    assert (done.exit_code, done.told) == (-9, None)


PROGRAM = """#!/usr/bin/env python3
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
verb = sys.argv[1]
with (folder / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if verb == "output":
    print(json.dumps({"registry_table": {"value": "registry"}}))
if verb == "show":
    print((folder / "plan.json").read_text())
if verb == "plan":
    sys.exit(2)
if verb == "apply" and (folder / "broken").exists():
    sys.exit("Error: no such thing")
"""


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    program = tmp_path / "terraform"
    program.write_text(PROGRAM)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "kept.json").write_text('{"live": {"documents": "2"}}')
    return Terraform([str(program)], ["environment.tfvars", str(tmp_path / "kept.json")])


def test_what_is_applied_stays_applied(terraform: Terraform, tmp_path: Path) -> None:
    outputs = terraform.apply({"live": {"registry": "3"}, "alarms_roll_back": False})
    assert outputs == {"registry_table": "registry"}
    kept = json.loads((tmp_path / "kept.json").read_text())
    assert kept == {"live": {"documents": "2", "registry": "3"}, "alarms_roll_back": False}
    (applied, _) = (tmp_path / "calls").read_text().splitlines()
    assert applied.endswith(f"-var-file=environment.tfvars -var-file={tmp_path / 'kept.json'}")


def test_a_drift_is_told_by_address_actions_and_attributes_whatever_the_generation(
    terraform: Terraform, tmp_path: Path
) -> None:
    def change(address: str, actions: list[str], before: Any, after: Any) -> dict[str, Any]:
        return {"address": address, "change": {"actions": actions, "before": before, "after": after}}

    changes = [
        change('a.b["2"]', ["update"], {"x": 1, "y": 1}, {"x": 2, "y": 1}),
        change("a.c", ["no-op"], {}, {}),
        change("a.d", ["create"], None, {"x": 1}),
    ]
    (tmp_path / "plan.json").write_text(json.dumps({"resource_changes": changes}))
    assert terraform.drift() == {'a.b["N"] update x', "a.d create"}


def test_terraforms_own_words_are_told_when_it_fails(terraform: Terraform, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with pytest.raises(DependencyUnavailable, match="Error: no such thing"):
        terraform.apply({})


def test_another_model_has_the_same_files_and_another_window(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"spec": {"max_tokens": 256}, "onnx_sha256": "x"}')
    (tmp_path / "model.onnx").write_bytes(b"weights")
    made = other_model(tmp_path)
    assert json.loads((made / "spec.json").read_text()) == {"spec": {"max_tokens": 128}, "onnx_sha256": "x"}
    assert (made / "model.onnx").read_bytes() == b"weights"
