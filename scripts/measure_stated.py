"""How many labelled statement rows become figures with the right label, value, period, unit and scale.

`python -m scripts.measure_stated --rows FILE --docs DIR` reads rows that were typed from page pictures, parses the
documents they are from, states their figures, and prints every row that fails. It exits 1 if fewer than 95 % are right
or if a figure is wrong without being marked.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from raglite.adapters.docling_parser import DoclingParser, ParseLimits
from raglite.evaluation.scoring import wilson
from raglite.ingestion.figures.stated import stated_figures
from raglite.ingestion.filings.filing import read_filing
from raglite.model import StatedFigure

LEAST_RIGHT = 0.95
LIMITS = ParseLimits(
    max_bytes=200_000_000, max_pages=2_000, max_characters=50_000_000, seconds=600, memory_bytes=8_000_000_000
)
_BALANCE_IN_FLOWS = re.compile(r"\bbeginning\b|\bend of\b", re.IGNORECASE)  # stands at a day, whatever heads its column


@dataclass(frozen=True)
class Judged:
    """A labelled row, what is not right about it, and what is wrong in figures that are not marked."""

    row: Mapping[str, Any]
    missing: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    marked: bool = False

    @property
    def is_right(self) -> bool:
        """Tell whether every value of the row is stated as it is printed, and for sure."""
        return not (self.missing or self.wrong or self.marked)


def judged(row: Mapping[str, Any], figures: Sequence[StatedFigure]) -> Judged:
    """Compare a labelled row with the figures of its page that have its label and most of its values."""
    by_row: dict[tuple[int, int], list[StatedFigure]] = {}
    for figure in figures:
        is_sum = not row["label"] and figure.label.startswith("Total ")
        if figure.page == row["page"] and (_letters(figure.label) == _letters(row["label"]) or is_sum):
            by_row.setdefault((figure.table, figure.row), []).append(figure)
    texts = [_bare(value["text"]) for value in row["values"] if value["text"]]
    if not by_row:
        return Judged(row, missing=("no figure has this label",))
    found = max(by_row.values(), key=lambda line: sum(_bare(figure.text) in texts for figure in line))
    missing, wrong = tuple(_missing(row, found)), tuple(_wrong(row, found))
    return Judged(row, missing, wrong, marked=any(figure.low_confidence for figure in found))


def _missing(row: Mapping[str, Any], found: Sequence[StatedFigure]) -> Iterator[str]:
    stated = [_bare(figure.text) for figure in found]
    for value in row["values"]:
        text = _bare(value["text"])
        if text and text in stated:
            stated.remove(text)
        elif text:
            yield f"{value['text']} is missing"


def _wrong(row: Mapping[str, Any], found: Sequence[StatedFigure]) -> Iterator[str]:
    """Say of each unmarked figure what is wrong: no value of the row, another period's, or counted otherwise."""
    expected = list(_expected(row))
    if row["statement"] != (found[0].statement or ""):
        yield f"statement {found[0].statement}"
    for figure in found:
        if figure.low_confidence:
            continue
        same = next((one for one in expected if one[0] == _bare(figure.text)), None)
        if not same:
            yield f"{figure.text} is no value of the row"
            continue
        expected.remove(same)
        _, end, months = same
        is_day = _BALANCE_IN_FLOWS.search(figure.label)
        if end and figure.period_end != end and not is_day:
            yield f"{figure.text} ends {figure.period_end}, not {end}"
        if figure.months != months and not (is_day and figure.months == 0):
            yield f"{figure.text} is of {figure.months} months, not {months}"
        if (figure.unit, figure.scale) != (row["unit"], row["scale"]):
            yield f"{figure.text} is in {figure.scale} {figure.unit}, not {row['scale']} {row['unit']}"


def _expected(row: Mapping[str, Any]) -> Iterator[tuple[str, date | None, int]]:
    for value, end, months in zip(row["values"], row["period_end"], row["months"], strict=True):
        if value["text"]:
            yield _bare(value["text"]), date.fromisoformat(end) if end else None, months


def _bare(text: str) -> str:
    """Return a printed figure without currency sign, spaces and the mark of a footnote; every dash is one."""
    bare = re.sub(r"[$\u20ac\u00a3\u00a5\s]", "", text)
    bare = re.sub(r"(?<=[\d)%])(?:\([a-z\d]\)|\*+|[\u2020\u2021])$", "", bare)
    return re.sub(r"[\u2010-\u2015\u2212]", "-", bare)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def report(results: Sequence[Judged]) -> bool:
    """Print what fails and the numbers; True if both thresholds are met. There must be a row."""
    for result in results:
        if not result.is_right:
            row, faults = result.row, (*result.missing, *result.wrong, *(("marked",) if result.marked else ()))
            print(f"{row['doc']} p. {row['page']}: {row['label']}\n    {'; '.join(faults)}")
    right, wrong = sum(result.is_right for result in results), sum(bool(result.wrong) for result in results)
    interval = wilson(right, len(results))
    print(
        f"rows right: {right} of {len(results)} = {right / len(results):.1%} [{interval.low:.1%}, {interval.high:.1%}]"
    )
    print(f"rows marked as doubtful: {sum(result.marked for result in results)}")
    print(f"rows wrong and not marked: {wrong}")
    return right >= LEAST_RIGHT * len(results) and wrong == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 if both thresholds are met."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=Path, required=True, help="labelled rows, one JSON object a line")
    options.add_argument("--docs", type=Path, required=True, help="folder with the documents they are from")
    given = options.parse_args(arguments)
    rows = [json.loads(line) for line in given.rows.read_text().splitlines() if line.strip()]
    stated = {name: _stated(given.docs / name) for name in dict.fromkeys(row["doc"] for row in rows)}
    return 0 if report([judged(row, stated[row["doc"]]) for row in rows]) else 1


def _stated(path: Path) -> tuple[StatedFigure, ...]:
    parsed = DoclingParser(LIMITS).parse(path, path.name)
    return stated_figures(parsed, read_filing(parsed))


if __name__ == "__main__":
    sys.exit(main())
