"""A validation as one page to read: no scripts, nothing fetched, light and dark."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from raglite.page.markup import Markup, Part, joined, tag
from raglite.page.style import STYLE
from raglite.release.validation.criteria import Decision
from raglite.release.validation.findings import Finding, Measure, Source, Status
from raglite.release.validation.report import Report

VERDICTS = {Decision.APPROVED: "pass", Decision.EXTEND: "block", Decision.UNDECIDED: "warn"}
TONES = {Status.MET: "good", Status.NOT_MET: "bad", Status.NOT_MEASURED: "middling"}
COUNTS = (
    "A number counts only if it was measured on this environment, of this commit and of late: else nothing is measured."
)
OWN_STYLE = Markup("""
article h3 b { float: right; margin-left: 1rem; }
article ul { margin: .6rem 0 0; padding-left: 1.1rem; font-size: .88rem; }
article dl { margin-top: .5rem; }
article dd b { font-variant-numeric: tabular-nums; }
@media (max-width: 46rem) { main { padding: 1.5rem 1rem 3rem; } article dl { grid-template-columns: minmax(0, 1fr); }
  article dd { margin-bottom: .35rem; } }
""")


def html(report: Report) -> str:
    """Return the whole page."""
    head = (Markup('<meta charset="utf-8">'), Markup('<meta name="viewport" content="width=device-width">'))
    title = tag("title", f"RAGLite validation of {report.environment}, {report.made:%Y-%m-%d %H:%M}")
    body = tag("body", tag("main", _sections(report)))
    style = tag("style", STYLE, OWN_STYLE)
    return joined((Markup("<!doctype html>\n"), tag("html", tag("head", head, title, style), body, lang="en")))


def _sections(report: Report) -> Iterator[Part]:
    yield tag("h1", f"Validation of {report.environment} \u00b7 {report.made:%d %B %Y, %H:%M} UTC")
    yield _verdict(report)
    yield tag("h2", "GO criteria")
    yield tag("p", COUNTS, class_="soft")
    yield (_card(one, report.made) for one in report.findings)
    if report.unread:
        yield tag("h2", "Files that are no evidence")
        yield tag("ul", (tag("li", sentence) for sentence in report.unread))


def _verdict(report: Report) -> Markup:
    counts = ", ".join(f"{report.count(status)} {status}" for status in Status)
    return tag(
        "div",
        tag("b", report.decision.value),
        tag("p", f"{report.sentence} Of {len(report.findings)} criteria: {counts}."),
        tag("p", "Commit ", tag("code", report.git_sha[:12]), class_="soft"),
        class_=f"verdict {VERDICTS[report.decision]}",
    )


def _card(found: Finding, made: datetime) -> Markup:
    status = tag("b", found.status.value, class_=TONES[found.status])
    return tag(
        "article",
        tag("h3", status, f"{found.number}. {found.words}"),
        _numbers(found),
        tag("ul", (tag("li", sentence) for sentence in found.reasons)) if found.reasons else None,
        tag("dl", (_source(one, made) for one in found.sources), _entry("measured by", tag("code", found.command))),
        id=found.criterion,
    )


def _numbers(found: Finding) -> Part:
    """Return the numbers; those that do not count are not coloured as if they did."""
    is_measured = found.status is not Status.NOT_MEASURED
    rows = [_entry(one.what, _number(one, is_measured=is_measured)) for one in found.measures]
    return tag("dl", rows) if rows else None


def _number(measure: Measure, *, is_measured: bool) -> Part:
    bound = f" {'at most' if measure.at_most else 'at least'} {written(measure.bound)} {measure.unit}".rstrip()
    if measure.value is None:
        return (tag("b", "\u2013"), tag("small", bound))
    tone = "soft" if not is_measured else "bad" if measure.is_beyond else "good"
    return (tag("b", f"{written(measure.value)} {measure.unit}".rstrip(), class_=tone), tag("small", bound))


def _source(source: Source, made: datetime) -> Markup:
    stood_in = f", on {', '.join(source.stand_ins)}" if source.stand_ins else ""
    told = f" of {source.environment}{stood_in}; begun {aged(made - source.begun)} ago, commit "
    return _entry("read from", (tag("code", source.file), told, tag("code", source.git_sha[:12])))


def _entry(name: str, value: Part) -> Markup:
    return joined((tag("dt", name), tag("dd", value)))


def written(value: float) -> str:
    """Return a number with two decimals where it has any."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def aged(age: timedelta) -> str:
    """Return an age in the largest unit of which it has two."""
    minutes = age / timedelta(minutes=1)
    for unit, length in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * length:
            return f"{minutes / length:.0f} {unit}"
    return f"{minutes:.0f} minutes"
