"""What every AuditLog promises: on the fake, and on lines of standard output."""

import io
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from raglite.adapters.audit_log import JsonAuditLog
from raglite.ports import AuditLog
from raglite.telemetry import AuditAction
from tests.fakes.audit import FakeAudit
from tests.fakes.clock import FakeClock

Kept = Callable[[], list[tuple[AuditAction, str, dict[str, Any]]]]


@pytest.fixture(params=["fake", "json lines"])
def log(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> tuple[AuditLog, Kept]:
    if request.param == "fake":
        fake = FakeAudit()
        return fake, lambda: [(action, actor, dict(fields)) for action, actor, fields in fake.records]

    def kept() -> list[tuple[AuditAction, str, dict[str, Any]]]:
        records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [(AuditAction(record["action"]), record["actor"], record["fields"]) for record in records]

    return JsonAuditLog(), kept


def test_what_is_appended_is_kept_in_order(log: tuple[AuditLog, Kept]) -> None:
    audit, kept = log
    fields = {"query": 'net "income"\nof é 财 \x1b[31m', "results": ["a", "b"], "commit": 7, "as_of": None}
    audit.append(AuditAction.QUERY, "analyst", **fields)
    audit.append(AuditAction.DOCUMENT_REMOVED, "ingestion", document="x.pdf", time="not the record's")
    assert kept() == [
        (AuditAction.QUERY, "analyst", fields),
        (AuditAction.DOCUMENT_REMOVED, "ingestion", {"document": "x.pdf", "time": "not the record's"}),
    ]


def test_records_of_many_threads_stay_whole(log: tuple[AuditLog, Kept]) -> None:
    audit, kept = log

    def write(number: int) -> None:
        for turn in range(50):
            audit.append(AuditAction.QUERY, f"actor {number}", turn=turn, query="q" * 2000)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    records = kept()
    for number in range(8):
        assert [fields["turn"] for _, actor, fields in records if actor == f"actor {number}"] == list(range(50))
    assert len(records) == 400


def test_a_line_is_marked_and_says_when(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    JsonAuditLog(clock).append(AuditAction.QUERY, "analyst")
    record = json.loads(capsys.readouterr().out)
    assert record["log"] == "audit"
    assert datetime.fromisoformat(record["time"]) == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_record_that_cannot_be_written_is_not_lost_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError("No space left on device")

    monkeypatch.setattr("sys.stdout", Full())
    with pytest.raises(OSError, match="No space left"):
        JsonAuditLog().append(AuditAction.QUERY, "analyst")
