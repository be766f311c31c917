"""The running estate as its users reach it: the CLI, an MCP client, HTTP, boto3 and `terraform plan`."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
from mcp import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

ROOT = Path(__file__).resolve().parents[2]
CLI = (sys.executable, "-m", "raglite.cli")


def run(*command: str, env: Mapping[str, str] | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command from the repository's root; on failure say what it printed."""
    done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
    assert not check or done.returncode == 0, (
        f"{shlex.join(command)} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
    return done


def eventually(condition: Callable[[], bool], within: float, what: str, every: float = 0.2) -> float:
    """Poll until `condition` holds; return the seconds it took, fail after `within` seconds."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within, f"not within {within:.0f} s: {what}"
        time.sleep(every)
    return time.monotonic() - started


def with_children(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return the processes and all that descend from them, each once."""
    found: dict[int, psutil.Process] = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found |= {one.pid: one for one in (process, *process.children(recursive=True))}
    return list(found.values())


@dataclass(frozen=True)
class Estate:
    """What `python -m local up --json` printed, and the environment `python -m local env` exports."""

    facts: dict[str, Any]
    environment: dict[str, str] = field(repr=False)

    @staticmethod
    def runs() -> bool:
        """Whether anything of the twin runs."""
        return any(entry["alive"] for entry in _status())

    @classmethod
    def up(cls) -> "Estate":
        """Bring the twin up (idempotent) and read how to reach it."""
        facts = json.loads(run(sys.executable, "-m", "local", "up", "--json").stdout)
        exported = run(sys.executable, "-m", "local", "env").stdout
        pairs = (shlex.split(line)[-1].partition("=") for line in exported.splitlines() if line.startswith("export "))
        return cls(facts, {**os.environ, **{name: value for name, _, value in pairs}})

    def down(self) -> None:
        """Take the twin down."""
        run(sys.executable, "-m", "local", "down")

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `raglite ...` as a user would."""
        return run(*CLI, *arguments, env=self.environment, check=check)

    def documents(self) -> list[dict[str, Any]]:
        """Return every version's registry record."""
        listed = json.loads(self.cli("documents", "--all", "--json").stdout)
        return listed["documents"] if isinstance(listed, dict) else listed

    def _s3(self) -> Any:
        session = boto3.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_DEFAULT_REGION"],
        )
        return session.client("s3", endpoint_url=self.environment["AWS_ENDPOINT_URL"])

    def put(self, key: str, body: bytes) -> str:
        """Store an object in the documents bucket, as a user of S3 would; return its version id."""
        return self._s3().put_object(Bucket=self.facts["documents_bucket"], Key=key, Body=body)["VersionId"]

    def delete(self, key: str) -> str:
        """Put a delete marker on an object; return the marker's version id."""
        return self._s3().delete_object(Bucket=self.facts["documents_bucket"], Key=key)["VersionId"]

    def erase(self, key: str, version_id: str) -> None:
        """Remove one version, or one delete marker, for good."""
        self._s3().delete_object(Bucket=self.facts["documents_bucket"], Key=key, VersionId=version_id)

    def post(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        """POST JSON to the service behind the load balancer, with the estate's key unless another is given."""
        headers = {"Authorization": f"Bearer {self.facts['api_key'] if key is None else key}"}
        url = self.facts["api_url"].rstrip("/") + path
        return httpx.post(url, json=body, headers=headers if key != "" else {}, timeout=60)

    async def ask_all(self, questions: list[str], top_k: int) -> list[dict[str, Any]]:
        """Ask each question through one MCP client; returns structuredContent plus the client's own timing."""
        headers = {"Authorization": f"Bearer {self.facts['api_key']}"}
        answers = []
        async with (
            create_mcp_http_client(headers=headers) as http,
            Client(streamable_http_client(self.facts["mcp_url"], http_client=http)) as client,
        ):
            for question in questions:
                started = time.perf_counter()
                result = await client.call_tool("query_financial_documents", {"query": question, "top_k": top_k})
                assert not result.is_error, result.content
                seen = 1000 * (time.perf_counter() - started)
                answers.append({**(result.structured_content or {}), "latency_ms": seen})
        return answers

    def ask(self, *questions: str, top_k: int = 10) -> list[dict[str, Any]]:
        """Ask through a real MCP client at the load balancer's address."""
        return asyncio.run(self.ask_all(list(questions), top_k))

    def processes(self) -> list[psutil.Process]:
        """Return every process that belongs to the twin, tasks included."""
        return with_children(psutil.Process(entry["pid"]) for entry in _status() if entry["alive"])

    def kill(self, process: psutil.Process) -> None:
        """End a task's process at once; in a container it is another user's, and Docker does it."""
        try:
            process.kill()
        except psutil.AccessDenied:
            run("docker", "kill", self._container_of(process))

    def variables(self, process: psutil.Process) -> set[str]:
        """Return the names of a process's variables, as far as they may be read: else those of its container."""
        try:
            return set(process.environ())
        except psutil.AccessDenied:
            each = "{{range .Config.Env}}{{println .}}{{end}}"
            told = run("docker", "inspect", "--format", each, self._container_of(process)).stdout
            return {line.partition("=")[0] for line in told.splitlines() if line}

    def _container_of(self, process: psutil.Process) -> str:
        return next(
            str(entry["name"])
            for entry in _status()
            if process.pid in {entry["pid"], *(child["pid"] for child in entry["children"])}
        )


def _status() -> list[dict[str, Any]]:
    told = json.loads(run(sys.executable, "-m", "local", "status", "--json").stdout)
    return list(told["processes"])
