"""The company a filing is of, by its legal name. Pure, and linear in the length of the text."""

import re
from collections.abc import Callable, Iterable, Sequence

from raglite.ingestion.filings import company_in_text as elsewhere
from raglite.ingestion.filings import company_in_title as title
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.found import GUESSED, INFERRED, SAID, Found
from raglite.ingestion.filings.legal_names import FORM_OF_COMPANY, SUFFIX, clean, core, is_legal_name, is_name
from raglite.ingestion.filings.spelling import cased

_MARKER = re.compile(
    r"\(?\s?exact names? of (?:the )?(?:[^\n]{0,60}?(?:registrant|issuer|company|specified)|$)"
    r"|^\W*names? of (?:the )?registrants?\b|\bname of registrant;",
    re.IGNORECASE,
)
_PLAN = re.compile(r"full title of (?:the )?plan[^:]{0,80}: ?(?P<name>[^:]{3,90}?)(?: B\.|$)", re.IGNORECASE)


def read_company(text: FilingText) -> Found[str] | None:
    """Return the legal name, cased as the body writes it; None where no way of reading it works."""
    ways: tuple[tuple[Callable[[FilingText], str | None], float], ...] = (
        (_plan, SAID),
        (_beside_marker, SAID),
        (_above_state, SAID),
        (elsewhere.listed, SAID),
        (elsewhere.labelled, SAID),
        (title.title_beginning, INFERRED),
        (elsewhere.titled, SAID),
        (elsewhere.running_title, INFERRED),
        (elsewhere.copyright_holder, INFERRED),
        (elsewhere.headline, INFERRED),
        (title.named_in_title, INFERRED),
        (title.owner_of_rows, INFERRED),
        (elsewhere.repeated_title, GUESSED),
        (title.entitled, GUESSED),
        (elsewhere.often_named, GUESSED),
    )
    for way, confidence in ways:
        name = way(text)
        if name:
            return Found(_completed(cased(name, text.body), text.body), name, confidence)
    return None


def registrants(text: FilingText) -> list[str]:
    """Return the legal names that stand on the cover as registrants', in order; most filings have one."""
    lines = [clean(line) for line in text.lines]
    marked = next((index for index, line in enumerate(text.lines) if _MARKER.search(line)), None)
    if marked is None:
        return []
    near = lines[max(0, marked - 6) : marked] if _above(text.lines, marked) else lines[marked : marked + 25]
    return [cased(line, text.body) for line in near if is_name(line) and is_legal_name(line)]


def _completed(name: str, body: str) -> str:
    """Return a short name in full, where the text says what company bears it."""
    if is_legal_name(name):
        return name
    full = re.compile(rf"(?<![\w-]){re.escape(name)}(?: [A-Z][\w&'-]*){{0,2}},? (?i:{FORM_OF_COMPANY})\b\.?")
    return elsewhere.most_common(clean(match[0]) for match in full.finditer(body)) or name


def _plan(text: FilingText) -> str | None:
    match = _PLAN.search(text.cover)
    return clean(match["name"]) if match else None


def _beside_marker(text: FilingText) -> str | None:
    for index, line in enumerate(text.lines):
        if _MARKER.search(line):
            return _above(text.lines, index) or _first_name(clean(other) for other in text.lines[index + 1 : index + 4])
    return None


def _above(lines: Sequence[str], index: int) -> str | None:
    match = _MARKER.search(lines[index])
    start = match.start() if match else 0
    return _joined([clean(lines[index][:start]), *(clean(other) for other in lines[max(0, index - 3) : index][::-1])])


def _joined(above: Sequence[str]) -> str | None:
    """Return the name that ends on the first of the lines `above` a marker, nearest first.

    It may be broken over two lines; and of two registrants, each with a legal form, the upper is the filer.
    """
    names = [line for line in above if line]
    if not names or not is_name(names[0]):
        return None
    lower, upper = names[0], names[1] if len(names) > 1 and is_name(names[1]) else ""
    if upper and re.fullmatch(rf"(?:{SUFFIX})\.?", lower, re.IGNORECASE):
        return f"{upper} {lower}"
    if upper and is_legal_name(lower) and is_legal_name(upper) and core(lower.lower()) != core(upper.lower()):
        return upper
    return f"{upper} {lower}" if upper and _is_broken(upper, lower) else lower


def _is_broken(upper: str, lower: str) -> bool:
    """Tell a name's first half from a logo, another script's spelling or a heading above the name."""
    repeated = set(upper.lower().split()) & set(lower.lower().split())
    fits = is_legal_name(lower) and not is_legal_name(upper) and upper.isupper() == lower.isupper()
    return fits and not repeated and len(lower.split()) <= 2 and not any(letter.isdigit() for letter in upper)  # noqa: PLR2004  "PAPER, INC."


def _above_state(text: FilingText) -> str | None:
    """Read the name where it stands, unmarked, between the commission's file number and the state of incorporation."""
    for index, line in enumerate(text.lines):
        if re.search(r"commission file n", line, re.IGNORECASE):
            return _first_name(clean(other) for other in text.lines[index + 1 : index + 4])
    return None


def _first_name(lines: Iterable[str]) -> str | None:
    return next((line for line in lines if is_name(line)), None)
