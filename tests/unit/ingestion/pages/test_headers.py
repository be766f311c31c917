"""Which header stands over which column, however it is set."""

from dataclasses import replace

import pytest

from raglite.ingestion.pages.header_words import is_open_period
from raglite.ingestion.pages.lines import Word, lines
from raglite.ingestion.pages.tables import find_tables
from tests.unit.ingestion.pages.drawn import drawn, words


def headers(drawing: str) -> list[str]:
    """Return what heads each column, from top to bottom, the labels' column left out."""
    (found,) = find_tables(drawn(drawing))
    texts = dict.fromkeys(range(1, found.table.columns), "")
    for cell in found.table.cells:
        if cell.is_header and cell.column:
            texts[cell.column] = f"{texts[cell.column]} {cell.text}".strip()
    return list(texts.values())


def test_a_header_over_three_columns_is_not_taken_for_one_over_the_middle() -> None:
    drawing = """
                          Years ended December 31,
                       2023         2022         2021
Sales                   100          200          300
Costs                    10           20           30
"""
    assert headers(drawing) == [f"Years ended December 31, {year}" for year in (2023, 2022, 2021)]


def test_a_word_over_the_middle_column_belongs_to_it_alone() -> None:
    drawing = """
                                    Fair
                       Cost        value     Maturity
Bonds                   100          200          300
Notes                    10           20           30
"""
    assert headers(drawing) == ["Cost", "Fair value", "Maturity"]


def test_headers_set_flush_right_below_a_centred_one_are_spanned_by_it() -> None:
    drawing = """
                          Three Months Ended March 31,      Nine Months Ended March 31,
                                  2023            2022            2023            2022
Sales                          100,000         200,000         300,000         400,000
Costs                               10              20              30              40
"""
    assert headers(drawing) == [
        "Three Months Ended March 31, 2023",
        "Three Months Ended March 31, 2022",
        "Nine Months Ended March 31, 2023",
        "Nine Months Ended March 31, 2022",
    ]


def test_years_set_flush_left_stand_over_the_figures_to_their_right() -> None:
    drawing = """
                      2023                2022
Sales                          100,000             200,000
Costs                               10                  20
"""
    assert headers(drawing) == ["2023", "2022"]


def test_an_open_period_is_said_of_all_years_even_if_it_is_set_flush_left() -> None:
    drawing = """
                   Year ended 31 March
                   2023         2022         2021
Sales               100          200          300
Costs                10           20           30
"""
    assert headers(drawing) == [f"Year ended 31 March {year}" for year in (2023, 2022, 2021)]


def test_a_unit_is_said_of_all_columns() -> None:
    drawing = """
                                   (dollars in millions)
                       2023         2022         2021
Sales                   100          200          300
Costs                    10           20           30
"""
    assert headers(drawing) == [f"(dollars in millions) {year}" for year in (2023, 2022, 2021)]


def test_a_column_of_note_numbers_is_not_spanned_by_the_periods_beside_it() -> None:
    drawing = """
                                  Group              Company
                    Note      2023      2022      2023      2022
Revenue                4       100       200       300       400
Other income           5        10        20        30        40
"""
    assert headers(drawing) == ["Note", "Group 2023", "Group 2022", "Company 2023", "Company 2022"]


def test_dates_that_stand_too_close_are_told_apart() -> None:
    dates = [
        Word(text, 100 + 22 * at, 0, 119 + 22 * at, 8) for at, text in enumerate("June 30, 2023 June 30, 2022".split())
    ]
    figures = words("\n\nSales                        100          200\nCosts                         10           20")
    (found,) = find_tables(
        lines([*dates, *(replace(word, top=word.top + 12, bottom=word.bottom + 12) for word in figures)])
    )
    assert [cell.text for cell in found.table.cells if cell.is_header] == ["June 30, 2023", "June 30, 2022"]


def test_a_footnotes_mark_does_not_make_a_figure_of_a_year() -> None:
    drawing = """
                  2023(1)      2022(2)
Sales                  100          200
Costs                   10           20
"""
    assert headers(drawing) == ["2023(1)", "2022(2)"]


def test_a_statements_title_heads_no_column() -> None:
    drawing = """
                Consolidated Balance Sheets
                   2023         2022
Cash                100          200
Goodwill             10           20
"""
    assert headers(drawing) == ["2023", "2022"]


@pytest.mark.parametrize(
    "text", ["Years ended December 31,", "At 31 March", "MAY 31,", "Three Months Ended", "Fiscal Year"]
)
def test_a_period_without_its_year_is_open(text: str) -> None:
    assert is_open_period(text)


@pytest.mark.parametrize("text", ["December 31, 2022", "Level 1", "Five-Year Financial Highlights", "Total", "Note"])
def test_what_names_its_year_or_no_period_is_not(text: str) -> None:
    assert not is_open_period(text)
