"""Where an axis has its marks, and how they are written."""

import math
from datetime import UTC, datetime, timedelta

STEPS = [
    timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15),
    timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=3), timedelta(hours=6),
    timedelta(hours=12), timedelta(days=1), timedelta(days=2), timedelta(days=7), timedelta(days=14),
]  # fmt: skip


def step(extent: float, marks: int) -> float:
    """Return 1, 2 or 5 times a power of ten such that about `marks` steps make the extent."""
    rough = extent / marks
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999999)


def ticks(low: float, high: float, marks: int = 4) -> list[float]:
    """Return round values, evenly apart, the first at or below `low`, the last at or above `high`."""
    if high <= low:
        high = low + 1
    size = step(high - low, marks)
    first, last = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
    return [number * size for number in range(first, last + 1)]


def moments(begin: datetime, end: datetime, marks: int = 6) -> list[datetime]:
    """Return round times between two, at most about `marks` of them."""
    size = next((one for one in STEPS if (end - begin) / one <= marks), STEPS[-1])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    first = math.ceil((begin - epoch) / size)
    return [epoch + number * size for number in range(first, math.floor((end - epoch) / size) + 1)]


def written(value: float) -> str:
    """Return a number with three significant digits, or all of them before the point."""
    if value == 0:
        return "0"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def clock(moment: datetime, extent: timedelta) -> str:
    """Return a time as short as the extent allows, in UTC."""
    if extent <= timedelta(days=2):
        return f"{moment.astimezone(UTC):%H:%M}"
    return f"{moment.astimezone(UTC):%d %b}" if extent > timedelta(days=5) else f"{moment.astimezone(UTC):%d %b %H:%M}"


def lasting(seconds: float) -> str:
    """Return a period in words: 30 s, 5 min, 1 h, 28 d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
