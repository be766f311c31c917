"""Which fault fires which alarm, to look at and to keep."""

from collections.abc import Mapping, Sequence
from typing import Any

from raglite.observability.alarm_cases import Outcome
from raglite.observability.alarms import Alarm

FIRED, MEANT = "x", "X"


def matrix_json(outcomes: Sequence[Outcome], alarms: Mapping[str, Alarm]) -> dict[str, Any]:
    """Return the matrix as JSON: for each case, when each alarm first fired and last cleared, in seconds."""
    return {
        "alarms": sorted(alarms),
        "cases": [
            {
                "name": one.case.name,
                "alarms": list(one.case.alarms),
                "fired": dict(sorted(one.fired.items())),
                "cleared": dict(sorted(one.cleared.items())),
                "faults": list(one.faults),
            }
            for one in outcomes
        ],
    }


def matrix_markdown(outcomes: Sequence[Outcome], alarms: Mapping[str, Alarm]) -> str:
    """Return the matrix as a table: a row a fault, a column an alarm, X where the fault is meant to fire it."""
    names = sorted(alarms)
    numbered = [f"{number:>2} {name}" for number, name in enumerate(names, 1)]
    heads = [f"{number:>2}" for number in range(1, len(names) + 1)]
    width = max((len(one.case.name) for one in outcomes), default=0)
    rows = [(one.case.name.ljust(width), [_cell(one, name) for name in names]) for one in outcomes]
    lines = [_row("fault".ljust(width), heads), _row("-" * width, ["--"] * len(names)), *(_row(*row) for row in rows)]
    legend = f"{MEANT} fires and is meant to, {FIRED} fires with it. Columns:"
    return "\n".join([*lines, "", legend, "", *numbered, ""])


def _cell(outcome: Outcome, name: str) -> str:
    if name not in outcome.fired:
        return "  "
    return f" {MEANT if name in outcome.case.alarms else FIRED}"


def _row(first: str, cells: Sequence[str]) -> str:
    return f"| {first} | {' | '.join(cells)} |"
