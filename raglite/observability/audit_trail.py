"""What the audit log left: read from wherever it is kept, checked, and looked through."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from raglite.observability.audit import Record
from raglite.observability.audit_anchors import Anchor
from raglite.observability.audit_texts import Told, gathered, texts_of
from raglite.observability.audit_verification import Verdict, verify

SETTLED = timedelta(seconds=30)  # what is put into a log can be read a little later than what is put into a bucket


class AuditTrail(Protocol):
    """The kept lines of every chain, and the anchors."""

    def chains(self, since: datetime | None = None) -> Sequence[str]:
        """Return the names of the chains that may have records since a moment."""

    def anchors(self, since: datetime | None = None) -> Sequence[tuple[str, datetime]]:
        """Return key and time of every anchor since that day, whatever was put over it or deleted."""

    def records(self, chain: str) -> Sequence[str]:
        """Return a chain's lines in the order they are kept; empty if there is no such chain."""

    def texts(self, chain: str) -> Sequence[str]:
        """Return the lines that keep what was asked and answered; ConfigurationError to who may not read them."""

    def kept_since(self, now: datetime) -> datetime:
        """Return the moment before which records may be gone because their time to be kept is over."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of every chain that has or ought to have records, and keys in the anchors' place that are none."""

    verdicts: Sequence[Verdict]
    no_anchors: Sequence[str]

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.no_anchors and all(verdict.intact for verdict in self.verdicts)


def check(trail: AuditTrail, now: datetime, since: datetime | None = None, only: str | None = None) -> Checked:
    """Check the chains that may have records since a moment, or only one of them, each from its beginning."""
    anchors, no_anchors = _anchors(trail, since)  # before any records: chains grow meanwhile
    gone_before = trail.kept_since(now)
    wanted = [only] if only else dict.fromkeys([*trail.chains(since), *anchors])
    verdicts = [
        verify(chain, trail.records(chain), anchors.get(chain, ()), gone_before, now - SETTLED) for chain in wanted
    ]
    return Checked([one for one in verdicts if one.records or one.fault], no_anchors)


def _anchors(trail: AuditTrail, since: datetime | None) -> tuple[Mapping[str, list[Anchor]], list[str]]:
    found: defaultdict[str, list[Anchor]] = defaultdict(list)
    others = []
    for key, written in trail.anchors(since):
        try:
            anchor = Anchor.read(key, written)
        except ValueError:
            others.append(key)
        else:
            found[anchor.chain].append(anchor)
    return found, others


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, and its texts if they were asked for and are still kept."""

    record: Record
    texts: Mapping[str, Told]


def entries(trail: AuditTrail, since: datetime | None, only: str | None, *, texts: bool) -> list[Entry]:
    """Return the records since a moment by their time, each once. Lines that are no records are left out."""
    chains = [only] if only else trail.chains(since)
    found = [entry for chain in chains for entry in _of_chain(trail, chain, texts=texts)]
    recent = [entry for entry in found if since is None or entry.record.head.time >= since]
    return sorted(recent, key=lambda entry: entry.record.head.time)


def _of_chain(trail: AuditTrail, chain: str, *, texts: bool) -> Iterator[Entry]:
    kept = gathered(trail.texts(chain)) if texts else {}
    known: set[str] = set()
    for line in trail.records(chain):
        try:
            record = Record.read(line)
        except ValueError:
            continue
        if record.head.hash not in known:
            known.add(record.head.hash)
            yield Entry(record, texts_of(record, kept))
