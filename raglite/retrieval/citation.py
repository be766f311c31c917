"""Where a passage stands, as an address and as a label for people, and the part of it to show."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from raglite.model import Citation, CitedDocument, Filing, ListedDocument, document_id
from raglite.ports import FoundChunk

_WORD = re.compile(r"[^\W_]+")
_SHORTEST_WORD = 3
_ELLIPSIS = "\u2026"


def cite(found: FoundChunk) -> Citation:
    """Return the citation of a found passage: the page's URI and `Acme Corp, 10-K FY2022, p. 47, section`."""
    page, section = found.chunk.page, found.chunk.section
    label = ", ".join(part for part in (page_label(found.key, found.filing, page), *section[-1:]) if part)
    return Citation(uri=page_uri(found.key, found.version_id, page), label=label)


def document_uri(key: str, version_id: str) -> str:
    """Return the address of one version of a document: `raglite://documents/{id}/versions/{version}`."""
    return f"raglite://documents/{document_id(key)}/versions/{quote(version_id, safe='')}"


def page_uri(key: str, version_id: str, page: int) -> str:
    """Return the address of a page of it."""
    return f"{document_uri(key, version_id)}/pages/{page}"


def page_label(key: str, filing: Filing, page: int) -> str:
    """Return where a page stands, for people: `Acme Corp, 10-K FY2022, p. 47`."""
    name = filing.company or key.rsplit("/", 1)[-1]
    return ", ".join(part for part in (name, describe(filing), f"p. {page}") if part)


def describe(filing: Filing | CitedDocument | ListedDocument) -> str:
    """Return a filing's form and period as people write them: `10-K FY2022`, `10-Q Q2 FY2023`."""
    quarter = f"Q{filing.fiscal_quarter}" if filing.fiscal_quarter else ""
    year = f"FY{filing.fiscal_year}" if filing.fiscal_year else ""
    return " ".join(part for part in (filing.form, quarter, year) if part)


def excerpt(text: str, query: str, limit: int) -> str:
    """Return the run of whole lines of `text`, at most `limit` characters, that has the most of the query's words.

    A single line longer than `limit` is cut between words; an ellipsis marks what is left out on either side.
    """
    if len(text) <= limit:
        return text.strip()
    wanted = {word for word in _WORD.findall(query.lower()) if len(word) >= _SHORTEST_WORD}
    lines = [piece for line in text.splitlines() for piece in _cut(line.strip(), limit - 2) if piece]
    first, last = _best_run(lines, [_hits(line, wanted) for line in lines], limit - 2)
    before, after = "" if first == 0 else _ELLIPSIS, "" if last == len(lines) else _ELLIPSIS
    return before + "\n".join(lines[first:last]) + after


def _hits(line: str, wanted: set[str]) -> int:
    return len(wanted.intersection(_WORD.findall(line.lower())))


def _best_run(lines: Sequence[str], hits: Sequence[int], limit: int) -> tuple[int, int]:
    """Return the bounds of the first run of lines within `limit` characters that has the most hits: one pass."""
    best, first, size, score = (0, 0, min(1, len(lines))), 0, 0, 0
    for index, line in enumerate(lines):
        size, score = size + len(line) + 1, score + hits[index]
        while size - 1 > limit and first < index:
            size, score, first = size - len(lines[first]) - 1, score - hits[first], first + 1
        if score > best[0] or (score == best[0] and first == best[1]):
            best = (score, first, index + 1)
    return best[1], best[2]


def _cut(line: str, limit: int) -> list[str]:
    """Cut a line into parts of at most `limit` characters, between words where there is a space."""
    parts = []
    while len(line) > limit:
        end = line.rfind(" ", 1, limit + 1)
        end = end if end > 0 else limit
        parts.append(line[:end])
        line = line[end:].lstrip()
    return [*parts, line]
