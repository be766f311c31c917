"""What the network may do to a request, shown with a plain server and a plain client."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.faults.proxy import Failure, Proxy
from tests.processes import until

BODY = b"0123456789" * 20_000


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, int]] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append((self.path, 0))
        self._answer(BODY)

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            sent = b""
            while size := int(self.rfile.readline(), 16):
                sent += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, len(sent)))
        self._answer(sent)

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with Proxy(server.server_address[1]) as made:
        yield made


@pytest.fixture
def client(proxy: Proxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url, timeout=5, trust_env=False) as made:
        yield made


def test_requests_and_answers_pass_unchanged_over_one_connection(client, server, proxy):
    assert client.get("/a").content == BODY
    assert client.post("/b", content=BODY).content == BODY
    assert client.post("/c", content=iter([b"one", b"two"])).content == b"onetwo"
    assert server.seen == [("/a", 0), ("/b", len(BODY)), ("/c", 6)]
    assert proxy.hits == 0


def test_refused_connections_are_refused_until_it_is_calm(client, server, proxy):
    assert client.get("/a").status_code == 200
    proxy.refuse()
    with pytest.raises(httpx.TransportError):
        client.get("/b")
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", proxy.port), 1):
        pass
    proxy.calm()
    assert client.get("/c").content == BODY
    assert [path for path, _ in server.seen] == ["/a", "/c"]


def test_a_stalled_request_is_answered_once_it_is_calm(client, server, proxy):
    proxy.stall()
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append(client.get("/a").content))
    asking.start()
    until(lambda: proxy.hits == 1, "the request is there")
    assert (answers, server.seen) == ([], [])
    proxy.calm()
    asking.join()
    assert answers == [BODY]


def test_a_client_that_does_not_wait_takes_its_request_with_it(server, proxy):
    proxy.stall()
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{proxy.url}/late", content=b"x", timeout=0.2, trust_env=False)
    time.sleep(0.2)
    proxy.calm()
    assert httpx.get(f"{proxy.url}/next", trust_env=False).content == BODY
    assert [path for path, _ in server.seen] == ["/next"]


def test_an_answer_is_cut_off_in_its_middle_though_the_server_did_what_was_asked(client, server, proxy):
    proxy.cut(after=1000, times=1)
    with pytest.raises(httpx.TransportError):
        client.post("/a", content=BODY)
    assert client.post("/b", content=BODY).content == BODY
    assert [path for path, _ in server.seen] == ["/a", "/b"]
    assert proxy.hits == 1


def test_so_many_requests_are_answered_with_a_failure_and_the_server_sees_none_of_them(client, server, proxy):
    proxy.answer(Failure(503, b'{"status": "busy"}'), times=2)
    assert [client.post("/a", content=BODY).status_code for _ in range(3)] == [503, 503, 200]
    assert server.seen == [("/a", len(BODY))]
    assert proxy.hits == 2
