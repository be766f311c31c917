"""What GetMetricData and alarms ask for: statistics of metrics, and expressions over them by their ids."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from local.emulator.monitoring import expressions
from local.emulator.monitoring.aggregation import NotUnderstood, statistic
from local.emulator.monitoring.expressions import Line, Scope, Span, Value
from local.emulator.monitoring.series import Series, Store

SCHEMA = re.compile(r"\{([^}]*)\}")
AND = re.compile(r"\band\b", re.IGNORECASE)
TERM = re.compile(r"""([\w/]+|"[^"]+")\s*=\s*(?:"([^"]*)"|([\w./-]+))""")
SEARCH_TAKES = {2, 3}  # what to look for, the statistic and the period
Query = Mapping[str, Any]


def series_of(metric: Mapping[str, Any]) -> Series:
    """Return the series that a request's `Metric` (or an alarm) names."""
    dimensions = {given["Name"]: given["Value"] for given in metric.get("Dimensions") or ()}
    return Series.of(metric["Namespace"], metric["MetricName"], dimensions)


class Queries:
    """Queries that may refer to each other, over one stretch of time."""

    def __init__(self, store: Store, queries: Sequence[Query], span: Span) -> None:
        self._store, self._span = store, span
        self._queries = {query["Id"]: query for query in queries}
        self._open: list[str] = []  # ids that are being evaluated, against circles
        self._known: dict[str, Value] = {}

    def value(self, name: str) -> Value:
        """Return the value of the query of that id.

        Raises:
            NotUnderstood: it cannot be evaluated.
        """
        if name not in self._known:
            self._known[name] = self._evaluated(name)
        return self._known[name]

    def lines(self, name: str) -> list[Line]:
        """Return the series that a query yields, each with its label."""
        value = self.value(name)
        if isinstance(value, float):
            raise NotUnderstood(f"{name} is a number where a time series is needed.")
        return value if isinstance(value, list) else [value]

    def _evaluated(self, name: str) -> Value:
        function, *texts = name.split("\0")
        if function == "METRICS":
            part = texts[0] if texts else ""
            return [self._statistic(q) for id_, q in self._queries.items() if "MetricStat" in q and part in id_]
        if function == "SEARCH" and len(texts) in SEARCH_TAKES:
            return self._found(*texts)
        if name not in self._queries:
            raise NotUnderstood(f"There is no query with the id {name!r}.")
        if name in self._open:
            raise NotUnderstood(f"{' -> '.join([*self._open, name])} is a circle.")
        query = self._queries[name]
        if "MetricStat" in query:
            return self._statistic(query)
        self._open.append(name)
        try:
            return Scope(self.value, self._span).value(expressions.parse(query["Expression"]))
        finally:
            self._open.pop()

    def _statistic(self, query: Query) -> Line:
        stat = query["MetricStat"]
        label = query.get("Label") or stat["Metric"]["MetricName"]
        return self._line(series_of(stat["Metric"]), stat["Stat"], int(stat["Period"]), label)

    def _line(self, series: Series, name: str, period: int, label: str) -> Line:
        of = statistic(name)
        found = self._store.windows(series, self._span.start, self._span.end, period).items()
        values = {at: of(bucket) for at, bucket in found}
        return Line({at: value for at, value in values.items() if value is not None}, period, label)

    def _found(self, search: str, name: str, period: str = "60") -> list[Line]:
        schema, terms = SCHEMA.search(search), [*TERM.finditer(SCHEMA.sub("", search))]
        rest = AND.sub("", TERM.sub("", SCHEMA.sub("", search))).strip()
        if not schema or rest:
            raise NotUnderstood(
                f"Only SEARCH('{{Namespace,Dimension}} Name=\"value\"', ...) is built here: {search!r}."
            )
        namespace, *dimensions = [part.strip(' "') for part in schema[1].split(",")]
        wanted = {term[1].strip('"'): term[2] or term[3] for term in terms}
        found = [
            series
            for series in sorted(self._store.all())
            if series.namespace == namespace
            and {key for key, _ in series.dimensions} == set(dimensions)
            and wanted.items() <= {"MetricName": series.name, **dict(series.dimensions)}.items()
        ]
        lines = [self._line(series, name, int(float(period)), _label(series, wanted)) for series in found]
        return [line for line in lines if line.points]


def _label(series: Series, wanted: Mapping[str, str]) -> str:
    telling = [value for key, value in series.dimensions if key not in wanted]
    return " ".join([series.name] * ("MetricName" not in wanted) + telling) or series.name


def check(queries: Sequence[Query]) -> None:
    """Refuse queries that could not be evaluated.

    Raises:
        NotUnderstood: an expression, a statistic or a reference is not one.
    """
    ids = {query["Id"] for query in queries}
    for query in queries:
        if "MetricStat" in query:
            statistic(query["MetricStat"]["Stat"])
            if "Unit" in query["MetricStat"]:
                raise NotUnderstood("Values are not chosen by their unit here: leave Unit out.")
            continue
        missing = expressions.names(expressions.parse(query.get("Expression", ""))) - ids
        if missing:
            raise NotUnderstood(
                f"{query['Expression']!r} refers to {', '.join(sorted(missing))}, which is no query's id."
            )
