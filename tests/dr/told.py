"""What drills came to, as a table for people and as evidence."""

from collections.abc import Iterable, Mapping
from typing import Any

HEAD = (
    "# Drills\n\n"
    "RTO: from the first golden question that failed until all were answered as before, for good. "
    "RPO: from the writer's own log.\n\n"
    "| drill | verdict | RTO, s | RPO, s | right | refused | wrong | writes | lost |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---:|\n"
)
RATES = (
    "\n## Rates\n\n"
    "Bytes, points and seconds are the commands' own: from their first look at the estate to their last. "
    "**The last column is EXTRAPOLATED** from a small estate, not measured.\n\n"
    "| drill | what | bytes | points | s | MB/s | hours for 100 GB, EXTRAPOLATED |\n"
    "|---|---|---:|---:|---:|---:|---:|\n"
)


def drilled(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report as raglite.release.evidence.Drill has it."""
    return {
        "name": report["name"],
        "failed": report["failed"],
        "well": report["well"],
        "lost_seconds": report["rpo_seconds"],
        "questions": report["right"] + report["refused"] + report["wrong"],
        "wrong": report["wrong"],
    }


def written(reports: Iterable[Mapping[str, Any]]) -> str:
    """Return all reports as Markdown."""
    told = list(reports)
    rates = [_rate(report, rate) for report in told for rate in report["rates"]]
    return HEAD + "".join(map(_row, told)) + (RATES + "".join(rates) if rates else "") + "".join(map(_faults, told))


def _row(report: Mapping[str, Any]) -> str:
    name = report["name"] + (f" ({report['sabotage']})" if report["sabotage"] else "")
    rto = "not over" if report["rto_seconds"] is None else f"{report['rto_seconds']:.1f}"
    numbers = (report["right"], report["refused"], report["wrong"], report["writes"], report["lost_writes"])
    cells = [name, "green" if report["green"] else "RED", rto, f"{report['rpo_seconds']:.1f}", *map(str, numbers)]
    return f"| {' | '.join(cells)} |\n"


def _rate(report: Mapping[str, Any], rate: Mapping[str, Any]) -> str:
    hours = rate["hours_for_100_gb_EXTRAPOLATED"]
    cells = (report["name"], rate["what"], f"{rate['bytes']:,}", rate["points"], f"{rate['seconds']:.1f}")
    more = (f"{rate['megabytes_per_second']:.3f}", "" if hours is None else f"{hours:,.1f}")
    return f"| {' | '.join(map(str, (*cells, *more)))} |\n"


def _faults(report: Mapping[str, Any]) -> str:
    if not report["faults"]:
        return ""
    lines = "".join(f"- {fault}\n" for fault in report["faults"])
    return f"\n## {report['sabotage'] or report['name']}\n\n{lines}"
