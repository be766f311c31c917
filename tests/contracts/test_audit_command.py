"""`raglite audit` on what is kept in CloudWatch Logs and S3, untouched and tampered with."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.observability.audit import Deed, Record
from raglite.observability.audit_anchors import Anchor
from raglite.telemetry import AuditAction
from tests.contracts.audit_estate import CHAIN, PLACES, audit_log, kept, make_places, tamper
from tests.fakes.services import World
from tests.fakes.telemetry import FakeTelemetry

ANSWER = {"query": "What was Acme's revenue in fiscal 2023?", "answer": "12.5 billion dollars"}
Lines = list[str]


class CommandLine:
    """Runs `raglite audit ...`, some time after everything was written."""

    def __call__(self, *arguments: str, later: timedelta = timedelta(minutes=5)) -> Result:
        world = World()
        world.clock.time = datetime.now(UTC) + later
        return CliRunner().invoke(app, ["audit", *arguments], obj=Outside(lambda _: world.services()))

    def fault(self) -> str | None:
        """What `verify` says of the only chain."""
        result = self("verify", "--json")
        [chain] = json.loads(result.stdout)["chains"]
        assert (result.exit_code, chain["intact"]) == ((1, False) if chain["fault"] else (0, True))
        return chain["fault"]


@pytest.fixture
def raglite(aws: None, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name, value in (
        ("RAGLITE_AUDIT_RECORDS_GROUP", PLACES.records),
        ("RAGLITE_AUDIT_TEXTS_GROUP", PLACES.texts),
        ("RAGLITE_AUDIT_BUCKET", PLACES.anchors),
    ):
        monkeypatch.setenv(name, value)
    make_places()
    return CommandLine()


def write(chain: str = CHAIN, questions: int = 6) -> None:
    log = audit_log(FakeTelemetry(), chain=chain)
    for number in range(questions):
        fields = {"results": [f"raglite://acme.pdf#page={number}"], "outcome": "answered", "trace_id": None}
        log.append(AuditAction.QUERY, "analyst", fields, ANSWER)
    log.append(AuditAction.RECONCILED, "raglite (ops)", {"requested": 0})
    log.close()


@pytest.fixture
def written(raglite: CommandLine) -> None:
    write()


# --- verify -----------------------------------------------------------------------------------------------------------


def test_an_untouched_log_is_intact(raglite: CommandLine, written: None) -> None:
    result = raglite("verify")
    head = Record.read(kept()[-1]).head.hash
    assert result.stdout == f"task-1: 7 records, anchored up to 7, head {head[:12]}: intact\n"
    assert result.exit_code == 0


def test_an_empty_log_is_intact(raglite: CommandLine) -> None:
    result = raglite("verify")
    assert (result.exit_code, result.stdout) == (0, "There are no records.\n")


def forged(lines: Lines) -> Lines:
    """Say another actor from the fourth record on, with hashes that fit."""
    head, rewritten = Record.read(lines[2]).head, lines[:3]
    for record in map(Record.read, lines[3:]):
        deed = Deed(AuditAction.QUERY, "somebody else", record.written["fields"], record.written["texts"])
        rewritten.append(head.follow(record.head.time, deed).line)
        head = Record.read(rewritten[-1]).head
    return rewritten


TAMPERED: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "flip": (lambda kept: [line.replace("page=3", "page=4") for line in kept], "Record 4 was changed"),
    "delete": (lambda kept: kept[:2] + kept[3:], "Record 3 is missing."),
    "delete the first": (lambda kept: kept[1:], "Record 1 is missing."),
    "reorder": (lambda kept: [kept[1], kept[0], *kept[2:]], "Record 1 is not in its place: record 2 comes before it."),
    "insert": (lambda kept: [*kept[:4], '{"log":"audit"}', *kept[4:]], "Record 5 was changed"),
    "truncate": (lambda kept: kept[:5], "Record 6 is missing: the chain was anchored up to record 7 at "),
    "empty": (lambda _: [], "Record 1 is missing: the chain was anchored up to record 7 at "),
    "rewrite": (forged, "Record 7 is not the one that was anchored at "),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_found_and_the_first_bad_record_named(raglite: CommandLine, written: None, how: str) -> None:
    change, sentence = TAMPERED[how]
    tamper(change(kept()))
    assert (raglite.fault() or "").startswith(sentence)
    shown = raglite("verify")
    assert f"BAD. {sentence}" in shown.stdout
    assert shown.exit_code == 1


def test_a_removed_stream_is_missed(raglite: CommandLine, written: None) -> None:
    boto3.client("logs").delete_log_stream(logGroupName=PLACES.records, logStreamName=CHAIN)
    assert (raglite.fault() or "").startswith("Record 1 is missing: the chain was anchored up to record 7")


def test_whoever_may_put_and_mark_deleted_cannot_take_an_anchor_back(raglite: CommandLine, written: None) -> None:
    """A service that was taken over: it cuts its chain short, writes another end and tries to hide the anchor."""
    s3 = boto3.client("s3")
    [anchor] = s3.list_objects_v2(Bucket=PLACES.anchors)["Contents"]
    tamper(forged(kept()))
    head = Record.read(kept()[-1]).head
    s3.put_object(Bucket=PLACES.anchors, Key=Anchor.of(head, datetime.now(UTC)).key, ChecksumAlgorithm="SHA256")
    s3.put_object(Bucket=PLACES.anchors, Key=anchor["Key"], Body=b"", ChecksumAlgorithm="SHA256")
    s3.delete_object(Bucket=PLACES.anchors, Key=anchor["Key"])
    assert (raglite.fault() or "").startswith("Record 7 is not the one that was anchored at ")


def test_the_lock_refuses_to_delete_an_anchor(raglite: CommandLine, written: None) -> None:
    s3 = boto3.client("s3")
    [version] = s3.list_object_versions(Bucket=PLACES.anchors)["Versions"]
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=PLACES.anchors, Key=version["Key"], VersionId=version["VersionId"])


def test_what_is_no_anchor_is_named_and_hides_nothing(raglite: CommandLine, written: None) -> None:
    key = "audit-anchors/2026-01-01/task-1/7.json"
    boto3.client("s3").put_object(Bucket=PLACES.anchors, Key=key, ChecksumAlgorithm="SHA256")
    result = raglite("verify", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["no_anchors"], told["chains"][0]["intact"]) == (1, [key], True)
    assert f"{key} lies where anchors are kept and is none" in raglite("verify").stderr


def test_one_bad_chain_does_not_hide_another(raglite: CommandLine, written: None) -> None:
    write("task-2")
    tamper(kept()[1:])
    told = {chain["chain"]: chain for chain in json.loads(raglite("verify", "--json").stdout)["chains"]}
    assert {name: chain["intact"] for name, chain in told.items()} == {"task-1": False, "task-2": True}
    assert told["task-2"]["records"] == 7
    assert raglite("verify", "--chain", "task-2").exit_code == 0
    assert raglite("verify", "--chain", "task-1").exit_code == 1


def test_a_chain_that_nobody_wrote_is_not_called_intact(raglite: CommandLine, written: None) -> None:
    result = raglite("verify", "--chain", "nonsense")
    assert result.exit_code == 65
    assert "nothing of a chain 'nonsense'" in result.stderr


def test_an_anchor_of_just_now_may_be_ahead_of_the_log(raglite: CommandLine, written: None) -> None:
    assert "anchored up to 7" in raglite("verify", later=timedelta()).stdout
    tamper(kept()[:5])
    assert raglite("verify", later=timedelta()).exit_code == 0
    assert raglite("verify", later=timedelta(minutes=1)).exit_code == 1


def test_records_whose_time_to_be_kept_is_over_are_not_missed(raglite: CommandLine, written: None) -> None:
    boto3.client("logs").put_retention_policy(logGroupName=PLACES.records, retentionInDays=30)
    tamper(kept()[2:])
    assert raglite("verify", later=timedelta(days=31)).exit_code == 0
    assert raglite("verify", later=timedelta(days=20)).exit_code == 1


def test_since_leaves_out_older_chains_whole(raglite: CommandLine, written: None) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    assert raglite("verify", "--since", f"{tomorrow:%Y-%m-%d}").stdout == "There are no records.\n"
    yesterday = datetime.now(UTC) - timedelta(days=1)
    marker = f"audit-anchors/{yesterday:%Y-%m-%d}"  # moto, unlike S3, leaves one more out unless there is such a key
    boto3.client("s3").put_object(Bucket=PLACES.anchors, Key=marker, ChecksumAlgorithm="SHA256")
    assert "7 records, anchored up to 7" in raglite("verify", "--since", f"{yesterday:%Y-%m-%d}").stdout


def test_since_a_moment_elsewhere_misses_no_anchor_of_its_day_here(raglite: CommandLine, written: None) -> None:
    tamper(kept()[:5])
    s3 = boto3.client("s3")
    [anchor] = s3.list_objects_v2(Bucket=PLACES.anchors)["Contents"]
    day = datetime.fromisoformat(anchor["Key"].split("/")[1]).replace(tzinfo=UTC)
    marker = f"audit-anchors/{day:%Y-%m-%d}"  # for moto, as above
    s3.put_object(Bucket=PLACES.anchors, Key=marker, ChecksumAlgorithm="SHA256")
    s3.put_object(Bucket=PLACES.anchors, Key=f"audit-anchors/{day + timedelta(1):%Y-%m-%d}", ChecksumAlgorithm="SHA256")
    late_here = (day + timedelta(hours=23)).astimezone(timezone(timedelta(hours=2)))
    result = raglite("verify", "--json", "--since", late_here.isoformat())
    assert json.loads(result.stdout)["chains"][0]["fault"].startswith("Record 6 is missing")


def test_a_since_that_is_no_date_is_refused(raglite: CommandLine) -> None:
    result = raglite("verify", "--since", "yesterday")
    assert result.exit_code == 65
    assert "--since takes a date such as 2026-03-31" in result.stderr


def test_without_an_audit_log_the_settings_are_named(raglite: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECORDS_GROUP", "TEXTS_GROUP", "BUCKET"):
        monkeypatch.delenv(f"RAGLITE_AUDIT_{name}")
    result = raglite("verify")
    assert result.exit_code == 78
    assert "RAGLITE_AUDIT_RECORDS_GROUP, RAGLITE_AUDIT_TEXTS_GROUP and RAGLITE_AUDIT_BUCKET" in result.stderr


# --- show -------------------------------------------------------------------------------------------------------------


def test_who_did_what_is_listed_without_what_was_asked(raglite: CommandLine, written: None) -> None:
    result = raglite("show")
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    assert len(rows) == 8
    assert "analyst" in rows[1]
    assert "outcome answered, results raglite://acme.pdf#page=0" in rows[1]
    assert "trace_id" not in rows[1]
    assert ("raglite (ops)" in rows[7], "reconciled" in rows[7]) == (True, True)
    assert "revenue" not in result.stdout


def test_with_the_right_to_texts_are_shown_and_a_changed_one_is_marked(raglite: CommandLine, written: None) -> None:
    assert raglite("show", "--texts").stdout.count("What was Acme's revenue") == 6
    tamper([line.replace("12.5", "13.5") for line in kept(PLACES.texts)], PLACES.texts)
    told = json.loads(raglite("show", "--texts", "--json").stdout)["records"]
    assert told[0]["told"] == {
        "query": {"text": ANSWER["query"], "genuine": True},
        "answer": {"text": "13.5 billion dollars", "genuine": False},
    }
    assert "answer (NOT what was recorded)" in raglite("show", "--texts").stdout


def test_records_of_all_chains_are_listed_by_time_and_once(raglite: CommandLine, written: None) -> None:
    write("task-2", questions=1)
    tamper([*kept(), *kept()])
    listed = json.loads(raglite("show", "--json").stdout)["records"]
    assert len(listed) == 9
    assert [one["time"] for one in listed] == sorted(one["time"] for one in listed)
    assert len(json.loads(raglite("show", "--json", "--chain", "task-2").stdout)["records"]) == 2
    moment = listed[5]["time"]
    assert json.loads(raglite("show", "--json", "--since", moment).stdout)["records"] == listed[5:]


def test_a_forged_record_hides_no_other(raglite: CommandLine, written: None) -> None:
    fields: Any = {"results": [1, {}], "outcome": {}}
    head = Record.read(kept()[-1]).head
    tamper([*kept(), head.follow(head.time, Deed(AuditAction.QUERY, "mallory", fields, {})).line])
    shown = raglite("show")
    assert (shown.exit_code, "results 1 {}" in shown.stdout, len(shown.stdout.splitlines())) == (0, True, 9)


def test_a_text_cannot_steer_the_terminal(raglite: CommandLine) -> None:
    log = audit_log(FakeTelemetry())
    log.append(AuditAction.QUERY, "ana\x1b[31mlyst", {"results": []}, {"query": "\x1b]0;title\x07?"})
    log.close()
    assert "\x1b" not in raglite("show", "--texts").stdout
