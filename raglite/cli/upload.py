"""`raglite upload`: put files into the documents bucket and, if asked, wait for what becomes of each."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from raglite.cli.output import AsJson, complain, documents_json, documents_table, print_json, stderr, stdout
from raglite.cli.outside import Outside, outside
from raglite.errors import DocumentRejected, InvalidRequest, TransientError
from raglite.model import DocumentVersion, VersionState
from raglite.ports import DocumentStore

LOST = frozenset({VersionState.QUARANTINED, VersionState.DELETED})
AT_REST = LOST | {VersionState.SEARCHABLE, VersionState.SUPERSEDED}
PAUSE = 1.0  # seconds between two looks at the registry

Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE|DIR...",
        exists=True,
        help="A file is stored under its name, a directory's files under their paths in it. Hidden files are left out.",
    ),
]
Prefix = Annotated[str, typer.Option(help="Store below this path; the first segment of a key is its access group.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until every uploaded version has come to rest.")]
Timeout = Annotated[float, typer.Option(min=0, help="How many seconds to wait at most.")]


def upload(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    paths: Paths,
    prefix: Prefix = "",
    wait: Wait = False,
    timeout: Timeout = 900,
    as_json: AsJson = False,
) -> None:
    """Upload documents. A key that is used again gets a new version, which replaces the one before.

    With --wait the exit code says what became of them: 0 if each is searchable, or superseded by a later upload of
    its key; 65 if one was quarantined or deleted; 75 if one had not come to rest in time.
    """
    reach, files = outside(ctx), files_by_key(paths, prefix)
    with _progress("uploading", len(files)) as advance:
        versions = [advance(_uploaded(reach.services.documents, path, key)) for key, path in files.items()]
    if wait:
        with _progress("waiting", len(files)) as advance:
            versions = sorted(map(advance, arrivals(versions, reach, timeout)), key=lambda version: version.key)
    if as_json:
        print_json(documents_json(versions))
    else:
        stdout().print(documents_table(versions))
    if wait:
        _exit_by(versions)


def files_by_key(paths: Sequence[Path], prefix: str = "") -> dict[str, Path]:
    """Return each file under the key it is to be stored at, in key order.

    InvalidRequest if there is none, if one cannot be read, or if two would be stored at one key.
    """
    found: dict[str, Path] = {}
    for path, name in (pair for given in paths for pair in _named(given)):
        key = "/".join(part for part in (prefix.strip("/"), name) if part)
        if key in found:
            raise InvalidRequest(f"{found[key]} and {path} would both be stored as {key}: upload them one by one.")
        if not os.access(path, os.R_OK):
            raise InvalidRequest(f"{path} cannot be read: change its permissions, or leave it out.")
        found[key] = path
    if not found:
        raise InvalidRequest(f"There is no file in {', '.join(map(str, paths))}.")
    return dict(sorted(found.items()))


def arrivals(versions: Sequence[DocumentVersion], reach: Outside, timeout: float) -> Iterator[DocumentVersion]:
    """Yield each version once it has come to rest, and after `timeout` seconds the others as they are."""
    services, pending = reach.services, list(versions)
    deadline = services.clock.now() + timedelta(seconds=timeout)
    while True:
        looked = [services.registry.find(version.key, version.version_id) or version for version in pending]
        yield from (version for version in looked if version.state in AT_REST)
        pending = [version for version in looked if version.state not in AT_REST]
        if not pending or services.clock.now() >= deadline:
            break
        reach.pause(PAUSE)
    yield from pending


def _named(given: Path) -> list[tuple[Path, str]]:
    if given.is_file():
        return [(given, given.name)]
    inside = ((path, path.relative_to(given)) for path in given.rglob("*") if path.is_file())
    return [(path, name.as_posix()) for path, name in inside if not any(part.startswith(".") for part in name.parts)]


def _uploaded(store: DocumentStore, path: Path, key: str) -> DocumentVersion:
    stored = store.upload(path, key)
    return DocumentVersion(
        key=key,
        version_id=stored.version_id,
        state=VersionState.RECEIVED,
        size=stored.size,
        uploaded=stored.last_modified,
    )


def _exit_by(versions: Sequence[DocumentVersion]) -> None:
    lost = sum(version.state in LOST for version in versions)
    late = sum(version.state not in AT_REST for version in versions)
    if lost:
        complain(f"{lost} of {len(versions)} will not become searchable; the list says why.")
    if late:
        complain(
            f"{late} of {len(versions)} had not come to rest in time: look again with `raglite documents`; "
            "if nothing moves, `raglite doctor` may tell why."
        )
    if lost or late:
        raise typer.Exit(DocumentRejected.exit_code if lost else TransientError.exit_code)


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[DocumentVersion], DocumentVersion]]:
    """Show a bar on stderr, if that is a terminal; yields a function that lets a version through and counts it."""
    console = stderr()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)

        def advance(version: DocumentVersion) -> DocumentVersion:
            progress.advance(task)
            return version

        yield advance
