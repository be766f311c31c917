"""Which form a cover page names: the commission's own, or what a document without one calls itself."""

import re

ANNUAL_REPORT = "annual report"
INTERIM_REPORT = "interim report"
RELEASE = "release"
ANNUAL = frozenset({"10-K", "10-KT", "20-F", "40-F", "11-K", ANNUAL_REPORT})
QUARTERLY = frozenset({"10-Q", "10-QT", INTERIM_REPORT})
PERIODIC = ANNUAL | QUARTERLY | {RELEASE, None}  # the others bear the date of an event, which is no fiscal period

_NAMES = (
    "10-KT",
    "10-K",
    "10-QT",
    "10-Q",
    "8-K",
    "6-K",
    "20-F",
    "40-F",
    "11-K",
    "S-1",
    "S-3",
    "S-4",
    "F-1",
    "F-3",
    "F-4",
)
_FORMS = {name.replace("-", ""): name for name in _NAMES}
_FORM = re.compile(
    r"\bform ?(?P<form>1 ?[01] ?-? ?kt?|10 ?-? ?qt?|[68] ?-? ?k|[24]0 ?-? ?f|[sf] ?-? ?[134])(?:405|sb)?"
    r"(?P<amended> ?/ ?a\b|.{0,40}?\bamendment no\b)?(?![\w-])",
    re.IGNORECASE,
)
# What else says the form, in the order in which it is believed: a cover's own title first.
_TITLES = (
    (re.compile(r"\bannual report pursuant to section 1[35]", re.IGNORECASE), "10-K"),
    (re.compile(r"\bquarterly report pursuant to section 1[35]", re.IGNORECASE), "10-Q"),
    (re.compile(r"\bcurrent report pursuant to section 1[35]", re.IGNORECASE), "8-K"),
    (re.compile(r"\bschedule 14a\b|\bproxy statement pursuant to section 14", re.IGNORECASE), "DEF 14A"),
    (
        re.compile(
            r"\b(?:press|news|earnings) release\b|\b(?:NYSE|NASDAQ)[^()\n]{0,40}\)[^\n]{0,80}\btoday\b"
            r"|\b(?:reports?|announces?|announced|reported|delivers?)\b[^\n]{0,120}\b(?:results|earnings)\b",
            re.IGNORECASE,
        ),
        RELEASE,
    ),
    (re.compile(r"\b(?:annual|integrated) report\b|\breport and accounts\b", re.IGNORECASE), ANNUAL_REPORT),
    (re.compile(r"\b(?:interim|half-?year(?:ly)?|quarterly) (?:financial )?report\b", re.IGNORECASE), INTERIM_REPORT),
)


def read_form(cover: str) -> str | None:
    """Return the form a cover names (10-K, 10-Q/A, 8-K, release ...); None if it names none."""
    match = _FORM.search(cover)
    titled = ((found.start(), title) for pattern, title in _TITLES if (found := pattern.search(cover)))
    start, title = min(titled, default=(len(cover), None))
    if not match or (title == RELEASE and start < match.start()):
        return title
    form = _FORMS.get(re.sub("[^A-Z0-9]", "", match["form"].upper()))
    return f"{form}/A" if form and match["amended"] else form


def base(form: str | None) -> str | None:
    """Return the form without its amendment mark: 10-K/A is read as a 10-K is."""
    return form.removesuffix("/A") if form else None
