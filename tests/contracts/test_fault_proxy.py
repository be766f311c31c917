"""What the fault proxy promises, through our adapter, between real sockets."""

import socket
import socketserver
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import pytest

from raglite.adapters.fault_proxy import FaultProxy
from raglite.errors import ConfigurationError, DependencyUnavailable
from tests.processes import end, free_port, listening, until

SIZE = 100
ANSWER = b"x" * SIZE
PATIENCE = 5.0  # seconds in which a byte comes that is not held
HELD = 0.3  # seconds in which none may


class Server(socketserver.ThreadingTCPServer):
    """Notes every line, and answers it with a hundred bytes."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        self.lines = []
        super().__init__(("127.0.0.1", 0), Answering)


class Answering(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.server.lines.append(line.strip().decode())
            self.wfile.write(ANSWER)


@dataclass
class Line:
    """A connection through the proxy."""

    to: socket.socket

    def ask(self, word):
        self.to.sendall(f"{word}\n".encode())

    def answer(self, size=SIZE, within=PATIENCE):
        """Return what has come when so much has, the connection ends, or time is up."""
        self.to.settimeout(within)
        found = b""
        while len(found) < size and (part := self.to.recv(size - len(found))):
            found += part
        return found

    def until_reset(self):
        """Return what comes until the connection is reset."""
        found = b""
        try:
            while part := self.to.recv(SIZE):
                found += part
        except ConnectionResetError:
            return found
        pytest.fail("it ended in order")

    def is_silent(self):
        try:
            return self.answer(1, HELD) is None
        except TimeoutError:
            return True


@dataclass
class Network:
    proxy: FaultProxy
    server: Server
    port: int

    def line(self):
        return Line(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE))

    def counted(self):
        return self.proxy.state()["connections"]


@pytest.fixture(scope="module")
def started():
    server, port, control = Server(), free_port(), free_port()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ports = {"--port": port, "--upstream": server.server_address[1], "--control": control}
    words = [str(word) for pair in ports.items() for word in pair]
    process = subprocess.Popen((sys.executable, "-m", "local.network", *words))
    until(lambda: listening(control), "the proxy serves")
    yield Network(FaultProxy.connect(f"http://127.0.0.1:{control}"), server, port)
    end(process)
    server.shutdown()
    server.server_close()


@pytest.fixture
def network(started):
    started.proxy.calm()
    started.server.lines.clear()
    yield started
    started.proxy.calm()


def test_in_calm_everything_passes_on_one_connection_and_its_end_does_too(network):
    line = network.line()
    for word in ("one", "two"):
        line.ask(word)
        assert line.answer() == ANSWER
    line.to.shutdown(socket.SHUT_WR)
    assert line.answer() == b""
    assert network.server.lines == ["one", "two"]


def test_a_refusing_network_resets_what_is_open_and_accepts_nobody(network):
    line = network.line()
    line.ask("before")
    line.answer()
    troubled = network.counted()["troubled"]
    network.proxy.refuse()
    with pytest.raises(ConnectionResetError):
        line.answer()
    with pytest.raises(ConnectionRefusedError):
        network.line()
    assert network.proxy.state()["kind"] == "refuse"
    assert network.counted()["troubled"] == troubled + 1
    network.proxy.calm()
    again = network.line()
    again.ask("after")
    assert again.answer() == ANSWER


def test_a_stalled_network_accepts_and_holds_everything_until_it_is_over(network):
    open_before = network.line()
    network.proxy.stall()
    for line in (open_before, network.line()):
        line.ask("held")
        assert line.is_silent()
    assert network.server.lines == []
    network.proxy.calm()
    until(lambda: network.server.lines == ["held", "held"], "both have arrived")
    assert open_before.answer() == ANSWER


def test_an_answer_under_way_is_held_too(network):
    line = network.line()
    network.proxy.delay(HELD)
    line.ask("slow")
    until(lambda: network.server.lines == ["slow"], "it is asked")
    network.proxy.stall()
    assert line.is_silent()
    network.proxy.calm()
    assert line.answer() == ANSWER


def test_who_leaves_a_stalled_network_takes_along_what_had_not_arrived(network):
    network.proxy.stall()
    line = network.line()
    line.ask("never")
    until(lambda: network.counted()["open"] >= 1, "it is held")
    line.to.close()
    until(lambda: network.counted()["open"] == 0, "it is given up")
    network.proxy.calm()
    assert network.server.lines == []


def test_a_slow_network_brings_every_byte_so_many_seconds_later_each_way(network):
    line = network.line()
    network.proxy.delay(0.2)
    begun = time.monotonic()
    line.ask("slow")
    assert line.answer() == ANSWER
    assert 0.39 <= time.monotonic() - begun < PATIENCE  # the proxy counts milliseconds


def test_a_slow_network_is_slow_and_not_narrow(network):
    line = network.line()
    network.proxy.delay(0.3)
    begun = time.monotonic()
    for word in range(5):
        line.ask(word)
        threading.Event().wait(0.05)  # so that they are parts of their own
    assert line.answer(5 * SIZE) == 5 * ANSWER
    assert time.monotonic() - begun < 5 * 0.3


def test_what_was_sent_into_a_slow_network_arrives_although_its_sender_has_left(network):
    network.proxy.delay(HELD)
    line = network.line()
    line.ask("late")
    line.to.close()
    until(lambda: network.server.lines == ["late"], "it arrives")


def test_what_is_delayed_comes_at_once_when_the_trouble_is_over(network):
    network.proxy.delay(60)
    line = network.line()
    line.ask("late")
    network.proxy.calm()
    assert line.answer() == ANSWER


@pytest.mark.parametrize("after", [0, 40])
def test_a_cut_lets_so_many_bytes_of_an_answer_pass_and_resets(network, after):
    line = network.line()
    line.ask("whole")
    assert line.answer() == ANSWER
    network.proxy.cut(after)
    line.ask("cut")
    assert line.until_reset() == b"x" * after
    assert network.server.lines == ["whole", "cut"]


def test_a_connection_is_counted_once_for_each_trouble_it_meets(network):
    line, troubled = network.line(), network.counted()["troubled"]
    for seconds in (0.01, 0.02):
        network.proxy.delay(seconds)
        for word in "ab":
            line.ask(word)
            line.answer()
    assert network.counted()["troubled"] == troubled + 2


def test_a_trouble_without_measure_or_name_is_refused_with_a_sentence(network):
    with pytest.raises(ConfigurationError, match="No such trouble: seconds: Input should be greater than or equal"):
        network.proxy.delay(-1)


def test_nobody_at_the_address_is_told_by_name():
    with pytest.raises(DependencyUnavailable, match=r"the fault proxy: no answer from .*RAGLITE_FAULTS_URL"):
        FaultProxy.connect(f"http://127.0.0.1:{free_port()}").calm()


def test_what_is_no_address_is_a_wrong_setting():
    with pytest.raises(ConfigurationError, match=r"RAGLITE_FAULTS_URL is '127\.0\.0\.1:1'"):
        FaultProxy.connect("127.0.0.1:1")
