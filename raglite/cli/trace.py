"""`raglite trace`: what took how long, from the request to the end, drawn as a waterfall."""

from typing import Annotated, Any

import typer
from rich.console import Console

from raglite.cli.completion import keys
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import outside
from raglite.cli.terminal import plain, stdout, styled, tabulated
from raglite.errors import InvalidRequest, NotFound
from raglite.observability.traces import Kind, Part, Row, Trace, TraceStore, waterfall

TIMES = ("start ms", "ms")
FOLD = 4  # steps or calls alike that share a row
WIDEST_BAR = 80  # columns
BESIDE = 60  # columns for what stands beside a bar

TraceId = Annotated[str | None, typer.Argument(metavar="[ID]", help="A trace id: answers and log lines name theirs.")]
Document = Annotated[
    str | None, typer.Option(help="Show the newest trace of the document with this key.", autocompletion=keys)
]
Last = Annotated[
    bool, typer.Option("--last", help="Show the newest trace, of a document or a question; not the canary's.")
]


def trace(
    ctx: typer.Context,
    trace_id: TraceId = None,
    document: Document = None,
    last: Last = False,
    as_json: AsJson = False,
) -> None:
    """Show one trace as a waterfall: a document's way from its event until it is searchable, or a question's.

    Needs AWS credentials, no API key. X-Ray shows a trace some seconds after it has ended, and keeps it for 30 days.
    """
    if (trace_id is not None) + (document is not None) + last != 1:
        raise InvalidRequest("Say which trace: its id, --document KEY or --last.")
    found = _found(outside(ctx).traces, trace_id, document)
    if as_json:
        print_json(_json(found))
    else:
        _draw(found, stdout())


def _found(store: TraceStore, trace_id: str | None, document: str | None) -> Trace:
    if trace_id is None:
        trace_id = store.newest() if document is None else store.newest_of(document)
        of_it = f" of a document {document}" if document else ""
        if trace_id is None:
            raise NotFound(f"There is no trace{of_it} from the last 30 days. A new one takes some seconds to appear.")
    found = store.trace(trace_id)
    if found is None:
        raise NotFound(f"There is no trace {trace_id}: it is older than 30 days, of another account, or just begun.")
    return found


def _json(found: Trace) -> dict[str, Any]:
    whole = {"trace_id": found.id, "began": found.began, "milliseconds": _ms(found.ended - found.began)}
    return whole | {"parts": [_part_json(part, found.began) for part in found.parts]}


def _part_json(part: Part, zero: float) -> dict[str, Any]:
    return {
        "name": part.name,
        "kind": part.kind.value,
        "operation": part.operation,
        "start_ms": _ms(part.began - zero),
        "duration_ms": None if part.ended is None else _ms(part.ended - part.began),
        "faulty": part.faulty,
        "annotations": part.annotations,
        "parts": [_part_json(below, zero) for below in part.parts],
    }


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 3)


def _draw(found: Trace, console: Console) -> None:
    told = {name: value for part in found.every() for name, value in part.annotations.items()}
    console.print(styled(f"{found.id}  {_ms(found.ended - found.began):,.0f} ms", "bold"))
    console.print(plain("  ".join(f"{name}={value}" for name, value in told.items())), soft_wrap=True)
    width = max(10, min(WIDEST_BAR, console.width - BESIDE))
    table = tabulated("what", "", *TIMES, numbers=TIMES, whole=("", *TIMES))
    for row in waterfall(found, FOLD):
        label = f"{'  ' * row.depth}{row.label}{' (failed)' if row.faulty else ''}"
        times = (_ms(row.spans[0][0] - found.began), _ms(row.seconds))
        cells = (label, _bar(row, found, width), *(f"{time:,.1f}" for time in times))
        table.add_row(*(styled(cell, _style(row)) for cell in cells))
    console.print(table)


def _style(row: Row) -> str:
    return "red" if row.faulty else {Kind.SEGMENT: "bold", Kind.STEP: "", Kind.CALL: "dim"}[row.kind]


def _bar(row: Row, found: Trace, width: int) -> str:
    """Return where in the trace's time the row's spans lie; the shortest is still seen."""
    scale = width / ((found.ended - found.began) or 1)
    filled = set()
    for began, ended in row.spans:
        first = min(width - 1, int(scale * (began - found.began)))
        filled |= set(range(first, max(first + 1, round(scale * (ended - found.began)))))
    return "".join("█" if column in filled else " " for column in range(width)).rstrip()
