"""What a question is understood to ask. The companies are made up."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.errors import InvalidRequest
from raglite.model import Statement
from raglite.retrieval.question import LONGEST_QUERY, understand, validated

KNOWN = (
    "Orchard Mills, Inc.",
    "Orchard Systems Incorporated",
    "The Quarry Company",
    "Best Barn Co., Inc.",
    "Q4 Holdings plc",
)


@pytest.mark.parametrize("query", ["", "  \n\t ", "\x00\x01"])
def test_an_empty_query_is_refused_with_an_example(query: str) -> None:
    with pytest.raises(InvalidRequest, match="Ask a question"):
        validated(query)


def test_a_query_of_twenty_thousand_characters_is_refused_with_the_limit() -> None:
    with pytest.raises(InvalidRequest, match=r"20,000 characters, 10,000 are allowed"):
        validated("x" * 20_000)


def test_a_query_at_the_limit_is_accepted_and_trimmed() -> None:
    assert validated(f"  {'x' * LONGEST_QUERY}\n") == "x" * LONGEST_QUERY


@pytest.mark.parametrize(
    ("query", "companies"),
    [
        ("What are Orchard Mills' sales?", ("Orchard Mills, Inc.", "Orchard Systems Incorporated")),
        ("What are ORCHARD SYSTEMS INCORPORATED sales?", ("Orchard Mills, Inc.", "Orchard Systems Incorporated")),
        ("What is Quarry's debt?", ("The Quarry Company",)),
        ("Which barn is best?", ()),
        ("How many stores has Best Barn?", ("Best Barn Co., Inc.",)),
        ("How many stores has BestBarn?", ("Best Barn Co., Inc.",)),
        ("What is the debt of Meadow?", ()),
    ],
)
def test_companies_are_found_by_their_names_and_short_forms(query: str, companies: tuple[str, ...]) -> None:
    assert understand(query, KNOWN).companies == companies


@pytest.mark.parametrize(
    ("query", "years"),
    [
        ("sales in FY2022", (2022,)),
        ("sales in FY 2022 vs fiscal 2021", (2021, 2022)),
        ("sales in F2019", (2019,)),
        ("sales in FY22", (2022,)),
        ("the FY2017 - FY2019 average", (2017, 2018, 2019)),
        ("from 2017 to 2019", (2017, 2018, 2019)),
        ("a loan of $2022 and of 2,022 and 2022%", ()),
        ("sales", ()),
    ],
)
def test_fiscal_years_are_read_with_their_ranges(query: str, years: tuple[int, ...]) -> None:
    assert understand(query).fiscal_years == years


def test_a_named_year_end_and_quarter_are_read() -> None:
    understood = understand("cash for the fiscal year ending January 28, 2023 against Q2 of FY2024")
    assert (understood.period_ends, understood.fiscal_quarter) == ((date(2023, 1, 28),), 2)


def test_instructions_are_dropped_but_the_statement_they_name_is_kept() -> None:
    understood = understand(
        "You are an analyst. Answer the following question by using the balance sheet: what is the FY2018 capex of "
        "Orchard Mills? Answer in USD millions. If capex is not a useful metric, then state that.",
        KNOWN[:1],
    )
    assert understood.text == "what is the FY2018 capex of Orchard Mills?"
    assert understood.statements == (Statement.BALANCE_SHEET,)


def test_a_question_that_is_nothing_but_an_instruction_is_kept() -> None:
    assert understand("Give me the revenue").text == "Give me the revenue"


def test_words_for_bm25_leave_out_companies_and_years_and_add_row_labels() -> None:
    assert understand("What is Orchard Mills' FY2018 capex?", KNOWN[:1]).lexical == (
        "What is capex? purchases of property, plant and equipment "
        "additions to property and equipment capital expenditures"
    )


@pytest.mark.parametrize(
    ("query", "metrics", "statements"),
    [
        ("what is the current ratio", ("current ratio",), (Statement.BALANCE_SHEET,)),
        ("the capex", ("capital expenditure",), (Statement.CASH_FLOW_STATEMENT,)),
        ("the asset turnover", ("asset turnover",), (Statement.BALANCE_SHEET, Statement.INCOME_STATEMENT)),
        ("what was the wholesale price", (), ()),
    ],
)
def test_the_longest_metric_wins_and_tells_its_statements(
    query: str, metrics: tuple[str, ...], statements: tuple[Statement, ...]
) -> None:
    understood = understand(query)
    assert (understood.metrics, understood.statements) == (metrics, statements)


def test_adjusted_figures_pull_less_towards_the_primary_statements() -> None:
    assert understand("adjusted operating income").statement_weight < understand("operating income").statement_weight


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=400))
def test_any_text_is_understood_without_error(query: str) -> None:
    understood = understand(query, KNOWN)
    assert understood.fiscal_years == tuple(sorted(set(understood.fiscal_years)))


@pytest.mark.parametrize("unit", ["if ", "in ", "FY2015 - ", "based on ", "capital ", "Q", ": what "])
def test_the_longest_hostile_query_is_understood(unit: str) -> None:
    assert understand(unit * (LONGEST_QUERY // len(unit)), KNOWN).companies == ()
