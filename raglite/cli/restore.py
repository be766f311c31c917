"""`raglite restore`: bring back, from a backup or from the documents, what was lost (docs/how-to/restore.md)."""

import time
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from raglite.cli.completion import backups, keys
from raglite.cli.exits import Exit
from raglite.cli.operations import operator
from raglite.cli.output import AsJson, print_faults, print_json
from raglite.cli.outside import Outside, outside
from raglite.cli.terminal import at_most, plain, stderr, stdout
from raglite.errors import InvalidRequest
from raglite.ingestion.pipeline import policy_of
from raglite.recovery.opened import Backups, Which, opened
from raglite.recovery.restoring.rebuilding import Rebuilding
from raglite.recovery.restoring.target import Restored, Target
from raglite.recovery.restoring.ways import Wanted
from raglite.retrieval.moments import moment

SHOWN = 20  # faults and documents on a terminal
PLACES = ("documents_bucket", "parsed_bucket", "registry_table", "collection")
HOURS = 24.0  # that a backup may be old: what may be lost of documents at most


class Source(StrEnum):
    """What is restored from."""

    BACKUP = "backup"
    DOCUMENTS = "documents"


From = Annotated[Source, typer.Option("--from", help="A backup, or the documents bucket alone.")]
Backup = Annotated[
    str | None,
    typer.Option("--backup", metavar="ID", help="The backup; without it the newest.", autocompletion=backups),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        help="The backup that was the newest at a moment: 2026-03-31 (its end, UTC) or 2026-03-31T17:30+02:00."
    ),
]
MaxAge = Annotated[float, typer.Option(min=0, help="Hours that the newest backup may be old.")]
ToDocuments = Annotated[str | None, typer.Option(metavar="BUCKET", help="An empty, versioned bucket for documents.")]
ToParsed = Annotated[str | None, typer.Option(metavar="BUCKET", help="An empty bucket for parsed documents.")]
ToRegistry = Annotated[str | None, typer.Option(metavar="TABLE", help="An empty table for the registry.")]
ToCollection = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The alias of the index that is made; alone: the name of the collection."),
]
Document = Annotated[
    str | None,
    typer.Option("--document", metavar="KEY", help="Bring back this document alone.", autocompletion=keys),
]
WithoutIndex = Annotated[bool, typer.Option("--without-index", help="Build the index anew: the snapshot is no good.")]
VerifyOnly = Annotated[
    bool, typer.Option("--verify-only", help="Hold what is there against the backup; write nothing.")
]


@dataclass(frozen=True, slots=True)
class _Restore:
    """What is to be done, and by what."""

    reach: Outside
    wanted: Wanted
    which: Which
    with_index: bool

    def __call__(self, source: Source, *, verifying: bool) -> Restored:
        """Fill, bring up to date and verify, or verify alone what is there."""
        if source is Source.DOCUMENTS:
            return Rebuilding(self._target()).run()
        backups = Backups(self.reach.recovery.store, self.reach.recovery.signer)
        with opened(backups, self.which, self.reach.services.clock.now()) as backup:
            target = self._target()
            target.told(f"Backup {backup.manifest.id}, begun {backup.manifest.began:%Y-%m-%d %H:%M:%S} UTC.")
            way = self.wanted.way(backup, target, with_index=self.with_index)
            if not verifying:
                return way.run()
            return Restored(backup.manifest.id, target.registry.commit(), way.names, faults=tuple(way.faults()))

    def _target(self) -> Target:
        settings = self.reach.settings.model_copy(update=self.wanted.settings)
        stores = self.reach.recovery_by(settings)
        return Target(
            documents=stores.documents,
            parsed=stores.parsed,
            registry=stores.registry,
            index=stores.index,
            alias=settings.collection,
            services=self.reach.connect(settings),
            policy=policy_of(settings),
            actor=operator(),
            told=lambda sentence: stderr().print(plain(sentence)),
            began=self.reach.services.clock.now(),
        )


def restore(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    source: From = Source.BACKUP,
    backup: Backup = None,
    as_of: AsOf = None,
    max_age: MaxAge = HOURS,
    to_documents: ToDocuments = None,
    to_parsed: ToParsed = None,
    to_registry: ToRegistry = None,
    to_collection: ToCollection = None,
    document: Document = None,
    without_index: WithoutIndex = False,
    verify_only: VerifyOnly = False,
    as_json: AsJson = False,
) -> None:
    """Fill empty stores from a backup, bring them up to date from the documents, and hold them against the backup.

    Everything: all four --to-...; a lost registry: --to-registry; a lost index: --to-collection; both: these two; one
    document: --document. Needs model and parser, as an ingest task does. Run it again if it was interrupted.
    """
    wanted = Wanted(to_documents, to_parsed, to_registry, to_collection, document)
    wanted.refuse_others(source)
    reach = outside(ctx)
    if not verify_only:
        _refuse_live(reach, wanted)
    which = Which(backup, moment(as_of, reach.services.clock.now()) if as_of else None, timedelta(hours=max_age))
    doing = _Restore(reach, wanted, which, not without_index)
    begun = time.monotonic()
    done = doing(source, verifying=verify_only)
    seconds = time.monotonic() - begun
    if as_json:
        print_json(_json(done, seconds))
    else:
        _print(done, seconds)
    if done.faults:
        raise typer.Exit(Exit.NOT_RIGHT)


def _refuse_live(reach: Outside, wanted: Wanted) -> None:
    """InvalidRequest if a store is to be filled that this estate uses: it may not be lost after all."""
    used = {getattr(reach.settings, place) for place in PLACES}
    live = [name for name in wanted.given.values() if name in used]
    if live and wanted.document is None:
        raise InvalidRequest(f"{live[0]} is in use (RAGLITE_*): restore into another one, then switch to it.")


def _json(done: Restored, seconds: float) -> dict[str, Any]:
    return {
        "backup": done.backup,
        "commit": done.commit,
        "targets": dict(done.targets),
        "written": dict(done.written),
        "bytes": done.written.get("bytes", 0),
        "points": done.written.get("points", 0),
        "synchronized": len(done.mended.synchronized),
        "quarantined": list(done.mended.quarantined),
        "notes": list(done.notes),
        "whole": not done.faults,
        "faults": list(done.faults),
        "seconds": round(seconds, 3),
    }


def _print(done: Restored, seconds: float) -> None:
    say = partial(stdout().print, soft_wrap=True)
    written = ", ".join(f"{count:,} {what}" for what, count in done.written.items() if count) or "nothing"
    say(plain(f"Written: {written}. Brought up to date: {len(done.mended.synchronized):,} documents. {seconds:.1f} s."))
    for key in at_most(done.mended.quarantined, SHOWN):
        say(plain(f"QUARANTINED {key}: `raglite documents` says why."))
    for note in done.notes:
        say(plain(note))
    print_faults(done.faults, SHOWN)
    filled = ", ".join(done.targets.values())
    say(plain(f"{filled}: {'not whole' if done.faults else 'whole'}, at commit {done.commit}."))
