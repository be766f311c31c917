"""`raglite alarms`: what the planned alarms would do, played on made-up metrics. No AWS is asked."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from raglite.cli.door import Group, Verb
from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, print_json
from raglite.cli.terminal import plain, stdout
from raglite.errors import ConfigurationError
from raglite.observability import alarm_cases
from raglite.observability.alarm_cases import Outcome
from raglite.observability.alarm_matrix import matrix_json, matrix_markdown
from raglite.observability.alarms import Alarm, alarms_in

Files = Annotated[list[Path], typer.Argument(help="Test files in TOML: docs/how-to/alarms.md describes them.")]
Plan = Annotated[
    Path,
    typer.Option(help="The alarms: what `terraform show -json` or `terraform test -json -verbose` printed."),
]
Matrix = Annotated[
    Path | None,
    typer.Option(help="Store which fault fires which alarm in this folder; every alarm needs a fault of its own then."),
]

alarms = typer.Typer(cls=Group, help="Simulate the alarms of a Terraform plan.", no_args_is_help=True)


@alarms.callback()
def _group() -> None:
    """Keep `test` a command of its own: a group of one would take its place."""


@alarms.command("test", cls=Verb)
def try_out(files: Files, plan: Plan, matrix: Matrix = None, as_json: AsJson = False) -> None:
    """Play faults on metrics and see which alarms fire when."""
    planned = read_plan(plan)
    outcomes = [outcome for file in files for outcome in _played(file, planned)]
    faults = [f"{one.case.name}: {fault}" for one in outcomes for fault in one.faults]
    if matrix is not None:
        faults += alarm_cases.unproven(outcomes, planned)
        _store(matrix, outcomes, planned)
    if as_json:
        print_json({**matrix_json(outcomes, planned), "faults": faults})
    else:
        _print(outcomes, planned, faults)
    raise typer.Exit(Exit.FOUND if faults else Exit.DONE)


def read_plan(path: Path) -> dict[str, Alarm]:
    """Return the alarms of a plan's or a state's JSON, or of the events of a Terraform test."""
    try:
        return alarms_in(_planned(path.read_text()))
    except (OSError, ValueError) as error:  # no file, no text, no JSON
        raise ConfigurationError(f"{path} is no plan in JSON ({error}): `make alarms` writes one.") from error


def _planned(text: str) -> Mapping[str, Any]:
    try:
        documents = [json.loads(text)]
    except ValueError:  # not one document: one a line
        documents = [json.loads(line) for line in text.splitlines()]
    found = [one for one in documents if isinstance(one, dict)]
    states = [one["test_state"] for one in found if "test_state" in one]
    return dict((states or found or [{}])[0])


def _played(file: Path, planned: Mapping[str, Alarm]) -> Iterable[Outcome]:
    healthy, cases = alarm_cases.load(file)
    return [alarm_cases.play(case, healthy, planned) for case in cases.case]


def _store(folder: Path, outcomes: list[Outcome], planned: Mapping[str, Alarm]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "matrix.json").write_text(json.dumps(matrix_json(outcomes, planned), indent=2) + "\n")
    (folder / "matrix.md").write_text(matrix_markdown(outcomes, planned))


def _print(outcomes: list[Outcome], planned: Mapping[str, Alarm], faults: list[str]) -> None:
    console = stdout()
    console.print(plain(matrix_markdown(outcomes, planned)), soft_wrap=True)
    for fault in faults:
        console.print(plain(f"FAILED {fault}"), style="red", soft_wrap=True)
    verdict = f"{len(faults)} not as expected" if faults else "all as expected"
    console.print(f"{len(outcomes)} cases, {len(planned)} alarms: {verdict}.")
