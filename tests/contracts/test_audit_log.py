"""What every AuditLog promises: on the fake, on lines of standard output, and in CloudWatch Logs."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from raglite.adapters.audit_log import JsonAuditLog
from raglite.bootstrap import bootstrap
from raglite.errors import ConfigurationError
from raglite.observability.audit import Record
from raglite.observability.audit_verification import verify
from raglite.ports import AuditLog
from raglite.settings import Settings
from raglite.telemetry import AuditAction
from tests.contracts.audit_estate import PLACES, audit_log, make_places, trail
from tests.fakes.audit import FakeAudit
from tests.fakes.clock import FakeClock
from tests.fakes.telemetry import FakeTelemetry

Kept = Callable[[], list[tuple[AuditAction, str, dict[str, Any]]]]


def said(lines: list[str]) -> list[tuple[AuditAction, str, dict[str, Any]]]:
    written = [Record.read(line).written for line in lines]
    return [(AuditAction(record["action"]), record["actor"], record["fields"]) for record in written]


@pytest.fixture(params=["fake", "json lines", "cloudwatch"])
def log(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[AuditLog, Kept]]:
    if request.param == "fake":
        fake = FakeAudit()
        yield fake, lambda: [(action, actor, dict(fields)) for action, actor, fields in fake.records]
    elif request.param == "json lines":
        yield JsonAuditLog(), lambda: said(capsys.readouterr().out.splitlines())
    else:
        request.getfixturevalue("aws")
        make_places()
        audit = audit_log(FakeTelemetry())

        def kept() -> list[tuple[AuditAction, str, dict[str, Any]]]:
            audit.close()
            return said(list(trail().records(audit.head.chain)))

        yield audit, kept
        audit.close()


def test_what_is_appended_is_kept_in_order(log: tuple[AuditLog, Kept]) -> None:
    audit, kept = log
    fields = {"query": 'net "income"\nof é 财 \x1b[31m', "results": ["a", "b"], "commit": 7, "as_of": None}
    audit.append(AuditAction.QUERY, "analyst", fields, {"query": "net income?"})
    audit.append(AuditAction.DOCUMENT_REMOVED, "ingestion", {"document": "x.pdf", "time": "not the record's"})
    assert kept() == [
        (AuditAction.QUERY, "analyst", fields),
        (AuditAction.DOCUMENT_REMOVED, "ingestion", {"document": "x.pdf", "time": "not the record's"}),
    ]


def test_records_of_many_threads_stay_whole(log: tuple[AuditLog, Kept]) -> None:
    audit, kept = log

    def write(number: int) -> None:
        for turn in range(50):
            audit.append(AuditAction.QUERY, f"actor {number}", {"turn": turn, "query": "q" * 2000})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    records = kept()
    for number in range(8):
        assert [fields["turn"] for _, actor, fields in records if actor == f"actor {number}"] == list(range(50))
    assert len(records) == 400


# --- lines of standard output -----------------------------------------------------------------------------------------


def test_lines_are_marked_and_say_when_and_are_a_chain_without_texts(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    audit = JsonAuditLog(clock)
    for _ in range(3):
        audit.append(AuditAction.QUERY, "analyst", {}, {"query": "a secret question"})
    out = capsys.readouterr().out
    lines = out.splitlines()
    records = [json.loads(line) for line in lines]
    assert {record["log"] for record in records} == {"audit"}
    assert "secret" not in out
    times = [datetime.fromisoformat(record["time"]) for record in records]
    assert times == [clock.now() + timedelta(milliseconds=number) for number in range(3)]
    assert verify(records[0]["chain"], lines, []).records == 3


def test_a_record_that_cannot_be_written_is_not_lost_silently_and_leaves_no_gap(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError("No space left on device")

    audit = JsonAuditLog()
    with monkeypatch.context() as full:
        full.setattr("sys.stdout", Full())
        with pytest.raises(OSError, match="No space left"):
            audit.append(AuditAction.QUERY, "analyst", {})
    audit.append(AuditAction.QUERY, "analyst", {})
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["number"] == 1


# --- which of them a process has --------------------------------------------------------------------------------------

NAMED = {
    "audit_records_group": PLACES.records,
    "audit_texts_group": PLACES.texts,
    "audit_bucket": PLACES.anchors,
}


def test_without_places_a_process_writes_lines(capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap(Settings(), telemetry=FakeTelemetry()).audit.append(AuditAction.QUERY, "analyst", {"turn": 1})
    assert said(capsys.readouterr().out.splitlines()) == [(AuditAction.QUERY, "analyst", {"turn": 1})]


def test_with_places_each_process_writes_a_chain_of_its_own(aws: None) -> None:
    make_places()
    for turn in range(2):
        services = bootstrap(Settings(**NAMED), telemetry=FakeTelemetry())
        services.audit.append(AuditAction.QUERY, "analyst", {"turn": turn})
        services.audit.close()
    chains = trail().chains()
    assert len(chains) == 2
    written = [said(list(trail().records(chain))) for chain in chains]
    assert sorted(fields["turn"] for [(_, _, fields)] in written) == [0, 1]


@pytest.mark.parametrize("missing", NAMED)
def test_a_place_that_is_missing_is_named_at_the_door(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name, place in NAMED.items():
        monkeypatch.setenv(f"RAGLITE_{name.upper()}", "" if name == missing else place)
    with pytest.raises(ConfigurationError, match=f"all of its places or none: set {missing}, too"):
        Settings.from_environment()
