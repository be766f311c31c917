"""Records and their chain: what is written down, and that it cannot be changed unnoticed."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.observability.audit import BEGIN, Deed, Head, Record, digest
from raglite.observability.audit_texts import PART, Told, gathered, lines_of, texts_of
from raglite.telemetry import AuditAction
from tests.unit.observability.chains import NOW, chain, deeds

HEAD = Head("task-1")
DEED = Deed(AuditAction.QUERY, "analyst", {"results": ["a", "b"], "commit": 7, "as_of": None}, {"query": "0" * 64})


def test_a_record_says_who_did_what_when_and_what_came_before() -> None:
    first = HEAD.follow(NOW, DEED)
    second = first.head.follow(NOW + timedelta(seconds=1), DEED)
    assert json.loads(second.line) == {
        "log": "audit",
        "chain": "task-1",
        "number": 2,
        "time": "2026-03-01T12:00:01.000+00:00",
        "action": "query",
        "actor": "analyst",
        "fields": {"results": ["a", "b"], "commit": 7, "as_of": None},
        "texts": {"query": "0" * 64},
        "previous": first.head.hash,
        "hash": second.head.hash,
    }
    assert (first.previous, first.head.number) == (BEGIN, 1)


@given(deeds)
def test_a_line_is_read_back_as_the_record_it_was(deed: Deed) -> None:
    record = HEAD.follow(NOW, deed)
    assert Record.read(record.line) == record


def test_records_of_one_millisecond_or_of_a_clock_set_back_still_have_rising_times() -> None:
    head, times = HEAD, []
    for seconds in (0, 0, -3600, 0):
        head = head.follow(NOW + timedelta(seconds=seconds), DEED).head
        times.append(head.time)
    assert times == [NOW + timedelta(milliseconds=number) for number in range(4)]


def test_the_time_that_a_log_keeps_is_the_records() -> None:
    record = HEAD.follow(datetime(2026, 3, 1, 12, 0, 0, 123_999, tzinfo=UTC), DEED)
    assert datetime.fromtimestamp(record.milliseconds / 1000, UTC) == record.head.time
    assert record.written["time"].endswith(".123+00:00")


@pytest.mark.parametrize(
    "line", ["", "1", "[]", "{}", "null", "no JSON", '{"hash":1}', "[" * 100_000, "\ud800", '[[1,2],["a",3]]']
)
def test_what_is_no_record_is_refused_in_one_way(line: str) -> None:
    with pytest.raises(ValueError, match="This line is no"):
        Record.read(line)


@given(st.integers(0, 10_000), st.integers(0, 127))
def test_no_byte_of_a_record_can_be_another(place: int, byte: int) -> None:
    line = chain(1)[0].line
    place %= len(line)
    changed = f"{line[:place]}{chr(byte)}{line[place + 1 :]}"
    if changed != line:
        with pytest.raises(ValueError, match="This line is no"):
            Record.read(changed)


@pytest.mark.parametrize(
    "otherwise",
    [
        lambda line: f"{line} ",
        lambda line: line.replace(",", ", ", 1),
        lambda line: line.replace('{"action"', '{"action":"figure","action"'),
        lambda line: line.replace("\\u00e9", "\\u00E9"),
        lambda line: line.replace("\\u00e9", "é"),
    ],
)
def test_the_same_written_otherwise_is_not_the_record(otherwise: Callable[[str], str]) -> None:
    line = HEAD.follow(NOW, Deed(AuditAction.QUERY, "José", {}, {})).line
    assert otherwise(line) != line
    with pytest.raises(ValueError, match="This line is no"):
        Record.read(otherwise(line))


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "yesterday", ""])
def test_a_record_of_no_time_is_refused_even_if_its_hash_is_right(time: str) -> None:
    written = {**HEAD.follow(NOW, DEED).written, "time": time}
    body = json.dumps(written, sort_keys=True, separators=(",", ":"))
    line = f'{body[:-1]},"hash":"{hashlib.sha256(body.encode()).hexdigest()}"}}'
    with pytest.raises(ValueError, match=r"not of any time|Invalid isoformat"):
        Record.read(line)


def test_a_value_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        HEAD.follow(NOW, Deed(AuditAction.QUERY, "analyst", {"score": float("nan")}, {}))


# --- texts ------------------------------------------------------------------------------------------------------------

TEXTS = st.dictionaries(st.sampled_from(("query", "answer")), st.text(max_size=30), min_size=1)


@given(TEXTS, st.randoms(use_true_random=False))
def test_texts_are_found_again_whatever_order_their_lines_are_in_and_however_often_they_stand(texts, random) -> None:
    salt = "5a" * 16
    record = HEAD.follow(NOW, Deed(AuditAction.QUERY, "analyst", {}, {n: digest(salt, t) for n, t in texts.items()}))
    lines = [*lines_of(record, salt, texts)] * 2
    random.shuffle(lines)
    assert texts_of(record, gathered(lines)) == {name: Told(text, genuine=True) for name, text in texts.items()}


def test_a_long_text_is_cut_into_lines_that_a_log_takes() -> None:
    text = "\U0001f600" * (2 * PART + 1)  # twelve bytes of JSON each
    record = HEAD.follow(NOW, Deed(AuditAction.QUERY, "analyst", {}, {"answer": digest("salt", text)}))
    lines = list(lines_of(record, "salt", {"answer": text}))
    assert len(lines) == 3
    assert max(map(len, lines)) < 256 * 1024
    assert texts_of(record, gathered(lines)) == {"answer": Told(text, genuine=True)}


def test_a_changed_text_is_not_the_one_its_record_tells_of() -> None:
    record = HEAD.follow(NOW, Deed(AuditAction.QUERY, "analyst", {}, {"query": digest("salt", "revenue?")}))
    lines = [line.replace("revenue", "profit") for line in lines_of(record, "salt", {"query": "revenue?"})]
    assert texts_of(record, gathered([*lines, "no JSON", "{}", "[]"])) == {"query": Told("profit?", genuine=False)}


def test_a_text_whose_beginning_was_moved_into_its_salt_is_not_the_one_its_record_tells_of() -> None:
    record = HEAD.follow(NOW, Deed(AuditAction.QUERY, "analyst", {}, {"query": digest("salt", "no fraud?")}))
    moved = lines_of(record, "saltno ", {"query": "fraud?"})
    assert texts_of(record, gathered(moved)) == {"query": Told("fraud?", genuine=False)}


@pytest.mark.parametrize("line", ["no JSON", "[]", "[" * 100_000, '{"number":Infinity,"name":"query","part":0}'])
def test_a_line_that_keeps_no_text_hides_none(line: str) -> None:
    record = HEAD.follow(NOW, Deed(AuditAction.QUERY, "analyst", {}, {"query": digest("salt", "revenue?")}))
    lines = [line, *lines_of(record, "salt", {"query": "revenue?"})]
    assert texts_of(record, gathered(lines)) == {"query": Told("revenue?", genuine=True)}


def test_a_salt_that_is_no_text_makes_a_text_only_another() -> None:
    record = HEAD.follow(NOW, Deed(AuditAction.QUERY, "analyst", {}, {"query": digest("salt", "revenue?")}))
    lines = lines_of(record, "\ud800", {"query": "revenue?"})
    assert texts_of(record, gathered(lines)) == {"query": Told("revenue?", genuine=False)}


def test_the_same_question_has_another_digest_each_time() -> None:
    assert digest("one salt", "revenue?") != digest("another", "revenue?")
