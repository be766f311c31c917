"""docs/reference/metrics.md: every metric, and who looks at it."""

import re
from collections.abc import Mapping
from enum import StrEnum

from raglite.observability import slo
from raglite.telemetry import METRICS, NAMESPACE, Annotation, AuditAction, Metric, Outcome, Span
from scripts.reference.markdown import REFERENCE, ROOT, code, head, table

PAGE = REFERENCE / "metrics.md"
DASHBOARDS = ROOT / "dashboards"
BOARDS = {
    "operations": "RAGLite-Production",
    "ingestion": "RAGLite-Ingestion",
    "objectives": "RAGLite-Objectives",
}
TEXT = f"""In CloudWatch's namespace `{NAMESPACE}`, declared once in `raglite/telemetry.py`. Each carries the dimension
`Environment`; what more tells its series apart stands beside it. [Read the dashboards](../how-to/dashboards.md) says
how they are drawn, [alarms](alarms.md) what is alarming."""
ELSE = """A trace's steps, by which `raglite trace` names its rows, and what traces are found by. Neither a question
nor a document's text is in any of them."""
AUDIT = "What the [audit log](../how-to/audit.md) calls what somebody did, and what it came to."


def page() -> str:
    """Return the page."""
    stated, drawn = slo.load(DASHBOARDS / "slo.json"), boards()
    rows = [
        (code(one.name), one.unit, ", ".join(map(code, one.dimensions)), one.meaning, *_watchers(one, stated, drawn))
        for one in METRICS
    ]
    lines = [
        *head("Metrics, traces and audit records: names", "raglite/telemetry.py and dashboards/", TEXT),
        "## Metrics", "", *table(("metric", "unit", "told apart by", "counts or measures", "dashboard", "alarm"), rows),
        "## Traces", "", ELSE, "", *_names("step", Span), *_names("annotation", Annotation),
        "## Audit records", "", AUDIT, "", *_names("action", AuditAction), *_names("outcome", Outcome),
    ]  # fmt: skip
    return "\n".join(lines)


def boards() -> dict[str, set[str]]:
    """Return the metrics of ours that each dashboard draws, by name or in an expression."""
    bodies = {title: (DASHBOARDS / f"{file}.json").read_text(encoding="utf-8") for file, title in BOARDS.items()}
    return {
        title: {one.name for one in METRICS if re.search(rf'"{NAMESPACE}(", "|[^"]*\b){one.name}\b', body)}
        for title, body in bodies.items()
    }


def _watchers(metric: Metric, stated: slo.Slo, drawn: Mapping[str, set[str]]) -> tuple[str, str]:
    on = [title for title, names in drawn.items() if metric.name in names]
    plain = [
        name for name, alarm in stated.alarms.items() if alarm.namespace == NAMESPACE and metric.name in alarm.metrics
    ]
    burning = [
        f"raglite-{name}-burn-..."
        for name, one in stated.objectives.items()
        if one.has_burn_alarms and metric.name in {one.total.metric, one.bad.metric}
    ]
    return ", ".join(on), ", ".join(map(code, [*plain, *burning]))


def _names(kind: str, names: type[StrEnum]) -> list[str]:
    return [f"Each {kind}: {', '.join(code(one) for one in names)}.", ""]
