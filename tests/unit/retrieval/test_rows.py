"""Rows are recognised by their labels, however they are spaced."""

import pytest

from raglite.retrieval.lexical import terms
from raglite.retrieval.rows import WantedRows, called

PAGE = """Consolidated Balance Sheets
 Cash and cash equivalents            $1,874      $2,936
 Receivables, net                      1,141       1,042
Net sales to customers                 9,000       8,000
Total   current assets                 8,802      10,539
Goodwill is tested every year.
Operating income margin                19.1%       20.8%
"""


@pytest.mark.parametrize(
    ("metrics", "components", "share"),
    [
        (("cash",), ("cash",), 1.0),
        (("current_ratio",), ("current_assets", "current_liabilities"), 0.5),
        (("goodwill",), ("goodwill",), 0.0),
        (("revenue",), ("revenue",), 0.8),
        (("operating_margin",), ("operating_income", "revenue"), 1.0),
        ((), (), 0.0),
    ],
)
def test_the_share_of_rows_on_a_page(metrics: tuple[str, ...], components: tuple[str, ...], share: float) -> None:
    assert WantedRows.of(metrics, components).share(PAGE) == share


def test_a_hostile_page_is_read_in_time() -> None:
    assert WantedRows.of(("goodwill",), ("goodwill",)).share("a" * 200_000 + "\n" + "a 1\n" * 50_000) == 0.0


@pytest.mark.parametrize(
    ("words", "likeness"),
    [
        ("current assets", 0.8),
        ("assets current total", 1.0),
        ("goodwill tested", 0.0),
        ("receivables from hotels", 0.5),
    ],
)
def test_a_row_may_be_called_by_the_questions_own_words(words: str, likeness: float) -> None:
    assert called(PAGE, frozenset(terms(words))) == pytest.approx(likeness)


def test_a_question_without_words_of_its_own_calls_no_row() -> None:
    assert called(PAGE, frozenset()) == 0.0
