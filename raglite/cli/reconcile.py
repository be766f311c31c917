"""`raglite reconcile`: where bucket, registry and index disagree, and having it mended."""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from raglite.cli.exits import Exit
from raglite.cli.operations import operator
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import Outside, outside
from raglite.cli.progress import progress
from raglite.cli.terminal import complain, plain, stdout, tabulated
from raglite.errors import InvalidRequest
from raglite.ingestion import reconciling
from raglite.ingestion.disagreement import FindingKind
from raglite.ingestion.reconciling import GRACE_SECONDS, Repair, Report, busy_keys, repair

PAUSE, LONGEST_PAUSE = 1.0, 15.0  # seconds between two looks at what waits
BACKOFF = 1.5

Repairing = Annotated[bool, typer.Option("--repair", help="Request another look at every key that disagrees.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="With --repair: wait until those keys have come to rest, compare again.")
]
Grace = Annotated[float, typer.Option(min=0, help="Seconds; what changed in the bucket later than that is on its way.")]
Timeout = Annotated[float, typer.Option(min=0, help="How many seconds to wait at most.")]


def reconcile(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    repairing: Repairing = False,
    wait: Wait = False,
    grace: Grace = GRACE_SECONDS,
    timeout: Timeout = 900,
    as_json: AsJson = False,
) -> None:
    """Compare bucket, registry and index. Needs AWS credentials and the index, no API key and no model.

    After --repair --wait the exit code tells of what is left.
    """
    if wait and not repairing:
        raise InvalidRequest("--wait goes with --repair: nothing else is waited for.")
    reach = outside(ctx)
    report = reconciling.reconcile(reach.services, grace)
    done, left = None, None
    if repairing:
        done = repair(report, reach.services, operator())
        if wait and _has_settled(done, reach, timeout):
            left = reconciling.reconcile(reach.services, grace)
    if as_json:
        print_json(_json(report, done, left))
    else:
        _print(report, done, left)
    if done and wait and left is None:
        complain("not everything has come to rest in time: run it again, or look at the ingest tasks' log.")
        raise typer.Exit(Exit.LATER)
    raise typer.Exit((left or report).exit_code)


def _has_settled(done: Repair, reach: Outside, timeout: float) -> bool:
    """Wait until none of the requested keys waits or is worked on; False if that takes too long."""
    now, pause = reach.services.clock.now, PAUSE
    deadline = now() + timedelta(seconds=timeout)
    requested = set(done.requested)
    with progress("waiting") as show:
        while left := requested & busy_keys(reach.services.registry) if requested else set():
            show(len(requested) - len(left), len(requested), "")
            if now() >= deadline:
                return False
            reach.pause(pause)
            pause = min(BACKOFF * pause, LONGEST_PAUSE)
    return True


def _json(report: Report, done: Repair | None, left: Report | None) -> dict[str, Any]:
    repaired = {} if done is None else {"requested": list(done.requested), "woken": not done.asleep}
    return _report_json(report) | repaired | ({} if left is None else {"left": _report_json(left)})


def _report_json(report: Report) -> dict[str, Any]:
    kinds = Counter(finding.kind for finding in report.findings)
    return {
        "keys": report.keys,
        "versions": report.versions,
        "busy": report.busy,
        "loss": report.loss,
        "findings": [finding.model_dump(mode="json") for finding in report.findings],
        "kinds": {kind.value: kinds[kind] for kind in FindingKind},
    }


def _print(report: Report, done: Repair | None, left: Report | None) -> None:
    _print_report(report)
    if done and done.requested:
        stdout().print(f"Requested another look at {_counted(len(done.requested), 'key')}.")
    if done and done.asleep:
        complain(done.asleep)
    if left:
        stdout().print("After the repair:")
        _print_report(left)


def _print_report(report: Report) -> None:
    console = stdout()
    if report.findings:
        console.print(_table(report))
    found = f"{_counted(len(report.findings), 'finding')} at {_counted(len(report.disagreeing), 'key')}"
    busy = f"; {_counted(report.busy, 'key')} on the way, not judged" if report.busy else ""
    compared = f"{_counted(report.keys, 'key')}, {_counted(report.versions, 'version')} compared"
    agreed = "no finding" if report.loss else "bucket, registry and index agree"
    console.print(f"{compared}: {found if report.findings else agreed}{busy}.")
    if report.loss:
        complain(report.loss)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _table(report: Report) -> Table:
    table = tabulated("finding", "key", "version", "what is wrong", whole=("finding",))
    for one in report.findings:
        table.add_row(one.kind.value.replace("_", " "), plain(one.key), plain(one.version_id), plain(one.sentence))
    return table
