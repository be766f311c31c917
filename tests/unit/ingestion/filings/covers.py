"""Covers written for the tests, in the manner of many kinds of filing, each with what a reader makes of it.

A case is `=== its title`, lines `field: value`, a line `---`, and its pages, parted by `---page`. A field that is not
given is expected to be unknown; currency and scale that are not given are not asked for, `none` expects nothing.
`names` (parted by `;`) must all be found, those under `also` may be, no others.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from raglite.model import Filing, Page, ParsedDocument

COVERS = Path(__file__).parents[3] / "data" / "covers"
ATTRIBUTES = {
    "company": "company",
    "form": "form",
    "year": "fiscal_year",
    "quarter": "fiscal_quarter",
    "end": "period_end",
    "currency": "currency",
    "scale": "scale",
}
SOMETIMES = ("currency", "scale")
FIELDS = [field for field in ATTRIBUTES if field not in SOMETIMES]


@dataclass(frozen=True)
class Cover:
    """One document and what it is."""

    title: str
    expected: dict[str, str]
    parsed: ParsedDocument

    def wrong(self, filing: Filing) -> dict[str, str]:
        """Return what was read wrong, by field."""
        read = {field: getattr(filing, ATTRIBUTES[field]) for field in self.asked if field != "names"}
        wrong = {
            field: f"read {value}, is {self.expected.get(field)}"
            for field, value in read.items()
            if value != self._value(field)
        }
        return wrong | self._wrong_names(filing)

    @property
    def asked(self) -> list[str]:
        """The fields that the case asks for."""
        return [*FIELDS, *(field for field in SOMETIMES if field in self.expected), "names"]

    def _value(self, field: str) -> str | int | date | None:
        value = self.expected.get(field)
        if value in {None, "none"}:
            return None
        if field in {"year", "quarter", "scale"}:
            return int(value)
        return date.fromisoformat(value) if field == "end" else value

    def _wrong_names(self, filing: Filing) -> dict[str, str]:
        must, may = self._names("names"), self._names("also")
        lost, strange = must - set(filing.names), set(filing.names) - must - may
        return {"names": f"lost {sorted(lost)}, strange {sorted(strange)}"} if lost or strange else {}

    def _names(self, field: str) -> set[str]:
        listed = self.expected.get(field, "none")
        return set() if listed == "none" else {name.strip() for name in listed.split(";")}


def covers() -> list[Cover]:
    """Return every case of every file."""
    return [_cover(case) for path in sorted(COVERS.glob("*.txt")) for case in path.read_text().split("=== ")[1:]]


def document(*pages: str) -> ParsedDocument:
    """Return a document of these pages as a parser would hand it over."""
    return ParsedDocument(
        media_type="application/pdf",
        parser="test",
        parser_version="1",
        pages=tuple(Page(number=number, text=text) for number, text in enumerate(pages, 1)),
        pages_total=len(pages),
    )


def _cover(case: str) -> Cover:
    head, text = case.split("\n---\n", 1)
    title, *lines = head.splitlines()
    expected = dict(line.split(": ", 1) for line in lines)
    return Cover(title, expected, document(*text.split("---page\n")))
