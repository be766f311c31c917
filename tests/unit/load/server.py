"""An MCP server that answers at once, but for what a test has it do: stall, fail, drop connections."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

ANSWER = {"results": [{"page": 1}], "figures": [], "abstained": False}
Answering = Callable[[int, dict[str, Any]], tuple[int, Any]]


def answered(_: int, message: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"jsonrpc": "2.0", "id": message["id"], "result": {"structuredContent": ANSWER}}


class Server(ThreadingHTTPServer):
    """`answering` gets the number of the message, from 0, and the message; `seen` are headers and messages."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, answering: Answering) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answering = answering
        self.numbers = count()
        self.seen: list[tuple[dict[str, str], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body in one packet, or each answer waits for an acknowledgement
    server: Server

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((dict(self.headers), message))
        status, answer = self.server.answering(next(self.server.numbers), message)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(answering: Answering) -> Iterator[Server]:
    server = Server(answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Stall:
    """From the message of that number on nobody is answered, until so many seconds have passed."""

    def __init__(self, at: int, seconds: float) -> None:
        self.at, self.seconds = at, seconds
        self.until: float | None = None
        self._never = threading.Event()

    def __call__(self, number: int, message: dict[str, Any]) -> tuple[int, Any]:
        if number == self.at:
            self.until = time.monotonic() + self.seconds
        if self.until is not None:
            self._never.wait(max(0.0, self.until - time.monotonic()))
        return answered(number, message)
