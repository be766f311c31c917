"""Formulas as people write them."""

import pytest

from raglite.retrieval.figures.expressions import show
from raglite.retrieval.figures.formula_words import formula


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("total current assets less total current liabilities", "current_assets - current_liabilities"),
        ("cash from operations / total current liabilities", "operating_cash_flow / current_liabilities"),
        (
            "FY2019 revenue / (average PP&E between FY2018 and FY2019)",
            "revenue[2019] / average(ppe_net)[2018, 2019]",
        ),
        (
            "365 * (average payables between FY2017 and FY2018) / (FY2018 COGS + change in inventory 2017 - 2018)",
            "365 * average(accounts_payable)[2017, 2018] / (cost_of_sales[2018] + change(inventory)[2017, 2018])",
        ),
        ("DIO + DSO \u2013 DPO", "days_inventory + days_sales - days_payable"),
        ("(net income minus dividends) divided by net income", "(net_income - dividends_paid) / net_income"),
        ("R&D to asset ratio", "research_and_development / total_assets"),
        ("operating income plus depreciation and amortization", "operating_income + depreciation_and_amortization"),
        ("goodwill as a share of total assets", "goodwill / total_assets"),
        ("2 \u00d7 revenue \u00f7 total assets", "2 * revenue / total_assets"),
        ("turnover over trade receivables", "revenue / receivables"),
        ("long-term debt plus goodwill over total equity", "(long_term_debt + goodwill) / total_equity"),
        ("inventories divided by cost of sales, times 365", "inventory / cost_of_sales * 365"),
        ("inventories (raw materials plus finished goods) / revenue", "(raw_materials + finished_goods) / revenue"),
        ("widgets / revenue", "widgets / revenue"),
        ("operating income from the income statement plus depreciation", "operating_income + depreciation"),
    ],
)
def test_a_formula_in_words_is_read(text: str, meant: str) -> None:
    found = formula(text)
    assert found is not None
    assert show(found) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "revenue or sales / total assets",
        "revenue excluding divestitures",
        "revenue / ",
        "revenue was total assets",
        "revenue over total assets plus goodwill",
        "(revenue",
    ],
)
def test_a_word_that_is_not_understood_makes_the_whole_unreadable(text: str) -> None:
    assert formula(text) is None


@pytest.mark.parametrize("text", ["(" * 5_000 + "revenue", "average " * 5_000 + "revenue", "revenue + " * 5_000])
def test_a_formula_without_end_is_none(text: str) -> None:
    assert formula(text) is None
