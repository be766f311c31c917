"""Questions over MCP as an agent's client sends them: JSON-RPC on a connection that is kept, from several at once."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TOOL = "query_financial_documents"
REVISION = "2025-11-25"


class Failed(Exception):
    """A question got no answer: HTTP, JSON-RPC or the tool said so."""


@dataclass
class Connection:
    """One client's way to an MCP server. Used by one thread."""

    url: str
    key: str

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        self._path = address.path
        self._http = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)

    def ask(self, question: str) -> dict[str, Any]:
        """Return the answer; Failed with what was said instead."""
        params = {"name": TOOL, "arguments": {"query": question}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        headers = {
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
            "MCP-Protocol-Version": REVISION,
            "X-API-Key": self.key,
        }
        self._http.request("POST", self._path, body, headers)
        response = self._http.getresponse()
        said = response.read()
        if response.status != http.client.OK:
            raise Failed(f"{response.status}: {said[:500]!r}")
        reply = json.loads(said)
        if "error" in reply or reply["result"].get("isError"):
            raise Failed(said[:500].decode())
        return dict(reply["result"]["structuredContent"])

    def close(self) -> None:
        self._http.close()


@dataclass(frozen=True)
class Timed:
    """What questions asked one after the other by each of several clients took: seconds."""

    clients: int
    each: tuple[float, ...]
    whole: float

    @property
    def rate(self) -> float:
        """Questions a second."""
        return len(self.each) / self.whole

    def percentile(self, share: float) -> float:
        """Return the seconds within which a share of the questions (0 to 1) was answered."""
        return sorted(self.each)[min(len(self.each) - 1, int(share * len(self.each)))]


def timed(ask: Callable[[int], Callable[[str], object]], questions: Sequence[str], clients: int) -> Timed:
    """Ask all questions, `clients` at a time; `ask(n)` is how the n-th client does it."""
    waiting, lock, seconds = iter(questions), threading.Lock(), []

    def client(number: int) -> None:
        own = ask(number)
        while True:
            with lock:
                question = next(waiting, None)
            if question is None:
                return
            begun = time.perf_counter()
            own(question)
            seconds.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(client, number) for number in range(clients)]:
            done.result()
    return Timed(clients, tuple(seconds), time.perf_counter() - begun)
