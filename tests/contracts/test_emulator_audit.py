"""What the audit log needs of the emulator: lines of a stream in order, and anchors that nobody can delete."""

import boto3
import pytest

from raglite.adapters.cloudwatch_audit import Pace
from tests.contracts.audit_estate import CHAIN, PLACES, audit_log, make_places, trail, verdict
from tests.contracts.test_audit_failures import ask, environment
from tests.emulators import REQUIRED, running
from tests.fakes.telemetry import FakeTelemetry

pytestmark = REQUIRED
QUESTIONS = 12_000  # more than one page of a stream and one call have


def test_a_chain_is_kept_in_order_and_its_anchor_can_be_hidden_but_not_deleted(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as endpoint:
        for name, value in environment(endpoint).items():
            monkeypatch.setenv(name, value)
        make_places()
        log = audit_log(FakeTelemetry(), Pace(flush=0.01, close=30))
        for number in range(QUESTIONS):
            ask(log, number, {"query": "?"} if number % 1000 == 0 else None)
        log.close()
        assert (verdict().fault, verdict().records, verdict().anchored) == (None, QUESTIONS, QUESTIONS)
        assert len(trail().texts(CHAIN)) == QUESTIONS / 1000

        s3 = boto3.client("s3")
        [anchor] = s3.list_object_versions(Bucket=PLACES.anchors)["Versions"]
        with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
            s3.delete_object(Bucket=PLACES.anchors, Key=anchor["Key"], VersionId=anchor["VersionId"])
        s3.delete_object(Bucket=PLACES.anchors, Key=anchor["Key"])
        assert verdict().anchored == QUESTIONS
        boto3.client("logs").delete_log_stream(logGroupName=PLACES.records, logStreamName=CHAIN)
        assert "Record 1 is missing" in (verdict().fault or "")
