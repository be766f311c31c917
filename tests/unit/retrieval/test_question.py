"""What a question is understood to ask. The companies are made up."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.errors import InvalidRequest
from raglite.model import Filing, Statement
from raglite.retrieval.question.companies import Directory
from raglite.retrieval.question.understanding import LONGEST_QUERY, understand, validated

NAMES = (
    "Orchard Mills, Inc.",
    "Orchard Systems Incorporated",
    "The Quarry Company",
    "Best Barn Co., Inc.",
    "Q4 Holdings plc",
)


KNOWN = Directory.of(Filing(company=name, fiscal_year=2022) for name in NAMES)
ORCHARD = Directory.of([Filing(company="Orchard Mills, Inc.")])


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
        ("What are Orchard Mills' sales?", ("Orchard Mills, Inc.",)),
        ("What are ORCHARD SYSTEMS INCORPORATED sales?", ("Orchard Systems Incorporated",)),
        ("What are Orchard's sales?", ("Orchard Mills, Inc.", "Orchard Systems Incorporated")),
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
        ("between 2021 and 2023", (2021, 2023)),
        ("the year 2022/23", (2023,)),
        ("Q2'23 and 3Q24", (2023, 2024)),
        ("a loan of $2022 and of 2,022 and 2022%", ()),
        ("sales", ()),
    ],
)
def test_fiscal_years_are_read_with_their_ranges(query: str, years: tuple[int, ...]) -> None:
    assert understand(query).fiscal_years == years


def test_a_named_year_end_and_quarter_are_read() -> None:
    understood = understand("cash for the fiscal year ending January 28, 2023 against Q2 of FY2024")
    assert (understood.period_ends, understood.fiscal_quarter) == ((date(2023, 1, 28),), 2)


def test_a_quarter_named_by_its_month_ends_with_it() -> None:
    assert understand("Orchard Mills' sales in the December 2022 quarter").period_ends == (date(2022, 12, 31),)


@pytest.mark.parametrize(
    ("query", "quarter"),
    [
        ("in the third quarter", 3),
        ("H1 FY2023", 2),
        ("first half of 2023", 2),
        ("nine months ended", 3),
        ("2023", None),
    ],
)
def test_a_quarter_or_the_part_of_a_year_up_to_it_is_read(query: str, quarter: int | None) -> None:
    assert understand(query).fiscal_quarter == quarter


def test_instructions_are_dropped_but_the_statement_they_name_is_kept() -> None:
    understood = understand(
        "You are an analyst. Answer the following question by using the balance sheet: what is the FY2018 capex of "
        "Orchard Mills? Answer in USD millions. If capex is not a useful metric, then state that.",
        ORCHARD,
    )
    assert understood.text == "what is the FY2018 capex of Orchard Mills?"
    assert understood.statements == (Statement.BALANCE_SHEET,)


def test_a_question_that_is_nothing_but_an_instruction_is_kept() -> None:
    assert understand("Give me the revenue").text == "Give me the revenue"


def test_words_for_bm25_leave_out_companies_and_years_and_add_row_labels() -> None:
    assert understand("What is Orchard Mills' FY2018 capex?", ORCHARD).lexical == (
        "What is capex? purchases of property, plant and equipment capital expenditures "
        "additions to property and equipment"
    )


def test_words_for_bm25_spell_out_what_filings_spell_out() -> None:
    assert understand("Who is the new CEO?").lexical == "Who is the new CEO? chief executive officer"


@pytest.mark.parametrize(
    ("query", "metrics", "statements"),
    [
        ("what is the current ratio", ("current_ratio",), (Statement.BALANCE_SHEET,)),
        ("the capex", ("capital_expenditure",), (Statement.CASH_FLOW_STATEMENT,)),
        ("the asset turnover", ("asset_turnover",), (Statement.INCOME_STATEMENT, Statement.BALANCE_SHEET)),
        ("debt-to-equity and ROA", ("debt_to_equity", "return_on_assets"),
         (Statement.BALANCE_SHEET, Statement.INCOME_STATEMENT)),
        ("gross profit to total assets", ("gross_profit_to_assets",),
         (Statement.INCOME_STATEMENT, Statement.BALANCE_SHEET)),
        ("inventory as a share of assets", ("inventory", "total_assets"), (Statement.BALANCE_SHEET,)),
        ("Profit for the year", ("net_income",), (Statement.INCOME_STATEMENT,)),
        ("trade receivables", ("receivables",), (Statement.BALANCE_SHEET,)),
        ("what was the wholesale price", (), ()),
    ],
)  # fmt: skip
def test_the_longest_metric_wins_and_tells_its_statements(
    query: str, metrics: tuple[str, ...], statements: tuple[Statement, ...]
) -> None:
    understood = understand(query)
    assert (understood.metrics, understood.statements) == (metrics, statements)


def test_a_ratio_is_looked_for_by_the_rows_it_is_computed_from() -> None:
    understood = understand("What is the quick ratio?")
    assert "current_liabilities" in understood.components
    assert "total current liabilities" in understood.lexical


def test_a_definition_is_no_topic_but_its_rows_are_looked_for() -> None:
    understood = understand("What is the widget ratio? The widget ratio is defined as: goodwill / total assets.")
    assert understood.text == "What is the widget ratio?"
    assert (understood.metrics, understood.components) == ((), ("goodwill", "total_assets"))


@pytest.mark.parametrize("query", ["adjusted operating income", "Why did sales fall?", "revenue by segment"])
def test_some_words_point_away_from_the_primary_statements(query: str) -> None:
    assert understand(query).elsewhere
    assert not understand("operating income").elsewhere


def test_without_a_period_the_newest_year_of_the_company_is_assumed() -> None:
    known = Directory.of(Filing(company="Orchard Mills, Inc.", fiscal_year=year) for year in (2019, 2022))
    assert understand("Orchard Mills' risk factors", known).assumed_year == 2022
    assert understand("Orchard Mills' risk factors in 2019", known).assumed_year is None
    assert understand("risk factors", known).assumed_year is None


def test_a_misspelt_company_is_only_likely() -> None:
    understood = understand("debt of Orchrad Mills", ORCHARD)
    assert (understood.companies, understood.likely_companies) == ((), ("Orchard Mills, Inc.",))


@pytest.mark.parametrize(
    ("query", "forms"),
    [
        ("the 8k of July", ("8-K",)),
        ("its annual report", ("10-K", "20-F", "40-F", "annual report")),
        ("Form 10-Q", ("10-Q", "10-QT")),
        ("revenue", ()),
    ],
)
def test_a_kind_of_document_is_every_form_it_comes_as(query: str, forms: tuple[str, ...]) -> None:
    assert understand(query).forms == forms


def test_what_is_left_of_a_question_is_what_no_vocabulary_knows() -> None:
    assert understand("What was Orchard Mills' revenue from Zorbania in 2022?", ORCHARD).remainder.split()[-3:] == [
        "from", "zorbania", "in",
    ]  # fmt: skip


def test_details_are_what_says_more_than_the_metric() -> None:
    asked = understand("How much revenue did the Zorbania segment of Orchard Mills bring in during 2022?", ORCHARD)
    assert asked.details == ("zorbania", "segment")


@pytest.mark.parametrize(
    ("query", "metric"),
    [
        ("How much cash did Orchard Mills pay for income taxes?", "taxes_paid"),
        ("How much interest did Orchard Mills actually pay?", "interest_paid"),
        ("Orchard Mills CEO pay ratio", "ceo_pay_ratio"),
    ],
)
def test_what_is_paid_is_told_from_what_is_charged(query: str, metric: str) -> None:
    assert understand(query, ORCHARD).metrics == (metric,)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=400))
def test_any_text_is_understood_without_error(query: str) -> None:
    understood = understand(query, KNOWN)
    assert understood.fiscal_years == tuple(sorted(set(understood.fiscal_years)))


@pytest.mark.parametrize("unit", ["if ", "in ", "FY2015 - ", "based on ", "capital ", "Q", ": what "])
def test_the_longest_hostile_query_is_understood(unit: str) -> None:
    assert understand(unit * (LONGEST_QUERY // len(unit)), KNOWN).companies == ()
