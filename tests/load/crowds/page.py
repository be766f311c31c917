"""The page of a run: the verdict, both latencies over time and as distributions, what failed, and on what machine."""

from collections.abc import Iterator

from raglite.page.markup import Markup, Part, heading, joined, number, table, tag
from raglite.page.style import STYLE
from scripts.dashboards.scale import lasting, written
from tests.load.crowds.measured import STATISTICS, answered
from tests.load.crowds.plot import counts, distribution, over_time, sample
from tests.load.crowds.profiles import PROFILES
from tests.load.crowds.report import Report
from tests.load.crowds.stages import Stage
from tests.load.crowds.verdict import Check, Code

TONES = {Code.HOLDS: "pass", Code.BROKEN: "block", Code.TOO_FEW: "warn", Code.VOID: "warn"}
LINES = (
    ("due", "p95 from when a question was due: this is judged"),
    ("median", "p50 from when it was due"),
    ("service", "p95 once it was sent: what waited before does not show"),
)
MORE = Markup("""
svg.plot { width: 100%; height: auto; display: block; margin-top: .4rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: .5rem; }
svg text { font: 11px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--soft); }
.grid { stroke: var(--line); fill: none; } .line { fill: none; stroke-width: 1.8; stroke-linejoin: round;
  stroke-linecap: round; }
.line.due, .line.median { stroke: var(--bar); } .line.service { stroke: var(--warn); }
path.bound { stroke: var(--bad); stroke-dasharray: 3 3; opacity: .8; } text.bound { fill: var(--bad); }
.asked { fill: var(--range); } .wrong { fill: var(--bad); opacity: .75; }
.legend span { margin-right: 1.4rem; white-space: nowrap; }
.legend svg { width: 28px; height: 12px; vertical-align: -1px; }
""")


def page(found: Report) -> Markup:
    """Return the page; it needs nothing from the network."""
    head = (
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        tag("title", f"Load: {found.plan.profile}"),
        tag("style", STYLE, MORE),
    )
    body = (
        tag("h1", f"RAGLite under load, profile {found.plan.profile}, {found.began:%d %B %Y, %H:%M} UTC"),
        _verdict(found),
        tag("div", _tiles(found), class_="tiles"),
        _held(found),
        _staged(found) if found.stages else None,
        _drawn(found),
        _tables(found),
    )
    whole = tag("html", tag("head", head), tag("body", tag("main", body)), lang="en")
    return joined((Markup("<!doctype html>\n"), whole))


def _verdict(found: Report) -> Markup:
    reasons = [tag("li", one) for one in found.verdict.reasons]
    asked = (
        f"{found.users} users at {found.host}, {PROFILES[found.plan.profile].meaning}; each asks {found.plan.rate:g} "
        f"questions a second, whether or not those before have been answered; {found.seconds:.0f} s in all."
    )
    return tag(
        "div",
        tag("b", found.verdict.word.capitalize()),
        tag("p", asked),
        tag("ul", reasons) if reasons else None,
        class_=f"verdict {TONES[found.verdict.code]}",
    )


def _tiles(found: Report) -> Iterator[Part]:
    failed = found.asked - found.answered
    for words, value in (
        ("questions asked", f"{found.asked:,}"),
        ("failed", f"{failed:,}"),
        ("p50 from when due", _ms(found.from_due_ms.get("p50"))),
        ("p95 from when due", _ms(found.from_due_ms.get("p95"))),
        ("p95 once sent", _ms(found.service_ms.get("p95"))),
        ("generator late, p95", _ms(found.generator.late_ms)),
    ):
        yield tag("div", tag("span", words), tag("b", value), class_="tile")


def _held(found: Report) -> Part:
    rows = [(check.name, check.meaning, *_values(check)) for check in found.verdict.checks]
    names = (heading("measured"), heading("bound"), "", "")
    yet = (
        "Bounds are those of dashboards/slo.json. The verdict rests on those that decide; a release needs all of them."
    )
    return (tag("h2", "Promises"), tag("p", yet, class_="soft"), table(("name", "what is promised", *names), rows))


def _values(check: Check) -> Iterator[Part]:
    yield number(f"{check.found:,.2f} {check.unit}")
    yield number(f"{check.bound:,g} {check.unit}")
    yield tag("td", "holds" if check.holds else "broken", class_="good" if check.holds else "bad")
    yield tag("td", "decides" if check.decides else "", class_="soft")


def _staged(found: Report) -> Part:
    names = [check.name for check in found.verdict.checks if check.decides]
    rows = [
        (
            f"{stage.begin:.0f} to {stage.end:.0f} s",
            *(number(f"{count:,}") for count in (stage.users, stage.asked)),
            *(_cell(stage, name) for name in names),
        )
        for stage in found.stages
    ]
    return (
        tag("h2", "Stage by stage"),
        tag("p", "By when the questions were due; red: the bound would be broken.", class_="soft"),
        table(("due", heading("users"), heading("asked"), *map(heading, names)), rows),
    )


def _cell(stage: Stage, name: str) -> Part:
    check = next((one for one in stage.checks if one.name == name), None)
    if check is None:
        return number("\u2013")
    return number(tag("span", f"{check.found:,.2f} {check.unit}", class_="" if check.holds else "bad"))


def _drawn(found: Report) -> Part:
    decide = [check for check in found.verdict.checks if check.decides]
    bounds = {check.name: check.bound for check in decide if check.unit == "ms"}
    bounds |= {check.name: check.within_ms for check in decide if check.within_ms is not None}
    good = answered(found.questions)
    latencies = distribution([one.from_due_ms for one in good], [one.service_ms for one in good], bounds)
    step = f"A point is {lasting(found.windows[0].seconds)}, by when the questions were due; red below: some failed."
    return (
        tag("h2", "Latency over time"),
        _legend(LINES),
        over_time(found.windows, bounds),
        tag("p", step, class_="soft"),
        tag("h2", "Distribution"),
        _legend([("due", "from when a question was due"), ("service", "once it was sent")]),
        latencies if good else tag("p", "No question was answered."),
        tag("h2", "Questions a second"),
        counts(found.windows),
        tag("p", "By when they were due; red: failed.", class_="soft"),
    )


def _legend(lines: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...] | list[tuple[str, str]]) -> Markup:
    return tag("p", [tag("span", sample(kind), " ", words) for kind, words in lines], class_="soft legend")


def _tables(found: Report) -> Iterator[Part]:
    yield tag("h2", "Latencies of answered questions")
    rows = [
        (words, *(number(_ms(values.get(name))) for name in STATISTICS))
        for words, values in (("from when due", found.from_due_ms), ("once sent", found.service_ms))
    ]
    yield table(("", *map(heading, STATISTICS)), rows)
    yield tag("h2", "Failures")
    failures = [(kind, number(f"{count:,}")) for kind, count in sorted(found.failures.items())]
    yield table(("kind", heading("questions")), failures) if failures else tag("p", "None.")
    yield tag("h2", "Generator and machine")
    yield tag("dl", [(tag("dt", name), tag("dd", value)) for name, value in _facts(found)])


def _facts(found: Report) -> Iterator[tuple[str, str]]:
    plan, machine = found.plan, found.machine
    yield "late, p95", f"{found.generator.late_ms:.1f} ms; more than {plan.late_ms:g} ms would make the run void"
    yield "share of a core, p95", f"{found.generator.cpu_percent:.0f} %; more than {plan.cpu_percent:g} % would, too"
    yield (
        "machine",
        f"{machine['cpus']} cores, {machine['memory_gib']} GiB, {machine['system']} {machine['architecture']}",
    )
    yield "load average", f"{machine['load_before']:.2f} before, {machine['load_after']:.2f} after"
    yield "seed, timeout", f"{plan.seed}, {plan.timeout:g} s"
    yield "commit", found.git_commit or "unknown"


def _ms(value: float | None) -> str:
    if value is None:
        return "\u2013"
    return f"{written(value / 1000)} s" if value >= 1000 else f"{written(value)} ms"
