"""Both images as they will run: without rights, on a read-only root, told to stop while they start."""

import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest

from raglite.adapters.aws_services import SERVICES
from raglite.errors import InvalidRequest
from scripts.image.build import MB, OUT, TARGETS, Target
from scripts.image.docker import ImageError, docker, inspect, labels
from tests.integration.estate import ROOT
from tests.integration.journal import Journal
from tests.processes import free_port, until

SERVICE, INGEST = TARGETS
CONFINED = ("--read-only", "--tmpfs", "/tmp:size=256m", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")  # noqa: S108  in a container
PATIENCE = 60.0  # seconds until a container is ready on a busy machine
TERMINATED = 128 + 15
MODULE = ("python", "-m", "raglite.ingestion.pipeline")
MARK = "raglite.test=images"
ROUNDS = 3
each = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.stage)


@pytest.fixture(scope="module", autouse=True)
def images() -> Iterator[None]:
    try:
        docker("version")
    except ImageError as error:
        pytest.skip(f"UNRUN: no Docker Engine answers, so nothing is known of the images ({error})")
    missing = [target.tag for target in TARGETS if inspect(target.tag) is None]
    assert not missing, f"no image {', '.join(missing)}: run `make image`"
    yield
    for container in docker("ps", "--all", "--quiet", "--filter", f"label={MARK}").split():
        docker("rm", "--force", "--volumes", container)


class Container:
    """A container that was started in the background."""

    def __init__(self, *arguments: str) -> None:
        self.began = time.monotonic()
        self.id = docker("run", "--detach", "--label", MARK, *CONFINED, *arguments)

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(docker("container", "inspect", self.id))[0]["State"]

    @property
    def log(self) -> str:
        said = subprocess.run(["docker", "logs", self.id], check=True, text=True, capture_output=True)
        return said.stdout + said.stderr

    def stop(self) -> tuple[int, float]:
        """Send SIGTERM and wait; returns exit code and seconds."""
        begun = time.monotonic()
        docker("stop", "--time", "50", self.id)
        return self.state["ExitCode"], time.monotonic() - begun


def run(target: Target, *command: str) -> str:
    return docker("run", "--rm", "--label", MARK, *CONFINED, "--network", "none", target.tag, *command)


def answer(url: str) -> Any:
    with suppress(httpx.TransportError):
        return httpx.get(url, timeout=30).json()
    return None


@contextmanager
def silent_server() -> Iterator[tuple[str, Sequence[socket.socket]]]:
    """Serve an address that takes connections and never answers, and who came."""
    visitors: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    visitors.append(server.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", visitors
        server.shutdown(socket.SHUT_RDWR)


@each
def test_an_image_is_small_and_nobodys(target: Target, journal: Journal) -> None:
    image = inspect(target.tag)
    journal.sections.setdefault("measures", {})[f"{target.stage}: MB unpacked"] = round(image["Size"] / MB)
    assert image["Size"] <= target.limit
    assert image["Config"]["User"] == "10001:10001"


@each
def test_an_image_says_what_it_was_built_from(target: Target) -> None:
    said = labels(target.tag)
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", said["org.opencontainers.image.revision"])
    assert said["org.opencontainers.image.base.name"]
    assert said["raglite.base"] in {"pinned", "unpinned", "stand-in"}
    assert said["org.opencontainers.image.title"] == target.repository


@each
def test_an_image_holds_nothing_it_does_not_need(target: Target) -> None:
    never = {"torch", "pip", "setuptools", "pytest", "qdrant_edge", "sentence_transformers"}
    others = {"docling", "huggingface_hub"} if target is SERVICE else {"fastapi", "mcp", "uvicorn", "starlette"}
    asked = sorted(never | others)
    script = f"from importlib.util import find_spec as f; print([n for n in {asked} if f(n)])"
    assert run(target, "python", "-c", script) == "[]"
    programs = (
        "from shutil import which; print([n for n in ('gcc', 'cc', 'c++', 'ld', 'make', 'pip', 'apt-get') if which(n)])"
    )
    assert run(target, "python", "-c", programs) == "[]"


@each
def test_an_image_describes_the_aws_services_that_are_called_and_no_other(target: Target) -> None:
    script = "import boto3; print(*boto3.Session().get_available_services())"
    assert set(run(target, "python", "-c", script).split()) == set(SERVICES)


@each
def test_nothing_is_compiled_at_start(target: Target) -> None:
    script = """
import importlib.util, os, struct, sys
root = os.path.dirname(importlib.util.find_spec("raglite").submodule_search_locations[0])
def stale(path):
    with open(importlib.util.cache_from_source(path), "rb") as file:
        return struct.unpack("<I", file.read(16)[8:12])[0] != int(os.stat(path).st_mtime)
for package in ("raglite", "boto3", "qdrant_client", "numpy/_core"):
    for folder, _, names in os.walk(f"{root}/{package}"):
        print(*[f"{folder}/{name}" for name in names if name.endswith(".py") and stale(f"{folder}/{name}")])
for name in ("json", "asyncio", "ssl"):
    print(*[name for _ in [0] if stale(importlib.util.find_spec(name).origin)])
"""
    assert run(target, "python", "-c", script).split() == []


@each
def test_the_sbom_lists_what_is_installed_in_the_pinned_versions(target: Target) -> None:
    document = json.loads((OUT / f"{target.stage}.cdx.json").read_text())
    assert json.loads(run(target, "cat", "/opt/venv/sbom.cdx.json")) == document
    listed = {
        part["name"]: part["version"]
        for part in document["components"]
        if "purl" not in part or ":pypi/" in part["purl"]
    }
    script = "from importlib.metadata import distributions as d; print(*[f'{x.name}=={x.version}' for x in d()])"
    installed = dict(line.split("==") for line in run(target, "python", "-c", script).split())
    assert {name: listed.get(name) for name in installed} == installed
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split() if "==" in line)
    pinned = {name: version for name, version in installed.items() if name in pins}
    assert len(pinned) >= 40
    assert pinned == {name: pins[name] for name in pinned}
    kinds = {part["purl"].partition("/")[0] for part in document["components"] if "purl" in part}
    assert {"pkg:pypi", "pkg:deb", "pkg:generic"} <= kinds | {"pkg:pypi"}
    [model] = [part for part in document["components"] if part["type"] == "machine-learning-model"]
    spec = json.loads((ROOT / "build/model/spec.json").read_text())
    assert model["hashes"] == [{"alg": "SHA-256", "content": spec["onnx_sha256"]}]


def test_the_service_answers_before_anything_it_depends_on_is_there(journal: Journal) -> None:
    journal.sections.setdefault("measures", {})["service: s from `docker run` to /healthz"] = [
        seconds_until_alive() for _ in range(ROUNDS)
    ]


def test_docker_finds_the_service_healthy() -> None:
    container = Container("--health-interval", "1s", SERVICE.tag)
    until(lambda: container.state["Health"]["Status"] == "healthy", "the service is healthy", PATIENCE)


def test_the_ingest_task_says_at_once_what_is_wrong(journal: Journal) -> None:
    journal.sections.setdefault("measures", {})["ingest: s from `docker run` to the first line"] = [
        seconds_until_it_speaks() for _ in range(ROUNDS)
    ]


@each
@pytest.mark.parametrize("after", [0.0, 0.2, 0.6, 1.2])
def test_a_container_that_is_still_starting_stops_when_it_is_told(target: Target, after: float) -> None:
    with silent_server() as (url, _):
        container = Container("--network", "host", *elsewhere(url), target.tag, *command(target))
        time.sleep(after)  # the moment is what is tested
        code, seconds = container.stop()
    assert code == TERMINATED
    assert seconds < 5


def test_an_ingest_task_that_waits_for_an_answer_stops_when_it_is_told() -> None:
    with silent_server() as (url, visitors):
        container = Container("--network", "host", *elsewhere(url), INGEST.tag, *command(INGEST))
        until(lambda: bool(visitors), "it asks for something", PATIENCE)
        code, seconds = container.stop()
    assert code == TERMINATED
    assert seconds < 5


def test_a_service_that_is_told_to_stop_answers_what_it_was_asked() -> None:
    with silent_server() as (url, visitors):
        port = free_port()
        placed = (
            "--env",
            f"RAGLITE_PORT={port}",
            "--env",
            "RAGLITE_HOST=127.0.0.1",
            "--env",
            "RAGLITE_QDRANT_SECONDS=4",
        )
        container = Container("--network", "host", *elsewhere(url), *placed, SERVICE.tag)
        address = f"http://127.0.0.1:{port}"
        until(lambda: answer(f"{address}/healthz") is not None, "/healthz answers", PATIENCE)
        before = len(visitors)
        asking = subprocess.Popen(
            ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", f"{address}/readyz"],
            stdout=subprocess.PIPE,
            text=True,
        )
        until(lambda: len(visitors) > before, "the service asks the index")
        code, _ = container.stop()
        said, _ = asking.communicate(timeout=30)
    assert said == "503"  # an answer, not a closed connection
    assert code == TERMINATED


def seconds_until_alive() -> float:
    port = free_port()
    container = Container("--publish", f"127.0.0.1:{port}:8000", SERVICE.tag)
    until(lambda: answer(f"http://127.0.0.1:{port}/healthz") is not None, "/healthz answers", PATIENCE)
    seconds = time.monotonic() - container.began
    assert answer(f"http://127.0.0.1:{port}/healthz")["status"] == "alive"
    assert container.stop()[0] == TERMINATED
    return round(seconds, 2)


def seconds_until_it_speaks() -> float:
    container = Container(INGEST.tag, *MODULE, "--s3-path", "s3://other/key")
    until(lambda: bool(container.log), "the first line of the log", PATIENCE)
    seconds = time.monotonic() - container.began
    until(lambda: container.state["Status"] == "exited", "it ends", PATIENCE)
    assert "is not in the documents bucket" in json.loads(container.log.splitlines()[0])["message"]
    assert container.state["ExitCode"] == InvalidRequest.exit_code
    return round(seconds, 2)


def elsewhere(url: str) -> tuple[str, ...]:
    """Lead a container's requests to `url`."""
    given = {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "RAGLITE_QDRANT_URL": url,
        "RAGLITE_DOCUMENTS_BUCKET": "documents",
        "RAGLITE_PARSED_BUCKET": "parsed",
        "RAGLITE_PORT": "0",
    }
    return tuple(part for name, value in given.items() for part in ("--env", f"{name}={value}"))


def command(target: Target) -> tuple[str, ...]:
    """Return what the Lambda has a task run, or nothing where the image knows."""
    return (*MODULE, "--s3-path", "s3://documents/key") if target is INGEST else ()
