from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.model import Filing, StatedFigure, Statement
from tests.unit.ingestion.figures.stated_tables import ANNUAL, QUARTERLY, figure, page, stated, table

MILLION = 1_000_000
INCOME = """
    (In millions, except per share amounts)  | 2018    | 2017    | 2016
    Net sales                                | $32,765 | $31,657 | $30,109
    Cost of sales                            | 16,682  | 16,055  | 15,118
    Research and development                 | 1,821   | 1,870   | -
    Operating income                         | 7,207   | 7,692   | 7,027
    Other expense                            | (207)   | 144     | 26
    Provision for income taxes               | 1,637   | 2,679   | 1,995
    Net income                               | $5,363  | $4,869  | $5,058
    Earnings per share
      Basic                                  | $9.09   | $8.13   | $8.35
    Weighted average shares outstanding
      Basic                                  | 588.5   | 597.5   | 604.7
"""
BALANCE = """
                         | December 31, | December 31,
    (Dollars in millions)| 2018         | 2017
    Current assets
      Cash               | $2,853       | $3,053
      Inventories        | 4,366        | 4,034
      Total current assets | 7,219      | 7,087
    Goodwill             | 10,051       | 10,513
    Total assets         | $17,270      | $17,600
    Current liabilities
      Accounts payable   | 2,266        | 1,945
    Long-term debt       | 5,004        | 5,655
    Retained earnings    | 10,000       | 10,000
    Total liabilities and equity | $17,270 | $17,600
"""
CASH = """
    (Millions)                                     | 2018    | 2017
    Cash flows from operating activities
    Net income                                     | $5,363  | $4,869
    Depreciation and amortization                  | 1,488   | 1,544
    Net cash provided by operating activities      | 6,851   | 6,413
    Cash flows from investing activities
    Purchases of property, plant and equipment     | (1,577) | (1,373)
    Net cash used in investing activities          | (1,577) | (1,373)
    Cash at beginning of year                      | 3,053   | 2,398
    Cash at end of year                            | $2,853  | $3,053
"""
STATEMENT_OF_INCOME = page(["Consolidated Statement of Income", "Years ended December 31"], table(INCOME))


def test_a_figure_says_where_it_stands_and_what_it_is():
    (found,) = [one for one in stated(ANNUAL, STATEMENT_OF_INCOME) if one.label == "Net sales" and one.column == 1]
    assert found == StatedFigure(
        page=1, table=0, row=1, column=1, label="Net sales", column_header="2018",
        statement=Statement.INCOME_STATEMENT, period_end=date(2018, 12, 31), months=12, text="$32,765",
        value=Decimal(32765), unit="USD", scale=MILLION, box=found.box,
    )  # fmt: skip
    assert found.box == STATEMENT_OF_INCOME.tables[0].cells[5].box


def test_a_balance_sheet_stands_at_its_days():
    found = stated(ANNUAL, page(["Consolidated Balance Sheet"], table(BALANCE, heads=2)))
    cash = figure(found, "Cash", column=2)
    assert (cash.statement, cash.period_end, cash.months) == (Statement.BALANCE_SHEET, date(2017, 12, 31), 0)
    assert cash.heading == ("Current assets",)
    assert not any(one.low_confidence for one in found)


def test_a_balance_sheet_that_does_not_balance_is_doubtful_in_that_column():
    wrong = BALANCE.replace("Total liabilities and equity | $17,270", "Total liabilities and equity | $17,720")
    found = stated(ANNUAL, page(["Consolidated Balance Sheet"], table(wrong, heads=2)))
    assert {one.column for one in found if one.low_confidence} == {1}


def test_rows_per_share_and_of_shares_are_not_counted_as_money():
    basic = [one for one in stated(ANNUAL, STATEMENT_OF_INCOME) if one.label == "Basic" and one.column == 1]
    assert [(one.heading, one.unit, one.amount) for one in basic] == [
        (("Earnings per share",), "USD/share", Decimal("9.09")),
        (("Weighted average shares outstanding",), "shares", Decimal("588500000.0")),
    ]


def test_a_dash_in_a_statement_is_nil_and_says_so():
    nil = figure(stated(ANNUAL, STATEMENT_OF_INCOME), "Research and development", column=3)
    assert (nil.value, nil.text) == (0, "-")


def test_cash_at_the_beginning_stands_at_the_end_of_the_year_before():
    found = stated(ANNUAL, page(["Statement of Cash Flows", "Years ended December 31"], table(CASH)))
    begin, end = figure(found, "Cash at beginning of year"), figure(found, "Cash at end of year")
    assert (begin.period_end, begin.months, end.period_end, end.months) == (
        date(2017, 12, 31),
        0,
        date(2018, 12, 31),
        0,
    )
    spent = figure(found, "Purchases of property, plant and equipment")
    assert (spent.heading, spent.value) == (("Cash flows from investing activities",), -1577)


def test_quarters_and_months_to_date_are_told_apart():
    text = INCOME.replace("2018    | 2017    | 2016", "~ | ~ | ~")
    months = "x | Three Months Ended June 30, | Three Months Ended June 30, | Six Months Ended June 30,\n"
    years = "(In millions, except per share amounts) | 2023 | 2022 | 2023\n"
    found = stated(
        QUARTERLY, page(["Statement of Income"], table(months + years + "\n".join(text.splitlines()[2:]), 2))
    )
    sales = [one for one in found if one.label == "Net sales"]
    assert [(one.period_end, one.months) for one in sales] == [
        (date(2023, 6, 30), 3),
        (date(2022, 6, 30), 3),
        (date(2023, 6, 30), 6),
    ]
    assert not any(one.low_confidence for one in found)


def test_a_statement_without_the_filing_s_own_period_is_doubtful():
    other = ANNUAL.model_copy(update={"fiscal_year": 2021, "period_end": date(2021, 12, 31)})
    assert all(one.low_confidence for one in stated(other, STATEMENT_OF_INCOME))


def test_two_columns_of_a_statement_for_one_period_are_doubtful_but_for_their_total():
    text = INCOME.replace("2018    | 2017    | 2016", "2018 Before items | 2018 Items | 2018 Total")
    found = stated(ANNUAL, page(["Consolidated Statement of Income", "Years ended December 31"], table(text)))
    assert {one.column for one in found if one.low_confidence} == {1, 2}


def test_a_row_with_a_number_beside_its_columns_is_doubtful():
    text = INCOME.replace("| 2017    | 2016", "| 2017 | ~").replace(
        "| 16,682  | 16,055  | 15,118", "| 16,682 | ~ | 16,055"
    )
    found = stated(ANNUAL, page(["Consolidated Statement of Income", "Years ended December 31"], table(text)))
    assert figure(found, "Cost of sales").low_confidence
    assert not figure(found, "Net sales").low_confidence


def test_a_doubtful_cell_or_header_makes_a_doubtful_figure():
    cells = STATEMENT_OF_INCOME.tables[0].cells
    marked = [
        cell.model_copy(update={"low_confidence": cell.text in {"2017", "16,682"}, "verified": cell.text == "7,207"})
        for cell in cells
    ]
    doubtful = STATEMENT_OF_INCOME.tables[0].model_copy(update={"cells": tuple(marked)})
    found = stated(ANNUAL, page(["Consolidated Statement of Income", "Years ended December 31"], doubtful))
    low = {one.text for one in found if one.low_confidence}
    assert low == {"16,682"} | {one.text for one in found if one.column == 2}
    assert {one.text for one in found if one.verified} == {"7,207"}


def test_a_sum_without_a_label_is_its_group_s_total():
    text = """
        (In thousands) | 2018 | 2017
        Revenues
          Casino     | 500 | 400
          Rooms      | 300 | 200
        ~            | 800 | 600
        Interest income | 7 | 5
        ~            | 999 | 888
    """
    found = stated(ANNUAL, page(["Revenues", "Years ended December 31"], table(text)))
    assert figure(found, "Total Revenues").amount == 800_000
    assert figure(found, "", column=1).low_confidence


def test_columns_that_compare_or_refer_to_notes_give_no_figures():
    text = """
        ($ in millions) | Note | 2018 | 2017 | % Change
        Net sales       | 5    | 32,765 | 31,657 | 3.5
        Cost of sales   | 6    | 16,682 | 16,055 | 3.9
    """
    found = stated(ANNUAL, page(["Results"], table(text)))
    assert {one.column for one in found} == {2, 3}


def test_outside_the_statements_the_table_s_own_words_must_say_the_scale():
    text = "x | 2018 | 2017\nProducts | $500 | $400\nServices | 300 | 200"
    assert all(one.low_confidence for one in stated(ANNUAL, page(["Revenue by kind"], table(text))))
    assert not any(one.low_confidence for one in stated(ANNUAL, page(["Revenue by kind (in millions)"], table(text))))


def test_a_table_by_segment_is_of_the_one_period_above_it():
    text = "(Millions) | Consumer | Industrial\nNet sales | 500 | 400\nOperating income | 30 | 20"
    found = stated(ANNUAL, page(["Year ended December 31, 2018"], table(text)))
    assert {(one.column_header, one.period_end, one.months) for one in found} == {
        ("Consumer", date(2018, 12, 31), 12),
        ("Industrial", date(2018, 12, 31), 12),
    }


def test_each_column_is_in_the_currency_that_heads_it():
    text = """
        x         | Millions of yen 2018 | Thousands of U.S. dollars 2018
        Net sales | 32,765 | 295,180
        Net income | 5,363 | 48,315
    """
    found = stated(ANNUAL, page(["Results"], table(text)))
    assert [(one.unit, one.scale) for one in found if one.label == "Net sales"] == [("JPY", MILLION), ("USD", 1_000)]


def test_a_foreign_statement_is_read_as_it_prints():
    filing = Filing(form="annual report", fiscal_year=2023, period_end=date(2023, 12, 31), currency="EUR")
    text = """
        ~                        | Note | 2023 \u20acm | 2022 \u20acm
        Revenue                  | 3    | 1.234,5  | 1.100,0
        Cost of sales            | 4    | (800,5)  | (700,0)
        Gross profit             | ~    | 434,0    | 400,0
        Profit before income tax | 7    | 100,5    | 99,5
        Income tax expense       | 8    | (25,0)   | (20,0)
        Basic earnings per share | 9    | 1,25     | 1,10
    """
    title = ["Consolidated income statement", "for the year ended 31 December 2023"]
    found = stated(filing, page(title, table(text)))
    revenue = figure(found, "Revenue", column=2)
    assert (revenue.amount, revenue.unit, revenue.months) == (Decimal("1234500000.0"), "EUR", 12)
    assert figure(found, "Revenue", column=3).period_end == date(2022, 12, 31)
    assert figure(found, "Basic earnings per share", column=2).unit == "EUR/share"
    assert not any(one.low_confidence for one in found)


def test_a_statement_goes_on_over_the_next_page_under_the_same_columns():
    lines = BALANCE.strip("\n").splitlines()
    first, second = "\n".join(lines[:8]), "\n".join(lines[8:])
    pages = [page(["Consolidated Balance Sheet"], table(first, 2)), page([], table(second, 0), number=2)]
    payable = figure(stated(ANNUAL, *pages), "Accounts payable", column=2)
    assert (payable.page, payable.statement, payable.period_end) == (2, Statement.BALANCE_SHEET, date(2017, 12, 31))
    assert (payable.scale, payable.low_confidence) == (MILLION, False)


def test_a_spanning_header_of_a_format_without_boxes_is_over_all_its_columns():
    text = """
        ~             | Year ended December 31, | ~    | ~
        (In millions) | 2018                    | 2017 | 2016
        Net sales     | 3                       | 2    | 1
        Profit        | 2                       | 1    | 1
    """
    found = stated(ANNUAL, page(["Results"], table(text, 2, boxed=False)))
    assert {(one.period_end.year, one.months) for one in found} == {(2018, 12), (2017, 12), (2016, 12)}


@pytest.mark.parametrize("text", ["", "x | y\na | b"])
def test_a_document_without_figures_states_none(text):
    assert stated(ANNUAL, page(["Nothing"], *([table(text, 0)] if text else []))) == ()


def test_what_the_notes_begin_with_says_the_scale_of_their_tables():
    text = "x | 2018 | 2017\nProducts | 500 | 400\nServices | 300 | 200"
    start = page(["Notes to the Consolidated Financial Statements", "(Dollars in thousands)"])
    found = stated(ANNUAL, start, page(["Revenue by kind"], table(text), number=2))
    assert {(one.scale, one.low_confidence) for one in found} == {(1_000, False)}


@pytest.mark.parametrize("title", ["Parent Company Only", "Guarantor Consolidated Information", "Pro forma"])
def test_a_statement_of_others_than_the_group_is_none_of_the_filing_s(title):
    found = stated(ANNUAL, page([title, "Statement of Income", "Years ended December 31"], table(INCOME)))
    assert {one.statement for one in found} == {None}


def test_years_that_the_tables_name_otherwise_than_the_filing_tell_no_period():
    text = "(In millions) | Fiscal 2019 | Fiscal 2018\nNet sales | 500 | 400\nNet income | 30 | 20"
    filing = ANNUAL.model_copy(update={"period_end": date(2019, 1, 26)})
    assert stated(filing, page(["Results"], table(text))) == ()


def test_a_day_in_a_title_that_names_no_period_is_not_the_columns_():
    text = "(In millions) | 2018 | 2017\nNet sales | 500 | 400\nNet income | 30 | 20"
    found = stated(ANNUAL, page(["Sale of the Paper Division on March 15, 2018"], table(text)))
    assert {one.period_end for one in found} == {date(2018, 12, 31), date(2017, 12, 31)}


BY_SEGMENT = """
    (Millions)     | Consumer | Industrial
    2018
      Net sales    | 500      | 400
      Assets       | 300      | 200
    2017
      Net sales    | 450      | 350
"""


def test_a_group_that_names_a_year_gives_its_rows_their_period():
    found = stated(ANNUAL, page(["Segments"], table(BY_SEGMENT)))
    assert [(one.text, one.period_end.year, one.low_confidence) for one in found if one.column == 1] == [
        ("500", 2018, False),
        ("300", 2018, False),
        ("450", 2017, False),
    ]


def test_a_group_and_a_header_that_name_two_periods_are_doubtful():
    text = BY_SEGMENT.replace("Consumer", "2018").replace("Industrial", "2016")
    found = stated(ANNUAL, page(["Segments"], table(text)))
    assert {(one.text, one.period_end.year) for one in found if not one.low_confidence} == {
        ("500", 2018),
        ("300", 2018),
    }


WORDS = st.sampled_from(
    "2018;Fiscal 2017;February 29, 2016;29 February;Q3 2018;Three months ended;December 31,;% Change;(In millions);"
    "Net sales;Basic;Total;At 1 January;1,577;(12.5);-;$;24%;n/a".split(";")
)


@given(st.lists(st.lists(WORDS, min_size=2, max_size=5), min_size=1, max_size=8), st.integers(0, 3))
def test_whatever_a_table_holds_each_figure_prints_its_cell_s_number_once(rows, heads):
    drawn = table("\n".join(" | ".join(row) for row in rows), heads)
    cells = {(cell.row, cell.column): cell for cell in drawn.cells if not cell.is_header}
    found = stated(ANNUAL, page(["Consolidated Statement of Income"], drawn))
    assert len({(one.row, one.column) for one in found}) == len(found)
    assert all(one.text == cells[one.row, one.column].text and one.period_end for one in found)
