"""Printed labels, and the metrics that their rows state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.retrieval.figures.labels import plain
from raglite.retrieval.figures.lineitems import ITEMS, stated_by


@pytest.mark.parametrize(
    ("printed", "spelt"),
    [
        ("Net (loss)/earnings (Note 3)", "net earnings"),
        ("Property, plant & equipment \u2014 net", "property plant and equipment net"),
        ("Total Shareholders\u2019 Equity", "total shareholders equity"),
        ("Accounts receivable, less allowances of $12 and $9", "accounts receivable less allowances of 12 and 9"),
        ("The Company's revenues:", "revenues"),
    ],
)
def test_marks_and_remarks_are_no_part_of_a_label(printed: str, spelt: str) -> None:
    assert plain(printed) == spelt


@given(st.text(max_size=80))
def test_a_plain_label_stays_as_it_is(label: str) -> None:
    assert plain(plain(label)) == plain(label)


@pytest.mark.parametrize(
    ("heading", "label", "metric"),
    [
        ("", "Total net revenues", "revenue"),
        ("", "Turnover", "revenue"),
        ("", "Revenue from contracts with customers", "revenue"),
        ("", "Cost of goods sold", "cost_of_sales"),
        ("", "Profit for the year", "net_income"),
        ("", "Finance costs", "interest_expense"),
        ("", "Profit before taxation", "income_before_tax"),
        ("", "Income (loss) before provision for income taxes", "income_before_tax"),
        ("", "Purchase of property, plant and equipment", "capital_expenditure"),
        ("", "Payments to acquire property, plant and equipment", "capital_expenditure"),
        ("", "Additions to property and equipment, net of $4 of non-cash additions", "capital_expenditure"),
        ("", "Net cash (used in) provided by operating activities", "operating_cash_flow"),
        ("", "Net cash inflow from operating activities", "operating_cash_flow"),
        ("Earnings per common share", "Diluted", "eps_diluted"),
        ("Basic earnings per share", "Net income attributable to the parent", "eps_basic"),
        ("", "Trade receivables, net", "receivables"),
        ("Current liabilities", "Debt", "current_debt"),
        ("Non-current liabilities", "Borrowings", "long_term_debt"),
        ("", "Total equity attributable to owners of the parent", "total_equity"),
    ],
)
def test_a_row_states_its_metric(heading: str, label: str, metric: str) -> None:
    assert metric in {item.metric for item, _ in stated_by(plain(label), plain(heading))}


@pytest.mark.parametrize(
    ("label", "metric"),
    [
        ("Cost of revenue", "revenue"),
        ("Deferred revenue", "revenue"),
        ("Net income attributable to noncontrolling interests", "net_income"),
        ("Net income per share", "net_income"),
        ("Total liabilities and equity", "total_liabilities"),
        ("Total current assets", "total_assets"),
        ("Proceeds from sale of property, plant and equipment", "capital_expenditure"),
        ("Interest expense (income), net of gains on derivatives", "interest_expense"),
        ("Accrued interest on long-term debt", "current_debt"),
        ("Dividends declared and not paid", "dividends_paid"),
        ("Accumulated depreciation", "depreciation"),
        ("Deferred income taxes", "income_tax"),
        ("Income taxes payable", "income_tax"),
    ],
)
def test_a_row_of_something_else_does_not(label: str, metric: str) -> None:
    assert metric not in {item.metric for item, _ in stated_by(plain(label), "current liabilities")}


def test_totals_are_surer_than_parts() -> None:
    (total,), (part,) = ([rank for item, rank in stated_by(label, "")] for label in ("total revenues", "sales"))
    assert total < part


def test_every_metric_has_a_pattern() -> None:
    assert all(item.patterns for item in ITEMS.values())
