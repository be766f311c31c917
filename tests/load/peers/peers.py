"""The servers that ours is compared with: programs of their own Pythons, of which nothing is imported here.

Both want sessions, and answer with event streams, on the newest revision of MCP that both of them and ours speak.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx

from tests.processes import end, until

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
LOAD_SECONDS = 1800
MOST = 100_000  # bytes of what a peer said
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")  # nothing that would be a setting of a peer
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "LOGFIRE_IGNORE_NO_CONFIG": "1",
}
REVISION = "2025-11-25"
INTRODUCTION = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Peer:
    """A server, where it answers, how its tool is asked, and how a chunk's id stands in the text of its answer."""

    name: str
    python: Path
    launcher: Path
    ingesting: Path
    tool: str
    arguments: Callable[[str], dict[str, Any]]
    path: str
    chunk: re.Pattern[str]
    more: tuple[str, ...] = ()  # words for the launcher

    def body(self, question: str, number: int = 1) -> dict[str, Any]:
        """Return the request that asks a question."""
        params = {"name": self.tool, "arguments": self.arguments(question)}
        return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


MCP_SERVER_QDRANT = Peer(
    "mcp-server-qdrant",
    ROOT / ".venv-peer-qdrant" / "bin" / "python",
    HERE / "serve_mcp_server_qdrant.py",
    HERE / "ingesting_mcp_server_qdrant.py",
    "qdrant-find",
    lambda question: {"query": question},
    "/mcp/",  # without the slash it redirects
    re.compile(r'<metadata>\{[^}]*\\"chunk\\": \\"([0-9a-f-]{36})\\"'),  # within a string of JSON
)
HAIKU_RAG = Peer(
    "haiku.rag",
    ROOT / ".venv-peer-haiku" / "bin" / "python",
    HERE / "serve_haiku_rag.py",
    HERE / "ingesting_haiku_rag.py",
    "search_documents",
    lambda question: {"query": question, "limit": 10},
    "/mcp",
    re.compile(r'^Matched chunk metadata: \{"chunk": "([0-9a-f-]{36})"\}$', re.MULTILINE),
)
HAIKU_RAG_BARE = replace(HAIKU_RAG, name="haiku.rag bare", more=("--bare",))


@contextmanager
def serving(peer: Peer, corpus: Path, store: str | Path, port: int) -> Iterator[int]:
    """Start a peer, which loads the corpus first if its store is empty; yield its process id and end it."""
    given = ["--corpus", str(corpus), "--store", str(store), "--port", str(port), *peer.more]
    with TemporaryFile() as said:
        command = [str(peer.python), str(peer.launcher), *given]
        process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=said, stderr=said)

        def serves() -> bool:
            assert process.poll() is None, f"{peer.name} ended: {os.pread(said.fileno(), MOST, 0).decode()}"
            return _answers(peer, port)

        try:
            until(serves, f"{peer.name} answers", within=LOAD_SECONDS)
            yield process.pid
        finally:
            end(process)


def ingested(peer: Peer, document: Path, changed: Path, store: str | None = None) -> dict[str, Any]:
    """Return what ingesting costs a peer, as tests/load/peers/ingesting.py tells it."""
    given = ["--document", str(document), "--changed", str(changed), *(["--store", store] if store else [])]
    command = [str(peer.python), str(peer.ingesting), *given]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ} | ENVIRONMENT


def _answers(peer: Peer, port: int) -> bool:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        try:
            http.delete(peer.path, headers=session(peer, http))
        except httpx.ConnectError:
            return False
    return True


def session(peer: Peer, http: httpx.Client) -> dict[str, str]:
    """Begin a session, and return the headers that each of its requests must have."""
    introduction = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": INTRODUCTION}
    welcomed = http.post(peer.path, headers=HEADERS, json=introduction).raise_for_status()
    assert answer(welcomed.text)["protocolVersion"] == REVISION
    headers = HEADERS | {"Mcp-Session-Id": welcomed.headers["mcp-session-id"], "Mcp-Protocol-Version": REVISION}
    begun = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    http.post(peer.path, headers=headers, json=begun).raise_for_status()
    return headers


def answer(stream: str) -> dict[str, Any]:
    """Return the result that a request's event stream ends with; an error is not expected."""
    events = [line.removeprefix("data: ") for line in stream.split("\n") if line.startswith("data: {")]
    told = json.loads(events[-1])
    assert "error" not in told, told
    result: dict[str, Any] = told["result"]
    return result


def results(peer: Peer, tool_result: Mapping[str, Any]) -> list[str]:
    """Return the ids of the chunks in a result of `tools/call`, the best first."""
    assert not tool_result.get("isError"), tool_result
    texts = [part["text"] for part in tool_result["content"] if part["type"] == "text"]
    return [chunk for text in texts for chunk in peer.chunk.findall(text)]
