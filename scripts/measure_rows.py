"""How many labelled statement rows the parser gets whole, and how many of their figures stand under their period.

`python -m scripts.measure_rows --rows FILE --docs DIR` reads rows that were typed from page pictures, parses the
documents they are from, and prints three numbers and every row that fails. It exits 1 below the thresholds.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raglite.adapters.docling_parser import DoclingParser, ParseLimits
from raglite.evaluation.scoring import wilson
from raglite.model import Cell, Page, Table

LEAST_WHOLE = 0.97
LEAST_IN_PERIOD = 0.95
MOST_WRONG = 0  # figures under another period's header that nothing marks
LIMITS = ParseLimits(
    max_bytes=200_000_000, max_pages=2_000, max_characters=50_000_000, seconds=600, memory_bytes=8_000_000_000
)

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_LENGTH = re.compile(r"\b(three|six|nine|twelve|\d{1,2}|\d{1,2}-?)[- ](months?|weeks?)\b", re.IGNORECASE)
_DAY = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\s+\d{1,2}\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Judged:
    """One labelled row against the parsed page: each value is "right", "wrong", "marked" (as doubtful) or "missing"."""

    row: Mapping[str, Any]
    whole: bool
    values: tuple[str, ...]
    seen: str = ""


def judged(row: Mapping[str, Any], page: Page) -> Judged:
    """Compare a labelled row with the row of the page's tables that has its label and the most of its values."""
    texts = [plain(value["text"]) for value in row["values"]]
    candidates = [
        (sum(plain(cell.text) in texts for cell in cells), table, label, cells)
        for table in page.tables
        for label, cells in _rows(table)
        if _letters(label) == _letters(row["label"])
    ]
    if not candidates:
        return Judged(row, whole=False, values=("missing",) * sum(1 for text in texts if text))
    _, table, label, cells = max(candidates, key=lambda candidate: candidate[0])
    whole = [plain(cell.text) for cell in cells] == [text for text in texts if text]
    seen = f"{label} | {' | '.join(cell.text for cell in cells)}"
    return Judged(row, whole, tuple(_values(row, table, cells)), seen)


def plain(text: str) -> str:
    """Return a printed figure without currency sign, spaces and the mark of a footnote; every dash is one."""
    bare = re.sub(r"[$\u20ac\u00a3\u00a5\s]", "", text)
    bare = re.sub(r"(?<=[\d)%])(?:\([a-z\d]\)|\*+|[\u2020\u2021])$", "", bare)
    return "-" if re.fullmatch(r"[-\u2013\u2014\u2015\u2212]+", bare) else re.sub(r"[\u2013\u2014\u2212]", "-", bare)


def period(header: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the years, lengths and days that a header names."""
    text = " ".join(header.split()).lower()
    lengths = {f"{match[1]} {match[2].rstrip('s')}" for match in _LENGTH.finditer(text)}
    return frozenset(_YEAR.findall(text)), frozenset(lengths), frozenset(_DAY.findall(text))


def _values(row: Mapping[str, Any], table: Table, cells: Sequence[Cell]) -> Iterator[str]:
    left = list(cells)
    for value in row["values"]:
        if not value["text"]:
            continue
        cell = next((cell for cell in left if plain(cell.text) == plain(value["text"])), None)
        if cell is None:
            yield "missing"
            continue
        left = left[left.index(cell) + 1 :]
        heads = [head for head in table.cells if head.is_header and head.column in (0, cell.column)]
        own = [head for head in heads if head.column == cell.column]
        yield _verdict(value["header"], heads, own, doubtful=cell.low_confidence or any(h.low_confidence for h in own))


def _verdict(expected: str, heads: Sequence[Cell], own: Sequence[Cell], *, doubtful: bool) -> str:
    years, lengths, days = period(expected)
    own_years, own_lengths, own_days = period(" ".join(head.text for head in own))
    _, all_lengths, all_days = period(" ".join(head.text for head in heads))
    right = own_years == years and (own_lengths or all_lengths) == lengths and (own_days or all_days) <= days
    if right and not doubtful:
        return "right"
    contradicts = (own_years and own_years != years) or not own_lengths <= lengths or not own_days <= days
    return "marked" if doubtful else "wrong" if contradicts else "missing"


def _rows(table: Table) -> Iterator[tuple[str, list[Cell]]]:
    for number in range(table.rows):
        cells = [cell for cell in table.cells if cell.row == number and not cell.is_header]
        yield (
            " ".join(cell.text for cell in cells if cell.column == 0),
            [cell for cell in cells if cell.column and cell.text],
        )


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def parsed(docs: Path, names: Iterable[str]) -> dict[str, Sequence[Page]]:
    """Return the pages of documents by their names, parsed anew."""
    parser = DoclingParser(LIMITS)
    return {name: parser.parse(docs / name, name).pages for name in names}


def _share(name: str, count: int, total: int) -> str:
    interval = wilson(count, total)
    return f"{name}: {count} of {total} = {count / total:.1%} [{interval.low:.1%}, {interval.high:.1%}]"


def report(results: Sequence[Judged]) -> bool:
    """Print the three numbers and what fails; True if all thresholds are met. There must be a row."""
    values = [value for result in results for value in result.values]
    whole, right = sum(result.whole for result in results), values.count("right")
    for result in results:
        if not result.whole or set(result.values) - {"right"}:
            row = result.row
            wanted = " | ".join(value["text"] for value in row["values"])
            print(f"{row['doc']} p. {row['page']}: {row['label']} | {wanted}")
            print(f"    read: {result.seen or 'no row with this label'}; {', '.join(result.values)}")
    print(_share("rows whole", whole, len(results)))
    print(_share("figures under their period", right, len(values)))
    print(f"figures under another period, not marked: {values.count('wrong')}")
    in_period = right >= LEAST_IN_PERIOD * len(values)
    return whole >= LEAST_WHOLE * len(results) and in_period and values.count("wrong") <= MOST_WRONG


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 if all thresholds are met."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=Path, required=True, help="labelled rows, one JSON object a line")
    options.add_argument("--docs", type=Path, required=True, help="folder with the documents they are from")
    given = options.parse_args(arguments)
    rows = [json.loads(line) for line in given.rows.read_text().splitlines() if line.strip()]
    pages = parsed(given.docs, dict.fromkeys(row["doc"] for row in rows))
    results = [judged(row, pages[row["doc"]][row["page"] - 1]) for row in rows]
    return 0 if report(results) else 1


if __name__ == "__main__":
    sys.exit(main())
