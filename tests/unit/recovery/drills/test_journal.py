"""Classification, RTO and RPO: from what was seen, by rules that a property holds to."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from raglite.model import document_id
from raglite.ports.drills import Reply
from raglite.recovery.drills.journal import Journal, Kind, Probe, Round, Write
from raglite.recovery.drills.judging import Expected, judge
from raglite.recovery.drills.objectives import outage, rpo_seconds

START = datetime(2026, 1, 1, tzinfo=UTC)
EXPECTED = Expected("a.txt", str(document_id("a.txt")), "v1", 1, "the words")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def answer(version: str = "v1", page: int = 1, excerpt: str = "the words", **more: object) -> Reply:
    document = {"id": EXPECTED.document_id, "key": "a.txt", "version_id": version}
    return Reply(200, {"results": [{"document": document, "page": page, "excerpt": excerpt}], **more})


def kind(reply: Reply, *, held: bool = True, expected: Expected = EXPECTED) -> Kind:
    return judge(reply, expected, lambda: held).kind


def test_the_expected_passage_first_is_right() -> None:
    assert kind(answer()) is Kind.RIGHT


def test_another_version_page_or_excerpt_first_is_wrong() -> None:
    others = (answer("v2"), answer(page=2), answer(excerpt="other words"))
    assert [kind(one) for one in others] == [Kind.WRONG] * 3


def test_the_expected_passage_may_come_after_another_of_the_same_version_but_of_no_other() -> None:
    after = [*answer(page=2).body["results"], *answer().body["results"]]
    foreign = [*answer("v2").body["results"], *answer().body["results"]]
    assert [kind(Reply(200, {"results": one})) for one in (after, foreign)] == [Kind.RIGHT, Kind.WRONG]


def test_a_written_document_is_right_by_its_figure() -> None:
    expected = Expected("a.txt", EXPECTED.document_id, "v1", figure="48,213")
    assert kind(answer(excerpt="kept 48,213 lanterns"), expected=expected) is Kind.RIGHT
    assert kind(answer(excerpt="kept 11,111 lanterns"), expected=expected) is Kind.WRONG


def test_no_answer_and_an_error_with_a_sentence_are_clear_refusals() -> None:
    replies = (Reply(None), Reply(503, {}, "ask again"), Reply(401, {}, "no key"), Reply(502))
    assert {kind(one) for one in replies} == {Kind.REFUSED}


def test_an_error_without_a_word_is_wrong() -> None:
    assert kind(Reply(500)) is Kind.WRONG


def test_an_abstention_is_a_refusal_only_where_the_bucket_has_the_document_no_longer() -> None:
    for reply in (Reply(200, {"results": []}), answer(abstained=True)):
        assert kind(reply, held=False) is Kind.REFUSED
        assert kind(reply, held=True) is Kind.WRONG


def test_another_passage_is_wrong_even_where_the_bucket_has_the_document_no_longer() -> None:
    assert kind(answer("v2"), held=False) is Kind.WRONG


def test_an_error_that_nobody_has_foreseen_is_wrong_whatever_it_says() -> None:
    body = {"error": {"code": "internal_error", "message": "Something went wrong."}}
    assert kind(Reply(500, body, "Something went wrong.")) is Kind.WRONG
    assert kind(Reply(500, {"error": {"code": "configuration_error"}}, "Not set up rightly.")) is Kind.REFUSED


@given(
    st.integers(100, 599) | st.none(), st.dictionaries(st.sampled_from(["results", "error"]), st.just([])), st.text()
)
def test_every_answer_is_right_refused_or_wrong_and_only_one_with_a_first_result_is_right(
    status: int | None, body: dict[str, object], sentence: str
) -> None:
    assert kind(Reply(status, body, sentence)) in {Kind.REFUSED, Kind.WRONG}


def played(goods: list[bool]) -> Journal:
    """A round a second, from the disaster on."""
    journal = Journal()
    for second, good in enumerate(goods):
        one = Kind.RIGHT if good else Kind.REFUSED
        journal.asked(Probe(at(second), at(second + 0.5), one, golden=True))
        journal.went_round(Round(at(second), at(second + 0.5), good))
    return journal


def seconds(goods: list[bool], good_rounds: int = 3) -> float | None:
    journal = played(goods)
    return outage(journal.probes, journal.rounds, START, good_rounds).seconds


def test_the_outage_lasts_from_the_first_failure_to_the_first_of_the_good_rounds() -> None:
    assert seconds([True, False, False, True, True, True, True]) == 2.5


def test_good_rounds_between_failures_do_not_end_it() -> None:
    assert seconds([False, True, True, True, False, True, True, True]) == 5.5


def test_it_is_not_over_before_enough_rounds_in_a_row_were_good() -> None:
    assert seconds([False, True, True]) is None


def test_without_a_failure_it_has_no_length() -> None:
    assert seconds([True, True]) == 0


def test_a_failure_before_the_disaster_or_about_a_written_document_does_not_count() -> None:
    journal = Journal()
    journal.asked(Probe(at(-5), at(-4), Kind.REFUSED, golden=True))
    journal.asked(Probe(at(5), at(6), Kind.REFUSED, golden=False))
    assert outage(journal.probes, journal.rounds, START, 3).seconds == 0


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 4))
def test_an_outage_that_is_over_ends_with_good_rounds_and_covers_every_failure(goods: list[bool], wanted: int) -> None:
    found = seconds(goods, wanted)
    tail = len(goods) - max((place for place, good in enumerate(goods) if not good), default=-1) - 1
    if all(goods):
        assert found == 0
    elif tail < wanted:
        assert found is None
    else:
        assert found is not None
        assert found == len(goods) - tail - goods.index(False) + 0.5


def write(second: float) -> Write:
    return Write(f"{second}.txt", "v", "sha", at(second), "?", "1")


@given(st.lists(st.floats(-1000, 1000), max_size=10))
def test_rpo_is_how_far_back_the_oldest_lost_write_lies(moments: list[float]) -> None:
    found = rpo_seconds([write(one) for one in moments], START)
    assert found >= 0
    assert abs(found - max((-one for one in moments if one < 0), default=0)) < 1e-5


def test_writes_are_found_once_and_counted_by_kind() -> None:
    journal = Journal()
    journal.wrote(write(1))
    journal.found("1.txt", at(2))
    journal.asked(Probe(at(1), at(2), Kind.WRONG, golden=False))
    assert [one.searchable for one in journal.writes] == [at(2)]
    assert journal.counts() == {Kind.RIGHT: 0, Kind.REFUSED: 0, Kind.WRONG: 1}
