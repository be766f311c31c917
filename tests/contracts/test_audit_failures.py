"""What happens when the audit log cannot be written: nothing is done untold, nothing is lost, and order is kept."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import httpx
import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer

from raglite.adapters.cloudwatch_audit import CloudWatchAuditLog, Sinks
from raglite.adapters.cloudwatch_stream import MOST_BYTES, MOST_EVENTS, OVERHEAD, Event, batches
from raglite.errors import AuditUnavailable, TransientError
from raglite.observability.audit import Head, Record
from raglite.observability.audit_texts import Told, gathered, texts_of
from raglite.telemetry import AUDIT_DELAY, AuditAction
from tests.contracts.audit_estate import (
    CHAIN,
    PLACES,
    QUICK,
    REGION,
    audit_log,
    kept,
    make_places,
    tamper,
    trail,
    verdict,
)
from tests.contracts.test_audit_log import said
from tests.fakes.clock import FakeClock
from tests.fakes.telemetry import FakeTelemetry
from tests.faults.proxy import Failure, Proxy
from tests.processes import end, free_port, listening, until

ROOT = Path(__file__).resolve().parents[2]
DENIED = Failure(400, b'{"__type": "AccessDeniedException", "message": "no"}', "application/x-amz-json-1.1")


@pytest.fixture(scope="module")
def aws_port() -> Iterator[int]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    until(lambda: listening(port), "moto listens")
    yield port
    server.stop()


@pytest.fixture
def network(aws_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way to empty AWS with the audit log's places."""
    with mock_aws():
        pass  # forgets what an earlier test has left
    with Proxy(aws_port) as proxy:
        for name, value in environment(proxy.url).items():
            monkeypatch.setenv(name, value)
        make_places()
        yield proxy


@pytest.fixture
def telemetry() -> FakeTelemetry:
    return FakeTelemetry()


@pytest.fixture
def log(network: Proxy, telemetry: FakeTelemetry) -> Iterator[CloudWatchAuditLog]:
    audit = audit_log(telemetry)
    yield audit
    network.calm()
    audit.close()


def environment(url: str) -> dict[str, str]:
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    return {**credentials, "AWS_ENDPOINT_URL": url}


def ask(audit: CloudWatchAuditLog, number: int, texts: dict[str, str] | None = None) -> None:
    audit.append(AuditAction.QUERY, "analyst", {"turn": number}, texts)


def ask_until_refused(audit: CloudWatchAuditLog, first: int) -> int:
    """Ask once every now and then; returns the number of the first question that was refused."""
    numbers = iter(range(first, 10_000))
    reached: list[int] = []

    def refused() -> bool:
        reached.append(next(numbers))
        try:
            ask(audit, reached[-1])
        except AuditUnavailable:
            return True
        return False

    until(refused, "a question is refused", within=10)
    return reached[-1]


def turns() -> list[int]:
    return [fields["turn"] for _, _, fields in said(kept())]


TROUBLES = {
    "refused": lambda network: network.refuse(),
    "stalled": lambda network: network.stall(),
    "overloaded": lambda network: network.answer(Failure(503)),
    "forbidden": lambda network: network.answer(DENIED),
    "cut off": lambda network: network.cut(0),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_records_wait_then_nothing_is_done_any_more_and_when_it_is_over_none_is_lost_or_out_of_order(
    network: Proxy, log: CloudWatchAuditLog, trouble: str
) -> None:
    ask(log, 0)
    until(lambda: len(kept()) == 1, "the first record is written")
    TROUBLES[trouble](network)
    first_refused = ask_until_refused(log, 1)
    assert first_refused > 1, "an outage that nobody has noticed yet refuses nothing"
    with pytest.raises(AuditUnavailable, match=r"has not been written for \d+ s, so nothing is done") as refused:
        ask(log, -1)
    assert isinstance(refused.value, TransientError)

    network.calm()
    until(lambda: not log.waiting, "what waited is written")
    ask(log, first_refused)
    log.close()
    assert list(dict.fromkeys(turns())) == list(range(first_refused + 1))
    found = verdict()
    assert (found.fault, found.records, found.anchored) == (None, first_refused + 1, first_refused + 1)


def test_a_batch_whose_answer_was_lost_is_sent_again_and_told_apart(network: Proxy, log: CloudWatchAuditLog) -> None:
    ask(log, 0)
    until(lambda: len(kept()) == 1, "the first record is written")
    network.cut(0, times=1)
    ask(log, 1)
    until(lambda: turns() == [0, 1, 1], "the second record is written, and again because nobody said so")
    assert (verdict().fault, verdict().records, verdict().repeated) == (None, 2, 1)


def test_an_append_does_not_wait_for_the_network(network: Proxy, log: CloudWatchAuditLog) -> None:
    network.stall()
    took = []
    for number in range(20):
        begun = time.perf_counter()
        ask(log, number)
        took.append(time.perf_counter() - begun)
    assert sorted(took)[10] < 0.01


def test_what_waits_is_bounded(network: Proxy, telemetry: FakeTelemetry) -> None:
    log = audit_log(telemetry, replace(QUICK, most_bytes=3000, patience=60))
    network.refuse()
    last = ask_until_refused(log, 0)
    assert 3 <= last <= 12  # of some 300 bytes each
    with pytest.raises(AuditUnavailable, match="not written as fast as it grows"):
        ask(log, last)
    network.calm()
    log.close()
    assert turns() == list(range(last))


def test_how_late_records_are_is_told_while_they_wait(
    network: Proxy, log: CloudWatchAuditLog, telemetry: FakeTelemetry
) -> None:
    network.refuse()
    ask_until_refused(log, 0)
    delays = [value for name, value in telemetry.metrics if name == AUDIT_DELAY.name]
    assert delays == sorted(delays)
    assert delays[-1] > QUICK.patience / 2


def test_a_clock_that_is_wrong_refuses_instead_of_losing(network: Proxy, telemetry: FakeTelemetry) -> None:
    log = CloudWatchAuditLog(Sinks.connect(PLACES, CHAIN), Head(CHAIN), telemetry, QUICK, FakeClock())  # months ago
    log.start()
    last = ask_until_refused(log, 0)
    log.close()
    assert log.waiting == last
    assert kept() == []


def test_a_stream_that_somebody_removed_is_made_anew_and_what_it_held_is_missed(
    network: Proxy, log: CloudWatchAuditLog
) -> None:
    for number in range(2):
        ask(log, number)
        until(lambda: not log.waiting, "it is written")
        if number == 0:
            boto3.client("logs").delete_log_stream(logGroupName=PLACES.records, logStreamName=CHAIN)
    assert turns() == [1]
    assert verdict().fault == "Record 1 is missing."


def test_texts_are_kept_apart_and_belong_to_their_records(network: Proxy, log: CloudWatchAuditLog) -> None:
    texts = {"query": "What was Acme's revenue?", "answer": "財 12.5 billion. " * 20_000}
    ask(log, 0, texts)
    log.close()
    [record] = kept()
    assert "revenue" not in record
    assert "billion" not in record
    told = texts_of_first(record)
    assert {name: (one.text, one.genuine) for name, one in told.items()} == {n: (t, True) for n, t in texts.items()}
    tamper([line.replace("12.5", "13.5") for line in kept(PLACES.texts)], PLACES.texts)
    assert not texts_of_first(record)["answer"].genuine


def texts_of_first(line: str) -> dict[str, Told]:
    return texts_of(Record.read(line), gathered(trail().texts(CHAIN)))


def test_a_record_that_the_log_would_never_take_is_refused_before_it_is_on_the_chain(log: CloudWatchAuditLog) -> None:
    with pytest.raises(ValueError, match=r"An audit record has [\d,]+ bytes, of at most 262,118"):
        log.append(AuditAction.QUERY, "analyst", {"results": ["x" * 300_000]})
    ask(log, 0)
    log.close()
    assert verdict().records == 1


@pytest.mark.parametrize("size", [0, 1, MOST_EVENTS, MOST_EVENTS + 1])
def test_many_small_events_go_in_as_few_calls_as_they_may(size: int) -> None:
    events = [Event(0, "x")] * size
    cut = list(batches(events))
    assert [event for batch in cut for event in batch] == events
    assert [len(batch) for batch in cut] == [min(MOST_EVENTS, size - done) for done in range(0, size, MOST_EVENTS)]


def test_large_events_are_counted_in_bytes() -> None:
    event = Event(0, "é" * 100_000)
    cut = list(batches([event] * 12))
    assert [len(batch) for batch in cut] == [5, 5, 2]
    assert 5 * (200_000 + OVERHEAD) <= MOST_BYTES < 6 * (200_000 + OVERHEAD)


def test_what_comes_after_the_end_is_refused_instead_of_lost(network: Proxy, log: CloudWatchAuditLog) -> None:
    ask(log, 0)
    log.close()
    with pytest.raises(AuditUnavailable, match="is closed, because this process ends"):
        ask(log, 1)
    assert turns() == [0]


# --- the end of a process ---------------------------------------------------------------------------------------------

PROGRAM = """
import os, signal, sys, time
from raglite.adapters.cloudwatch_audit import CloudWatchAuditLog, Pace, Places
from raglite.telemetry import AuditAction
from tests.fakes.telemetry import FakeTelemetry

log = CloudWatchAuditLog.connect(Places(*{places!r}), FakeTelemetry(), Pace(flush={flush}, close=1))
for number in range(20):
    log.append(AuditAction.QUERY, "analyst", {{"turn": number}}, {{"query": "a secret question"}})
{end}
"""


def run(network: Proxy, end: str, flush: float = 60) -> subprocess.CompletedProcess[str]:
    places = (PLACES.records, PLACES.texts, PLACES.anchors)
    program = PROGRAM.format(places=places, end=end, flush=flush)
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": "", **environment(network.url)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


ENDS = {
    "it returns": "",
    "it fails": "raise RuntimeError",
    "it exits": "sys.exit(3)",
    "it is told to stop": "signal.signal(15, lambda *_: sys.exit(143)); signal.raise_signal(15)",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_process_that_ends_writes_and_anchors_first(network: Proxy, end: str) -> None:
    done = run(network, ENDS[end])
    [chain] = trail().chains()
    found = verdict(chain)
    assert (found.fault, found.records, found.anchored) == (None, 20, 20), done.stderr
    assert done.stdout == ""


def test_a_service_that_is_told_to_stop_writes_and_anchors_first(network: Proxy) -> None:
    port = free_port()
    settings = {
        "port": str(port),
        "qdrant_url": f"http://127.0.0.1:{free_port()}",
        "model_dir": str(ROOT / "build/model"),
        "audit_records_group": PLACES.records,
        "audit_texts_group": PLACES.texts,
        "audit_bucket": PLACES.anchors,
    }
    named = {f"RAGLITE_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "raglite.server"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env={"PATH": "", **environment(network.url), **named}, **quiet)
    try:
        until(lambda: listening(port), "the service listens", within=60)
        asked = httpx.post(f"http://127.0.0.1:{port}/mcp/query_financial_documents", json={"query": "?"}, timeout=30)
        assert asked.status_code == 401
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 128 + signal.SIGTERM
    finally:
        end(server)
    [chain] = trail().chains()
    assert (verdict(chain).fault, verdict(chain).records, verdict(chain).anchored) == (None, 1, 1)


def test_a_process_that_cannot_write_at_its_end_leaves_its_records_on_stderr_without_texts(network: Proxy) -> None:
    network.refuse()
    done = run(network, "", flush=0.05)
    left = [line for line in done.stderr.splitlines() if '"log":"audit"' in line]
    assert [fields["turn"] for _, _, fields in said(left)] == list(range(20))
    assert "secret" not in done.stdout + done.stderr


def test_a_process_that_is_killed_loses_at_most_what_was_not_written_yet(network: Proxy) -> None:
    kill = (
        "while log.waiting:\n    time.sleep(0.02)\n"
        "log.append(AuditAction.QUERY, 'analyst', {'turn': 20})\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    done = run(network, kill, flush=0.5)
    assert done.returncode == -signal.SIGKILL
    [chain] = trail().chains()
    assert (verdict(chain).fault, verdict(chain).records) == (None, 20)
