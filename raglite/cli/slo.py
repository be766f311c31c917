"""`raglite slo`: how much of each error budget is left, and how fast it burns."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import outside
from raglite.cli.terminal import plain, stdout, styled, tabulated
from raglite.errors import InvalidRequest
from raglite.observability.budget import Burning, Share, Standing, standings
from raglite.observability.slo import Slo, load

FILE = Path(__file__).resolve().parents[1] / "observability" / "slo.json"  # dashboards/slo.json, installed with us
BUDGETS = ("target", "achieved", "events", "bad", "budget left")
BURNS = ("long", "short", "calls above", "events", "")
UNITS = {"d": 86_400, "h": 3600, "m": 60}
MOST_DAYS = 455  # as long as CloudWatch keeps what it counted by the hour

Window = Annotated[
    str | None, typer.Option(help="How far back budgets are looked at: 7d, 12h or 30m; the file's own by default.")
]
File = Annotated[Path, typer.Option(help="The objectives and alarms.", show_default="dashboards/slo.json")]


def slo(ctx: typer.Context, window: Window = None, file: File = FILE, as_json: AsJson = False) -> None:
    """Show how much of each error budget is left and how fast it burns, from CloudWatch.

    Of fewer events in the window than the alarms need nothing is said: they spend no budget.
    """
    stated = load(file)
    found = standings(stated, outside(ctx).metrics, None if window is None else _seconds(window))
    if as_json:
        print_json({"events_at_least": stated.burn.events_at_least, "objectives": [_row(one) for one in found]})
    else:
        _print(found, stated, stdout())
    if any(one.is_spent for one in found):
        raise typer.Exit(Exit.FOUND)


def _seconds(window: str) -> int:
    given = re.fullmatch(r"([1-9]\d{0,5})([dhm])", window.strip())
    seconds = int(given[1]) * UNITS[given[2]] if given else 0
    if not 0 < seconds <= MOST_DAYS * UNITS["d"]:
        raise InvalidRequest(f"--window is {window!r}: say 7d, 12h or 30m, {MOST_DAYS} days at most.")
    return seconds


def _row(one: Standing) -> dict[str, Any]:
    burning = [{**burn.model_dump(mode="json"), "is_on_fire": burn.is_on_fire} for burn in one.burning]
    return {**one.model_dump(mode="json"), "is_spent": one.is_spent, "burning": burning}


def _print(found: Sequence[Standing], stated: Slo, console: Console) -> None:
    budgets = tabulated("objective", *BUDGETS, numbers=BUDGETS)
    for one in found:
        achieved = "no events" if one.achieved_percent is None else f"{one.achieved_percent:.3f} %"
        counts = (f"{one.window.events:,.0f}", f"{one.window.bad:,.0f}")
        budgets.add_row(plain(one.meaning), f"{one.target_percent:g} %", achieved, *counts, _left(one))
    console.print(styled(f"Budgets over {_spoken(found[0].window.seconds)}", "bold") if found else "No objectives.")
    console.print(budgets)
    burns = tabulated("burn rates", *BURNS, numbers=BURNS)
    for one in found:
        for burn in one.burning:
            name = burn.alarm or f"{one.objective}, {burn.policy} (no alarm)"
            rates = (_rate(burn.long), _rate(burn.short), f"{burn.limit:.1f}")
            burns.add_row(plain(name), *rates, f"{burn.long.events:,.0f}", _verdict(burn, stated))
    console.print()
    console.print(burns)


def _left(one: Standing) -> Text:
    if not one.has_enough_events:
        return styled("too few events", "dim")
    return styled(f"{one.budget_left_percent:.1f} %", "bold red" if one.is_spent else "green")


def _rate(share: Share) -> str:
    return f"{share.burn_rate:.2f} in {_spoken(share.seconds)}"


def _verdict(burn: Burning, stated: Slo) -> Text:
    if not burn.has_enough_events:
        return styled(f"fewer than {stated.burn.events_at_least} events: says nothing", "dim")
    return styled("burning", "bold red") if burn.is_on_fire else styled("ok", "green")


def _spoken(seconds: int) -> str:
    unit = next(unit for unit, length in UNITS.items() if seconds % length == 0)
    return f"{seconds // UNITS[unit]} {unit}"
