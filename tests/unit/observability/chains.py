"""Chains of audit records for tests."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from raglite.observability.audit import Deed, Head, Record
from raglite.observability.audit_anchors import Anchor
from raglite.telemetry import AuditAction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
deeds = st.builds(
    Deed,
    st.sampled_from(AuditAction),
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=8), values | st.lists(st.text(max_size=8)), max_size=4),
    st.dictionaries(st.sampled_from(("query", "answer")), st.just("0" * 64)),
)


def chain(length: int, name: str = "task-1", actor: str = "analyst", every: float = 60) -> list[Record]:
    """Records of one chain, `every` so many seconds."""
    head, records = Head(name), []
    for number in range(length):
        deed = Deed(AuditAction.QUERY, actor, {"results": [f"raglite://a.pdf#page={number}"]}, {"query": "0" * 64})
        records.append(head.follow(NOW + timedelta(seconds=every * number), deed))
        head = records[-1].head
    return records


def anchored(record: Record) -> Anchor:
    """A record's anchor, written ten seconds later."""
    return Anchor.of(record.head, record.head.time + timedelta(seconds=10))


def lines(records: list[Record]) -> list[str]:
    return [record.line for record in records]
