"""Alarms are read from what Terraform prints; what would not be simulated rightly is refused."""

from typing import Any

import pytest

from raglite.errors import ConfigurationError
from raglite.observability.alarms import (
    CompositeAlarm,
    MetricAlarm,
    MetricKey,
    Silence,
    Watched,
    alarms_in,
)

PLAIN = {
    "alarm_name": "plain",
    "namespace": "RAGLite",
    "metric_name": "QueryLatency",
    "dimensions": {"Environment": "production"},
    "statistic": None,
    "extended_statistic": "p95",
    "period": 300,
    "evaluation_periods": 3,
    "datapoints_to_alarm": None,
    "comparison_operator": "GreaterThanThreshold",
    "threshold": 15000,
    "treat_missing_data": "breaching",
    "alarm_actions": ["arn:aws:sns:eu-central-1:123456789012:raglite-alerts"],
    "metric_query": [],
}
RATIO = [
    {"id": "rate", "expression": "bad / total", "metric": [], "return_data": True},
    *(
        {
            "id": name,
            "expression": "",
            "metric": [
                {"namespace": "RAGLite", "metric_name": metric, "dimensions": None, "stat": "Sum", "period": 3600}
            ],
            "return_data": None,
        }
        for name, metric in (("bad", "Errors"), ("total", "Queries"))
    ),
]
MATH = PLAIN | {"alarm_name": "math", "metric_query": RATIO, "evaluation_periods": 2, "datapoints_to_alarm": 1}
BOTH = {"alarm_name": "both", "alarm_rule": "ALARM(plain) AND ALARM(math)", "alarm_actions": None}


def plan(*metric_alarms: dict[str, Any], composites: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    resources = [{"type": "aws_cloudwatch_metric_alarm", "values": values} for values in metric_alarms]
    resources += [{"type": "aws_cloudwatch_composite_alarm", "values": values} for values in composites]
    module = {"resources": [{"type": "aws_sns_topic", "values": {"name": "raglite-alerts"}}]}
    return {"planned_values": {"root_module": {**module, "child_modules": [{"resources": resources}]}}}


def test_every_kind_of_alarm_is_read_from_wherever_its_module_stands() -> None:
    key = MetricKey.of("RAGLite", "QueryLatency", {"Environment": "production"})
    rate = {
        "bad": Watched(MetricKey.of("RAGLite", "Errors", None), "Sum"),
        "total": Watched(MetricKey.of("RAGLite", "Queries", None), "Sum"),
    }
    above, silence = "GreaterThanThreshold", Silence.BREACHING
    assert alarms_in(plan(PLAIN, MATH, composites=(BOTH,))) == {
        "plain": MetricAlarm("plain", {"m": Watched(key, "p95")}, "m", 300, 3, 3, above, 15000, silence, notifies=True),
        "math": MetricAlarm("math", rate, "bad / total", 3600, 2, 1, above, 15000, silence, notifies=True),
        "both": CompositeAlarm("both", "ALARM(plain) AND ALARM(math)", notifies=False),
    }


def test_a_state_is_read_like_a_plan() -> None:
    root = plan(PLAIN)["planned_values"]
    assert alarms_in({"values": root}) == alarms_in(root) == alarms_in(plan(PLAIN))


def test_silence_that_nothing_is_said_of_is_missing_data_as_aws_has_it() -> None:
    [found] = alarms_in(plan(PLAIN | {"treat_missing_data": None})).values()
    assert isinstance(found, MetricAlarm)
    assert found.silence is Silence.MISSING


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({}, "no Terraform plan or state"),
        (plan(), "holds no alarm"),
        (plan(PLAIN | {"period": 43_200}), "looks back more than a day"),
        (plan(PLAIN | {"evaluate_low_sample_count_percentiles": "ignore"}), "percentiles of few samples"),
        (plan(MATH | {"metric_query": RATIO[1:]}), "needs one expression that returns data"),
        (plan(composites=(BOTH | {"actions_suppressor": [{"alarm": "plain"}]},)), "suppressors"),
    ],
)
def test_what_would_not_be_simulated_rightly_is_refused(found: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        alarms_in(found)
