"""The moment that a question may be about, as people and programs write it."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from raglite.errors import InvalidRequest
from raglite.retrieval.moments import moment, spoken

NOW = datetime(2026, 4, 15, 12, 30, tzinfo=UTC)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FIRST = datetime(1, 1, 2, tzinfo=UTC)
PAST = st.datetimes(FIRST.replace(tzinfo=None), (NOW - timedelta(days=1)).replace(tzinfo=None), timezones=OFFSETS)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-31", datetime(2026, 3, 31, 23, 59, 59, 999999, UTC)),
        (" 2026-03-31\n", datetime(2026, 3, 31, 23, 59, 59, 999999, UTC)),
        ("2026-03-31T17:30", datetime(2026, 3, 31, 17, 30, tzinfo=UTC)),
        ("2026-03-31 17:30:05", datetime(2026, 3, 31, 17, 30, 5, tzinfo=UTC)),
        ("2026-03-31T17:30:05.25+02:00", datetime(2026, 3, 31, 15, 30, 5, 250000, UTC)),
        ("2026-03-31T17:30:05+0200", datetime(2026, 3, 31, 15, 30, 5, tzinfo=UTC)),
        ("2026-03-31t17:30:05.123456789z", datetime(2026, 3, 31, 17, 30, 5, 123456, UTC)),
        ("2026-04-15", NOW),
        ("2026-04-15T12:30Z", NOW),
        ("2026-04-15T14:30+02:00", NOW),
    ],
)
def test_a_date_means_its_end_and_a_time_without_an_offset_is_in_utc(text: str, meant: datetime) -> None:
    found = moment(text, NOW)
    assert (found, found.utcoffset()) == (meant, timedelta())


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "yesterday", "FY2022", "2026", "2026-03", "31.03.2026", "03/31/2026", "2026-02-30", "2026-13-01",
        "20260331", "2026-W13-2", "2026-03-31T25:00", "2026-03-31T12:00:60", "2026-03-31-05:00", "2026-03-31T17",
        "2026-03-31T17:30+25:00", "0001-01-01T00:00+02:00", "\u0662\u0660\u0662\u0666-\u0660\u0663-\u0663\u0661",
        "\ud800", "9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused_in_a_sentence_that_says_what_to_write(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"which is no date\. Write a date such as 2026-03-31") as refused:
        moment(text, NOW)
    str(refused.value).encode()
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("text", ["2026-04-16", "2026-04-15T12:30:01", "2026-04-15T12:30-00:01", "9999-12-31"])
def test_what_is_yet_to_come_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"but it is only 2026-04-15T12:30:00Z now\. Write a date"):
        moment(text, NOW)


@given(PAST)
@example(datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
def test_every_moment_that_is_past_is_read_back_whatever_its_offset(meant: datetime) -> None:
    assert moment(meant.isoformat(), NOW) == meant
    assert moment(spoken(meant.astimezone(UTC)), NOW).replace(microsecond=0) == meant.replace(microsecond=0)


@given(st.dates(max_value=date(2026, 4, 14)))
def test_a_day_is_spoken_of_as_it_is_written(day: date) -> None:
    assert spoken(moment(day.isoformat(), NOW)) == day.isoformat()


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.+Z-]{0,20})?", fullmatch=True))
@example("0000-01-01")
@example("9999-12-31T23:59-14:00")
def test_anything_else_is_either_read_as_past_or_refused(text: str) -> None:
    try:
        found = moment(text, NOW)
    except InvalidRequest:
        return
    assert found <= NOW
