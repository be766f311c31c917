"""The moment that a question may be about: as it is written, and as it is read to people."""

import re
from datetime import UTC, date, datetime, time

from raglite.errors import InvalidRequest

HOW = (
    "Write a date such as 2026-03-31, which means its end in UTC, or a date and time such as "
    "2026-03-31T17:30:00+02:00 (without an offset: UTC), or leave as_of out to ask about now"
)
LONGEST_SHOWN = 40  # characters of what cannot be read
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE)


def moment(text: str, now: datetime) -> datetime:
    """Return the moment that `as_of` means, in UTC; today's date means `now`.

    Raises InvalidRequest, which says how to write one, if it is none or lies ahead of `now`.
    """
    asked = text.strip()
    try:
        meant = _read(asked)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"as_of is {asked[:LONGEST_SHOWN]!r}, which is no date. {HOW}.") from error
    if asked == f"{now:%Y-%m-%d}":
        return now
    if meant > now:
        raise InvalidRequest(f"as_of is {asked}, but it is only {spoken(now)} now. {HOW}.")
    return meant


def spoken(meant: datetime) -> str:
    """Return a moment in UTC for people: `2026-03-31` if it is a day's end, else `2026-03-31T15:30:00Z`."""
    if meant.timetz() == _END:
        return meant.date().isoformat()
    return f"{meant.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


_END = time.max.replace(tzinfo=UTC)


def _read(asked: str) -> datetime:
    if _DAY.fullmatch(asked):
        return datetime.combine(date.fromisoformat(asked), _END)
    if not _MOMENT.fullmatch(asked):
        raise ValueError(asked)
    meant = datetime.fromisoformat(asked.upper())
    return meant.replace(tzinfo=UTC) if meant.tzinfo is None else meant.astimezone(UTC)
