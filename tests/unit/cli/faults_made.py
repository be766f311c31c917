"""Faults of an installation, each made as really as can be, with what the doctor is to say of it."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from raglite.adapters.onnx_embedder import ModelFiles
from raglite.bootstrap import bootstrap
from raglite.cli import doctor
from raglite.cli.checks import machine
from raglite.cli.checks.faults import Fault
from raglite.errors import ConfigurationError, DependencyUnavailable, NotFound
from raglite.ports.setup import CredentialsRefused
from raglite.settings import Settings
from tests.fakes.embedder import SPEC
from tests.fakes.index import FakeIndex
from tests.fakes.services import World
from tests.processes import free_port
from tests.unit.cli.conftest import CommandLine

OTHER = b"of another model"
HERE = 'eval "$(.venv/bin/python -m local env)"'
ON_AWS = {"documents bucket", "versioning", "events", "rules", "parsed bucket", "registry", "hints", "ingest task"} | {
    "API keys"
}
Expected = tuple[str, Fault, str, str, int, set[str]]  # check, fault, sentence, fix, exit code, checks skipped for it


@dataclass
class Bench:
    """Everything that a fault can be made with."""

    raglite: CommandLine
    world: World
    patch: pytest.MonkeyPatch
    folder: Path
    stack: ExitStack


REMAKE = "rm -f build/model/spec.json && make setup  # or say where it is: export RAGLITE_MODEL_DIR=DIRECTORY"


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """Yield the address of a program that always answers the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def another_package(bench: Bench) -> Expected:
    (bench.folder / "rich-1.0.0.dist-info").mkdir()
    (bench.folder / "rich-1.0.0.dist-info" / "METADATA").write_text("Name: rich\nVersion: 1.0.0\n")
    bench.patch.setattr(sys, "path", [str(bench.folder), *sys.path])
    return (
        "packages", Fault.WRONG_PACKAGES, "This release needs rich 15.0.0, not 1.0.0.",
        "rm -rf .venv && make setup", 78, set(),
    )  # fmt: skip


def another_python(bench: Bench) -> Expected:
    bench.patch.setattr(machine.platform, "python_version", lambda: "3.12.4")
    return (
        "packages", Fault.WRONG_PACKAGES, "This release needs Python <3.12,>=3.11.5, not 3.12.4.",
        "rm -rf .venv && make setup", 78, set(),
    )  # fmt: skip


def misspelt_setting(bench: Bench) -> Expected:
    bench.patch.setenv("RAGLITE_QDRANT_ULR", "http://127.0.0.1:1")
    return (
        "setting names", Fault.UNKNOWN_SETTING, "RAGLITE_QDRANT_ULR is no setting; RAGLITE_QDRANT_URL is.",
        'export RAGLITE_QDRANT_URL="$RAGLITE_QDRANT_ULR"; unset RAGLITE_QDRANT_ULR', 78, set(),
    )  # fmt: skip


def invented_setting(bench: Bench) -> Expected:
    bench.patch.setenv("RAGLITE_ZZYZX", "1")
    return (
        "setting names", Fault.UNKNOWN_SETTING, "RAGLITE_ZZYZX is no setting.", "unset RAGLITE_ZZYZX", 78, set(),
    )  # fmt: skip


def wrong_value(bench: Bench) -> Expected:
    bench.patch.setenv("RAGLITE_PORT", "70000")
    return (
        "setting values", Fault.WRONG_SETTING,
        "Unusable settings: RAGLITE_PORT: Input should be less than or equal to 65535.",
        "unset RAGLITE_PORT  # or set it as the sentence says", 78, set(),
    )  # fmt: skip


def value_that_is_no_json(bench: Bench) -> Expected:
    bench.patch.setenv("RAGLITE_ALLOWED_HOSTS", "a.example")
    return (
        "setting values", Fault.WRONG_SETTING,
        ('Unusable settings: error parsing value for field "allowed_hosts" from source "EnvSettingsSource": '
        "Expecting value: line 1 column 1 (char 0)."),
        "unset RAGLITE_ALLOWED_HOSTS  # or set it as the sentence says", 78, set(),
    )  # fmt: skip


def settings_that_do_not_fit_each_other(bench: Bench) -> Expected:
    bench.patch.setenv("RAGLITE_LEASE_SECONDS", "20")
    return (
        "setting values", Fault.WRONG_SETTING,
        "Unusable settings: RAGLITE_: Value error, lease_seconds is 20: at least publish_seconds are needed.",
        "unset RAGLITE_LEASE_SECONDS RAGLITE_PUBLISH_SECONDS  # or set it as the sentence says", 78, set(),
    )  # fmt: skip


def no_bucket_named(bench: Bench) -> Expected:
    bench.patch.delenv("RAGLITE_PARSED_BUCKET")
    return (
        "settings", Fault.MISSING_SETTING, "Set RAGLITE_PARSED_BUCKET to the bucket's name.",
        (f"make up && {HERE}  # for an estate on AWS: export RAGLITE_PARSED_BUCKET="
        "$(terraform -chdir=infra/terraform output -raw parsed_bucket)"),
        78, {"documents bucket", "versioning", "events", "parsed bucket"},
    )  # fmt: skip


def proxy_before_this_machine(bench: Bench) -> Expected:
    bench.patch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    bench.patch.setenv("NO_PROXY", "intra.example")
    hosts = "intra.example,127.0.0.1,::1,localhost"
    return (
        "proxy", Fault.PROXY, "127.0.0.1 is this machine, and a proxy is set for it: requests would go astray.",
        f"export NO_PROXY={hosts} no_proxy={hosts}", 78, set(),
    )  # fmt: skip


def no_credentials(bench: Bench) -> Expected:
    bench.raglite.setup.absent = ("credentials", "region")
    return (
        "AWS credentials", Fault.NO_CREDENTIALS, "There are no AWS credentials.",
        f"{HERE}  # for an estate on AWS: aws configure", 78, ON_AWS | {"AWS", "agreement"},
    )  # fmt: skip


def no_region(bench: Bench) -> Expected:
    bench.raglite.setup.absent = ("region",)
    return (
        "AWS credentials", Fault.NO_REGION, "No AWS region is set.",
        f"{HERE}  # for an estate on AWS: aws configure set region REGION", 78, ON_AWS | {"AWS", "agreement"},
    )  # fmt: skip


def nobody_where_aws_should_be(bench: Bench) -> Expected:
    url = f"http://127.0.0.1:{free_port()}"
    bench.patch.setenv("AWS_ENDPOINT_URL", url)
    return (
        "AWS", Fault.AWS_UNREACHABLE, f"Nobody answers at {url} (AWS_ENDPOINT_URL).",
        f"make up && {HERE}  # to reach AWS itself: unset AWS_ENDPOINT_URL", 78, ON_AWS | {"agreement"},
    )  # fmt: skip


def credentials_that_aws_refuses(bench: Bench) -> Expected:
    bench.raglite.setup.refused["caller"] = CredentialsRefused("STS refuses the AWS credentials (ExpiredToken).")
    return (
        "AWS", Fault.CREDENTIALS_REFUSED, "STS refuses the AWS credentials (ExpiredToken).",
        f"{HERE}  # for an estate on AWS: aws sso login", 78, ON_AWS | {"agreement"},
    )  # fmt: skip


def no_documents_bucket(bench: Bench) -> Expected:
    bench.patch.setattr(
        bench.world.documents, "inventory", failing(ConfigurationError("There is no bucket documents."))
    )
    return (
        "documents bucket", Fault.BUCKET, "There is no bucket documents.",
        (f"{HERE}  # for an estate on AWS: export RAGLITE_DOCUMENTS_BUCKET="
        "$(terraform -chdir=infra/terraform output -raw documents_bucket)"
        ", or take a role that may: docs/reference/iam.md"),
        78, {"versioning", "events"},
    )  # fmt: skip


def no_parsed_bucket(bench: Bench) -> Expected:
    bench.patch.setattr(bench.world.documents, "load_parsed", failing(ConfigurationError("There is no bucket parsed.")))
    return (
        "parsed bucket", Fault.BUCKET, "There is no bucket parsed.",
        (f"{HERE}  # for an estate on AWS: export RAGLITE_PARSED_BUCKET="
        "$(terraform -chdir=infra/terraform output -raw parsed_bucket)"
        ", or take a role that may: docs/reference/iam.md"),
        78, set(),
    )  # fmt: skip


def no_versioning(bench: Bench) -> Expected:
    bench.raglite.setup.versions = False
    return (
        "versioning", Fault.VERSIONING_OFF, "The bucket documents keeps no versions.",
        "aws s3api put-bucket-versioning --bucket documents --versioning-configuration Status=Enabled", 78, set(),
    )  # fmt: skip


def no_events(bench: Bench) -> Expected:
    bench.raglite.setup.announces = False
    return (
        "events", Fault.EVENTS_OFF, "The bucket documents does not tell EventBridge of uploads.",
        ("aws s3api put-bucket-notification-configuration --bucket documents "
        """--notification-configuration '{"EventBridgeConfiguration": {}}'"""),
        78, set(),
    )  # fmt: skip


def a_rule_that_is_off(bench: Bench) -> Expected:
    bench.raglite.setup.off = {"raglite-document-upload": "DISABLED"}
    return (
        "rules", Fault.RULE_OFF, "The rule raglite-document-upload is disabled: nobody hears of documents.",
        "aws events enable-rule --name raglite-document-upload", 78, set(),
    )  # fmt: skip


def a_rule_that_is_not_there(bench: Bench) -> Expected:
    bench.raglite.setup.off = {"raglite-document-deleted": "missing"}
    return (
        "rules", Fault.RULE_OFF, "The rule raglite-document-deleted is missing: nobody hears of documents.",
        "make plan deploy ENVIRONMENT=local", 78, set(),
    )  # fmt: skip


def no_registry(bench: Bench) -> Expected:
    bench.patch.setattr(bench.world.registry, "waiting", failing(ConfigurationError("There is no table registry.")))
    return (
        "registry", Fault.REGISTRY, "There is no table registry.",
        (f"{HERE}  # for an estate on AWS: export RAGLITE_REGISTRY_TABLE="
        "$(terraform -chdir=infra/terraform output -raw registry_table)"
        ", or take a role that may: docs/reference/iam.md"),
        78, {"agreement"},
    )  # fmt: skip


def registry_that_does_not_answer(bench: Bench) -> Expected:
    bench.patch.setattr(bench.world.registry, "waiting", failing(DependencyUnavailable("DynamoDB", "not reachable.")))
    return (
        "registry", Fault.NO_ANSWER, "DynamoDB: not reachable.", "raglite doctor  # again, in a minute", 75,
        {"agreement"},
    )  # fmt: skip


def no_queue(bench: Bench) -> Expected:
    bench.raglite.setup.refused["dead_letters"] = NotFound("There is no queue raglite-ingestion-dead-letters.")
    return (
        "hints", Fault.QUEUE_MISSING, "There is no queue raglite-ingestion-dead-letters.",
        "make plan deploy ENVIRONMENT=local", 78, set(),
    )  # fmt: skip


def dead_letters(bench: Bench) -> Expected:
    bench.raglite.setup.dead = 3
    return (
        "hints", Fault.DEAD_LETTERS, "3 hints about documents could not be handled.",
        ("raglite reconcile --repair && aws sqs purge-queue --queue-url $(aws sqs get-queue-url "
        "--queue-name raglite-ingestion-dead-letters --query QueueUrl --output text)"),
        78, set(),
    )  # fmt: skip


def no_task_definition(bench: Bench) -> Expected:
    bench.raglite.setup.refused["ingest_task"] = NotFound("There is no task definition raglite-ingest.")
    return (
        "ingest task", Fault.TASK_DEFINITION, "There is no task definition raglite-ingest.",
        "make plan deploy ENVIRONMENT=local", 78, set(),
    )  # fmt: skip


def secret_without_a_value(bench: Bench) -> Expected:
    bench.raglite.setup.secret = False
    return (
        "API keys", Fault.API_KEYS_UNSET, "The secret raglite/api-keys has no value: the service lets nobody in.",
        ("aws secretsmanager put-secret-value --secret-id raglite/api-keys --secret-string file://keys.json"
        "  # docs/how-to/rotate-keys.md"),
        78, set(),
    )  # fmt: skip


def no_model(bench: Bench) -> Expected:
    folder = bench.folder / "nowhere"
    bench.raglite.parts["embedder"] = bootstrap(Settings(model_dir=folder)).embedder
    bench.patch.setenv("RAGLITE_MODEL_DIR", str(folder))
    return (
        "model", Fault.MODEL_MISSING, f"No model file {folder}/spec.json: run `make setup`, or set RAGLITE_MODEL_DIR.",
        REMAKE, 78, {"index", "agreement"},
    )  # fmt: skip


def another_models_file(bench: Bench) -> Expected:
    folder = bench.folder / "model"
    folder.mkdir()
    for name in ("model.onnx", "weights.bin", "tokenizer.json"):
        (folder / name).write_bytes(OTHER)
    stated = ModelFiles(spec=SPEC, onnx_sha256="0" * 64, data_sha256="0" * 64)
    (folder / "spec.json").write_text(stated.model_dump_json())
    bench.raglite.parts["embedder"] = bootstrap(Settings(model_dir=folder)).embedder
    bench.patch.setenv("RAGLITE_MODEL_DIR", str(folder))
    return (
        "model", Fault.MODEL_WRONG,
        (f"{folder}/model.onnx is not the file spec.json speaks of (sha256 {sha256(OTHER).hexdigest()[:12]}..., "
        f"expected 000000000000...): remove {folder} and run `make setup`."),
        REMAKE, 78, {"index", "agreement"},
    )  # fmt: skip


def no_qdrant(bench: Bench) -> Expected:
    url = f"http://127.0.0.1:{free_port()}"
    bench.raglite.parts["index"] = bootstrap(Settings(qdrant_url=url)).index
    return (
        "Qdrant", Fault.QDRANT_UNREACHABLE,
        "Qdrant: not reachable ([Errno 111] Connection refused); check RAGLITE_QDRANT_URL.",
        f"make up && {HERE}  # or say where it is: export RAGLITE_QDRANT_URL=https://HOST:6333",
        75, {"index", "agreement"},
    )  # fmt: skip


def qdrant_that_refuses_the_key(bench: Bench) -> Expected:
    url = bench.stack.enter_context(answering(401, b"Must provide an API key"))
    bench.raglite.parts["index"] = bootstrap(Settings(qdrant_url=url)).index
    return (
        "Qdrant", Fault.QDRANT_REFUSES, "Qdrant refused the API key: set RAGLITE_QDRANT_API_KEY.",
        (f"{HERE}  # for an estate on AWS: export RAGLITE_QDRANT_API_KEY=$(aws secretsmanager "
        "get-secret-value --secret-id $(terraform "
        "-chdir=infra/terraform output -raw qdrant_secret) --query SecretString --output text)"),
        78, {"index", "agreement"},
    )  # fmt: skip


def no_collection_yet(bench: Bench) -> Expected:
    bench.raglite.parts["index"] = FakeIndex()
    return (
        "index", Fault.COLLECTION_MISSING, "There is no collection yet: the first document, or the service, makes it.",
        "raglite upload FILE --wait", 78, {"agreement"},
    )  # fmt: skip


def collection_that_was_lost(bench: Bench) -> Expected:
    bench.world.registry.number = 7
    bench.raglite.parts["index"] = FakeIndex()
    return (
        "index", Fault.COLLECTION_LOST, "Fake: the collection is gone.",
        "raglite restore --to-collection raglite-again  # docs/how-to/restore.md", 75, {"agreement"},
    )  # fmt: skip


def collection_of_another_model(bench: Bench) -> Expected:
    index = FakeIndex()
    index.begin(SPEC.model_copy(update={"model": "another"}))
    bench.raglite.parts["index"] = index
    return (
        "index", Fault.OTHER_MODEL, "The collection was built with another embedding spec.", "raglite reindex", 78,
        {"agreement"},
    )  # fmt: skip


def nobody_where_the_service_should_be(bench: Bench) -> Expected:
    url = f"http://127.0.0.1:{free_port()}"
    bench.patch.setenv("RAGLITE_API_URL", url)
    bench.raglite.transport = lambda: None
    return (
        "service", Fault.SERVICE_UNREACHABLE,
        (f"the service: not reachable at {url} ([Errno 111] Connection refused); is it running, is RAGLITE_API_URL "
        "right?"),
        f"make up && {HERE}  # or say where it is: export RAGLITE_API_URL=https://HOST", 75, {"API key"},
    )  # fmt: skip


def another_program_at_the_services_port(bench: Bench) -> Expected:
    url = bench.stack.enter_context(answering(404, b"not found"))
    bench.patch.setenv("RAGLITE_API_URL", url)
    bench.raglite.transport = lambda: None
    return (
        "service", Fault.NO_SERVICE, f"{url}/healthz answered 404: another program listens there.",
        (f"{HERE}  # or say where it is: export RAGLITE_API_URL=https://HOST; "
        "if it finds its port taken: RAGLITE_PORT=FREE python -m raglite.server"),
        75, {"API key"},
    )  # fmt: skip


def a_web_page_at_the_services_port(bench: Bench) -> Expected:
    url = bench.stack.enter_context(answering(200, b"<html>Welcome</html>"))
    bench.patch.setenv("RAGLITE_API_URL", url)
    bench.raglite.transport = lambda: None
    return (
        "service", Fault.NO_SERVICE, f"{url}/healthz answers, but not as RAGLite does: another program listens there.",
        (f"{HERE}  # or say where it is: export RAGLITE_API_URL=https://HOST; "
        "if it finds its port taken: RAGLITE_PORT=FREE python -m raglite.server"),
        75, {"API key"},
    )  # fmt: skip


def no_api_key(bench: Bench) -> Expected:
    bench.patch.delenv("RAGLITE_API_KEY")
    return (
        "API key", Fault.API_KEY_MISSING, "No API key is set.",
        f"{HERE}  # for an estate on AWS: export RAGLITE_API_KEY=KEY", 77, set(),
    )  # fmt: skip


def unknown_api_key(bench: Bench) -> Expected:
    bench.patch.setenv("RAGLITE_API_KEY", "stranger")
    return (
        "API key", Fault.API_KEY_REFUSED,
        "http://service does not know the key in RAGLITE_API_KEY: Unknown API key: ask the operator for one.",
        f"{HERE}  # for an estate on AWS: export RAGLITE_API_KEY=KEY; new keys: docs/how-to/rotate-keys.md", 77, set(),
    )  # fmt: skip


def clock_that_aws_would_refuse(bench: Bench) -> Expected:
    bench.raglite.setup.now = bench.world.clock.now() - timedelta(minutes=6)
    return (
        "clock", Fault.CLOCK_OFF, "The clock is 0:06:00 off AWS's: AWS refuses what it signs.",
        "sudo timedatectl set-ntp true", 78, set(),
    )  # fmt: skip


def clock_that_is_not_the_services(bench: Bench) -> Expected:
    well = bench.raglite.respond

    def elsewhen(request: httpx.Request) -> httpx.Response:
        answer = well(request)
        answer.headers["date"] = format_datetime(bench.world.clock.now() + timedelta(minutes=6), usegmt=True)
        return answer

    bench.raglite.respond = elsewhen
    return (
        "clock", Fault.CLOCK_OFF, "The clock is 0:06:00 off the service's: AWS refuses what it signs.",
        "sudo timedatectl set-ntp true", 78, set(),
    )  # fmt: skip


def check_that_does_not_end(bench: Bench) -> Expected:
    ended = threading.Event()
    bench.stack.callback(ended.set)
    bench.patch.setattr(doctor, "PATIENCE", 1.0)
    bench.patch.setattr(bench.world.documents, "load_parsed", lambda *_: ended.wait(60))
    return (
        "parsed bucket", Fault.TIMED_OUT, "It did not come to an end within 1 s.",
        "raglite doctor  # again, in a minute", 75, set(),
    )  # fmt: skip


def what_nobody_foresaw(bench: Bench) -> Expected:
    bench.patch.setattr(bench.world.documents, "load_parsed", failing(ValueError("Invalid endpoint: nonsense")))
    return (
        "parsed bucket", Fault.UNFORESEEN, "ValueError: Invalid endpoint: nonsense",
        "raglite doctor --json >doctor.json  # and report it", 70, set(),
    )  # fmt: skip


MADE = [
    another_package, another_python, misspelt_setting, invented_setting, wrong_value, value_that_is_no_json,
    settings_that_do_not_fit_each_other, no_bucket_named, proxy_before_this_machine, no_credentials, no_region,
    nobody_where_aws_should_be, credentials_that_aws_refuses, no_documents_bucket, no_parsed_bucket, no_versioning,
    no_events, a_rule_that_is_off, a_rule_that_is_not_there, no_registry, registry_that_does_not_answer, no_queue,
    dead_letters, no_task_definition, secret_without_a_value, no_model, another_models_file, no_qdrant,
    qdrant_that_refuses_the_key, no_collection_yet, collection_that_was_lost, collection_of_another_model,
    nobody_where_the_service_should_be, another_program_at_the_services_port, a_web_page_at_the_services_port,
    no_api_key, unknown_api_key, clock_that_aws_would_refuse, clock_that_is_not_the_services, check_that_does_not_end,
    what_nobody_foresaw,
]  # fmt: skip
