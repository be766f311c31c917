"""Names are declared once and are those that dashboards and alarms know."""

import re

from raglite import telemetry
from raglite.telemetry import METRICS, NAMESPACE, AuditAction, Metric, Span, Unit


def test_every_declared_metric_is_listed_under_a_name_of_its_own() -> None:
    declared = {value for value in vars(telemetry).values() if isinstance(value, Metric)}
    assert set(METRICS) == declared
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_metrics_have_cloudwatchs_units_and_say_what_they_mean() -> None:
    assert all(metric.unit in Unit and metric.meaning for metric in METRICS)
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", metric.name) for metric in METRICS)


def test_the_specifications_names_are_kept() -> None:
    assert NAMESPACE == "RAGLite"
    assert {"QueryLatency", "Errors"} <= {metric.name for metric in METRICS}


def test_the_stages_of_ingestion_and_of_a_question_have_spans() -> None:
    assert {"fetch", "parse", "chunk", "embed", "index", "publish"} <= {span.value for span in Span}
    assert {"embed", "search", "rank", "cite"} <= {span.value for span in Span}
    assert len(set(AuditAction)) == len(AuditAction)
