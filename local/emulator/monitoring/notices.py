"""What an alarm's state change says to those who subscribed to it, member by member as CloudWatch writes it to SNS.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html and messages received.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import botocore.session

Alarm = Mapping[str, Any]
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
LONGEST_SUBJECT = 100


def moment(at: float) -> str:
    """Return a moment as CloudWatch writes it into messages."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def region_name(region: str) -> str:
    """Return the name that people know a region by."""
    regions = botocore.session.Session().get_data("endpoints")["partitions"][0]["regions"]
    return str(regions.get(region, {}).get("description", region))


def subject(alarm: Alarm, region: str) -> str:
    """Return the message's subject."""
    return f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {region_name(region)}'[:LONGEST_SUBJECT]


def message(alarm: Alarm, before: str, account: str, region: str) -> str:
    """Return the message as JSON; `alarm` has its new state already."""
    told = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": moment(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": moment(alarm["StateUpdatedTimestamp"]),
        "Region": region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": before,
        **{name: alarm.get(name) or [] for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    return json.dumps(told | (_composite(alarm) if "AlarmRule" in alarm else {"Trigger": _trigger(alarm)}))


def _composite(alarm: Alarm) -> dict[str, Any]:
    children = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms", ())
    told = [
        {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
        for child in children
    ]
    return {"AlarmRule": alarm["AlarmRule"], "TriggeringChildren": told}


def _trigger(alarm: Alarm) -> dict[str, Any]:
    common = {
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm["TreatMissingData"],
    }
    if "Metrics" in alarm:
        metrics = [{"ReturnData": True, **query} for query in alarm["Metrics"]]
        for query in metrics:
            if "MetricStat" in query:
                metric = query["MetricStat"]["Metric"]
                query["MetricStat"] = query["MetricStat"] | {"Metric": metric | {"Dimensions": _dimensions(metric)}}
        return common | {"Metrics": metrics}
    extended = alarm.get("ExtendedStatistic")
    return common | {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        **({"ExtendedStatistic": extended} if extended else {"Statistic": _shouted(alarm["Statistic"])}),
        "Unit": alarm.get("Unit"),
        "Dimensions": _dimensions(alarm),
        "Period": alarm["Period"],
    }


def _shouted(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def _dimensions(metric: Alarm) -> list[dict[str, str]]:
    return [{"value": given["Value"], "name": given["Name"]} for given in metric.get("Dimensions") or ()]
