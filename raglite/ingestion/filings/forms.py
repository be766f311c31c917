"""Which form a cover names: the commission's own, or what a document without one calls itself."""

import re
from collections.abc import Iterator

from raglite.ingestion.filings.found import GUESSED, SAID, Found

ANNUAL_REPORT = "annual report"
INTERIM_REPORT = "interim report"
RELEASE = "release"
TRANSITION = frozenset({"10-KT", "10-QT"})
ANNUAL = frozenset({"10-K", "10-KT", "20-F", "40-F", "11-K", ANNUAL_REPORT})
QUARTERLY = frozenset({"10-Q", "10-QT"})
ANNOUNCED = frozenset({RELEASE, INTERIM_REPORT})  # a headline says of which period
CURRENT = frozenset({"8-K", "6-K"})  # dated by an event, which is no fiscal period; a release may be attached
PERIODIC = ANNUAL | QUARTERLY | ANNOUNCED | {None}

_NAMES = "10-KT 10-K 10-QT 10-Q 8-K 6-K 20-F 40-F 11-K S-1 S-3 S-4 S-8 S-11 F-1 F-3 F-4".split()
_FORMS = {name.replace("-", ""): name for name in _NAMES}
_FORM = re.compile(
    r"(?P<before>\bamendment no\.? ?\w{1,5},? ?(?:to )?(?:the )?)?"
    r"\bform ?(?P<form>1 ?0 ?-? ?[kq]t?|1 ?1 ?-? ?k|[68] ?-? ?k|[24]0 ?-? ?f|s ?-? ?(?:11|[1348])|f ?-? ?[134])"
    r"(?:405|sb)?(?P<after> ?/ ?a\b|.{0,40}?\bamendment no\b)?(?![\w-])",
    re.IGNORECASE,
)
# What stands before a form that is spoken of: "our Annual Report on Form 10-K". In capitals it is a title.
_SPOKEN_OF = re.compile(
    r"\b(?:on|our|its|the|this|their|your|a|an|in|of|and|or|under|by|with|to|recent|each|any)[ \"(]{1,3}$"
)
_SOMEBODYS = re.compile(r"\b(?:our|its|the|this|their|your|a|an)\b", re.IGNORECASE)
_TITLE_CHARACTERS = 200  # a form that is spoken of so early is the title: "Annual Report on Form 20-F 2022"
_PART_OF_YEAR = r"interim|half-? ?year(?:ly)?|semi-?annual|quarterly|(?:six|nine|three)[- ]months?"
_IN_SENTENCE = r"(?:(?!\. [A-Z]).){0,120}?"
_MANNER = r"(?:management|financial|consolidated|activity)"
# What else says the form; of two the earlier is believed.
_TITLES = {
    "10-K": (r"annual report pursuant to section 1[35]",),
    "10-Q": (r"quarterly report pursuant to section 1[35]",),
    "8-K": (r"current report pursuant to section 1[35]",),
    "6-K": (r"report of foreign (?:private )?issuer pursuant to rule",),
    "DEF 14A": (
        r"schedule 14a\b",
        r"proxy statement pursuant to section 14",
        r"notice of [^.]{0,40}meeting of s(?:tock|hare)holders and proxy statement",
    ),
    RELEASE: (
        r"(?:press|news|earnings) release\b",
        r"(?:company|stock exchange|asx|regulatory) (?:announcement|release)\b",
        r"RNS number\b",
        r"(?:NYSE|NASDAQ)[^()]{0,40}\)[^()]{0,80}\btoday\b",
        rf"(?:reports?|announces?|announced|reported|delivers?|posts?)\b{_IN_SENTENCE}\b(?:results|earnings)\b",
        r"(?:preliminary|final|half[- ]year(?:ly)?|full[- ]year|interim|quarter(?:ly)?|annual) (?:results|earnings)\b",
        r"financial results (?:for|of)\b",
        r"(?:fy|fiscal) ?\d{2,4} (?:consolidated )?(?:financial )?results\b",
        r"(?:quarter|q[1-4]|half)\b.{0,40}?\b(?:results|earnings|shareholder letter|letter to shareholders)\b",
        r"earnings presentation\b",
        r"(?:financial|earnings) supplement\b",
        r"year-end report\b",
        r"trading (?:update|statement)\b",
    ),
    ANNUAL_REPORT: (
        r"(?:annual|integrated)(?: financial)? (?:report|review)\b",
        r"report and accounts\b",
        r"(?:universal )?registration document\b",
        r"(?:gesch\u00e4ftsbericht|rapport annuel|informe anual|relazione annuale|jaarverslag)\b",
        r"(?:document d'enregistrement universel|\u00e5rsredovisning|\u00e5rsrapport)\b",
    ),
    INTERIM_REPORT: (
        rf"(?:{_PART_OF_YEAR})(?: {_MANNER})* (?:report|statement)\b",
        r"(?:(?:first|second|third) quarter|q[1-3])(?: \d{4})? (?:interim |financial )*report\b",
    ),
}
_TITLE = {title: re.compile(rf"\b(?:{'|'.join(ways)})", re.IGNORECASE) for title, ways in _TITLES.items()}


def read_form(cover: str) -> Found[str] | None:
    """Return the form a cover names (10-K, 10-Q/A, 8-K, release ...); None if it names none."""
    titled = min(_titles(cover), default=None)
    own = next((match for match in _FORM.finditer(cover) if not _is_spoken_of(match, cover)), None)
    if own and not (titled and titled[1] == RELEASE and titled[0] < own.start()):
        return _own(own, SAID)
    if titled:
        return Found(titled[1], titled[2], SAID)
    spoken_of = _FORM.search(cover)
    return _own(spoken_of, GUESSED) if spoken_of else None


def base(form: str | None) -> str | None:
    """Return the form without its amendment mark: 10-K/A is read as a 10-K is."""
    return form.removesuffix("/A") if form else None


def _titles(cover: str) -> Iterator[tuple[int, str, str]]:
    for title, pattern in _TITLE.items():
        match = pattern.search(cover)
        if match:
            yield match.start(), title, match[0]


def _is_spoken_of(match: re.Match[str], cover: str) -> bool:
    before = cover[max(0, match.start() - 40) : match.start()]
    if match["before"] or not _SPOKEN_OF.search(before):
        return False
    return match.start() > _TITLE_CHARACTERS or bool(_SOMEBODYS.search(before))


def _own(match: re.Match[str], confidence: float) -> Found[str]:
    form = _FORMS[re.sub("[^A-Z0-9]", "", match["form"].upper())]
    amended = bool(match["before"] or match["after"])
    return Found(f"{form}/A" if amended else form, match[0], confidence)
