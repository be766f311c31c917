"""One benchmark on the page: its verdict, its ratios with their intervals and bounds, and its rounds."""

import statistics
from collections.abc import Iterator

from raglite.page.markup import Markup, Part, heading, number, table, tag
from tests.load.bench.plot import dot_and_whisker, lasting, spread_of, strip
from tests.load.bench.ratios import LEAST, Bound, Judgement, Ratio, written
from tests.load.bench.results import Result

STAND_IN = "the stand-in's times"
MORE = Markup("""
svg text { font: 11px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--soft); }
svg.plot { width: 100%; min-width: 19rem; height: auto; display: block; }
svg.strip { width: 100%; min-width: 19rem; height: auto; display: block; background: var(--mark);
  border-radius: .3rem; }
td:has(> svg.plot) { width: 40%; } td:has(> svg.strip) { width: 68%; }
.ratios td:first-child { width: 23%; }
tr:has(svg.strip) td, tr:has(svg.plot) td { vertical-align: middle; }
.grid { stroke: var(--line); fill: none; } .even { stroke: var(--soft); stroke-width: 1; opacity: .6; }
.pair { stroke: var(--bar); opacity: .45; } .whisker { stroke: var(--bar); stroke-width: 2; fill: none; }
.few { stroke-dasharray: 2 3; }
.dot { fill: var(--bar); } .turn { fill: var(--bar); opacity: .85; }
.beyond { fill: none; stroke: var(--warn); stroke-width: 1.4; }
.bound { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 3 3; } .forbidden { fill: var(--bad); opacity: .1; }
article > h3 { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem .7rem; }
article > table, article > .wide { margin-top: .9rem; } article h4 { margin-top: 1.1rem; }
article.stand-in { border-style: dashed; border-color: var(--warn); }
.pill { font-size: .78rem; font-weight: 600; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; }
article ul { margin: .6rem 0 0; padding-left: 1.2rem; font-size: .88rem; }
""")


def card(result: Result) -> Markup:
    """Return one benchmark."""
    return tag(
        "article",
        tag("h3", result.name, _pills(result)),
        tag("p", result.measures),
        _ratios(result) if result.ratios else None,
        _others(result),
        _rounds(result) if any(result.series.values()) else None,
        _counted(result),
        class_="stand-in" if result.stand_in else "",
    )


def _pills(result: Result) -> Iterator[Part]:
    if result.judged:
        broken = len(result.faults)
        words = f"{broken} of {len(result.judged)} bounds broken" if broken else "bounds hold"
        yield tag("span", words, class_=f"pill {'bad' if broken else 'good'}")
    else:
        yield tag("span", "no bounds", class_="pill soft")
    if result.stand_in:
        yield tag("span", STAND_IN, class_="pill middling")


def _ratios(result: Result) -> Markup:
    head = ("ratio", heading("median"), heading("95 %"), heading("pairs"), "", "bound")
    return table(head, [_ratio(ratio, _judged(result, ratio.name)) for ratio in result.ratios], "ratios")


def _judged(result: Result, name: str) -> list[Judgement]:
    return [one for one in result.judged if one.name == name]


def _ratio(ratio: Ratio, judged: list[Judgement]) -> list[Part]:
    bounds = [(tag("div", str(one.bound), " ", _word(one)), _aim(one.bound, ratio.median)) for one in judged]
    count = len(ratio.pairs)
    spread = f"{written(ratio.low)} \u2013 {written(ratio.high)}" if count >= LEAST else "too few"
    better = tag("div", tag("small", "higher is better")) if ratio.better == "higher" else None
    return [
        tag("td", ratio.name, better),
        number(tag("b", written(ratio.median))),
        number(spread),
        number(str(count)),
        tag("td", dot_and_whisker(ratio, [one.bound for one in judged])),
        tag("td", bounds),
    ]


def _word(judged: Judgement) -> Markup:
    return tag("b", "holds" if judged.holds else "broken", class_="good" if judged.holds else "bad")


def _aim(bound: Bound, value: float) -> Part:
    if bound.aim is None:
        return None
    reached = "reached" if bound.reaches_aim(value) else "not reached"
    return tag("div", tag("small", f"aim {written(bound.aim)}: {reached}"))


def _others(result: Result) -> Part:
    """Return what was judged that is no ratio."""
    ratios = {ratio.name for ratio in result.ratios}
    others = [one for one in result.judged if one.name not in ratios]
    return tag("ul", [tag("li", one.sentence, class_="" if one.holds else "bad") for one in others]) if others else None


def _rounds(result: Result) -> Part:
    spread = spread_of(result.series)
    rows = [
        (tag("td", arm), number(lasting(statistics.median(seconds))), tag("td", strip(arm, seconds, spread)))
        for arm, seconds in result.series.items()
        if seconds
    ]
    reach = f"its top is {spread - 1:.0%} above it, its bottom {1 - 1 / spread:.0%} below"
    told = f"A strip's line is the arm's median, {reach}; a ring is beyond."
    whose = f"median, {STAND_IN}" if result.stand_in else "median"
    return (tag("h4", "Round by round"), table(("arm", heading(whose), ""), rows), tag("small", told))


def _counted(result: Result) -> Iterator[Part]:
    for title, found in (("Also measured", result.numbers), ("Counted", result.counters)):
        if found:
            yield tag("h4", title)
            yield tag("dl", [(tag("dt", name), tag("dd", written(value))) for name, value in found.items()])
