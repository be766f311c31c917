"""Whether a chain of audit records is as it was written, and if not, which record is the first that is not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from raglite.observability.audit import Head, Record
from raglite.observability.audit_anchors import Anchor

EDGE = timedelta(days=1)  # around the end of retention, where records may be gone or not
NOTHING_IS_GONE = datetime.min.replace(tzinfo=UTC)
ALL_IS_SETTLED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a chain: its sound records from the beginning, and what is wrong with the next, if anything."""

    head: Head
    records: int
    anchored: int  # the last record whose anchor fits; 0 if none has one
    repeated: int  # lines that say again what an earlier one says: a batch was sent twice, nothing is lost
    fault: str | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None


def verify(
    chain: str,
    lines: Sequence[str],
    anchors: Iterable[Anchor],
    gone_before: datetime = NOTHING_IS_GONE,
    settled_before: datetime = ALL_IS_SETTLED,
) -> Verdict:
    """Judge a chain by its lines in the order they are kept, and by its anchors.

    Records older than `gone_before` may be missing at the beginning: their time to be kept is over. Records whose
    anchor was written after `settled_before` may be missing at the end: they cannot be read yet.
    """
    by_number = defaultdict(list)
    for anchor in anchors:
        by_number[anchor.number].append(anchor)
    reading = _Reading(chain, lines, dict(by_number), gone_before, settled_before, Head(chain))
    fault = reading.first_fault()
    return Verdict(reading.head, len(reading.known), reading.anchored, reading.repeated, fault)


@dataclass
class _Reading:
    """The way through the lines, as far as they are sound."""

    chain: str
    lines: Sequence[str]
    anchors: Mapping[int, Sequence[Anchor]]
    gone_before: datetime
    settled_before: datetime
    head: Head
    known: set[str] = field(default_factory=set)
    anchored: int = 0
    repeated: int = 0

    def first_fault(self) -> str | None:
        for place, line in enumerate(self.lines):
            record = _read(line)
            if record is not None and record.head.hash in self.known:
                self.repeated += 1
                continue
            if fault := self._fault(record, place):
                return fault
        return self._missing_end()

    def _fault(self, record: Record | None, place: int) -> str | None:
        """Say what is wrong with a line; take it up if nothing is."""
        wanted = self.head.number + 1
        if record is None:
            return f"Record {wanted} was changed: it is no longer what its hash says."
        if record.head.chain != self.chain:
            return f"Record {wanted} is not this chain's: it was written by {record.head.chain}."
        if not self.known and self._begins_late(record):
            self.head = Head(self.chain, record.head.number - 1, record.previous)
        elif record.head.number != wanted:
            return self._out_of_turn(record, place)
        if record.previous != self.head.hash:
            return f"Record {wanted} does not follow from the record before it: it was put here later."
        return self._take_up(record)

    def _take_up(self, record: Record) -> str | None:
        here = self.anchors.get(record.head.number, ())
        if any(anchor.hash != record.head.hash for anchor in here):
            return (
                f"Record {record.head.number} is not the one that was anchored at {here[0].written:%Y-%m-%d %H:%M:%S}: "
                f"the chain was rewritten, somewhere after record {self.anchored}."
            )
        self.head = record.head
        self.known.add(record.head.hash)
        self.anchored = record.head.number if here else self.anchored
        return None

    def _begins_late(self, first: Record) -> bool:
        """Whether what comes before the first line may be gone because its time to be kept is over."""
        before = self.anchors.get(first.head.number - 1)
        if first.head.number <= 1 or (before and any(anchor.hash != first.previous for anchor in before)):
            return False
        return self._is_over(before[0].written if before else first.head.time)

    def _out_of_turn(self, record: Record, place: int) -> str:
        wanted, number = self.head.number + 1, record.head.number
        if number < wanted:
            return f"Before record {wanted} stands another record {number}: it was put there later."
        later = (_read(line) for line in self.lines[place + 1 :])
        if any(one is not None and one.head.number == wanted and one.head.chain == self.chain for one in later):
            return f"Record {wanted} is not in its place: record {number} comes before it."
        if number == wanted + 1:
            return f"Record {wanted} is missing."
        return f"Record {wanted} is missing, and so are all up to record {number - 1}."

    def _missing_end(self) -> str | None:
        settled = (
            n for n, here in self.anchors.items() if any(anchor.written <= self.settled_before for anchor in here)
        )
        last = max(settled, default=0)
        if last <= self.head.number:
            return None
        anchor = self.anchors[last][0]
        if not self.lines and self._is_over(anchor.written):
            return None
        anchored = f"the chain was anchored up to record {last} at {anchor.written:%Y-%m-%d %H:%M:%S}"
        return f"Record {self.head.number + 1} is missing: {anchored}."

    def _is_over(self, time: datetime) -> bool:
        return self.gone_before != NOTHING_IS_GONE and time <= self.gone_before + EDGE


def _read(line: str) -> Record | None:
    try:
        return Record.read(line)
    except ValueError:
        return None
