"""`raglite replay`: try quarantined documents again."""

import uuid
from typing import Annotated, Any

import typer

from raglite.cli.completion import quarantined_keys
from raglite.cli.exits import Exit
from raglite.cli.operations import operator
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import outside
from raglite.cli.terminal import complain, plain, stdout
from raglite.errors import InvalidRequest
from raglite.ingestion.replaying import Replay, Replayer

Key = Annotated[
    str | None,
    typer.Argument(
        metavar="KEY", help="The document's key, as `raglite documents` lists it.", autocompletion=quarantined_keys
    ),
]
All = Annotated[bool, typer.Option("--all-quarantined", help="Every quarantined document.")]


def replay(ctx: typer.Context, key: Key = None, everything: All = False, as_json: AsJson = False) -> None:
    """Have a quarantined document tried again, as if for the first time. Needs AWS credentials, no API key."""
    if (key is None) is not everything:
        raise InvalidRequest("Name one KEY, or all by --all-quarantined.")
    reach = outside(ctx)
    owner = f"replay-{uuid.uuid4().hex[:12]}"
    replayer = Replayer(reach.services, owner, reach.settings.lease_seconds, operator())
    done = replayer.every() if key is None else replayer.one(key)
    if as_json:
        print_json(_json(done))
    else:
        _print(done)
    if done.busy:
        complain(f"a task works on {', '.join(done.busy)} at the moment: try again when it has ended.")
        raise typer.Exit(Exit.LATER)


def _json(done: Replay) -> dict[str, Any]:
    replayed = [{"key": one.key, "version_id": one.version_id} for one in done.replayed]
    return {"replayed": replayed, "busy": list(done.busy), "woken": bool(replayed) and not done.asleep}


def _print(done: Replay) -> None:
    for one in done.replayed:
        stdout().print(plain(f"{one.key} waits to be indexed again (version {one.version_id})."), soft_wrap=True)
    if done.asleep:
        complain(done.asleep)
    if not done.replayed and not done.busy:
        stdout().print("Nothing is quarantined: there is nothing to replay.")
