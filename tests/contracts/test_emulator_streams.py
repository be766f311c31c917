"""A load balancer hands an answer on while it comes, with all its headers, and lets go of it when its caller does."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.emulators import REQUIRED, clients, running
from tests.processes import until

AT_ONCE = 12  # more than the emulator has threads on a small machine, if it takes one for each

pytestmark = REQUIRED


class Streams(BaseHTTPRequestHandler):
    """Sends an event, and the next when it is told to; notes when its caller has gone."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        for name, value in (
            ("Content-Type", "text/event-stream"),
            ("Mcp-Session-Id", "one"),
            ("RateLimit", '"requests";r=1;t=60'),
            ("Set-Cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
            ("Set-Cookie", "b=2"),
            ("Transfer-Encoding", "chunked"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self._send(b"data: first\n\n")
        self.server.go_on.wait(20)
        try:
            while self.path == "/endless":
                self._send(b": still here\n\n")
                self.server.idle.wait(0.05)
        except OSError:
            self.server.left.set()
            return
        self._send(b"data: last\n\n")
        self._send(b"")

    def _send(self, part):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.flush()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Streams)
    made.daemon_threads = True
    made.idle = threading.Event()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def target(server):
    server.go_on, server.left = threading.Event(), threading.Event()
    yield server
    server.go_on.set()


@pytest.fixture(scope="module")
def front(server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state: Path = tmp_path_factory.mktemp("state")
    with running(state) as endpoint:
        alb = clients(endpoint)("elbv2")
        balancer = alb.create_load_balancer(Name="front", Subnets=["a", "b"])["LoadBalancers"][0]["LoadBalancerArn"]
        made = alb.create_target_group(Name="streams", Protocol="HTTP", Port=80, VpcId="v", TargetType="ip")
        group = made["TargetGroups"][0]["TargetGroupArn"]
        host, port = server.server_address
        alb.register_targets(TargetGroupArn=group, Targets=[{"Id": host, "Port": port}])
        forward = [{"Type": "forward", "TargetGroupArn": group}]
        alb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
        yield f"{endpoint}/_alb/front"


def test_an_event_is_handed_on_before_the_next_is_sent(front, target):
    with httpx.stream("GET", f"{front}/", timeout=20) as answer:
        parts = answer.iter_raw()
        assert next(parts) == b"data: first\n\n"
        target.go_on.set()
        assert b"".join(parts) == b"data: last\n\n"
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert (answer.headers["Mcp-Session-Id"], answer.headers["RateLimit"]) == ("one", '"requests";r=1;t=60')
    assert answer.headers.get_list("Set-Cookie") == ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"]


def test_many_streams_are_open_at_once_and_others_are_answered_meanwhile(front, target):
    with httpx.Client(timeout=20, limits=httpx.Limits(max_connections=None)) as client:
        opened = [client.send(client.build_request("GET", f"{front}/"), stream=True) for _ in range(AT_ONCE)]
        begun = [answer.iter_raw() for answer in opened]
        assert [next(parts) for parts in begun] == [b"data: first\n\n"] * AT_ONCE
        target.go_on.set()
        assert [b"".join(parts) for parts in begun] == [b"data: last\n\n"] * AT_ONCE
        for answer in opened:
            answer.close()


def test_a_caller_that_leaves_ends_the_target_s_request(front, target):
    with httpx.stream("GET", f"{front}/endless", timeout=20) as answer:
        next(answer.iter_raw())
        target.go_on.set()
    until(target.left.is_set, "the target hears that its caller has gone")
