"""What people and programs are shown. JSON goes to stdout and nothing else does then; complaints go to stderr.

Text from documents and keys is not ours: it is printed without markup and without control characters.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from raglite.cli.terminal import at_most, plain, stdout, styled, tabulated, write
from raglite.errors import ConfigurationError
from raglite.model import DocumentVersion, Figure, Frozen, ReadAt, VersionState, Withheld
from raglite.retrieval.citation import describe
from raglite.retrieval.moments import spoken

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
AsOf = Annotated[
    str | None,
    typer.Option(help="What was answered from at a moment: 2026-03-31 (its end, UTC) or 2026-03-31T17:30:00+02:00."),
]
Shape = TypeVar("Shape", bound=Frozen)
MOST_PAGES = 10  # missing ones in a remark on a terminal
STYLES = {
    VersionState.SEARCHABLE: "green",
    VersionState.QUARANTINED: "red",
    VersionState.SUPERSEDED: "dim",
    VersionState.DELETED: "dim",
}


def understood(model: type[Shape], found: Any) -> Shape:
    """Return a service's answer as this version knows it; ConfigurationError if the service speaks another."""
    try:
        return model.model_validate(found)
    except ValidationError as error:
        raise ConfigurationError(
            "The service's answer has another shape than this raglite knows: use the same version as the service."
        ) from error


def print_json(value: Any) -> None:
    """Print a value as JSON in plain ASCII, whatever the terminal speaks."""
    write(json.dumps(value, indent=2) + "\n")


def print_faults(faults: Sequence[str], most: int) -> None:
    """Print what is wrong, a line each, and on a terminal how much more there is than so many."""
    shown = at_most(faults, most)
    for fault in shown:
        stdout().print(plain(f"FAULT {fault}"), soft_wrap=True)
    if len(faults) > len(shown):
        stdout().print(f"... and {len(faults) - len(shown)} more: --json has them all.")


def documents_json(versions: Iterable[DocumentVersion]) -> dict[str, Any]:
    """Return versions in the shape that /api/documents has too."""
    return {"documents": [version.model_dump(mode="json") for version in versions]}


def documents_table(versions: Iterable[DocumentVersion]) -> Table:
    """Return one row a version: where it stands, and what it was read as or why it is not searchable."""
    numbers = ("pages", "chunks")
    table = tabulated("key", "state", "what it is, or why not", *numbers, numbers=numbers, whole=("state", *numbers))
    for version in versions:
        state = styled(version.state.value, STYLES.get(version.state, "yellow"))
        counts = (_pages(version), str(version.chunks or ""))
        table.add_row(plain(version.key), state, plain(_remark(version)), *counts)
    return table


def _remark(version: DocumentVersion) -> str:
    if version.reason:
        return f"{version.reason}: {version.reason_sentence or 'no sentence was recorded'}"
    missing = version.pages_missing
    some = at_most(missing, MOST_PAGES)
    pages = f"{', '.join(map(str, some))}{', ...' if len(missing) > len(some) else ''}"
    partial = f"partial, without page{'s' if len(missing) > 1 else ''} {pages}" if missing else None
    return ", ".join(part for part in (version.filing.company, describe(version.filing), partial) if part)


def _pages(version: DocumentVersion) -> str:
    if version.partial:
        return f"{version.pages_total - len(version.pages_missing)}/{version.pages_total}"
    return str(version.pages_parsed or "")


def print_notes(answer: ReadAt, console: Console) -> None:
    """Print what a reader must know of the documents behind an answer."""
    for note in answer.notes:
        console.print(styled(note, "yellow"), soft_wrap=True)
    if answer.notes:
        console.print()


def read_at(answer: ReadAt) -> str:
    """Return at which state of the documents an answer was read."""
    as_of = f", as of {spoken(answer.as_of)}" if answer.as_of else ""
    return f"index commit {answer.index_commit}{as_of}"


def print_figures(given: Iterable[Figure], withheld: Iterable[Withheld], console: Console) -> None:
    """Print figures with their formula and cells, and why others are withheld."""
    for one in given:
        _print_figure(one, console)
    for held in withheld:
        console.print(plain(f"withheld ({held.reason}): {held.sentence}"), soft_wrap=True)


def _print_figure(one: Figure, console: Console) -> None:
    console.print(styled(f"{one.value:,f} {one.unit}".rstrip(), "bold"))
    console.print(plain(f"    {one.company}, {one.period}: {one.formula}"), soft_wrap=True)
    for operand in one.operands:
        console.print(plain(f"    {operand.name} = {operand.stated.text}  {operand.label}"), soft_wrap=True)
        console.print(styled(f"        {operand.uri}", "dim"), soft_wrap=True)
    for note in one.notes:
        console.print(plain(f"    {note}"), soft_wrap=True)
