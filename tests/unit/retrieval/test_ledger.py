"""Which row of which table states a metric."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from raglite.model import WhyWithheld
from raglite.retrieval.figures.ledger import Ledger, Span, Unproven
from tests.unit.retrieval.stated import BALANCE, CASH, INCOME, MILLION, Printed, Rows, statements, table

YEAR = Span(date(2022, 12, 31), timedelta(days=8), 12)
QUARTER = Span(date(2022, 12, 31), timedelta(days=8), 3)


def value(ledger: Ledger, metric: str, span: Span = YEAR) -> Decimal | None:
    found = ledger.choose(metric, span)
    return found and found.value / MILLION


def refusal(ledger: Ledger, metric: str) -> WhyWithheld:
    with pytest.raises(Unproven) as refused:
        ledger.choose(metric, YEAR)
    return refused.value.reason


def test_the_row_and_the_column_of_the_period_are_chosen() -> None:
    ledger = Ledger.of(statements())
    assert value(ledger, "revenue") == 500
    assert value(ledger, "revenue", Span(date(2021, 12, 31), timedelta(days=8), 12)) == 400
    assert value(ledger, "total_assets") == 400
    assert value(ledger, "revenue", QUARTER) is None
    assert value(ledger, "revenue", Span(date(2019, 12, 31), timedelta(days=8), 12)) is None


def test_a_year_of_52_weeks_may_end_some_days_off() -> None:
    ledger = Ledger.of(table(INCOME, [("Net sales", [7])], Printed(ends=[date(2023, 1, 1)])))
    assert value(ledger, "revenue") == 7
    assert value(ledger, "revenue", Span(date(2022, 12, 15), timedelta(days=8), 12)) is None


@pytest.mark.parametrize("printed", [Printed(verified=False), Printed(low_confidence=True)])
def test_what_is_not_sure_is_not_given(printed: Printed) -> None:
    assert refusal(Ledger.of(table(INCOME, [("Net sales", [7])], printed)), "revenue") is WhyWithheld.NOT_VERIFIED


def test_a_sure_copy_of_the_same_amount_stands_in_for_an_unsure_one() -> None:
    unsure = table(INCOME, [("Net sales", [7])], Printed(verified=False))
    sure = table(INCOME, [("Net sales", [7])], Printed(page=40))
    found = Ledger.of([*unsure, *sure]).choose("revenue", YEAR)
    assert found is not None
    assert found.figure.page == 40


def test_of_two_tables_the_fuller_one_is_the_statement() -> None:
    parent_only = table(INCOME, [("Revenues", [9]), ("Operating income", [1])], Printed(page=80))
    assert value(Ledger.of([*parent_only, *statements()]), "revenue") == 500


def test_two_rows_of_one_wording_that_differ_are_ambiguous() -> None:
    rows: Rows = [("Purchase of treasury shares", [-5]), ("Share buyback/cancellations", [-8])]
    assert refusal(Ledger.of(table(CASH, rows)), "share_repurchases") is WhyWithheld.AMBIGUOUS


def test_the_cost_of_products_beside_that_of_services_is_not_all() -> None:
    parts: Rows = [("Cost of services", [-5]), ("Cost of wireless equipment", [-8])]
    assert refusal(Ledger.of(table(INCOME, parts)), "cost_of_sales") is WhyWithheld.AMBIGUOUS
    assert value(Ledger.of(table(INCOME, [*parts, ("Total cost of sales", [-13])])), "cost_of_sales") == 13


def test_the_owners_equity_goes_before_that_with_minorities() -> None:
    rows: Rows = [("Total Acme shareholders' equity", [7]), ("Noncontrolling interests", [2]), ("Total equity", [9])]
    assert value(Ledger.of(table(BALANCE, rows)), "total_equity") == 7


def test_outside_the_statements_all_rows_must_agree() -> None:
    notes = table(None, [("Interest expense", [9])], Printed(page=50))
    others = table(None, [("Interest expense", [8])], Printed(page=60))
    assert value(Ledger.of(notes), "interest_expense") == 9
    assert refusal(Ledger.of([*notes, *others]), "interest_expense") is WhyWithheld.AMBIGUOUS


@pytest.mark.parametrize(
    "label",
    [
        "Interest expense (after-tax)",
        "Segment results > Interest expense",
        "Discontinued operations > Interest expense",
    ],
)
def test_a_row_that_is_narrowed_is_not_the_companys(label: str) -> None:
    assert value(Ledger.of(table(None, [(label, [9])])), "interest_expense") is None


def test_no_balance_is_taken_from_a_note() -> None:
    assert value(Ledger.of(table(None, [("Goodwill", [9])], Printed(months=0))), "goodwill") is None


def test_a_small_table_called_a_balance_sheet_is_none_beside_the_fuller_one() -> None:
    guarantors = table(BALANCE, [("Total current assets", [99]), ("Notes payable", [9])], Printed(page=70))
    assert value(Ledger.of([*statements(), *guarantors]), "notes_payable") is None


def test_a_row_without_a_label_is_the_total_of_its_group() -> None:
    assert value(Ledger.of(table(INCOME, [("Revenues > ", [12]), ("Operating income", [1])])), "revenue") == 12


@pytest.mark.parametrize(("label", "printed"), [("Capital expenditures", -5), ("Capital expenditures", 5)])
def test_an_outflow_is_a_positive_amount(label: str, printed: int) -> None:
    assert value(Ledger.of(table(CASH, [(label, [printed])])), "capital_expenditure") == 5


@pytest.mark.parametrize(
    ("label", "printed", "meant"),
    [("Net loss", 5, -5), ("Net loss", -5, -5), ("Net income (loss)", -5, -5), ("Net income (loss)", 5, 5)],
)
def test_a_loss_is_negative_however_it_is_printed(label: str, printed: int, meant: int) -> None:
    assert value(Ledger.of(table(INCOME, [(label, [printed])])), "net_income") == meant


@pytest.mark.parametrize(
    ("before", "label", "printed", "after", "meant"),
    [
        (80, "Provision for income taxes", 20, 60, 20),
        (80, "Income tax expense", -20, 60, 20),
        (-80, "Benefit (provision) for income taxes", 20, -60, -20),
        (80, "Income tax (expense)/benefit", -20, 60, 20),
        (-80, "Income tax expense", 20, -100, 20),
    ],
)
def test_a_tax_charge_is_positive_and_a_benefit_negative(
    before: int, label: str, printed: int, after: int, meant: int
) -> None:
    rows: Rows = [("Income before income taxes", [before]), (label, [printed]), ("Net income", [after])]
    assert value(Ledger.of(table(INCOME, rows)), "income_tax") == meant


def test_a_label_tells_a_benefit_where_nothing_adds_up() -> None:
    assert value(Ledger.of(table(INCOME, [("Income tax (expense)/benefit", [-20])])), "income_tax") == 20


def test_per_share_rows_are_not_money_and_money_is_not_per_share() -> None:
    figures = table(INCOME, [("Diluted earnings per share", ["1.25"])], Printed(unit="USD/share", scale=1))
    found = Ledger.of(figures).choose("eps_diluted", YEAR)
    assert found is not None
    assert (found.value, found.figure.unit) == (Decimal("1.25"), "USD/share")
    assert Ledger.of(table(INCOME, [("Diluted earnings per share", [1])])).choose("eps_diluted", YEAR) is None
