"""Use and satisfaction, from the audit log's records."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.observability.audit import Deed, Head
from raglite.observability.audit_texts import Told
from raglite.observability.audit_trail import Entry
from raglite.observability.satisfaction import report
from raglite.telemetry import AuditAction, Outcome

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
END = BEGIN + timedelta(weeks=2)


def entry(action: AuditAction, actor: str, hours: float = 1, comment: str | None = None, **fields: Any) -> Entry:
    texts = {"comment": Told(comment, genuine=True)} if comment else {}
    record = Head("chain").follow(BEGIN + timedelta(hours=hours), Deed(action, actor, fields, {}))
    return Entry(record, texts)


def asked(number: int, actor: str = "ann", outcome: Outcome = Outcome.ANSWERED, hours: float = 1) -> Entry:
    return entry(AuditAction.QUERY, actor, hours, trace_id=trace(number), outcome=outcome)


def rated(number: int, rating: int, actor: str = "ann", hours: float = 2, **fields: Any) -> Entry:
    told = {"rated": trace(number), "rating": rating, "outcome": Outcome.ANSWERED, **fields}
    return entry(AuditAction.FEEDBACK_GIVEN, actor, hours, **told)


def trace(number: int) -> str:
    return f"1-00000001-{number:024x}"


def test_questions_users_and_weeks_are_counted() -> None:
    made = report([asked(1), asked(2), asked(3, "bob")], BEGIN, END)
    assert (made.questions, made.users, made.questions_a_week) == (3, 2, 1.5)
    assert (made.satisfaction, made.replaced) == (None, None)


def test_less_than_a_week_counts_as_one() -> None:
    assert report([asked(1)], BEGIN, BEGIN + timedelta(days=1)).questions_a_week == 1


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.FAILED])
def test_what_got_no_answer_was_no_use(outcome: Outcome) -> None:
    assert report([asked(1, outcome=outcome)], BEGIN, END).questions == 0


def test_an_abstention_is_an_answer() -> None:
    assert report([asked(1, outcome=Outcome.ABSTAINED)], BEGIN, END).questions == 1


def test_the_canary_is_no_user() -> None:
    found = [asked(1, "canary"), rated(1, 10, "canary"), asked(2)]
    made = report(found, BEGIN, END, frozenset({"canary"}))
    assert (made.questions, made.users, made.rated, made.unknown) == (1, 1, (), ())


def test_satisfaction_is_the_mean_and_replacement_the_share_of_those_who_said() -> None:
    found = [asked(1), asked(2), asked(3), rated(1, 10, replaced=True), rated(2, 7, replaced=False), rated(3, 8)]
    made = report(found, BEGIN, END)
    assert made.satisfaction == pytest.approx(25 / 3)
    assert made.replaced == 0.5


def test_the_later_rating_of_one_user_counts_and_another_user_s_beside_it() -> None:
    found = [asked(1), rated(1, 2, hours=2), rated(1, 9, hours=3), rated(1, 5, "bob", hours=4)]
    assert sorted(one.rating for one in report(found, BEGIN, END).rated) == [5, 9]


def test_a_rating_of_what_nobody_was_given_is_told_apart() -> None:
    made = report([asked(1), rated(9, 10)], BEGIN, END)
    assert (made.rated, [one.rating for one in made.unknown]) == ((), [10])


def test_who_asked_and_what_was_written_is_kept_with_a_rating() -> None:
    found = [asked(1, "ann"), entry(AuditAction.FEEDBACK_GIVEN, "bob", 2, "Well cited.", rated=trace(1), rating=9)]
    (one,) = report(found, BEGIN, END).rated
    assert (one.asker, one.actor, one.comment) == ("ann", "bob", "Well cited.")


def test_what_lies_outside_the_time_counts_for_nothing() -> None:
    made = report([asked(1, hours=-1), rated(1, 10), asked(2, hours=24 * 15)], BEGIN, END)
    assert (made.questions, len(made.unknown)) == (0, 1)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10), st.sampled_from(["ann", "bob"]))))
def test_no_more_is_counted_than_was_said_and_nothing_leaves_the_scale(said: list[tuple[int, int, str]]) -> None:
    found = [asked(number) for number in range(3)]
    found += [rated(number, rating, actor, hours=2 + place) for place, (number, rating, actor) in enumerate(said)]
    made = report(found, BEGIN, END + timedelta(days=30))
    assert len(made.rated) + len(made.unknown) == len({(number, actor) for number, _, actor in said})
    assert made.satisfaction is None or 1 <= made.satisfaction <= 10
