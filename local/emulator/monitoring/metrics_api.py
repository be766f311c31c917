"""The part of CloudWatch's API that takes metrics in and gives them back."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from local.emulator.monitoring.aggregation import NotUnderstood, statistic
from local.emulator.monitoring.embedded import FUTURE, PAST, UNITS
from local.emulator.monitoring.expressions import Line, Span
from local.emulator.monitoring.queries import Queries, Query, check, series_of
from local.emulator.monitoring.series import STANDARD, Bucket, Series, Store
from local.emulator.monitoring.wire import Refused, Request

MINUTE = 60
MOST_POINTS = 100_800  # GetMetricData's own default for MaxDatapoints


class MetricsApi:
    """Each method answers one operation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put_metric_data(self, request: Request) -> Mapping[str, Any]:
        """Take values in: single ones, arrays with counts, statistic sets."""
        if request.get("EntityMetricData"):
            raise Refused("InvalidParameterValue", "Entities are not kept here: send MetricData.")
        now = time.time()
        for datum in request.get("MetricData", ()):
            at, unit = datum.get("Timestamp", now), datum.get("Unit", "None")
            if not now - PAST <= at <= now + FUTURE:
                raise Refused("InvalidParameterValue", f"The parameter Timestamp {at} is too long ago or ahead.")
            if unit not in UNITS:
                raise Refused("InvalidParameterValue", f"{unit!r} is not one of CloudWatch's units.")
            series = series_of({"Namespace": request["Namespace"], **datum})
            with self._store.open(series, at, unit, datum.get("StorageResolution", STANDARD)) as bucket:
                _add(bucket, datum)
        return {}

    def list_metrics(self, request: Request) -> Mapping[str, Any]:
        """List series by namespace, name and dimensions."""
        wanted = {given["Name"]: given.get("Value") for given in request.get("Dimensions", ())}
        found = [series for series in sorted(self._store.all()) if _fits(series, request, wanted)]
        return {"Metrics": [_named(series) for series in found]}

    def get_metric_statistics(self, request: Request) -> Mapping[str, Any]:
        """Return statistics of one series by period."""
        series, period = series_of(request), int(request["Period"])
        span = _span(request, [period])
        if "Unit" in request:
            raise Refused("InvalidParameterValue", "Values are not chosen by their unit here: leave Unit out.")
        basic, extended = request.get("Statistics", ()), request.get("ExtendedStatistics", ())
        if not basic and not extended:
            raise Refused("MissingParameter", "Name Statistics or ExtendedStatistics.")
        points = []
        for at, bucket in sorted(self._store.windows(series, span.start, span.end, period).items()):
            values = {name: _statistic(name, bucket) for name in (*basic, *extended)}
            point = {"Timestamp": at, "Unit": self._store.unit(series), **{name: values[name] for name in basic}}
            told = {name: values[name] for name in extended if values[name] is not None}
            points.append(point | ({"ExtendedStatistics": told} if told else {}))
        return {"Label": series.name, "Datapoints": points}

    def get_metric_data(self, request: Request) -> Mapping[str, Any]:
        """Return what queries and their expressions yield; the newest first unless asked otherwise."""
        asked = request["MetricDataQueries"]
        periods = [int(query["MetricStat"]["Period"]) for query in asked if "MetricStat" in query]
        try:
            check(asked)
            queries = Queries(self._store, asked, _span(request, periods))
            given = [query for query in asked if query.get("ReturnData", True)]
            results = [(query, queries.lines(query["Id"])) for query in given]
        except NotUnderstood as refusal:
            raise Refused("ValidationError", str(refusal)) from refusal
        newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        if sum(len(line.points) for _, lines in results for line in lines) > int(
            request.get("MaxDatapoints", MOST_POINTS)
        ):
            raise Refused("ValidationError", "More points than MaxDatapoints: answers do not come in pages here.")
        told = [_result(query, line, newest_first, len(lines)) for query, lines in results for line in lines]
        return {"MetricDataResults": told, "Messages": []}


def _add(bucket: Bucket, datum: Mapping[str, Any]) -> None:
    if "StatisticValues" in datum:
        known = datum["StatisticValues"]
        bucket.add_set(*(float(known[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum")))
        return
    values: Sequence[float] = datum.get("Values") or [datum.get("Value", 0.0)]
    counts: Iterable[float] = datum.get("Counts") or [1.0] * len(values)
    for value, count in zip(values, counts, strict=True):
        bucket.add(float(value), float(count))


def _fits(series: Series, request: Request, wanted: Mapping[str, str | None]) -> bool:
    has = dict(series.dimensions)
    return (
        request.get("Namespace") in {None, series.namespace}
        and request.get("MetricName") in {None, series.name}
        and all(name in has and value in {None, has[name]} for name, value in wanted.items())
    )


def _named(series: Series) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in series.dimensions]
    return {"Namespace": series.namespace, "MetricName": series.name, "Dimensions": dimensions}


def _span(request: Request, periods: Sequence[int]) -> Span:
    """Return what is asked for: the start is rounded down to the minute, or to a shorter period's division of it."""
    division = min(MINUTE, *periods) if periods else MINUTE
    start, end = int(request["StartTime"] // division * division), request["EndTime"]
    if start >= end:
        raise Refused("ValidationError", "StartTime must lie before EndTime.")
    return Span(start, int(-(-end // 1)))


def _statistic(name: str, bucket: Bucket) -> float | None:
    try:
        return statistic(name)(bucket)
    except NotUnderstood as refusal:
        raise Refused("InvalidParameterValue", str(refusal)) from refusal


def _result(query: Query, line: Line, newest_first: bool, of: int) -> dict[str, Any]:
    """Return one of the series that a query yields, `of` how many there are: several are told apart by their labels."""
    moments = sorted(line.points, reverse=newest_first)
    alone = query.get("Label") or (line.label if "MetricStat" in query else query["Id"])
    return {
        "Id": query["Id"],
        "Label": alone if of == 1 else f"{query.get('Label', '')} {line.label}".strip(),
        "Timestamps": moments,
        "Values": [line.points[at] for at in moments],
        "StatusCode": "Complete",
    }
