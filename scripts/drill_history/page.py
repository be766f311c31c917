"""The page of all drills: the last run in a table, then each scenario's RTO and RPO over time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from raglite.page.markup import Markup, Part, heading, joined, number, table, tag
from raglite.page.style import STYLE
from raglite.release.evidence import Drill, Evidence
from raglite.release.policy import RPO_SECONDS, RTO_SECONDS
from scripts.dashboards.scale import lasting, written
from scripts.drill_history.plot import Shown, plot, sample

MORE = Markup("""
svg.plot { width: 100%; height: auto; display: block; margin-top: .4rem; }
svg text { font: 11px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--soft); }
.grid { stroke: var(--line); fill: none; } .line { fill: none; stroke-width: 1.8; stroke: currentColor; }
.mark { fill: currentColor; } .wrong { fill: none; stroke: var(--bad); stroke-width: 2; }
.rto { color: var(--bar); } .rpo { color: var(--warn); }
.legend span { margin-right: 1.4rem; } .legend svg { width: 28px; height: 12px; vertical-align: -1px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(27rem, 1fr)); gap: .9rem; }
.plots article { margin: 0; } @media (max-width: 32rem) { .plots { grid-template-columns: minmax(0, 1fr); } }
""")


def page(runs: Sequence[Evidence], made: datetime) -> Markup:
    """Return the page of these runs, the oldest first; it needs nothing from the network."""
    head = (
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        tag("title", "Drills"),
        tag("style", STYLE, MORE),
    )
    span = (runs[0].started, runs[-1].started)
    scenarios = sorted(_by_name(runs).items())
    body = (
        tag("h1", f"RAGLite drills, drawn {made.astimezone(UTC):%d %B %Y, %H:%M} UTC"),
        _verdict(runs[-1]),
        _last(runs[-1]),
        tag("h2", "Every run"),
        _legend(len(runs)),
        tag("div", [_scenario(name, shown, span) for name, shown in scenarios], class_="plots"),
    )
    whole = tag("html", tag("head", head), tag("body", tag("main", body)), lang="en")
    return joined((Markup("<!doctype html>\n"), whole))


def seconds_down(drill: Drill) -> float:
    """Return the seconds from the first probe that failed to the first of those that stayed good."""
    return (drill.well - drill.failed).total_seconds()


def faults(drill: Drill) -> list[str]:
    """Return what a drill shows to be wrong, in words."""
    found = [f"{drill.wrong} of {drill.questions} answers wrong"] if drill.wrong or not drill.questions else []
    if not 0 <= seconds_down(drill) <= RTO_SECONDS:
        found.append(f"well again after {lasting(round(seconds_down(drill)))}")
    return [*found, f"{lasting(round(drill.lost_seconds))} of writes lost"] if _lost_too_much(drill) else found


def _lost_too_much(drill: Drill) -> bool:
    return drill.lost_seconds > RPO_SECONDS


def _by_name(runs: Sequence[Evidence]) -> Mapping[str, list[Shown]]:
    found: defaultdict[str, list[Shown]] = defaultdict(list)
    for run in runs:
        for drill in run.drills:
            told = f"{run.started.astimezone(UTC):%d %b %Y %H:%M} UTC, commit {run.git_sha[:12]}"
            found[drill.name].append(
                Shown(run.started, seconds_down(drill), drill.lost_seconds, bool(faults(drill)), told)
            )
    return found


def _verdict(run: Evidence) -> Markup:
    wrong = {drill.name: "; ".join(faults(drill)) for drill in run.drills if faults(drill)}
    failed = [f"make {step.name} ended with {step.exit_code}" for step in run.steps if step.exit_code]
    words = "green" if not wrong and not failed else "red"
    lines: list[Part] = [tag("li", tag("b", name), f": {what}") for name, what in wrong.items()]
    return tag(
        "div",
        tag("b", f"{len(run.drills)} drills, {words}"),
        tag("p", f"Last run {run.started.astimezone(UTC):%d %B %Y, %H:%M} UTC, commit {run.git_sha[:12]}."),
        tag("ul", lines, [tag("li", one) for one in failed]) if wrong or failed else None,
        class_=f"verdict {'pass' if words == 'green' else 'block'}",
    )


def _last(run: Evidence) -> Part:
    rows = [
        (
            drill.name,
            number(f"{seconds_down(drill):.1f}"),
            number(f"{drill.lost_seconds:.1f}"),
            number(f"{drill.questions:,}"),
            tag("td", str(drill.wrong), class_="n bad" if drill.wrong else "n"),
        )
        for drill in sorted(run.drills, key=lambda one: one.name)
    ]
    names = ("RTO, s", "RPO, s", "questions", "wrong")
    yet = f"Allowed: RTO {lasting(RTO_SECONDS)}, RPO {lasting(RPO_SECONDS)}, no wrong answer."
    return (tag("h2", "Last run"), tag("p", yet, class_="soft"), table(("drill", *map(heading, names)), rows))


def _legend(runs: int) -> Markup:
    kinds = (("rto", "RTO: from the first question that failed until all stay answered"), ("rpo", "RPO: writes lost"))
    told = [tag("span", sample(kind), " ", words, class_=kind) for kind, words in kinds]
    return tag("p", told, tag("span", f"runs: {runs}; a red ring: something was wrong"), class_="soft legend")


def _scenario(name: str, shown: Sequence[Shown], span: tuple[datetime, datetime]) -> Markup:
    return tag("article", tag("h3", name), tag("small", _range(shown)), plot(shown, span, f"RTO and RPO of {name}"))


def _range(shown: Sequence[Shown]) -> str:
    return ", ".join(_between(shown))


def _between(shown: Sequence[Shown]) -> Iterator[str]:
    for words, values in (("RTO", [one.rto for one in shown]), ("RPO", [one.rpo for one in shown])):
        low, high = written(min(values)), written(max(values))
        yield f"{words} {low} s" if low == high else f"{words} {low} to {high} s"
