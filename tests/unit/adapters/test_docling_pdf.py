"""Two readers look at every page, and the one that sees more is believed."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from raglite.adapters import docling_pdf
from raglite.model import Page
from tests.unit.ingestion.pages.test_continued import FIRST, SECOND, heads, pages

SEEN = "one two three four five six"  # 22 characters that are no spaces


@dataclass
class SecondReader:
    seen: str | None

    def text(self, number: int) -> str | None:
        assert number == 7
        return self.seen


@pytest.mark.parametrize(
    ("read", "seen", "believed"),
    [
        ("one two thre", SEEN, SEEN),
        ("one two three", SEEN, "one two three"),
        (None, SEEN, SEEN),
        ("one", None, "one"),
        ("", "", ""),
        (None, None, None),
    ],
    ids=["less than half", "just enough", "only the second", "only the first", "blank", "neither"],
)
def test_a_page_is_given_as_the_reader_that_sees_more_of_it(
    read: str | None, seen: str | None, believed: str | None
) -> None:
    page = None if read is None else Page(number=7, text=read)
    checked = docling_pdf._checked(7, page, cast("Any", SecondReader(seen)))
    assert (checked.page and checked.page.text) == believed
    assert checked.seen == docling_pdf._characters(seen or "")
    assert checked.kept == min(checked.seen, docling_pdf._characters(believed or ""))


def test_a_table_that_goes_on_on_the_next_page_is_read_under_its_headers() -> None:
    (_, second) = docling_pdf._document(pages(FIRST, SECOND), 2).pages
    assert heads(second.tables[0]) == [(0, 1, "2023"), (0, 2, "2022")]
