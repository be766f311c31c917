"""`raglite documents`: every version and where it stands, by bucket and registry."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from rich.live import Live

from raglite.cli.exits import Exit
from raglite.cli.listing import listing, listing_json, shown, tally, watched
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import Outside, outside
from raglite.cli.terminal import can_move, complain, moving, plain, stderr, stdout
from raglite.ingestion.accounting import ON_THE_WAY, Account, accounts

PAUSE = 2.0  # seconds between two looks at least
SHARE = 10  # of the time at most one part is spent looking: a look reads every record

Everything = Annotated[bool, typer.Option("--all", help="Superseded and deleted versions too.")]
Watch = Annotated[bool, typer.Option("--watch", help="Look again and again until nothing is on its way.")]
Timeout = Annotated[float, typer.Option(min=0, help="How many seconds to watch at most.")]


def documents(
    ctx: typer.Context,
    everything: Everything = False,
    watch: Watch = False,
    timeout: Timeout = 3600,
    as_json: AsJson = False,
) -> None:
    """List the documents: searchable, on their way, or quarantined and why. Needs AWS credentials, no API key."""
    reach = outside(ctx)
    every = _watch(reach, timeout) if watch else _look(reach)
    if as_json:
        print_json(listing_json(every, everything=everything))
    elif every:
        stdout().print(listing(every, everything=everything))
        if not shown(every, everything=everything):
            complain("all of them are superseded or deleted; `raglite documents --all` lists them.")
    else:
        complain("there are no documents yet; `raglite upload FILE --wait` brings one in.")
    if watch and _on_the_way(every):
        complain("not everything has come to rest in time; `raglite reconcile` tells whether something is stuck.")
        raise typer.Exit(Exit.LATER)


def _look(reach: Outside) -> list[Account]:
    return accounts(reach.services.documents, reach.services.registry)


def _on_the_way(every: list[Account]) -> list[Account]:
    return [one for one in every if one.in_bucket and one.version.state in ON_THE_WAY]


def _watch(reach: Outside, timeout: float) -> list[Account]:
    now = reach.services.clock.now
    deadline = now() + timedelta(seconds=timeout)
    with _display() as show:
        while True:
            began = now()
            every = _look(reach)
            show(every)
            if not _on_the_way(every) or now() >= deadline:
                return every
            reach.pause(max(PAUSE, SHARE * (now() - began).total_seconds()))


@contextmanager
def _display() -> Iterator[Callable[[list[Account]], None]]:
    """Yield what shows a look on stderr: redrawn on a terminal, else a line whenever something has moved."""
    if can_move():
        with moving() as console, Live(console=console, auto_refresh=False, transient=True) as live:
            yield lambda every: live.update(watched(every, _on_the_way(every)), refresh=True)
        return
    said = [""]

    def say(every: list[Account]) -> None:
        line = tally(every)
        if line != said[0]:
            stderr().print(plain(line))
        said[0] = line

    yield say
