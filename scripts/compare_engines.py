"""Put the e2e reports of both engines side by side: `python -m scripts.compare_engines`, after `make e2e` on each.

Seconds of single runs on one machine: read the ratio, and run both in turn before believing a small one.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BUILD = Path("build")
REPORTS = {"process": "e2e", "docker": "e2e-docker"}


def main(arguments: list[str] | None = None) -> int:
    """Write the table to stdout and to OUT; return 1 if a report is missing."""
    parser = argparse.ArgumentParser(prog="python -m scripts.compare_engines", description=__doc__)
    parser.add_argument("--build", type=Path, default=BUILD, help="where the reports lie")
    parser.add_argument("--out", type=Path, default=BUILD / "engines" / "compared.md")
    chosen = parser.parse_args(arguments)
    places = {engine: chosen.build / name / "report.json" for engine, name in REPORTS.items()}
    if absent := [str(place) for place in places.values() if not place.exists()]:
        print(f"no {' and no '.join(absent)}: run `make e2e` and `make e2e ENGINE=docker`.", file=sys.stderr)
        return 1
    table = "\n".join(compared({engine: json.loads(place.read_text()) for engine, place in places.items()})) + "\n"
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(table)
    print(table, end="")
    return 0


def compared(reports: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a Markdown table: each figure that both reports have, and their ratio."""
    process, docker = (dict(figures(reports[engine])) for engine in REPORTS)
    yield "| | process | docker | docker / process |"
    yield "|---|---:|---:|---:|"
    for name in process:
        if name in docker:
            ratio = f"{docker[name] / process[name]:.2f}" if process[name] else ""
            yield f"| {name} | {process[name]:g} | {docker[name]:g} | {ratio} |"


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
