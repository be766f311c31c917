"""CloudWatch's statistics of the values in one period.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html. How AWS finds a percentile
between two values is not documented; here it is by nearest rank, so that it is always a value that was measured.
"""

import re
from collections.abc import Callable, Iterable

from local.emulator.monitoring.series import Bucket, Weighed

BASIC: dict[str, Callable[[Bucket], float]] = {
    "SampleCount": lambda bucket: bucket.count,
    "Sum": lambda bucket: bucket.total,
    "Average": lambda bucket: bucket.total / bucket.count,
    "Minimum": lambda bucket: bucket.low,
    "Maximum": lambda bucket: bucket.high,
}
SHORT = re.compile(r"(p|tm|tc|ts|wm)(\d{1,2}(?:\.\d{1,10})?|100)")
LONG = re.compile(r"(TM|TC|TS|WM|PR)\(([\d.]*)(%?):([\d.]*)(%?)\)")
HUNDRED = 100.0
ROUNDING = 1e-12  # 0.07 * 100 is more than 7


class NotUnderstood(Exception):
    """CloudWatch would not understand what is asked for, or it is not built here."""


def statistic(name: str) -> Callable[[Bucket], float | None]:
    """Return the function of a statistic; its result is None where CloudWatch has no value.

    Raises:
        NotUnderstood: there is no such statistic.
    """
    if name in BASIC:
        return BASIC[name]
    if name == "IQM":
        return statistic("TM(25%:75%)")
    if short := SHORT.fullmatch(name):
        kind, percent = short[1].upper(), float(short[2]) / HUNDRED
        if kind == "P":
            return lambda bucket: percentile(bucket.values, percent) if _has_values(bucket) else None
        return lambda bucket: TRIMMED[kind](bucket, by_rank(bucket.values, 0, percent)) if _has_values(bucket) else None
    if (long := LONG.fullmatch(name)) and (long[2] or long[4]):
        return _trimmed(long)
    raise NotUnderstood(f"The statistic {name!r} is not one that is built here: {', '.join(BASIC)}, p95, TC(:5).")


def percentile(values: Iterable[Weighed], percent: float) -> float:
    """Return the smallest value that at least this part (0 to 1) of all values do not exceed."""
    ranked = sorted(values)
    total = _count(ranked)
    wanted, seen = (percent - ROUNDING) * total, 0.0
    for value, weight in ranked:
        seen += weight
        if seen >= wanted:
            return value
    return ranked[-1][0]


def by_rank(values: Iterable[Weighed], low: float, high: float) -> list[Weighed]:
    """Return what lies between two parts (0 to 1) of the ranking, ascending; a value on a bound counts in part."""
    ranked = sorted(values)
    total, seen, kept = _count(ranked), 0.0, []
    for value, weight in ranked:
        inside = min(seen + weight, high * total) - max(seen, low * total)
        if inside > 0:
            kept.append((value, inside))
        seen += weight
    return kept


def between(values: Iterable[Weighed], low: float, high: float) -> list[Weighed]:
    """Return what is above the lower bound and not above the upper one."""
    return [(value, weight) for value, weight in values if low < value <= high]


def _trimmed(long: "re.Match[str]") -> Callable[[Bucket], float | None]:
    kind, ranks = long[1], "%" in (long[3], long[5])
    if ranks and kind == "PR":
        raise NotUnderstood("A percentile rank has values as bounds, not percentages: PR(:300).")
    part = HUNDRED if ranks else 1.0
    low, high = (
        float(long[2] or (0 if ranks else "-inf")) / part,
        float(long[4] or (HUNDRED if ranks else "inf")) / part,
    )
    keep = by_rank if ranks else between
    return lambda bucket: TRIMMED[kind](bucket, keep(bucket.values, low, high)) if _has_values(bucket) else None


def _has_values(bucket: Bucket) -> bool:
    """Whether there is more than the basic statistics: not of a statistic set, nor where any value is negative."""
    return bucket.whole and bucket.low >= 0


def _count(values: Iterable[Weighed]) -> float:
    return sum(weight for _, weight in values)


def _total(values: Iterable[Weighed]) -> float:
    return sum(value * weight for value, weight in values)


def _mean(_: Bucket, kept: list[Weighed]) -> float | None:
    return _total(kept) / _count(kept) if kept else None


def _winsorized(bucket: Bucket, kept: list[Weighed]) -> float | None:
    if not kept:
        return None
    low, high = min(kept)[0], max(kept)[0]
    return _total((min(max(value, low), high), weight) for value, weight in bucket.values) / bucket.count


TRIMMED: dict[str, Callable[[Bucket, list[Weighed]], float | None]] = {
    "TM": _mean,
    "TC": lambda _, kept: _count(kept),
    "TS": lambda _, kept: _total(kept),
    "WM": _winsorized,
    "PR": lambda bucket, kept: HUNDRED * _count(kept) / bucket.count,
}
