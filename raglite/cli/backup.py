"""`raglite backup create|list|verify|prune`: copies of the whole estate in a bucket that locks them."""

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from raglite.cli.completion import backups
from raglite.cli.door import Group, Verb
from raglite.cli.exits import Exit
from raglite.cli.operations import operator
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import Outside, outside
from raglite.cli.terminal import complain, plain, stderr, stdout, tabulated
from raglite.errors import ConfigurationError, NotFound
from raglite.ports import AuditField
from raglite.recovery.backup import Made, Making, create
from raglite.recovery.listing import Listed, listed
from raglite.recovery.pruning import Pruned, prune
from raglite.recovery.verifying import Verified, verify
from raglite.release.checkout import look_at
from raglite.settings import Settings
from raglite.telemetry import AuditAction

UNKNOWN = "unknown"
# What a backup may know of the settings: names and limits, no secret and nothing of this machine.
TOLD = {
    "documents_bucket",
    "parsed_bucket",
    "registry_table",
    "api_keys_secret",
    "audit_records_group",
    "audit_texts_group",
    "audit_bucket",
    "backups_bucket",
    "backups_key",
    "backups_days",
    "collection",
    "environment",
    "max_attempts",
    "max_characters",
    "max_document_bytes",
    "max_pages",
    "max_unpacked_bytes",
    "parse_seconds",
    "qdrant_url",
    "revision",
}

backup = typer.Typer(
    cls=Group,
    help="Back the whole estate up, and look after its backups (docs/how-to/backup.md).",
    no_args_is_help=True,
)

WithoutIndex = Annotated[
    bool, typer.Option("--without-index", help="Leave the index out: it is lost, and can be rebuilt.")
]
Backup = Annotated[
    str | None,
    typer.Argument(metavar="[ID]", help="The backup; without it the newest.", autocompletion=backups),
]
Deep = Annotated[bool, typer.Option("--deep", help="Read every content, too, and compare its sha256.")]
MaxAge = Annotated[float | None, typer.Option(min=0, help="Hours that the backup may be old.")]
Days = Annotated[float | None, typer.Option(min=0, help="Days that backups are kept; without it RAGLITE_BACKUPS_DAYS.")]


@backup.command("create", cls=Verb)
def create_(ctx: typer.Context, without_index: WithoutIndex = False, as_json: AsJson = False) -> None:
    """Copy documents, parsed documents, registry and index; read the copy back and sign it.

    What the last backup has is not read again.
    """
    reach = outside(ctx)
    made = create(reach.recovery, _making(reach, without_index))
    if as_json:
        print_json(_made_json(made))
        return
    held = made.manifest.counts
    stdout().print(f"Backup {made.manifest.id} is complete, at commit {made.manifest.commit}.", soft_wrap=True)
    stdout().print(
        f"{held.keys:,} keys, {held.versions:,} versions, {held.markers:,} markers, {held.parsed:,} parsed files, "
        f"{held.items:,} items, {held.points:,} points; {held.bytes:,} bytes, {made.tally.new_bytes:,} of them new; "
        f"{made.seconds:.1f} s, {_rate(made):.2f} MB/s.",
        soft_wrap=True,
    )


def _making(reach: Outside, without_index: bool) -> Making:
    settings = reach.settings
    return Making(
        environment=settings.environment,
        revision=_revision(settings),
        alias=settings.collection,
        settings=settings.model_dump(mode="json", include=TOLD),
        days=settings.backups_days,
        actor=operator(),
        clock=reach.services.clock,
        telemetry=reach.services.telemetry,
        audit=reach.services.audit,
        told=lambda sentence: stderr().print(plain(sentence)),
        pause=reach.pause,
        without_index=without_index,
    )


def _revision(settings: Settings) -> str:
    if settings.revision:
        return settings.revision
    try:
        return look_at(Path()).git_sha
    except ConfigurationError:
        return UNKNOWN


def _rate(made: Made) -> float:
    """Return MB/s: what was moved through the time of it all."""
    return made.moved / 1e6 / max(made.seconds, 1e-3)


def _made_json(made: Made) -> dict[str, Any]:
    manifest = made.manifest
    return {
        "backup": manifest.id,
        "commit": manifest.commit,
        "began": manifest.began.isoformat(),
        "completed": manifest.completed.isoformat(),
        "counts": manifest.counts.model_dump(),
        "collections": [
            {"name": one.name, "points": one.points, "visible": one.visible} for one in manifest.collections
        ],
        "bytes": made.moved,
        "points": manifest.counts.points,
        "read_bytes": made.tally.read,
        "new_contents": made.tally.new,
        "new_bytes": made.tally.new_bytes,
        "written_bytes": made.written,
        "vanished": made.tally.vanished,
        "rounds": made.rounds,
        "seconds": round(made.seconds, 3),
        "mb_per_second": round(_rate(made), 3),
    }


@backup.command("list", cls=Verb)
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show the backups there are, newest first, those that were never completed too."""
    found = list(listed(outside(ctx).recovery))
    if as_json:
        print_json({"backups": [_listed_json(one) for one in found]})
    elif found:
        stdout().print(_table(found))
    else:
        stdout().print("There is no backup: `raglite backup create` makes one.")


def _listed_json(one: Listed) -> dict[str, Any]:
    manifest = one.manifest
    return {
        "backup": one.backup,
        "begun": one.begun.isoformat() if one.begun else None,
        "complete": manifest is not None,
        "fault": one.fault,
        "commit": manifest.commit if manifest else None,
        "counts": manifest.counts.model_dump() if manifest else None,
        "locked_until": one.locked_until.isoformat() if one.locked_until else None,
    }


def _table(found: list[Listed]) -> Table:
    numbers = ("commit", "versions", "points", "bytes")
    table = tabulated("backup", "begun", *numbers, "locked until", "fault", numbers=numbers)
    for one in found:
        held = one.manifest
        counts = (
            [f"{n:,}" for n in (held.commit, held.counts.versions, held.counts.points, held.counts.bytes)]
            if held
            else [""] * 4
        )
        moments = [f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in (one.begun, one.locked_until)]
        table.add_row(one.backup, moments[0], *counts, moments[1], plain(one.fault or ""))
    return table


@backup.command("verify", cls=Verb)
def verify_(
    ctx: typer.Context, which: Backup = None, deep: Deep = False, max_age: MaxAge = None, as_json: AsJson = False
) -> None:
    """Read a backup and say everything that is wrong with it."""
    reach = outside(ctx)
    found = which or next(reach.recovery.store.complete(), None)
    if found is None:
        raise NotFound("There is no complete backup: `raglite backup create` makes one.")
    age = None if max_age is None else timedelta(hours=max_age)
    seen = verify(reach.recovery, found, reach.services.clock.now(), deep, age)
    if as_json:
        print_json({"backup": seen.backup, "whole": not seen.faults, "deep": deep, "faults": list(seen.faults)})
    else:
        _show_verified(seen, deep)
    if seen.faults:
        raise typer.Exit(Exit.INVALID)


def _show_verified(seen: Verified, deep: bool) -> None:
    for fault in seen.faults:
        complain(fault)
    if not seen.faults:
        read = "every content read" if deep else "every content there"
        stdout().print(f"Backup {seen.backup} is whole: signature, parts and counts agree, {read}.", soft_wrap=True)


@backup.command("prune", cls=Verb)
def prune_(ctx: typer.Context, days: Days = None, as_json: AsJson = False) -> None:
    """Remove backups whose time is over, and the contents that no other needs. What is locked stays, and is told."""
    reach = outside(ctx)
    kept_for = reach.settings.backups_days if days is None else days
    say = partial(stderr().print, soft_wrap=True)
    done = prune(reach.recovery, kept_for, reach.services.clock.now(), lambda sentence: say(plain(sentence)))
    if done.removed or done.contents:
        told: dict[str, AuditField] = {"backups": list(done.removed)}
        told |= {"contents": done.contents, "bytes": done.bytes}
        reach.services.audit.append(AuditAction.BACKUPS_PRUNED, operator(), told)
    if as_json:
        print_json(asdict(done))
        return
    _show_pruned(done)


def _show_pruned(done: Pruned) -> None:
    removed = f"{len(done.removed)} backups and {done.contents:,} contents ({done.bytes:,} bytes) were removed"
    stdout().print(
        f"{removed}; {len(done.locked)} backups and {done.locked_contents:,} contents are locked.", soft_wrap=True
    )
