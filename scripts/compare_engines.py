"""Put the e2e reports of the twin's targets side by side: `make compare-engines`, after `make e2e` on each.

Seconds of single runs on one machine: read the ratio, and run both in turn before believing a small one.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BUILD = Path("build")
# Where each report lies, and the words after `make e2e` that make it. The last one is shown if it is there.
REPORTS = {"process": ("e2e", ""), "docker": ("e2e-docker", " ENGINE=docker"), "localstack": ("e2e-localstack", "")}
REQUIRED = ("process", "docker")


def main(arguments: list[str] | None = None) -> int:
    """Write the table to stdout and to OUT; return 1 if a required report is missing."""
    parser = argparse.ArgumentParser(prog="python -m scripts.compare_engines", description=__doc__)
    parser.add_argument("--build", type=Path, default=BUILD, help="where the reports lie")
    parser.add_argument("--out", type=Path, default=BUILD / "engines" / "compared.md")
    chosen = parser.parse_args(arguments)
    places = {target: chosen.build / folder / "report.json" for target, (folder, _) in REPORTS.items()}
    if absent := [target for target in REQUIRED if not places[target].exists()]:
        made = " and ".join(f"`make e2e{REPORTS[target][1]}`" for target in absent)
        print(f"no {' and no '.join(str(places[target]) for target in absent)}: run {made}.", file=sys.stderr)
        return 1
    found = {target: json.loads(place.read_text()) for target, place in places.items() if place.exists()}
    table = "\n".join(compared(found)) + "\n"
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(table)
    print(table, end="")
    return 0


def compared(reports: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a Markdown table: each figure of the process engine, the others', and the ratio of the required two."""
    columns = {target: dict(figures(report)) for target, report in reports.items()}
    yield f"| | {' | '.join(columns)} | docker / process |"
    yield f"|---|{'---:|' * len(columns)}---:|"
    yield f"| started | {' | '.join(report['started'] for report in reports.values())} | |"
    for name, here in columns["process"].items():
        if name in columns["docker"]:
            ratio = f"{columns['docker'][name] / here:.2f}" if here else ""
            told = (f"{column[name]:g}" if name in column else "" for column in columns.values())
            yield f"| {name} | {' | '.join(told)} | {ratio} |"


def figures(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield outcomes, phases (seconds) and measures of a report by name."""
    outcomes = [outcome["outcome"] for outcome in report["outcomes"]]
    for outcome in ("passed", "failed", "skipped"):
        yield f"tests {outcome}", outcomes.count(outcome)
    for name, seconds in report.get("twin_phases", {}).items():
        yield f"twin up: {name}, s", seconds
    for name, seconds in report["phases_seconds"].items():
        yield f"{name}, s", seconds
    for name, value in report.get("measures", {}).items():
        if isinstance(value, int | float):
            yield name, value


if __name__ == "__main__":
    sys.exit(main())
