"""`raglite eval`: ask the running service a file of questions, score the answers, and let the gate judge."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table as Columns

from raglite.cli.asking import ask_all, look_at
from raglite.cli.exits import Exit
from raglite.cli.output import print_json
from raglite.cli.outside import outside
from raglite.cli.terminal import complain, plain, stdout, styled, tabulated
from raglite.errors import InvalidRequest
from raglite.evaluation.baseline import baseline_of, read_baseline, write_baseline
from raglite.evaluation.evidence import Evidence
from raglite.evaluation.gate import Outcome, Thresholds
from raglite.evaluation.page import html
from raglite.evaluation.report import Report, report
from raglite.evaluation.runs import read_questions, write_run
from raglite.evaluation.scoring import MRR
from raglite.evaluation.shrinkage import shrinkage
from raglite.evaluation.tables import Table

STDOUT = Path("-")
COLUMNS = ("hit@1", "hit@5", "hit@10", "full@5", "doc@5", MRR, "attribution")
STYLES = {Outcome.PASS: "bold green", Outcome.WARN: "bold yellow", Outcome.BLOCK: "bold red"}

_NAMES = TypeAdapter(dict[str, str])
_GIVEN = {"exists": True, "dir_okay": False}
_WRITTEN = {"writable": True, "dir_okay": False}


def evaluate(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    questions: Annotated[Path, typer.Option(**_GIVEN, help="One JSON object a line: id, question, gold pages.")],
    names: Annotated[Path | None, typer.Option(**_GIVEN, help="JSON object of key to document name.")] = None,
    run_out: Annotated[Path | None, typer.Option(**_WRITTEN, help="Write what each question found.")] = None,
    json_out: Annotated[
        Path | None,
        typer.Option("--json", **_WRITTEN, help="Write the report as JSON; - for stdout, and nothing else."),
    ] = None,
    html_out: Annotated[
        Path | None, typer.Option("--html", **_WRITTEN, help="Write the report as a page to read.")
    ] = None,
    gate: Annotated[float, typer.Option(min=0, max=100, help="Block below this hit@5, in percent.")] = 70,
    target: Annotated[float, typer.Option(min=0, max=100, help="Pass with a warning below this one.")] = 90,
    baseline: Annotated[Path | None, typer.Option(**_GIVEN, help="Hold the run against this baseline.")] = None,
    baseline_out: Annotated[
        Path | None, typer.Option("--write-baseline", **_WRITTEN, help="Write the run's baseline.")
    ] = None,
    at_once: Annotated[int, typer.Option(min=1, max=16, help="Ask so many questions at a time.")] = 2,
) -> None:
    """Ask the service at RAGLITE_API_URL every question of a file, score what it answers, and judge."""
    thresholds = _thresholds(gate, target)
    called = _read_names(names) if names else {}
    known = read_baseline(baseline) if baseline else None
    asked, service = read_questions(questions), outside(ctx).service
    _make_folders(run_out, json_out, html_out, baseline_out)
    corpus = look_at(service, called)
    evidence = Evidence(asked, ask_all(service, asked, called, at_once), corpus, known)
    found = report(evidence, thresholds, datetime.now(UTC), service.url)
    if run_out:
        write_run(run_out, evidence.run)
    if json_out and json_out != STDOUT:
        json_out.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if html_out:
        html_out.write_text(html(found), encoding="utf-8")
    if json_out == STDOUT:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found, stdout())
    for reason in found.verdict.reasons:
        complain(f"{reason.code.value}: {reason.sentence}")
    if baseline_out:
        _write_baseline(baseline_out, evidence)
    if not found.verdict.passed:
        raise typer.Exit(Exit.FOUND)


def _thresholds(gate: float, target: float) -> Thresholds:
    if gate > target:
        raise InvalidRequest(f"--gate {gate:g} is above --target {target:g}: swap them, or give both.")
    return Thresholds(block_below=gate / 100, target=target / 100)


def _read_names(path: Path) -> dict[str, str]:
    try:
        return _NAMES.validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InvalidRequest(f'{path} is no JSON object of key to document name, such as {{"k1": "a.pdf"}}.') from error


def _make_folders(*paths: Path | None) -> None:
    for path in filter(None, paths):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidRequest(f"{path.parent} cannot be made ({error.strerror}): name another file.") from error


def _write_baseline(path: Path, evidence: Evidence) -> None:
    """Write it unless the run is broken in itself, which blocks it anyway: later runs would be held against nothing."""
    if shrinkage(Evidence(evidence.questions, evidence.run, evidence.corpus)):
        complain(f"no baseline was written to {path}, for this run measured less than it should have.")
    else:
        write_baseline(path, baseline_of(evidence.questions, evidence.run, evidence.corpus))


def _print(found: Report, console: Console) -> None:
    verdict = found.verdict
    console.print(_columns((*found.tables[:1], *found.kinds)))
    console.print(_claims(found))
    for compared in found.comparisons:
        won, lost = len(compared.won), len(compared.lost)
        console.print(f"{compared.metric} against the baseline: {won} won, {lost} lost, p = {compared.p:.3f}")
    console.print(styled(verdict.sentence, STYLES[verdict.outcome]), soft_wrap=True)


def _columns(tables: tuple[Table, ...]) -> Columns:
    shown = tabulated("questions", "n", *COLUMNS, numbers=("n", *COLUMNS))
    for table in tables:
        cells = [table.scores[name].written if name in table.scores else "" for name in COLUMNS]
        shown.add_row(plain(table.name), str(table.trials), *cells)
    return shown


def _claims(found: Report) -> str:
    figures, abstention = found.figures, found.abstention
    return (
        f"figures: {figures.given.written} of the numeric questions got one, {figures.right.written} of them right, "
        f"{figures.verified.written} verified\n"
        f"no answer: {abstention.recognised.written} recognised, {abstention.refused.written} of the answerable refused"
    )
