"""`raglite validate`: are the specification's criteria met? Computed from evidence, by the rules of this commit."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, print_json
from raglite.cli.promote import Capabilities, Evidence, Root, bounds_of
from raglite.cli.terminal import complain, plain, stdout, styled
from raglite.errors import InvalidRequest
from raglite.release.allowances import read_allowances
from raglite.release.case import Case
from raglite.release.checkout import look_at
from raglite.release.validation.criteria import Decision
from raglite.release.validation.findings import Measure, Status
from raglite.release.validation.ground import PRODUCTION, READY
from raglite.release.validation.page import html, written
from raglite.release.validation.reading import Files, read_ground
from raglite.release.validation.report import Report, report

STYLES = {Status.MET: "green", Status.NOT_MET: "bold red", Status.NOT_MEASURED: "yellow"}
DECIDED = {Decision.APPROVED: "bold green", Decision.EXTEND: "bold red", Decision.UNDECIDED: "bold yellow"}

Of = Annotated[str, typer.Option("--environment", help=f"Whose criteria: {', '.join(READY)}.")]
Seen = Annotated[Path, typer.Option("--observed", help="The folder that `make observe` wrote.")]
Record = Annotated[
    Path | None,
    typer.Option(help="The record of the promotion.", show_default="build/promotion/ENVIRONMENT.json"),
]
Html = Annotated[Path | None, typer.Option("--html", dir_okay=False, help="Write it as a page to read.")]


def validate(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    environment: Of = PRODUCTION,
    evidence: Evidence = Path("build/evidence"),
    observed: Seen = Path("build/observed"),
    record: Record = None,
    root: Root = Path(),
    capabilities: Capabilities = None,
    html_out: Html = None,
    as_json: AsJson = False,
) -> None:
    """Say of every GO criterion of the specification whether it is met, by which number, and what follows.

    Only evidence of that environment and of the checked-out commit counts. The exit code is 0 if all criteria are met,
    and 1 if one is not, or was not measured.
    """
    if environment not in READY:
        raise InvalidRequest(f"There is no environment {environment!r}: say {', '.join(READY)}.")
    case = Case(
        evidence=(),
        checkout=look_at(root),
        policy=READY[environment],
        allowances=read_allowances(root, capabilities),
        bounds=bounds_of(root),
        now=datetime.now(UTC),
    )
    files = Files(evidence, observed, record or Path("build/promotion") / f"{environment}.json")
    found = report(read_ground(environment, files, case))
    if html_out:
        _write(html_out, html(found))
    if as_json:
        print_json(found.model_dump(mode="json") | {"all_met": found.all_met, "sentence": found.sentence})
    else:
        _print(found)
    if not found.all_met:
        raise typer.Exit(Exit.FOUND)


def _write(path: Path, page: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written ({error.strerror}): name another file with --html.") from error


def _print(found: Report) -> None:
    table = Table("", "criterion", "", "numbers", box=None, pad_edge=False, header_style="bold")
    for one in found.findings:
        numbers = "; ".join(map(_told, one.measures))
        table.add_row(one.number, one.words, styled(one.status, STYLES[one.status]), plain(numbers))
    console = stdout()
    console.print(table)
    console.print()
    console.print(styled(found.decision, DECIDED[found.decision]))
    console.print(plain(found.sentence), soft_wrap=True)
    for one in found.findings:
        for reason in one.reasons:
            complain(f"{one.number}: {reason}")
    for sentence in found.unread:
        complain(sentence)


def _told(measure: Measure) -> str:
    value = "not measured" if measure.value is None else f"{written(measure.value)} {measure.unit}".rstrip()
    bound = f"{'at most' if measure.at_most else 'at least'} {written(measure.bound)} {measure.unit}".rstrip()
    return f"{measure.what}: {value} ({bound})"
