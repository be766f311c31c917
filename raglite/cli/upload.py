"""`raglite upload`: put files into the documents bucket and, if asked, wait for what becomes of each."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from raglite.cli.arrivals import AT_REST, LOST, Arrivals
from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, documents_json, documents_table, print_json
from raglite.cli.outside import Outside, outside
from raglite.cli.progress import progress
from raglite.cli.terminal import complain, stdout
from raglite.errors import DependencyUnavailable, InvalidRequest, RagliteError, TransientError
from raglite.model import DocumentVersion, VersionState

AT_ONCE = 8  # uploads: enough to fill a line with small files, few enough to leave S3 unmoved
RETRIES = 4  # of an upload that S3 did not take, after the client's own
FIRST_PAUSE = 1.0  # seconds; each is twice as long as the one before

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

    A file that cannot be uploaded is named, and the others go on. With --wait the exit code says what became of them.
    """
    reach, files = outside(ctx), files_by_key(paths, prefix)
    batch = _Batch(reach)
    try:
        batch.upload(files)
        if wait:
            batch.wait(timeout)
    except KeyboardInterrupt:
        complain(batch.story(len(files)))
        raise typer.Exit(Exit.INTERRUPTED) from None
    if as_json:
        print_json(documents_json(batch.versions) | batch.failures_json())
    elif batch.versions:
        stdout().print(documents_table(batch.versions))
    _exit_by(batch, waited=wait)


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


def _named(given: Path) -> list[tuple[Path, str]]:
    if given.is_file():
        return [(given, given.name)]
    inside = ((path, path.relative_to(given)) for path in given.rglob("*") if path.is_file())
    return [(path, name.as_posix()) for path, name in inside if not any(part.startswith(".") for part in name.parts)]


@dataclass
class _Batch:
    """What has been uploaded so far, what has become of it, and which files could not be."""

    reach: Outside
    versions: list[DocumentVersion] = field(default_factory=list)
    failures: dict[str, RagliteError] = field(default_factory=dict)

    def upload(self, files: Mapping[str, Path]) -> None:
        """Upload files, several at once. What every file would fail by is raised: there is no bucket, no permission."""
        with progress("uploading") as show, ThreadPoolExecutor(AT_ONCE) as pool:
            keys = {pool.submit(self._upload, path, key): key for key, path in files.items()}
            try:
                for done in as_completed(keys):
                    self._note(keys[done], done)
                    show(len(self.versions) + len(self.failures), len(files), "")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self.versions.sort(key=lambda version: version.key)

    def wait(self, timeout: float) -> None:
        """Follow the versions until each has come to rest, or the time is over."""
        arrivals = Arrivals(self.versions, self.reach)
        with progress("waiting") as show:
            for self.versions in arrivals.await_all(timeout):
                states = Counter(version.state for version in self.versions)
                counts = ", ".join(f"{states[state]} {state.value}" for state in VersionState if states[state])
                show(sum(states[state] for state in AT_REST), len(self.versions), counts)

    def story(self, files: int) -> str:
        """Tell in a sentence how far everything had come when somebody stopped waiting."""
        if len(self.versions) + len(self.failures) < files:
            return f"Stopped: {len(self.versions)} of {files} files had been uploaded. Upload again what is missing."
        rest = sum(version.state in AT_REST for version in self.versions)
        return (
            f"Stopped waiting: {rest} of {len(self.versions)} had come to rest. The others go on by themselves: "
            "`raglite documents` tells how far they are."
        )

    def failures_json(self) -> dict[str, object]:
        """Return what could not be uploaded, if anything."""
        failed = [{"key": key, "sentence": str(error)} for key, error in sorted(self.failures.items())]
        return {"failed": failed} if failed else {}

    def _note(self, key: str, done: "Future[DocumentVersion]") -> None:
        try:
            self.versions.append(done.result())
        except (TransientError, InvalidRequest) as error:
            self.failures[key] = error

    def _upload(self, path: Path, key: str) -> DocumentVersion:
        for attempt in range(RETRIES):
            try:
                return self._stored(path, key)
            except DependencyUnavailable:
                self.reach.pause(FIRST_PAUSE * 2**attempt)
        return self._stored(path, key)

    def _stored(self, path: Path, key: str) -> DocumentVersion:
        try:
            stored = self.reach.services.documents.upload(path, key)
        except OSError as error:
            raise InvalidRequest(f"{path} cannot be read ({error.strerror}).") from error
        return DocumentVersion(
            key=key,
            version_id=stored.version_id,
            state=VersionState.RECEIVED,
            size=stored.size,
            uploaded=stored.last_modified,
        )


def _exit_by(batch: _Batch, *, waited: bool) -> None:
    versions = batch.versions if waited else []
    lost = sum(version.state in LOST for version in versions)
    late = sum(version.state not in AT_REST for version in versions)
    for key, error in sorted(batch.failures.items()):
        complain(f"{key} was not uploaded: {error}")
    if lost:
        complain(f"{lost} of {len(versions)} will not become searchable; the list says why.")
    if late:
        complain(
            f"{late} of {len(versions)} had not come to rest in time: look again with `raglite documents`; "
            "if nothing moves, `raglite doctor` may tell why."
        )
    refused = any(isinstance(error, InvalidRequest) for error in batch.failures.values())
    if lost or late or batch.failures:
        raise typer.Exit(Exit.INVALID if lost or refused else Exit.LATER)
