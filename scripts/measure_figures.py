"""Measure figures on questions with known answers: how many get one, how many of those are right, all verified.

`python -m scripts.measure_figures --questions FILE --docs DIR [--cache DIR] [--pictures DIR]`, in one process: parse,
state, ask. FILE holds a JSON object a line with `id`, `question` and `answer`; only questions whose whole answer is a
number count. DIR holds PDFs; what the parser returns is kept in --cache. --pictures draws pages with the cited cells
marked. Exits 1 if fewer than 45 % of the questions get a figure, or fewer than 95 % of the figures are right.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import ImageDraw

from raglite.adapters.docling_pdf import parse_pdf
from raglite.errors import DocumentRejected
from raglite.evaluation.numbers import GoldNumber, agrees, gold_number
from raglite.ingestion.figures.stated import stated_figures
from raglite.ingestion.filings.filing import read_filing
from raglite.model import DocumentVersion, Figure, Operand, ParsedDocument, StatedFigure, VersionState, Withheld
from raglite.retrieval.figures.finder import FigureFinder
from raglite.retrieval.question.companies import Directory
from raglite.retrieval.question.understanding import understand

LEAST_COVERAGE, LEAST_RIGHT = 0.45, 0.95
MOST_PAGES, MOST_PICTURES = 2_000, 12
RESOLUTION = 1.5  # pixels a point
AROUND = 2.0  # points between a cell and its mark


class Library:
    """The documents, parsed and read, with the figures that each states."""

    def __init__(self, folder: Path, cache: Path | None) -> None:
        self.versions: list[DocumentVersion] = []
        self._figures: dict[str, tuple[StatedFigure, ...]] = {}
        for path in sorted(folder.glob("*.pdf")):
            try:
                parsed = _parsed(path, cache)
            except DocumentRejected as rejection:
                print(f"{path.name}: {rejection}")
                continue
            filing = read_filing(parsed)
            self._figures[path.name] = stated_figures(parsed, filing)
            version = DocumentVersion(key=path.name, version_id="1", state=VersionState.SEARCHABLE, filing=filing)
            self.versions.append(version)

    def load_figures(self, key: str, _version_id: str) -> tuple[StatedFigure, ...]:
        """Return a document's figures."""
        return self._figures[key]


@dataclass(frozen=True)
class Measured:
    """A question, its number, and what it got."""

    question: str
    answer: str
    gold: GoldNumber
    figures: tuple[Figure, ...]
    withheld: tuple[Withheld, ...]

    @property
    def is_right(self) -> bool:
        """Tell whether a figure is the number, rounded as it is."""
        return any(agrees(self.gold, figure, self.question) for figure in self.figures)

    @property
    def is_proven(self) -> bool:
        """Tell whether every cell was read alike by both readers."""
        cells = [operand.stated for figure in self.figures for operand in figure.operands]
        return all(cell.verified and not cell.low_confidence for cell in cells)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name, needed in (("questions", True), ("docs", True), ("cache", False), ("pictures", False)):
        parser.add_argument(f"--{name}", type=Path, required=needed)
    options = parser.parse_args(arguments)
    library = Library(options.docs, options.cache)
    measured = list(_measured(options.questions, library))
    for one in measured:
        _print(one)
    if options.pictures:
        operands = [operand for one in measured for figure in one.figures for operand in figure.operands]
        _draw(operands, options.docs, options.pictures)
    return _verdict(measured)


def _measured(questions: Path, library: Library) -> Iterator[Measured]:
    directory = Directory.of(version.filing for version in library.versions)
    finder = FigureFinder(library)
    for line in questions.read_text().splitlines():
        asked = json.loads(line)
        gold = gold_number(asked["answer"], asked["question"], asked.get("unit") or "")
        if gold:
            understanding = understand(asked["question"], directory)
            found = finder.answer(asked["question"], understanding, directory, library.versions)
            yield Measured(asked["question"], asked["answer"], gold, *found)


def _print(one: Measured) -> None:
    mark = ("right" if one.is_right else "WRONG") if one.figures else "-"
    print(f"{mark:6}{one.question[:140]} [{one.answer}]")
    for figure in one.figures:
        print(f"        {figure.value:f} {figure.unit} = {figure.formula}")
        for operand in figure.operands:
            print(f"          {operand.name} = {operand.stated.text}  {operand.label}")
    for held in one.withheld:
        print(f"        withheld ({held.reason}): {held.sentence}")


def _verdict(measured: Sequence[Measured]) -> int:
    given = [one for one in measured if one.figures]
    right = sum(one.is_right for one in given)
    proven = sum(one.is_proven for one in given)
    reasons = Counter(held.reason.value for one in measured for held in one.withheld if not one.figures)
    print(f"\nquestions for a number {len(measured)}, given a figure {len(given)}, right {right}, verified {proven}")
    print(f"withheld: {', '.join(f'{reason} {number}' for reason, number in reasons.most_common()) or 'none'}")
    coverage = len(given) / max(len(measured), 1)
    good = coverage >= LEAST_COVERAGE and right >= LEAST_RIGHT * len(given) and proven == len(given)
    return 0 if good else 1


def _draw(operands: Sequence[Operand], docs: Path, folder: Path) -> None:
    """Draw pages with their cited cells marked, one document after the other until there are enough."""
    folder.mkdir(parents=True, exist_ok=True)
    pages: dict[tuple[str, int], list[StatedFigure]] = {}
    for operand in operands:
        pages.setdefault((operand.key, operand.stated.page), []).append(operand.stated)
    for (key, number), cells in list(pages.items())[:MOST_PICTURES]:
        with pypdfium2.PdfDocument(docs / key) as document:
            picture = document[number - 1].render(scale=RESOLUTION).to_pil()
        marker = ImageDraw.Draw(picture)
        for box in (cell.box for cell in cells if cell.box):
            corners = (box.left - AROUND, box.top - AROUND, box.right + AROUND, box.bottom + AROUND)
            marker.rectangle([RESOLUTION * corner for corner in corners], outline="red", width=2)
        picture.save(folder / f"{Path(key).stem}-{number}.png")


def _parsed(path: Path, cache: Path | None) -> ParsedDocument:
    kept = cache / f"{path.name}.json" if cache else None
    if kept and kept.exists():
        return ParsedDocument.model_validate_json(kept.read_bytes())
    parsed = parse_pdf(path, MOST_PAGES)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(parsed.model_dump_json(exclude_defaults=True))
    return parsed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
