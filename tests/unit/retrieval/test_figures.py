"""Figures with their proof, over made-up statements."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.model import Figure, WhyWithheld, Withheld
from raglite.retrieval.figures.answering import When, figures
from raglite.retrieval.figures.asked import AskedFigure, FigureQuestion
from raglite.retrieval.figures.books import Books
from raglite.retrieval.figures.expressions import parse
from tests.unit.retrieval.stated import BALANCE, CASH, INCOME, MILLION, Printed, books, statements, table, version

ACME = books((version(), statements()))
YEARS = When()


def ask(text: str, year: int | None = 2022, held: Books = ACME, when: When = YEARS) -> Figure | Withheld:
    given_, withheld = figures(FigureQuestion((AskedFigure(parse(text), year),)), held, when)
    (found,) = (*given_, *withheld)
    return found


def figure(text: str, year: int | None = 2022, held: Books = ACME, when: When = YEARS) -> Figure:
    found = ask(text, year, held, when)
    assert isinstance(found, Figure), found
    return found


def withheld(text: str, year: int | None = 2022, held: Books = ACME) -> Withheld:
    found = ask(text, year, held)
    assert isinstance(found, Withheld), found
    return found


def test_a_stated_figure_is_its_cell_with_a_citation() -> None:
    found = figure("revenue")
    (operand,) = found.operands
    assert (found.metric, found.company, found.period) == ("revenue", "Acme Corp", "FY2022")
    assert (found.value, found.unit, found.formula) == (500 * MILLION, "USD", "revenue[FY2022]")
    assert (operand.name, operand.key, operand.version_id) == ("revenue[FY2022]", "acme-2022-10-K-year.pdf", "v1")
    assert operand.uri == f"raglite://documents/{version().document_id}/versions/v1/pages/10#table=0&row=0&column=1"
    assert operand.label == "Acme Corp, 10-K FY2022, p. 10, Net sales, 2022"


@pytest.mark.parametrize(
    ("text", "value", "unit", "formula"),
    [
        ("gross_margin", "40", "percent", "gross_profit[FY2022] / revenue[FY2022]"),
        ("working_capital", 75 * MILLION, "USD", "current_assets[FY2022] - current_liabilities[FY2022]"),
        ("current_ratio", "2", "ratio", "current_assets[FY2022] / current_liabilities[FY2022]"),
        ("inventory_turnover", "6", "ratio", "cost_of_sales[FY2022] / average(inventory[FY2021], inventory[FY2022])"),
        ("days_inventory", "60.833333", "days",
         "365 * average(inventory[FY2021], inventory[FY2022]) / cost_of_sales[FY2022]"),
        ("free_cash_flow", 30 * MILLION, "USD", "operating_cash_flow[FY2022] - capital_expenditure[FY2022]"),
        ("ebitda", 115 * MILLION, "USD", "operating_income[FY2022] + depreciation_and_amortization[FY2022]"),
        ("growth(revenue)", "25", "percent", "growth(revenue[FY2021], revenue[FY2022])"),
        ("change(gross_margin)", "5", "percent",
         "change(gross_profit[FY2021] / revenue[FY2021], gross_profit[FY2022] / revenue[FY2022])"),
        ("effective_tax_rate", "25", "percent", "income_tax[FY2022] / income_before_tax[FY2022]"),
        ("interest_coverage", "9", "ratio", "operating_income[FY2022] / interest_expense[FY2022]"),
        ("revenue - (cost_of_sales - interest_expense)", 210 * MILLION, "USD",
         "revenue[FY2022] - (cost_of_sales[FY2022] - interest_expense[FY2022])"),
    ],
)  # fmt: skip
def test_a_figure_is_computed_from_its_rows(text: str, value: object, unit: str, formula: str) -> None:
    found = figure(text)
    assert (found.value, found.unit, found.formula) == (Decimal(str(value)), unit, formula)
    assert {operand.name for operand in found.operands} == {
        part.strip("() ,+-*/") for part in formula.replace("(", " ").split() if "[" in part
    }


@pytest.mark.parametrize(
    ("text", "value", "period"),
    [
        ("average(revenue)[2020, 2021, 2022]", "383333333.333333", "FY2020 - FY2022"),
        ("cagr(revenue)[2020, 2022]", "41.421356", "FY2020 - FY2022"),
        ("change(revenue)[2020, 2022]", 250 * MILLION, "FY2020 - FY2022"),
        ("revenue[2022] / average(total_assets)[2021, 2022]", "1.369863", "FY2021 - FY2022"),
    ],
)
def test_a_figure_over_years_says_over_which(text: str, value: object, period: str) -> None:
    found = figure(text, None)
    assert (found.value, found.period) == (Decimal(str(value)), period)


def test_a_row_that_is_optional_is_left_out_where_there_is_none() -> None:
    found = figure("total_debt")
    assert (found.value, found.formula) == (100 * MILLION, "long_term_debt[FY2022]")


def test_without_a_period_the_newest_annual_report_counts() -> None:
    older, newer = version(2021), version(2022)
    held = books((older, table(INCOME, [("Revenue", [None, 9])])), (newer, table(INCOME, [("Revenue", [8])])))
    assert (figure("revenue", None, held).period, figure("revenue", None, held).value) == ("FY2022", 8 * MILLION)


def test_a_day_means_the_period_that_ends_on_it() -> None:
    assert figure("total_assets", None, when=When(ends=(date(2021, 12, 31),))).value == 330 * MILLION
    assert isinstance(ask("total_assets", None, when=When(ends=(date(2021, 5, 5),))), Withheld)


def test_a_quarter_is_taken_from_its_own_report_and_not_from_the_half_year() -> None:
    june = date(2022, 6, 30)
    quarter, half = Printed(ends=[june], months=3), Printed(page=20, ends=[june], months=6)
    report = [*table(INCOME, [("Revenue", [7])], quarter), *table(INCOME, [("Revenue", [13])], half)]
    held = books((version(2022, "10-Q", 2, june), report), (version(), statements()))
    found = figure("revenue", 2022, held, When(quarter=2))
    assert (found.value, found.period) == (7 * MILLION, "Q2 FY2022")


SECOND_QUARTER = version(form="10-Q", quarter=2, end=date(2022, 6, 30))
SECOND = date(2022, 6, 30)
HALF_YEAR = [
    *table(INCOME, [("Net sales", (130,))], Printed(ends=(SECOND,), months=3)),
    *table(INCOME, [("Net sales", (240,))], Printed(page=11, ends=(SECOND,), months=6)),
]


@pytest.mark.parametrize(
    ("when", "year", "value", "period"),
    [
        (When(quarter=2, lengths=frozenset({6})), 2022, 240, "6M to Q2 FY2022"),
        (When(ends=(SECOND,), lengths=frozenset({6})), None, 240, "6M to Q2 FY2022"),
        (When(ends=(SECOND,), lengths=frozenset({3})), None, 130, "Q2 FY2022"),
        (When(ends=(SECOND,)), None, 130, "Q2 FY2022"),
    ],
)
def test_a_half_year_and_its_second_quarter_are_told_apart(
    when: When, year: int | None, value: int, period: str
) -> None:
    held = books((SECOND_QUARTER, HALF_YEAR), (version(), statements()))
    found = figure("revenue", year, held, when)
    assert (found.value, found.period) == (value * MILLION, period)


def test_three_months_that_end_with_the_year_are_its_fourth_quarter() -> None:
    end = date(2022, 12, 31)
    held = books((version(), [*statements(), *table(INCOME, [("Net sales", (140,))], Printed(page=40, months=3))]))
    found = figure("revenue", None, held, When(ends=(end,), lengths=frozenset({3})))
    assert (found.value, found.period) == (140 * MILLION, "Q4 FY2022")


@pytest.mark.parametrize(
    ("year", "when"),
    [
        (2022, When(lengths=frozenset({3}))),
        (2022, When(quarter=2, lengths=frozenset({9}))),
        (2022, When(quarter=2, lengths=frozenset({3, 6}))),
        (None, When(ends=(date(2022, 12, 31),), lengths=frozenset({6}))),
    ],
)
def test_a_length_that_does_not_fit_its_end_is_ambiguous(year: int | None, when: When) -> None:
    found = ask("revenue", year, when=when)
    assert isinstance(found, Withheld)
    assert found.reason is WhyWithheld.AMBIGUOUS


def test_a_change_between_days_that_end_no_years_is_ambiguous() -> None:
    found = ask("change(revenue)", None, when=When(ends=(date(2022, 12, 31), SECOND)))
    assert isinstance(found, Withheld)
    assert found.reason is WhyWithheld.AMBIGUOUS


def test_an_average_over_a_year_is_one_of_balances_only() -> None:
    assert withheld("average(revenue)").reason is WhyWithheld.AMBIGUOUS
    assert figure("average(inventory)").value == 50 * MILLION


def test_the_years_own_report_is_preferred_and_a_restatement_told() -> None:
    later = table(INCOME, [("Net sales", [9, 480])], Printed(ends=[date(2023, 12, 31), date(2022, 12, 31)]))
    held = books((version(), statements()), (version(2023), later))
    found = figure("revenue", 2022, held)
    assert found.value == 500 * MILLION
    (note,) = found.notes
    assert "480" in note
    assert "10-K FY2023" in note
    assert figure("operating_income", 2022, held).notes == ()


def test_several_years_are_taken_from_the_report_of_the_last_so_that_they_compare() -> None:
    restated = statements(sales=(500, 380, 250))
    held = books((version(2021), table(INCOME, [("Net sales", [None, 400])])), (version(), restated))
    assert figure("growth(revenue)", 2022, held).value == Decimal("31.578947")
    assert figure("revenue", 2021, held).value == 400 * MILLION


def test_a_year_without_a_report_of_its_own_is_read_from_the_next() -> None:
    assert figure("revenue", 2020).operands[0].label == "Acme Corp, 10-K FY2022, p. 10, Net sales, 2020"


def test_what_no_statement_has_is_not_found() -> None:
    found = withheld("goodwill")
    assert found.reason is WhyWithheld.NOT_FOUND
    assert "goodwill for FY2022" in found.sentence


def test_what_is_not_verified_is_withheld_with_the_cell_to_look_at() -> None:
    held = books((version(), table(INCOME, [("Net sales", [7])], Printed(verified=False))))
    assert withheld("revenue", held=held).reason is WhyWithheld.NOT_VERIFIED
    assert withheld("growth(revenue)", held=held).reason is not WhyWithheld.AMBIGUOUS
    assert "p. 10, Net sales, 2022" in withheld("revenue", held=held).sentence


def test_what_is_ambiguous_is_withheld_with_every_candidate() -> None:
    rows = [("Purchase of treasury shares", [-5]), ("Share buyback", [-8])]
    found = withheld("share_repurchases", held=books((version(), table(CASH, rows))))
    assert found.reason is WhyWithheld.AMBIGUOUS
    assert "-5 (Acme Corp, 10-K FY2022, p. 10, Purchase of treasury shares, 2022)" in found.sentence
    assert "-8 (" in found.sentence


@pytest.mark.parametrize("text", ["revenue / (cash - cash)", "revenue + current_ratio", "growth(cash - inventory)"])
def test_what_makes_no_sense_is_withheld(text: str) -> None:
    assert withheld(text).sentence


def test_different_currencies_are_not_added() -> None:
    mixed = [*table(INCOME, [("Revenue", [7])]), *table(BALANCE, [("Goodwill", [1])], Printed(page=11, unit="EUR"))]
    held = books((version(), mixed))
    assert withheld("revenue + goodwill", held=held).reason is WhyWithheld.AMBIGUOUS


def test_a_questions_definition_goes_before_ours_and_one_not_understood_withholds() -> None:
    own = FigureQuestion(
        (AskedFigure(parse("current_ratio"), 2022),), {"current_ratio": parse("cash / current_liabilities")}
    )
    assert figures(own, ACME, YEARS)[0][0].value == Decimal("0.4")
    unread = FigureQuestion((AskedFigure(parse("current_ratio"), 2022),), {"current_ratio": None})
    assert figures(unread, ACME, YEARS)[1][0].reason is WhyWithheld.AMBIGUOUS


def test_a_ratio_is_a_percentage_where_that_is_asked_for() -> None:
    question = FigureQuestion((AskedFigure(parse("cash / total_assets"), 2022),), as_percent=True)
    (found,) = figures(question, ACME, YEARS)[0]
    assert (found.value, found.unit) == (Decimal("7.5"), "percent")


AMOUNTS = st.integers(1, 10**6)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_arithmetic_is_that_of_the_formula(one: int, two: int, three: int, four: int) -> None:
    rows = [("Revenue", [one]), ("Cost of sales", [two]), ("Operating income", [three]), ("Net income", [four])]
    found = figure(
        "(revenue + cost_of_sales) / (operating_income * net_income / revenue)",
        held=books((version(), table(INCOME, rows))),
    )
    assert abs(found.value - Decimal((one + two) * one) / (three * four)) < Decimal("0.00001")
