"""Use and satisfaction, as the audit log has them: questions that were answered, and what users said of the answers."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from raglite.observability.audit_trail import Entry
from raglite.telemetry import AuditAction, Outcome

WEEK = timedelta(weeks=1)
SATISFIED = 8  # of 10: what the specification asks of the mean
QUESTIONS = frozenset({AuditAction.QUERY.value, AuditAction.FIGURE.value})
ANSWERED = frozenset({Outcome.ANSWERED.value, Outcome.ABSTAINED.value})


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating, by whom and when, of which question; `asker` is None if no question of that trace is recorded."""

    time: datetime
    actor: str
    trace_id: str
    rating: int
    replaced: bool | None
    comment: str | None
    asker: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """Use and satisfaction between two moments. Ratings of questions that nobody asked are told, and not counted."""

    since: datetime
    until: datetime
    questions: int
    users: int
    rated: tuple[Rated, ...]
    unknown: tuple[Rated, ...]

    @property
    def questions_a_week(self) -> float:
        """How many questions were asked and answered, by the week; a time shorter than a week counts as one."""
        return self.questions / max(1.0, (self.until - self.since) / WEEK)

    @property
    def satisfaction(self) -> float | None:
        """The mean rating; None if nobody rated."""
        return statistics.fmean(one.rating for one in self.rated) if self.rated else None

    @property
    def replaced(self) -> float | None:
        """The share of answers that spared looking up by hand, of those whose users said; None if nobody did."""
        said = [one.replaced for one in self.rated if one.replaced is not None]
        return sum(said) / len(said) if said else None


def report(entries: Iterable[Entry], since: datetime, until: datetime, nobody: frozenset[str] = frozenset()) -> Report:
    """Return the report of audit entries. `nobody` are actors who are no users, such as the canary.

    Who rates an answer twice is counted by the later rating.
    """
    within = [one for one in entries if since <= one.record.head.time < until]
    asked = {_field(one, "trace_id"): _actor(one) for one in within if _is_question(one) and _actor(one) not in nobody}
    latest = {(_actor(one), _field(one, "rated")): one for one in within if _did(one) == AuditAction.FEEDBACK_GIVEN}
    rated = [_rated(one, asked) for one in latest.values() if _actor(one) not in nobody]
    return Report(
        since=since,
        until=until,
        questions=len(asked),
        users=len(set(asked.values())),
        rated=tuple(one for one in rated if one.asker is not None),
        unknown=tuple(one for one in rated if one.asker is None),
    )


def _rated(entry: Entry, asked: Mapping[str, str]) -> Rated:
    fields = entry.record.written["fields"]
    comment = entry.texts.get("comment")
    return Rated(
        time=entry.record.head.time,
        actor=_actor(entry),
        trace_id=fields["rated"],
        rating=int(fields["rating"]),
        replaced=fields.get("replaced"),
        comment=comment.text if comment and comment.genuine else None,
        asker=asked.get(fields["rated"]),
    )


def _is_question(entry: Entry) -> bool:
    return _did(entry) in QUESTIONS and _field(entry, "outcome") in ANSWERED


def _did(entry: Entry) -> str:
    return str(entry.record.written["action"])


def _actor(entry: Entry) -> str:
    return str(entry.record.written["actor"])


def _field(entry: Entry, name: str) -> str:
    return str(entry.record.written["fields"].get(name))


def by_time(rated: Sequence[Rated]) -> list[Rated]:
    """Return ratings, newest first."""
    return sorted(rated, key=lambda one: one.time, reverse=True)
