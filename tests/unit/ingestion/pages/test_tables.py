import re

from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.ingestion.pages.lines import Line, Word, layout, lines
from raglite.ingestion.pages.tables import find_tables
from raglite.model import Box, Table
from tests.unit.ingestion.pages.drawn import drawn, words

BALANCE_SHEET = """
                                            December 31,    December 31,
(Dollars in millions)                               2018            2017
Assets
Current assets
  Cash and cash equivalents                 $      2,853    $      3,053
  Inventories                                      4,366           4,034
    Total current assets                          13,709          14,277
"""


def only(found: list[Line]) -> Table:
    tables = find_tables(found)
    assert len(tables) == 1
    return tables[0].table


def grid(table: Table) -> list[dict[int, str]]:
    return [
        {cell.column: cell.text for cell in table.cells if cell.row == row and cell.text} for row in range(table.rows)
    ]


def doubtful(table: Table) -> list[str]:
    return [cell.text for cell in table.cells if cell.low_confidence]


def test_every_figure_stands_under_its_year() -> None:
    assert grid(only(drawn(BALANCE_SHEET))) == [
        {1: "December 31,", 2: "December 31,"},
        {0: "(Dollars in millions)", 1: "2018", 2: "2017"},
        {0: "Assets"},
        {0: "Current assets"},
        {0: "Cash and cash equivalents", 1: "$2,853", 2: "$3,053"},
        {0: "Inventories", 1: "4,366", 2: "4,034"},
        {0: "Total current assets", 1: "13,709", 2: "14,277"},
    ]


def test_only_the_rows_above_the_first_figures_are_headers() -> None:
    assert {cell.row for cell in only(drawn(BALANCE_SHEET)).cells if cell.is_header} == {0, 1}


def test_a_cells_box_holds_its_sign_and_its_figure_and_the_tables_box_holds_all() -> None:
    table = only(drawn(BALANCE_SHEET))
    (cash,) = (cell for cell in table.cells if cell.text == "$2,853")
    assert cash.box == Box(left=220, top=48, right=280, bottom=56)
    assert table.box == Box(left=0, top=0, right=360, bottom=80)


def test_the_layout_text_keeps_a_row_on_one_line_with_its_columns_apart() -> None:
    row = only(drawn(BALANCE_SHEET)).text.splitlines()[5]
    assert re.split(r"\s{2,}", row.strip()) == ["Inventories", "4,366", "4,034"]


def test_a_column_that_is_empty_in_a_row_stays_empty() -> None:
    table = only(
        drawn("""
                         2021      2020      2019
Gain on sale              545                 111
Impairment                          890
Other                      12        13        14
""")
    )
    assert grid(table)[1:] == [
        {0: "Gain on sale", 1: "545", 3: "111"},
        {0: "Impairment", 2: "890"},
        {0: "Other", 1: "12", 2: "13", 3: "14"},
    ]


def test_brackets_per_cent_signs_and_dashes_are_part_of_their_figure() -> None:
    table = only(
        drawn("""
                         2021      2020
Operating loss          (2,370 )  (6,475 )
Margin                   (9.2 )%   33.2 %
Dividends                  \u2014         \u2014
""")
    )
    assert grid(table)[1:] == [
        {0: "Operating loss", 1: "(2,370)", 2: "(6,475)"},
        {0: "Margin", 1: "(9.2)%", 2: "33.2%"},
        {0: "Dividends", 1: "\u2014", 2: "\u2014"},
    ]


def test_a_sign_close_behind_a_figure_belongs_to_the_next_one() -> None:
    row = [Word("Balance", 0, 0, 40, 8), Word("329", 100, 0, 115, 8), Word("$", 118, 0, 122, 8)]
    row += [Word("3", 160, 0, 165, 8), Word("$", 168, 0, 172, 8), Word("6,384", 200, 0, 222, 8)]
    below = [Word("Issued", 0, 12, 40, 20), Word("18", 105, 12, 115, 20), Word("539", 208, 12, 222, 20)]
    assert grid(only(lines(row + below))) == [
        {0: "Balance", 1: "329", 2: "$3", 3: "$6,384"},
        {0: "Issued", 1: "18", 3: "539"},
    ]


def test_a_label_over_two_lines_is_one_label() -> None:
    table = only(
        drawn("""
                                        2021      2020
Adjustments to reconcile net income
  to net cash provided                 6,439     6,240
Net cash used in investing             (222)     3,086
  activities
Total                                  6,217     9,326
""")
    )
    assert [row[0] for row in grid(table)[1:]] == [
        "Adjustments to reconcile net income to net cash provided",
        "Net cash used in investing activities",
        "Total",
    ]


def test_a_page_number_below_a_table_is_no_row_of_it() -> None:
    found = drawn(f"{BALANCE_SHEET.rstrip()}\n                  58")
    assert "58" not in {cell.text for cell in only(found).cells}


def test_a_title_in_the_middle_of_the_page_heads_no_column() -> None:
    table = only(
        drawn("""
                        Statement of Equity
                Common    Retained    Treasury    Other    Total
Sales                1           2           3        4       10
Costs                5           6           7        8       26
""")
    )
    assert grid(table)[0] == {1: "Common", 2: "Retained", 3: "Treasury", 4: "Other", 5: "Total"}


def test_a_header_over_several_columns_stands_in_each_of_them() -> None:
    table = only(
        drawn("""
                       Three Months Ended    Nine Months Ended
                          2023      2022       2023      2022
Sales                      100       200        300       400
Costs                       10        20         30        40
""")
    )
    assert grid(table)[0] == {
        1: "Three Months Ended",
        2: "Three Months Ended",
        3: "Nine Months Ended",
        4: "Nine Months Ended",
    }


def test_a_line_of_years_after_figures_begins_another_table() -> None:
    tables = find_tables(
        drawn("""
                     2021    2020
Sales                   1       2
Costs                   5       6
                     2019    2018
Sales                   3       4
Costs                   7       8
""")
    )
    assert [grid(found.table)[0] for found in tables] == [{1: "2021", 2: "2020"}, {1: "2019", 2: "2018"}]
    assert [(found.first, found.last) for found in tables] == [(0, 3), (3, 6)]


def test_a_column_without_a_figure_keeps_its_place_if_it_has_a_header() -> None:
    table = only(
        drawn("""
                     Level 1   Level 2   Level 3
Bonds                     10                  30
Shares                    11                  31
""")
    )
    assert grid(table) == [
        {1: "Level 1", 2: "Level 2", 3: "Level 3"},
        {0: "Bonds", 1: "10", 3: "30"},
        {0: "Shares", 1: "11", 3: "31"},
    ]
    assert doubtful(table) == []


def test_two_headers_that_fall_onto_one_column_are_doubtful() -> None:
    table = only(
        drawn("""
                      Gross  Net            Total
Bonds                 1,234,567                30
Shares                1,234,511                31
""")
    )
    assert doubtful(table) == ["Gross Net"]


def test_two_figures_in_one_cell_are_doubtful() -> None:
    table = only(
        drawn("""
                    2021            2020
Sales           1,234,567       2,345,678
Costs             1   2           345,678
Others            234,567         345,678
""")
    )
    assert doubtful(table) == ["1 2"]


def test_words_that_stand_below_one_another_are_a_column() -> None:
    table = only(
        drawn("""
                    Amount    Location
Swaps                   12    Other assets
Forwards                34    Accrued liabilities
""")
    )
    assert grid(table)[1:] == [
        {0: "Swaps", 1: "12", 2: "Other assets"},
        {0: "Forwards", 1: "34", 2: "Accrued liabilities"},
    ]
    assert doubtful(table) == []


def test_a_heading_that_ends_in_a_dash_of_its_own_stays_a_row_and_a_broken_word_does_not() -> None:
    table = only(
        drawn("""
                                  2021      2020
Non-cash items -
Share-based plans                   12        13
Sales to non-
controlling owners                  34        35
""")
    )
    labels = [row.get(0) for row in grid(table)[1:]]
    assert labels == ["Non-cash items -", "Share-based plans", "Sales to non- controlling owners"]


def test_prose_with_figures_in_it_is_no_table() -> None:
    prose = """
Sales rose by 5% to $32,765 million in 2018, of which 12,268 million in the segment, and fell by
3% before that. Research took 1,821 million, 1,870 million and 1,764 million in these years, the
company said. Of 2,000 customers 1,200 were in 2 countries.
"""
    assert find_tables(drawn(prose)) == []


def test_a_raised_mark_stays_on_its_line() -> None:
    mark = Word("(1)", 37, -2, 45, 3)
    assert [line.text for line in lines([*words("Revenue   123\nCosts     456"), mark])] == [
        "Revenue (1)  123",
        "Costs  456",
    ]


def test_layout_puts_runs_about_where_they_are_printed() -> None:
    drawing = "Sales          12      34\n               56\nCosts          78      90"
    assert layout(drawn(drawing)) == drawing


NUMBERS = st.one_of(st.none(), st.integers(min_value=-999_999, max_value=999_999))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(min_value=2, max_value=5).flatmap(
        lambda width: st.lists(
            st.lists(NUMBERS, min_size=width, max_size=width).filter(any), min_size=2, max_size=12
        ).filter(lambda rows: all(any(row[at] is not None for row in rows) for at in range(width)))
    )
)
def test_no_figure_changes_its_column(rows: list[list[int | None]]) -> None:
    def shown(value: int | None) -> str:
        return "" if value is None else f"{value:,}" if value >= 0 else f"({-value:,})"

    width = len(rows[0])
    years = [str(2022 - at) for at in range(width)]
    drawing = [" " * 20 + "".join(year.rjust(13) for year in years)]
    drawing += [
        f"Item {chr(65 + at)}".ljust(20) + "".join(shown(v).rjust(13) for v in row) for at, row in enumerate(rows)
    ]
    expected = [{0: f"Item {chr(65 + at)}"} | {c: shown(v) for c, v in enumerate(row, 1) if v is not None}
                for at, row in enumerate(rows)]  # fmt: skip
    assert grid(only(drawn("\n".join(drawing))))[1:] == expected
