"""Metrics that are embedded in log lines.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
What claims to be one and is not is counted as AWS counts it: in AWS/Logs as EMFParsingErrors and EMFValidationErrors.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.emulator.monitoring.series import HIGH, STANDARD, Series, Store

MARK = '"_aws"'
MOST_DIMENSIONS, MOST_METRICS, MOST_VALUES = 30, 100, 100
LONGEST_NAME, LONGEST_DIMENSION_NAME, LONGEST_DIMENSION_VALUE = 1024, 250, 1024
PAST, FUTURE = 14 * 86_400, 2 * 3600  # seconds around now that a metric's moment must lie in
UNITS = frozenset(
    "Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits "
    "Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second "
    "Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second None".split()
)


class NotParsed(Exception):
    """The line says that it holds metrics, and its `_aws` member is not made as the specification says."""


@dataclass
class Faults:
    """What of one line does not hold, in sentences."""

    said: list[str] = field(default_factory=list)

    def note(self, ok: bool, sentence: str) -> bool:
        """Return `ok`, having noted the sentence where it is not."""
        if not ok:
            self.said.append(sentence)
        return ok


@dataclass(frozen=True)
class Measurement:
    """Values of one series at one moment, in seconds since the epoch."""

    series: Series
    at: float
    values: Sequence[float]
    unit: str = "None"
    resolution: int = STANDARD

    def put(self, store: Store) -> None:
        """Add them to what was measured."""
        with store.open(self.series, self.at, self.unit, self.resolution) as bucket:
            for value in self.values:
                bucket.add(value)


def extract(message: str, now: float) -> tuple[list[Measurement], list[str]]:
    """Return what a log line measures, if anything, and what of it was left out and why, in sentences.

    Raises:
        NotParsed: it measures something, but all of it is lost.
    """
    if MARK not in message or not message.startswith("{"):
        return [], []
    try:
        line = json.loads(message)
    except ValueError as error:
        raise NotParsed(f"not JSON: {error}") from error
    metadata = line.get("_aws")
    if not isinstance(metadata, dict) or "CloudWatchMetrics" not in metadata:
        return [], []  # somebody's own `_aws`
    at, directives, faults = metadata.get("Timestamp"), metadata["CloudWatchMetrics"], Faults()
    if not isinstance(at, (int, float)) or not isinstance(directives, list):
        raise NotParsed("Timestamp is not a number of milliseconds, or CloudWatchMetrics is not an array")
    if not faults.note(now - PAST <= at / 1000 <= now + FUTURE, f"Timestamp {at} is too long ago or ahead"):
        return [], faults.said
    return [found for directive in directives for found in _measured(directive, line, at / 1000, faults)], faults.said


def _measured(directive: Any, line: Mapping[str, Any], at: float, faults: Faults) -> Iterator[Measurement]:
    if not isinstance(directive, dict) or not all(
        isinstance(directive.get(name), kind)
        for name, kind in (("Namespace", str), ("Dimensions", list), ("Metrics", list))
    ):
        raise NotParsed("a directive lacks Namespace, Dimensions or Metrics")
    namespace, metrics = directive["Namespace"], directive["Metrics"]
    if not faults.note(0 < len(namespace) <= LONGEST_NAME, f"Namespace {namespace!r} is empty or too long"):
        return
    faults.note(len(metrics) <= MOST_METRICS, f"more than {MOST_METRICS} metrics in a directive")
    sets = list(_dimension_sets(directive["Dimensions"], line, faults))
    for metric in metrics[:MOST_METRICS]:
        if not isinstance(metric, dict) or not isinstance(metric.get("Name"), str):
            raise NotParsed("a metric's definition lacks its Name")
        values = _values(metric, line, faults)
        unit, resolution = metric.get("Unit", "None"), metric.get("StorageResolution", STANDARD)
        for dimensions in sets if values else ():
            yield Measurement(Series.of(namespace, metric["Name"], dimensions), at, values, unit, resolution)


def _dimension_sets(sets: Sequence[Any], line: Mapping[str, Any], faults: Faults) -> Iterator[dict[str, str]]:
    for names in sets:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise NotParsed("a set of dimensions is not an array of names")
        given = {name: line.get(name) for name in names}
        wrong = [
            name
            for name, value in given.items()
            if not (isinstance(value, str) and 0 < len(value) <= LONGEST_DIMENSION_VALUE)
            or not 0 < len(name) <= LONGEST_DIMENSION_NAME
        ]
        if faults.note(not wrong and len(names) <= MOST_DIMENSIONS, f"dimensions {wrong or len(names)} do not fit"):
            yield {name: str(value) for name, value in given.items()}


def _values(metric: Mapping[str, Any], line: Mapping[str, Any], faults: Faults) -> list[float]:
    name, found = metric["Name"], line.get(metric["Name"])
    values: list[Any] = found if isinstance(found, list) else [found]
    ok = (
        faults.note(0 < len(name) <= LONGEST_NAME, f"the name {name!r} is empty or too long")
        and faults.note(
            str(metric.get("Unit", "None")) in UNITS, f"{name} has no unit of CloudWatch's: {metric.get('Unit')}"
        )
        and faults.note(metric.get("StorageResolution", STANDARD) in (STANDARD, HIGH), f"{name} has another resolution")
        and faults.note(all(_is_number(value) for value in values), f"{name} is no number and no array of numbers")
        and faults.note(len(values) <= MOST_VALUES, f"{name} has more than {MOST_VALUES} values")
    )
    return [float(value) for value in values] if ok else []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
