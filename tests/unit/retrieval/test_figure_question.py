"""What number a question asks for, if it does."""

import pytest

from raglite.retrieval.figures.asked import FigureQuestion, figure_question
from raglite.retrieval.figures.expressions import show
from raglite.retrieval.question import asked_periods, instructions


def read(query: str) -> FigureQuestion | None:
    bare = instructions.asked(query)
    return figure_question(bare, query, asked_periods.years(bare))


def asked(query: str) -> list[tuple[str, int | None]]:
    found = read(query)
    assert found is not None
    return [(show(one.expression), one.year) for one in found.asked]


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("What was revenue in fiscal 2022?", [("revenue", 2022)]),
        ("How much did it spend on research and development in FY22?", [("research_and_development", 2022)]),
        ("Calculate the quick ratio for 2021.", [("quick_ratio", 2021)]),
        ("What is total debt?", [("total_debt", None)]),
        ("What were net sales in 2021 and 2022?", [("revenue", 2021), ("revenue", 2022)]),
        ("What were goodwill and inventories in 2022?", [("goodwill", 2022), ("inventory", 2022)]),
        ("What was revenue growth in 2022?", [("growth(revenue)", 2022)]),
        ("By how much did net income change from 2020 to 2022?", [("change(net_income)[2020, 2022]", None)]),
        (
            "What is the 3 year average of capex from FY2020 - FY2022?",
            [("average(capital_expenditure)[2020, 2021, 2022]", None)],
        ),
        ("What is the revenue CAGR from 2019 to 2022?", [("cagr(revenue)[2019, 2022]", None)]),
        ("What is capex as a % of total assets in 2022?", [("capital_expenditure / total_assets", 2022)]),
        ("What percentage of revenue was interest expense in 2022?", [("interest_expense / revenue", 2022)]),
        ("What is the sum of inventories and goodwill in 2022?", [("inventory + goodwill", 2022)]),
        (
            "What is the difference between total assets and total liabilities in 2022?",
            [("total_assets - total_liabilities", 2022)],
        ),
        ("What is 2022 revenue minus 2021 revenue?", [("revenue[2022] - revenue[2021]", None)]),
        ("What was average total assets in 2022?", [("average(total_assets)", 2022)]),
        (
            "What was operating income (in USD millions) for the year ended December 31, 2022?",
            [("operating_income", 2022)],
        ),
        ("Notes payable as of May 31, 2020 (USD millions)", [("notes_payable", 2020)]),
        ("Total current liabilities at the close of fiscal 2019?", [("current_liabilities", 2019)]),
        ("How large were SG&A costs in 2022, in USD millions, rounded to one decimal?", [("sga", 2022)]),
        ("Cash paid for dividends in 2022?", [("dividends_paid", 2022)]),
        ("How fast did revenue grow in FY21?", [("growth(revenue)", 2021)]),
        ("By what percentage did revenue change in 2019 versus 2018?", [("growth(revenue)[2018, 2019]", None)]),
        ("How much did revenue grow or shrink in 2022 against the prior year?", [("change(revenue)", 2022)]),
        ("By how many percentage points did gross margin change in 2022?", [("change(gross_margin)", 2022)]),
        ("Year-over-year change in total assets, 2023?", [("growth(total_assets)", 2023)]),
        ("Year-over-year change in total assets in USD millions, 2023?", [("change(total_assets)", 2023)]),
        (
            "Did revenue go up or down from 2021 to 2022, and by what percentage?",
            [("growth(revenue)[2021, 2022]", None)],
        ),
        ("How did EBIT develop between 2021 and 2022?", [("growth(ebit)[2021, 2022]", None)]),
        (
            "What was average annual capital expenditure across fiscal 2017, 2018 and 2019?",
            [("average(capital_expenditure)[2017, 2018, 2019]", None)],
        ),
        (
            "What was the average of cash at the beginning and at the end of fiscal 2022?",
            [("average(cash)", 2022)],
        ),
        (
            "How many times over did operating income cover interest expense in 2022?",
            [("operating_income / interest_expense", 2022)],
        ),
        ("Add up goodwill and inventories for 2022.", [("goodwill + inventory", 2022)]),
        (
            "Work out current assets less current liabilities for 2022.",
            [("current_assets - current_liabilities", 2022)],
        ),
        ("Compute revenue less cost of sales in 2022 (that is, gross profit).", [("revenue - cost_of_sales", 2022)]),
        ("Subscription revenue in fiscal 2022?", [("subscription_revenue", 2022)]),
        ("What was the revenue of the wireless segment in 2022?", [("revenue_wireless_segment", 2022)]),
        (
            "How much did raw materials and supplies inventory come to in 2022?",
            [("raw_materials_and_supplies_inventory", 2022)],
        ),
        ("What portion of 2022 net revenues came from casino gaming?", [("casino_gaming / revenue", 2022)]),
    ],
)
def test_the_number_that_is_asked_for_is_read(query: str, meant: list[tuple[str, int | None]]) -> None:
    assert asked(query) == meant


@pytest.mark.parametrize(
    "query",
    [
        "Did revenue grow in 2022?",
        "Is the quick ratio healthy?",
        "Which segment had the highest revenue?",
        "Why did gross margin fall?",
        "What drove operating margin in 2022?",
        "What are the major acquisitions that affected goodwill?",
        "Who is the auditor?",
        "What does the company do?",
        "How does it record inventories?",
        "How did revenue grow?",
        "How much litigation, or how many suits, are there?",
    ],
)
def test_a_question_for_no_number_is_left_alone(query: str) -> None:
    assert read(query) is None


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("What was net income excluding impairments in 2022?", "excluding"),
        ("What was revenue per employee in 2022?", "per"),
        ("How much goodwill was acquired with the bakery?", "acquired_bakery"),
        ("What was the change in revenue from 2022 to 2021?", "from 2022 to 2021"),
        ("What is the ebitdar of 2022, and the revenue?", "ebitdar"),
        ("What was revenue in the prior year?", "prior year"),
        ("What are forecast revenues for 2023?", "forecast"),
    ],
)
def test_a_word_that_narrows_the_question_is_named_and_no_number_given(query: str, word: str) -> None:
    found = read(query)
    assert found is not None
    assert word in found.unclear
    assert found.asked == ()


@pytest.mark.parametrize(
    "query",
    [
        "What is the asset turnover of 2022? Asset turnover is defined as: FY2022 revenue / average total assets.",
        "What is the asset turnover of 2022? Asset turnover = FY2022 revenue / average total assets.",
        "What is the asset turnover of 2022? Define asset turnover as FY2022 revenue divided by average total assets.",
        "What is the asset turnover of 2022, defined as FY2022 revenue over average total assets?",
        "What is the asset turnover of 2022? Use FY2022 revenue over average total assets.",
        "What is the asset turnover of 2022 (FY2022 revenue over average total assets)?",
        "Asset turnover for 2022, taken as FY2022 revenue over average total assets? Two decimals.",
        "Asset turnover for 2022, using FY2022 revenue over average total assets of the two year-ends?",
    ],
)
def test_a_questions_own_definition_is_read(query: str) -> None:
    found = read(query)
    assert found is not None
    definition = found.definitions["asset_turnover"]
    assert definition is not None
    assert show(definition) == "revenue[2022] / average(total_assets)"
    assert [show(one.expression) for one in found.asked] == ["asset_turnover"]


@pytest.mark.parametrize(
    "definition",
    [
        "Asset turnover is defined as revenue excluding duties / total assets.",
        "Use revenue / total assets if positive.",
        "Use year-end balances.",
        "Use ending total assets.",
    ],
)
def test_a_definition_that_cannot_be_read_whole_is_none(definition: str) -> None:
    found = read(f"What is the asset turnover of 2022? {definition}")
    assert found is not None
    assert found.definitions == {"asset_turnover": None}


def test_a_number_without_a_name_in_any_vocabulary_is_what_the_question_defines() -> None:
    found = read("Compute the burn multiple as (current assets + goodwill) / revenue for 2022.")
    assert found is not None
    definition = found.definitions["burn_multiple"]
    assert definition is not None
    assert show(definition) == "(current_assets + goodwill) / revenue[2022]"
