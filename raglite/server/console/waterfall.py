"""The page of one trace: what took how long, from the request to the end."""

from collections.abc import Iterator

from raglite.observability.traces import Row, Trace, waterfall
from raglite.page.markup import Markup, Part, number, table, tag
from raglite.ports import Principal
from raglite.server.console import TRACE
from raglite.server.console.layout import field, page

FOLD = 4  # steps or calls alike that share a row
WIDE = 1000  # units of a bar's drawing
LEAST = 3  # of them, so that the shortest is seen
MILLISECONDS = 1000


def searching(who: Principal, missing: str = "") -> str:
    """Return the page that asks which trace; `missing` is the one that was asked for and is not there."""
    said = None
    if missing:
        sentence = (
            f"There is no trace {missing}: it is older than 30 days, or just begun. A new one takes some seconds."
        )
        said = tag("p", sentence, class_="note", role="status")
    hint = tag("p", "Answers, and the versions of a document, lead to theirs.", class_="soft")
    return page("Traces", [_form(missing), said, hint], who, TRACE)


def showing(found: Trace, who: Principal) -> str:
    """Return the waterfall of a trace."""
    told = {name: str(value) for part in found.every() for name, value in part.annotations.items()}
    chips = tag("p", "  ".join(f"{name}={value}" for name, value in told.items()), class_="soft")
    head = ("What", "When", tag("th", "Start, ms", class_="n"), tag("th", "Took, ms", class_="n"))
    rows = [_row(row, found) for row in waterfall(found, FOLD)]
    whole = tag("p", tag("code", found.id), f" took {(found.ended - found.began) * MILLISECONDS:,.0f} ms")
    return page("Trace", [_form(found.id), whole, chips, table(head, rows, "waterfall")], who, TRACE)


def _form(given: str) -> Markup:
    named = field("Trace id, as answers name theirs", "id", value=given, maxlength="60", required="")
    return tag("form", named, tag("button", "Show"), method="get", action=TRACE, class_="fields")


def _row(row: Row, found: Trace) -> Iterator[Part]:
    failed = " (failed)" if row.faulty else ""
    yield tag("td", row.label, failed, class_=f"depth-{min(row.depth, 6)} {row.kind.value}")
    yield tag("td", _bar(row, found))
    yield number(f"{(row.spans[0][0] - found.began) * MILLISECONDS:,.1f}")
    yield number(f"{row.seconds * MILLISECONDS:,.1f}")


def _bar(row: Row, found: Trace) -> Markup:
    scale = WIDE / ((found.ended - found.began) or 1)
    kind = "faulty" if row.faulty else row.kind.value
    spans = [
        tag(
            "rect",
            x=f"{min(WIDE - LEAST, (began - found.began) * scale):.1f}",
            width=f"{max(LEAST, (ended - began) * scale):.1f}",
            height="10",
            rx="2",
            class_=kind,
        )
        for began, ended in row.spans
    ]
    return tag("svg", spans, viewBox=f"0 0 {WIDE} 10", preserveAspectRatio="none", class_="span", aria_hidden="true")
