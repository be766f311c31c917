"""How many documents are read as what they are: company, form, fiscal year.

`python -m scripts.measure_filings --docs DIR --truth FILE` parses the documents that the lines of FILE name (`doc`,
`company`, `doc_type`, `period`) under names that say nothing, prints a table of right and wrong per field and every
difference, and exits 1 if there is one.

The truth's company may be a short name: it is the same if its words begin the legal name without article and legal
form, or are one of the document's other names. A current report is dated by an event: its fiscal year is right if it is
the truth's or, as no fiscal period is told, unknown.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from raglite.adapters.docling_parser import DoclingParser, ParseLimits
from raglite.ingestion.filings.filing import read_filing
from raglite.ingestion.filings.forms import CURRENT, RELEASE, base
from raglite.ingestion.filings.legal_names import core
from raglite.model import Filing

FORMS = {"10k": "10-K", "10q": "10-Q", "8k": "8-K", "earnings": RELEASE}
LIMITS = ParseLimits(
    max_bytes=200_000_000, max_pages=2_000, max_characters=50_000_000, seconds=600, memory_bytes=8_000_000_000
)
Truth = Mapping[str, Any]


def differences(filing: Filing, truth: Truth) -> dict[str, str]:
    """Return what was read otherwise than it is, by field."""
    read = {"company": filing.company, "form": filing.form, "fiscal_year": filing.fiscal_year}
    is_so = {"company": truth["company"], "form": truth["doc_type"], "fiscal_year": truth["period"]}
    return {field: f"read {read[field]}, is {is_so[field]}" for field, same in SAME.items() if not same(filing, truth)}


def _is_company(filing: Filing, truth: Truth) -> bool:
    words = _words(" ".join(core(truth["company"])))
    legal = _words(" ".join(core(filing.company))) if filing.company else []
    return legal[: len(words)] == words or words in [_words(name) for name in filing.names]


def _is_form(filing: Filing, truth: Truth) -> bool:
    return base(filing.form) == FORMS.get(truth["doc_type"].lower(), truth["doc_type"])


def _is_year(filing: Filing, truth: Truth) -> bool:
    return filing.fiscal_year == truth["period"] or (base(filing.form) in CURRENT and filing.fiscal_year is None)


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name.lower())


SAME: dict[str, Callable[[Filing, Truth], bool]] = {"company": _is_company, "form": _is_form, "fiscal_year": _is_year}


def report(measured: Iterable[tuple[str, dict[str, str]]]) -> bool:
    """Print the table and the differences; tell whether there are none."""
    found = list(measured)
    for name, wrong in found:
        for field, sentence in wrong.items():
            print(f"{name}: {field} {sentence}")
    print("field        right  of")
    for field in SAME:
        print(f"{field:<12} {sum(field not in wrong for _, wrong in found):>5} {len(found):>3}")
    return not any(wrong for _, wrong in found)


def _measured(docs: Path, truths: Sequence[Truth]) -> Iterator[tuple[str, dict[str, str]]]:
    parser = DoclingParser(LIMITS)
    with tempfile.TemporaryDirectory() as scratch:
        for number, truth in enumerate(truths):
            opaque = Path(scratch) / f"{number:04}{Path(truth['doc']).suffix}"
            opaque.symlink_to((docs / truth["doc"]).resolve())
            filing = read_filing(parser.parse(opaque, opaque.name), {}, opaque.name)
            yield truth["doc"], differences(filing, truth)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; 0 if everything was read right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--docs", type=Path, required=True, help="the folder with the documents")
    parser.add_argument("--truth", type=Path, required=True, help="what they are, one JSON object a line")
    asked = parser.parse_args(arguments)
    truths = [json.loads(line) for line in asked.truth.read_text().splitlines() if line.strip()]
    return 0 if report(_measured(asked.docs, truths)) else 1


if __name__ == "__main__":
    sys.exit(main())
