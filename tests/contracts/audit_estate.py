"""Where the audit log is kept, in moto: two log groups and a locked bucket. What is kept can be tampered with."""

from collections.abc import Sequence

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.logs.models import LogEvent, logs_backends

from raglite.adapters.cloudwatch_audit import CloudWatchAuditLog, Pace, Places, Sinks
from raglite.adapters.cloudwatch_trail import CloudWatchTrail
from raglite.observability.audit import Head
from raglite.observability.audit_anchors import Anchor
from raglite.observability.audit_verification import Verdict, verify
from tests.fakes.telemetry import FakeTelemetry

REGION = "us-east-1"
PLACES = Places("/raglite/audit", "/raglite/audit-restricted", "raglite-audit-test")
QUICK = Pace(patience=0.5, anchor=60, flush=0.02, retry=0.05, report=0.05, close=1)
CHAIN = "task-1"


def make_places() -> None:
    """Make groups and bucket with boto3 as it is set up."""
    logs, s3 = boto3.client("logs"), boto3.client("s3")
    for group in (PLACES.records, PLACES.texts):
        logs.create_log_group(logGroupName=group)
    s3.create_bucket(Bucket=PLACES.anchors, ObjectLockEnabledForBucket=True)
    lock = {"Mode": "COMPLIANCE", "Days": 30}
    s3.put_object_lock_configuration(
        Bucket=PLACES.anchors,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": lock}},
    )


def audit_log(telemetry: FakeTelemetry, pace: Pace = QUICK, chain: str = CHAIN) -> CloudWatchAuditLog:
    """A log that writes already; whoever has it closes it."""
    log = CloudWatchAuditLog(Sinks.connect(PLACES, chain), Head(chain), telemetry, pace)
    log.start()
    return log


def trail() -> CloudWatchTrail:
    return CloudWatchTrail.connect(PLACES.records, PLACES.texts, PLACES.anchors)


def verdict(chain: str = CHAIN) -> Verdict:
    anchors = [Anchor.read(key, written) for key, written in trail().anchors()]
    return verify(chain, trail().records(chain), anchors)


def kept(group: str = PLACES.records, chain: str = CHAIN) -> list[str]:
    """The lines of a stream as moto holds them."""
    stream = _stream(group, chain)
    return [event.message for event in stream.events] if stream else []


def tamper(lines: Sequence[str], group: str = PLACES.records, chain: str = CHAIN) -> None:
    """Put other lines in a stream's place, in this order."""
    stream = _stream(group, chain)
    first = stream.events[0]
    stream.events[:] = [
        LogEvent(first.ingestion_time, {"timestamp": first.timestamp + place, "message": line})
        for place, line in enumerate(lines)
    ]


def _stream(group: str, chain: str):
    return logs_backends[DEFAULT_ACCOUNT_ID][REGION].groups[group].streams.get(chain)
