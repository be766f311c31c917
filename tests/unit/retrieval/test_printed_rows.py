"""Rows by their printed words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.model import StatedFigure, WhyWithheld
from raglite.retrieval.figures.books import Books, Period
from raglite.retrieval.figures.ledger import Unproven
from raglite.retrieval.figures.printed_rows import PrintedRows
from tests.unit.retrieval.stated import BALANCE, CASH, INCOME, MILLION, Printed, Rows, books, table, version

STATEMENT: Rows = [
    ("Revenue > Subscription", (70, 60)),
    ("Revenue > Total revenue", (100, 90)),
    ("Cost of revenue > Subscription", (7, 6)),
    ("Demand creation expense", (12, 11)),
]
WORDS = ["casino", "rooms", "wireless", "equipment", "licences", "grain", "ore"]


def found(figures: list[StatedFigure], words: str) -> list[Decimal]:
    return sorted(
        {one.value for one in PrintedRows.of(figures).named(words) if one.period_end == figures[0].period_end}
    )


def held(*tables: list[StatedFigure]) -> Books:
    return books((version(), [one for rows in tables for one in rows]))


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("subscription revenue", [70]),
        ("subscription cost of revenue", [7]),
        ("demand creation", [12]),
        ("demand creation expenses", [12]),
        ("demand", []),
        ("adjusted demand creation", []),
        ("revenue of the wireless segment", []),
    ],
)
def test_a_row_is_named_by_all_its_words_and_its_groups(words: str, values: list[int]) -> None:
    assert found(table(INCOME, STATEMENT), words) == values


def test_a_group_about_changes_is_not_meant_unless_it_is_asked_for() -> None:
    rows = table(CASH, [("Changes in assets and liabilities > Contract assets", (5,))])
    assert (found(rows, "contract assets"), found(rows, "changes in contract assets")) == ([], [5])


def test_outside_the_statements_a_columns_header_may_say_the_rest() -> None:
    rows = [replace(one, column_header="Net sales 2022") for one in table(None, [("Flexibles", (9,))])]
    assert (found(rows, "net sales flexibles"), found(rows, "profit flexibles")) == ([9], [])


@pytest.mark.parametrize(
    ("headers", "values"),
    [
        (["Pension 2022", "Pension 2021", "Health care 2022", "Health care 2021"], [5]),
        (["2022", "Pension 2021", "Pension 2022", "Health care 2021"], []),
        (["Pension 2021", "Pension 2022", "Pension 2022", "Health care 2021"], []),
    ],
)
def test_headers_that_may_stand_over_other_columns_than_they_head_say_nothing(
    headers: list[str], values: list[int]
) -> None:
    ends = [date(int(header[-4:]), 12, 31) for header in headers]
    rows = table(None, [("Interest cost", (5, 6, 7, 8))], Printed(ends=ends))
    headed = [replace(one, column_header=text) for one, text in zip(rows, headers, strict=True)]
    named = PrintedRows.of(headed).named("interest cost of pension")
    assert [one.value for one in named if one.period_end == date(2022, 12, 31)] == values


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True), st.sampled_from(WORDS))
def test_no_row_is_named_by_words_it_does_not_have(label: list[str], asked: str) -> None:
    assert bool(found(table(INCOME, [(" ".join(label), (1,))]), asked)) is (label == [asked])


def test_one_value_is_given_and_what_was_paid_is_positive() -> None:
    bought = table(CASH, [("Acquisitions of wireless licenses", (-40, -30))], Printed(page=12))
    entry = held(bought).find("purchases_of_wireless_licenses", Period(2022), Period(2022))
    assert entry.candidate.value == 40 * MILLION


def test_two_values_are_ambiguous_and_no_lesser_document_settles_it() -> None:
    filed = table(BALANCE, [("Grain", (4, 3)), ("Other assets > Grain", (5, 2))])
    release = table(BALANCE, [("Grain", (4, 3))])
    shelf = books((version(), filed), (version(form="8-K"), release))
    with pytest.raises(Unproven) as unproven:
        shelf.find("grain", Period(2022), Period(2022))
    assert unproven.value.reason is WhyWithheld.AMBIGUOUS


def test_a_statement_comes_before_a_note() -> None:
    note = table(None, [("Grain", (9,))], replace(Printed(), page=40))
    entry = held(table(BALANCE, [("Grain", (4,))]), note).find("grain", Period(2022), Period(2022))
    assert entry.figure.page == Printed().page


@pytest.mark.parametrize(
    ("label", "words", "value"),
    [
        ("Other (income) expense, net", "other_income", -14),
        ("Other (income) expense, net", "other_expense", 14),
        ("Other income (expense), net", "other_income", 14),
    ],
)
def test_of_a_label_with_two_sides_the_asked_one_is_positive(label: str, words: str, value: int) -> None:
    entry = held(table(INCOME, [(label, (14,))])).find(words, Period(2022), Period(2022))
    assert entry.candidate.value == value * MILLION


def test_a_repayment_is_a_positive_amount_wherever_its_label_says_so() -> None:
    entry = held(table(CASH, [("Debt repayments", (-9,))])).find("debt_repaid", Period(2022), Period(2022))
    assert entry.candidate.value == 9 * MILLION
