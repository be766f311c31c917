"""The part of CloudWatch's API that keeps alarms, and the clock that evaluates them.

Composite alarms, histories and actions stay the emulator's own; it is told of every change of state.
"""

import logging
import threading
import time
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from local.emulator.monitoring import alarming
from local.emulator.monitoring.aggregation import NotUnderstood
from local.emulator.monitoring.expressions import Span
from local.emulator.monitoring.queries import check, series_of
from local.emulator.monitoring.series import Store
from local.emulator.monitoring.wire import Refused, Request

EVERY = 1.0  # seconds
DAY, WEEK, HOUR = 86_400, 604_800, 3600
SHORT_PERIODS = {10, 20, 30}
UNCHECKED = "Unchecked: Initial alarm creation"
STATE = (
    "StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp",
)  # fmt: skip
NOT_BUILT = (
    "ThresholdMetricId", "EvaluateLowSampleCountPercentile", "EvaluationCriteria", "EvaluationWindow", "Unit",
)  # fmt: skip

log = logging.getLogger(__name__)


class AlarmsApi:
    """Each public method but `start` answers one operation."""

    def __init__(self, store: Store, emulator: ModuleType) -> None:
        """`emulator` is the emulator's CloudWatch module, whose tables hold the alarms."""
        self._store, self._emulator = store, emulator
        self._seen: dict[str, tuple[Any, ...]] = {}  # what each alarm's last evaluation rested on
        self._lock = threading.Lock()

    def start(self) -> None:
        """Evaluate every alarm from now on, every second, in the background."""
        threading.Thread(target=self._run, daemon=True, name="alarm-clock").start()

    def put_metric_alarm(self, request: Request) -> Mapping[str, Any]:
        """Keep an alarm; one that exists keeps its state."""
        tags = request.pop("Tags", [])
        alarm: dict[str, Any] = {"TreatMissingData": "missing", **DEFAULTS, **request}
        _check(alarm)
        name, now, table = alarm["AlarmName"], round(time.time(), 3), self._emulator._alarms  # noqa: SLF001  asserted at start
        with self._lock:
            before = table.get(name)
            born = dict(zip(STATE, (alarming.INSUFFICIENT, UNCHECKED, "{}", now, now), strict=True))
            kept = {member: before[member] for member in STATE if member in before} if before else born
            account, region = self._emulator.get_account_id(), self._emulator.get_region()
            arn = f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
            table[name] = alarm | kept | {"AlarmArn": arn, "AlarmConfigurationUpdatedTimestamp": now}
            self._seen.pop(name, None)
        if not before:
            self._emulator._resource_tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}  # noqa: SLF001  as above
            self._emulator._record_history(name, alarming.INSUFFICIENT, alarming.INSUFFICIENT, UNCHECKED)  # noqa: SLF001  as above
        return {}

    def describe_alarms(self, request: Request) -> Mapping[str, Any]:
        """Return alarms by name, prefix, state and type, in the order of their names."""
        if {"ChildrenOfAlarmName", "ParentsOfAlarmName"} & request.keys():
            raise Refused("ValidationError", "Children and parents of an alarm are not told here.")
        kinds = request.get("AlarmTypes") or ["MetricAlarm"]
        tables = {"MetricAlarm": self._emulator._alarms, "CompositeAlarm": self._emulator._composite_alarms}  # noqa: SLF001  as above
        found = sorted(
            (a["AlarmName"], kind, a) for kind in kinds for a in tables[kind].values() if _chosen(a, request)
        )
        rest = [entry for entry in found if entry[0] >= request.get("NextToken", "")]
        most = int(request.get("MaxRecords", 50))
        answer: dict[str, Any] = {
            f"{kind}s": [alarm for _, its, alarm in rest[:most] if its == kind] for kind in tables
        }
        return answer | ({"NextToken": rest[most][0]} if len(rest) > most else {})

    def describe_alarms_for_metric(self, request: Request) -> Mapping[str, Any]:
        """Return the alarms that watch one series, alone or in an expression."""
        series = series_of(request)
        alarms = self._emulator._alarms.values()  # noqa: SLF001  as above
        return {"MetricAlarms": [alarm for alarm in alarms if series in alarming.series_watched(alarm)]}

    def evaluate(self, now: float) -> None:
        """Evaluate every alarm as of `now`, in seconds since the epoch."""
        for name, alarm in self._emulator._alarms.items():  # noqa: SLF001  as above
            try:
                self._evaluate(name, alarm, alarming.span_at(alarm, now))
            except NotUnderstood as refusal:
                log.error("The alarm %s cannot be evaluated: %s", name, refusal)  # noqa: TRY400  the sentence says it all

    def _evaluate(self, name: str, alarm: dict[str, Any], span: Span) -> None:
        seen = (span, self._store.touched(alarming.series_watched(alarm), span.start, span.end))
        if self._seen.get(name) == (*seen, alarm["StateValue"]):
            return
        verdict = alarming.evaluate(alarm, self._store, span)
        with self._lock:
            if self._emulator._alarms.get(name) is not alarm:  # noqa: SLF001  as above; put anew or deleted meanwhile
                return
            before = alarm["StateValue"]
            if verdict.state not in {None, before}:
                now = round(time.time(), 3)  # milliseconds are what the API tells
                sentence, data = alarming.reason(alarm, verdict)
                values = (verdict.state, sentence, data, now, now)
                alarm.update(zip(STATE, values, strict=True))
            self._seen[name] = (*seen, alarm["StateValue"])
        if alarm["StateValue"] != before:
            self._tell(name, alarm, before)

    def _tell(self, name: str, alarm: dict[str, Any], before: str) -> None:
        emulator, state, reason = self._emulator, alarm["StateValue"], alarm["StateReason"]
        emulator._record_history(name, before, state, reason)  # noqa: SLF001  as above
        emulator._dispatch_alarm_actions(alarm, before, state, reason)  # noqa: SLF001  as above
        emulator._evaluate_parent_alarms(alarm)  # noqa: SLF001  as above

    def _run(self) -> None:
        while True:
            try:
                self.evaluate(time.time())
            except Exception:
                log.exception("An evaluation of the alarms failed; the next one is due in %.0f s.", EVERY)
            time.sleep(EVERY)


DEFAULTS: dict[str, Any] = {
    "ActionsEnabled": True,
    **{name: [] for name in ("AlarmActions", "OKActions", "InsufficientDataActions")},
}


def _chosen(alarm: Mapping[str, Any], request: Request) -> bool:
    names, name = request.get("AlarmNames"), alarm["AlarmName"]
    return (
        (not names or name in names)
        and name.startswith(request.get("AlarmNamePrefix", ""))
        and request.get("StateValue") in {None, alarm["StateValue"]}
    )


def _check(alarm: Mapping[str, Any]) -> None:
    """Refuse what CloudWatch would refuse, and what is not built here."""
    if unknown := [name for name in NOT_BUILT if name in alarm]:
        raise Refused("ValidationError", f"{unknown[0]} of an alarm is not built here.")
    if ("Metrics" in alarm) == ("MetricName" in alarm):
        raise Refused("ValidationError", "An alarm has either Metrics or one MetricName.")
    if "Metrics" not in alarm and ("Statistic" in alarm) == ("ExtendedStatistic" in alarm):
        raise Refused("ValidationError", "An alarm on one metric has either Statistic or ExtendedStatistic.")
    if alarm.get("ComparisonOperator") not in alarming.COMPARISONS or "Threshold" not in alarm:
        raise Refused("ValidationError", f"An alarm compares with a Threshold: {', '.join(alarming.COMPARISONS)}.")
    if alarm["TreatMissingData"] not in {"missing", "ignore", "breaching", "notBreaching"}:
        raise Refused("ValidationError", f"TreatMissingData {alarm['TreatMissingData']!r} is not one of the four ways.")
    try:
        _check_queries(alarm)
    except NotUnderstood as refusal:
        raise Refused("ValidationError", str(refusal)) from refusal


def _check_queries(alarm: Mapping[str, Any]) -> None:
    asked = alarming.queries_of(alarm)
    check(asked)
    if sum(query.get("ReturnData", True) for query in asked) != 1:
        raise Refused("ValidationError", "Exactly one element of Metrics has ReturnData true.")
    period, periods = alarming.period_of(alarm), int(alarm["EvaluationPeriods"])
    if period not in SHORT_PERIODS and period % 60:
        raise Refused("ValidationError", "A period is 10, 20, 30 or a multiple of 60 seconds.")
    if period * periods > (WEEK if period >= HOUR else DAY):
        raise Refused("ValidationError", "The periods together are longer than a day, or a week if each has an hour.")
    if not 1 <= int(alarm.get("DatapointsToAlarm", periods)) <= periods:
        raise Refused("ValidationError", "DatapointsToAlarm lies between 1 and EvaluationPeriods.")
    alarming.evaluate(alarm, Store(), Span(0, period))  # it must yield one series, whatever is measured
