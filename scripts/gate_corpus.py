"""Write the corpus of the accuracy gate: made-up companies' filings, questions.jsonl, expected_filings.jsonl.

    python -m scripts.gate_corpus --out build/gate

The same bytes each time. Every answer is known by construction and looked for on the pages that are said to give it.
"""

import argparse
from pathlib import Path

from scripts.gate import expected
from scripts.gate.asked import Asked, distinct, lines
from scripts.gate.computed import of_pairs, of_years
from scripts.gate.editions import editions
from scripts.gate.figures import of_rows
from scripts.gate.formats import of_others, others
from scripts.gate.missing import unanswerable
from scripts.gate.noted import in_notes, restated
from scripts.gate.shelf import Shelf
from scripts.gate.told import in_words, of_events
from scripts.sample.typesetting import typeset

SEED = 2026


def write_corpus(out: Path, seed: int = SEED) -> str:
    """Write everything into `out` and return a sentence that says what."""
    out.mkdir(parents=True, exist_ok=True)
    shelf = Shelf(tuple(editions(seed)))
    files = {edition.file: typeset(edition.report) for edition in shelf.editions} | others()
    for name, content in files.items():
        (out / name).write_bytes(content)
    asked = questions(shelf)
    (out / "questions.jsonl").write_text(lines(asked), encoding="utf-8")
    (out / "expected_filings.jsonl").write_text(expected.lines(shelf.editions), encoding="utf-8")
    without = sum(not question.evidence for question in asked)
    return f"{len(files)} documents and {len(asked)} questions, {without} of them unanswerable, in {out}"


def questions(shelf: Shelf) -> list[Asked]:
    """Return every question."""
    of_figures = [*of_rows(shelf), *of_years(shelf), *of_pairs(shelf), *restated(shelf)]
    of_words = [*in_words(shelf), *in_notes(shelf), *of_events(shelf), *of_others()]
    return distinct([*of_figures, *of_words, *unanswerable(shelf)])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.gate_corpus", description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where to write; made if it is not there"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another seed gives other figures and other questions")
    given = parser.parse_args()
    print(write_corpus(given.out, given.seed))


if __name__ == "__main__":
    main()
