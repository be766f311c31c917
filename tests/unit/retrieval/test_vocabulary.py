"""The vocabulary is data: whole, consistent, and free of words that would mislead."""

from collections import Counter

import pytest

from raglite.retrieval.question.vocabulary import METRICS, OF_SOME_INDUSTRIES, TOPICS
from raglite.retrieval.question.vocabulary.metric import metrics
from raglite.retrieval.question.wording import Lexicon, normalized


def test_there_are_many_metrics_and_topics() -> None:
    assert len(METRICS) >= 150
    assert len(TOPICS) >= 50


def test_no_word_stands_for_two_metrics() -> None:
    words = Counter(normalized(word) for metric in METRICS.values() for word in metric.words)
    assert [word for word, count in words.items() if count > 1] == []


def test_a_ratio_is_computed_from_metrics_that_stand_in_rows() -> None:
    parts = {part for metric in METRICS.values() for part in metric.components}
    assert parts <= METRICS.keys()
    assert [metric.id for metric in METRICS.values() if not metric.components and not metric.labels] == []


def test_what_only_some_industries_report_is_a_part_of_the_whole() -> None:
    assert "load_factor" in OF_SOME_INDUSTRIES
    assert "revenue" not in OF_SOME_INDUSTRIES
    assert METRICS.keys() > OF_SOME_INDUSTRIES


def test_a_table_is_read_with_its_continued_lines() -> None:
    table = "sales [income cash]: turnover;\n  top line\n  net sales; sales\nmargin = profit sales:\n  rate"
    sales, margin = metrics(table)
    assert (sales.id, sales.words, sales.labels) == ("sales", ("turnover", "top line"), ("net sales", "sales"))
    assert (margin.components, margin.words, margin.labels) == (("profit", "sales"), ("rate",), ())


def test_a_line_that_is_no_entry_is_an_error() -> None:
    with pytest.raises(ValueError, match="not an entry"):
        list(metrics("sales income: turnover"))


LEXICON = Lexicon.of([("capex", ["Capital Expenditure", "cap-ex"]), ("capital", ["capital"]), ("again", ["capital"])])


@pytest.mark.parametrize(
    ("text", "meanings", "rest"),
    [
        ("the capital expenditures of 2022", ("capex",), "the of 2022"),
        ("cap-ex and capital's cost", ("capex", "capital"), "and cost"),
        ("recapitalization", (), "recapitalization"),
        ("capital, expenditure", ("capex",), ""),
        ("", (), ""),
    ],
)
def test_words_are_found_whole_the_longest_first_in_singular_and_plural(
    text: str, meanings: tuple[str, ...], rest: str
) -> None:
    assert LEXICON.meanings_in(normalized(text)) == meanings
    assert LEXICON.without(normalized(text)) == rest
