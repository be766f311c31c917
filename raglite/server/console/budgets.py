"""The page of objectives: how much of each error budget is left, and how fast it burns."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from raglite.observability.budget import Burning, Standing
from raglite.page.markup import Markup, Part, number, table, tag
from raglite.ports import Principal
from raglite.server.console import OBJECTIVES
from raglite.server.console.layout import chip, page
from raglite.server.console.shelf import spoken


def budgets(found: Sequence[Standing], who: Principal) -> str:
    """Return where every objective stands."""
    return page("Objectives", [tag("article", _objective(one)) for one in found], who, OBJECTIVES)


def _objective(one: Standing) -> Iterator[Part]:
    state = _state(one)
    yield tag("h2", one.meaning, " ", state)
    achieved = (
        "no events"
        if one.achieved_percent is None
        else f"{one.achieved_percent:.3f} % of {one.window.events:,.0f} events"
    )
    yield tag("p", f"{achieved} in {_over(one.window.seconds)}; the target is {one.target_percent:g} %.")
    yield _left(one)
    head = (
        "Burn rate",
        tag("th", "long", class_="n"),
        tag("th", "short", class_="n"),
        tag("th", "calls above", class_="n"),
        "",
    )
    yield table(head, (_burn(burn) for burn in one.burning))


def _state(one: Standing) -> Markup:
    if any(burn.is_on_fire for burn in one.burning):
        return chip("burning", "bad")
    if not one.has_enough_events:
        return chip("too few events", "warn")
    return chip("spent", "bad") if one.is_spent else chip("ok", "good")


def _left(one: Standing) -> Part:
    if not one.has_enough_events:
        return None
    left = max(0.0, min(100.0, one.budget_left_percent))
    bar = tag("rect", width=f"{left:.1f}", height="4", rx="1", class_="faulty" if one.is_spent else "segment")
    ground = tag("rect", width="100", height="4", rx="1", class_="ground")
    said = tag("p", f"{one.budget_left_percent:.1f} % of the budget is left.")
    return [
        said,
        tag("svg", ground, bar, viewBox="0 0 100 4", preserveAspectRatio="none", class_="span", aria_hidden="true"),
    ]


def _burn(burn: Burning) -> Iterator[Part]:
    yield burn.alarm or burn.policy
    yield number(f"{burn.long.burn_rate:.2f} in {_over(burn.long.seconds)}")
    yield number(f"{burn.short.burn_rate:.2f} in {_over(burn.short.seconds)}")
    yield number(f"{burn.limit:.1f}")
    yield chip("burning", "bad") if burn.is_on_fire else "" if burn.has_enough_events else "too few events"


def _over(seconds: int) -> str:
    return spoken(timedelta(seconds=seconds))
