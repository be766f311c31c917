"""Releases of RAGLite that differ in what they embed with, as the command line, a task and a service run them."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import onnx
from onnx import helper

from tests.integration.estate import CLI, ROOT, Estate, eventually, run
from tests.processes import end, free_port

MODEL = ROOT / "build" / "model"
# A killed process is known to be gone after so long. Seconds.
IMPATIENT = {"RAGLITE_LEASE_SECONDS": "6", "RAGLITE_PUBLISH_SECONDS": "5"}


def shorter_window(folder: Path) -> Path:
    """Make a model directory with half the window: the same model, other chunks."""
    return _model(folder, {"max_tokens": 128}, onnx.load(str(MODEL / "model.onnx")))


def turned_vectors(folder: Path) -> Path:
    """Make a model whose vectors are those of the real one with their dimensions in another order.

    Among themselves they are as near as before; compared with those of the real one they mean nothing. The sizes agree.
    """
    graph = onnx.load(str(MODEL / "model.onnx"))
    (output,) = graph.graph.output
    size = json.loads((MODEL / "spec.json").read_text())["spec"]["dimensions"]
    for node in graph.graph.node:
        node.output[:] = ["straight" if name == output.name else name for name in node.output]
    order = helper.make_tensor(
        "order", onnx.TensorProto.INT64, [size], list(range(size // 2, size)) + list(range(size // 2))
    )
    graph.graph.initializer.append(order)
    graph.graph.node.append(helper.make_node("Gather", ["straight", "order"], [output.name], axis=1))
    return _model(folder, {"model": "turned", "weights_sha256": "0" * 64}, graph)


def _model(folder: Path, changed: Mapping[str, object], graph: onnx.ModelProto) -> Path:
    folder.mkdir(parents=True)
    onnx.save_model(graph, str(folder / "model.onnx"), save_as_external_data=True, location="weights.bin")
    files = json.loads((MODEL / "spec.json").read_text())
    files["spec"] |= changed
    for field, name in (("onnx_sha256", "model.onnx"), ("data_sha256", "weights.bin")):
        files[field] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "spec.json").write_text(json.dumps(files))
    (folder / "tokenizer.json").symlink_to(MODEL / "tokenizer.json")
    return folder


@dataclass(frozen=True)
class Release:
    """One release, against the running estate."""

    estate: Estate
    model: Path = MODEL

    @property
    def environment(self) -> dict[str, str]:
        return {**self.estate.environment, **IMPATIENT, "RAGLITE_MODEL_DIR": str(self.model)}

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run(*CLI, *arguments, env=self.environment, check=check)

    def reindex(self, *options: str) -> dict[str, Any]:
        return json.loads(self.cli("reindex", *options, "--json").stdout)

    def started(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a reindex that is going to be killed."""
        return subprocess.Popen(
            [*CLI, "reindex", *options],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ingest(self, key: str) -> subprocess.CompletedProcess[str]:
        """Run an ingest task of this release."""
        path = f"s3://{self.estate.facts['documents_bucket']}/{key}"
        module = (sys.executable, "-m", "raglite.ingestion.pipeline", "--s3-path", path)
        return run(*module, env=self.environment, check=False)

    @contextmanager
    def service(self) -> Iterator["Beside"]:
        """Run a task of the service of this release beside the estate's."""
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "raglite.server"],
            cwd=ROOT,
            env={**self.environment, "RAGLITE_PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        beside = Beside(f"http://127.0.0.1:{port}", self.estate.facts["api_key"], process)
        try:
            yield beside
        finally:
            end(process)


@dataclass(frozen=True)
class Beside:
    """A task of the service that no load balancer knows."""

    url: str
    key: str
    process: subprocess.Popen[bytes]

    def is_ready(self) -> bool:
        assert self.process.poll() is None, (self.process.stderr.read() if self.process.stderr else b"")[-2000:]
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def wait(self) -> "Beside":
        eventually(self.is_ready, 90, "the service of another release is ready")
        return self

    def post(self, path: str, body: object) -> httpx.Response:
        return httpx.post(self.url + path, json=body, headers={"Authorization": f"Bearer {self.key}"}, timeout=60)


def in_this_process(release: Release) -> None:
    """Let this process reach what the release does."""
    os.environ.update(
        {name: value for name, value in release.environment.items() if name.startswith(("AWS_", "RAGLITE_"))}
    )
