"""Puts this CloudWatch into the emulator, in place of its own."""

import logging
import time
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from local.emulator.monitoring import embedded, notices
from local.emulator.monitoring.alarms_api import AlarmsApi
from local.emulator.monitoring.metrics_api import MetricsApi
from local.emulator.monitoring.series import Series, Store
from local.emulator.monitoring.vended import Replace
from local.emulator.monitoring.wire import handler

log = logging.getLogger(__name__)
USED = (
    "_alarms",
    "_composite_alarms",
    "_resource_tags",
    "_record_history",
    "_evaluate_parent_alarms",
    "_is_sns_action_arn",
)


def answer_for_metrics_and_alarms(store: Store, cloudwatch: ModuleType, replace: Replace) -> AlarmsApi:
    """Answer the operations on metrics and metric alarms, and leave evaluating to `AlarmsApi`, which is returned."""
    for name in USED:
        replace(cloudwatch, name, getattr(cloudwatch, name, None))
    metrics, alarms = MetricsApi(store), AlarmsApi(store, cloudwatch)
    acts = {
        "PutMetricData": metrics.put_metric_data,
        "ListMetrics": metrics.list_metrics,
        "GetMetricStatistics": metrics.get_metric_statistics,
        "GetMetricData": metrics.get_metric_data,
        "PutMetricAlarm": alarms.put_metric_alarm,
        "DescribeAlarms": alarms.describe_alarms,
        "DescribeAlarmsForMetric": alarms.describe_alarms_for_metric,
    }
    for name, act in acts.items():
        theirs = "_" + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
        replace(cloudwatch, theirs, handler(name, act, cloudwatch._error, cloudwatch._xml))  # noqa: SLF001  its own way to answer

    def record(namespace: str, name: str, value: float, unit: str = "None", dimensions: Any = None) -> None:
        store.put(Series.of(namespace, name, dimensions or {}), time.time(), [value], unit)

    replace(cloudwatch, "record_metric", record)
    replace(cloudwatch, "_evaluate_alarm", lambda _alarm: None)
    replace(cloudwatch, "_evict_old_metrics", lambda: None)
    return alarms


def tell_subscribers(cloudwatch: ModuleType, sns: ModuleType, replace: Replace) -> None:
    """Send alarms' changes to SNS as CloudWatch writes them."""

    def dispatch(alarm: Mapping[str, Any], before: str, after: str, _reason: str) -> None:
        if not alarm.get("ActionsEnabled", True):
            return
        region = cloudwatch.get_region()
        text = notices.message(alarm, before, cloudwatch.get_account_id(), region)
        for action in alarm.get(notices.ACTIONS[after]) or ():
            if cloudwatch._is_sns_action_arn(action):  # noqa: SLF001  asserted at start
                sns._fanout(action, cloudwatch.new_uuid(), text, notices.subject(alarm, region))  # noqa: SLF001  asserted at start
            else:
                log.warning("%s: the action %s is kept, but nothing happens here.", alarm["AlarmName"], action)

    replace(sns, "_fanout", sns._fanout)  # noqa: SLF001  asserts that it is there
    replace(cloudwatch, "_dispatch_alarm_actions", dispatch)


def extract_from_logs(store: Store, logs: ModuleType, replace: Replace) -> None:
    """Take the metrics out of every log event that is stored."""
    append = logs._append_log_events  # noqa: SLF001  replaced, so asserted, below

    def append_and_extract(stream: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> None:
        append(stream, events)
        for event in events:
            try:
                measured, faults = embedded.extract(event["message"], time.time())
                kind = "EMFValidationErrors"
            except embedded.NotParsed as error:
                measured, faults, kind = [], [str(error)], "EMFParsingErrors"
            for measurement in measured:
                measurement.put(store)
            if faults:
                group = _group_of(logs._log_groups, stream)  # noqa: SLF001  asserted below
                log.warning("Metrics in a line of %s were left out: %s.", group, "; ".join(faults))
                store.put(Series.of("AWS/Logs", kind, {"LogGroupName": group}), time.time(), [len(faults)], "Count")

    replace(logs, "_log_groups", logs._log_groups)  # noqa: SLF001  asserts that it is there
    replace(logs, "_append_log_events", append_and_extract)


def _group_of(groups: Any, stream: Mapping[str, Any]) -> str:
    return next((name for name, group in groups.items() if any(s is stream for s in group["streams"].values())), "")
