"""What is computed when no row states it, or never stated: formulas in the language of expressions.py.

Conventions. Turnovers and days set a flow against the average of the balances at the year's two ends; returns, cover
and leverage use the balances at its end, as data services print them. A year has 365 days. Debt is borrowings, without
leases. EBIT is operating income, EBITDA that with the depreciation and amortization of the cash flow statement. Costs
and outflows are positive amounts. The rest is the commonest in textbooks (Penman, Financial Statement Analysis; CFA
Institute, Financial Analysis Techniques); a question that defines a metric is answered by its own definition.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from raglite.retrieval.figures.expressions import Expression, parse


class Unit(StrEnum):
    """What a formula's result is counted in; AS_OPERANDS follows from what it is computed from."""

    AS_OPERANDS = ""
    PERCENT = "percent"
    RATIO = "ratio"
    DAYS = "days"


class Formula(NamedTuple):
    """How a metric is computed. A share of `unit` PERCENT is multiplied by a hundred in the end."""

    metric: str
    expression: Expression
    unit: Unit


_AMOUNTS = """
gross_profit = revenue - cost_of_sales
current_debt = current_portion_of_long_term_debt? + short_term_borrowings?
depreciation_and_amortization = depreciation + amortization
total_debt = long_term_debt + current_debt?
short_term_debt = current_debt
net_debt = long_term_debt + current_debt? - cash
ebit = operating_income
ebitda = operating_income + depreciation_and_amortization
free_cash_flow = operating_cash_flow - capital_expenditure
working_capital = current_assets - current_liabilities
invested_capital = total_equity + long_term_debt + current_debt?
tangible_book_value = total_equity - goodwill? - intangible_assets?
shareholder_returns = dividends_paid? + share_repurchases
"""
_PERCENT = """
gross_margin = gross_profit / revenue
operating_margin = operating_income / revenue
net_margin = net_income / revenue
ebitda_margin = (operating_income + depreciation_and_amortization) / revenue
pretax_margin = income_before_tax / revenue
free_cash_flow_margin = (operating_cash_flow - capital_expenditure) / revenue
operating_cash_flow_margin = operating_cash_flow / revenue
cost_ratio = cost_of_sales / revenue
sga_to_revenue = sga / revenue
research_to_revenue = research_and_development / revenue
research_to_assets = research_and_development / total_assets
capex_to_revenue = capital_expenditure / revenue
effective_tax_rate = income_tax / income_before_tax
return_on_assets = net_income / total_assets
return_on_equity = net_income / total_equity
dividend_payout_ratio = dividends_paid / net_income
retention_ratio = (net_income - dividends_paid) / net_income
cash_conversion = (operating_cash_flow - capital_expenditure) / net_income
goodwill_to_assets = goodwill / total_assets
"""
_RATIOS = """
current_ratio = current_assets / current_liabilities
quick_ratio = (current_assets - inventory?) / current_liabilities
cash_ratio = (cash + short_term_investments?) / current_liabilities
debt_to_equity = (long_term_debt + current_debt?) / total_equity
debt_to_capital = (long_term_debt + current_debt?) / (long_term_debt + current_debt? + total_equity)
debt_to_assets = (long_term_debt + current_debt?) / total_assets
debt_to_ebitda = (long_term_debt + current_debt?) / (operating_income + depreciation_and_amortization)
net_debt_to_ebitda = (long_term_debt + current_debt? - cash) / (operating_income + depreciation_and_amortization)
net_debt_to_equity = (long_term_debt + current_debt? - cash) / total_equity
liabilities_to_equity = total_liabilities / total_equity
liabilities_to_assets = total_liabilities / total_assets
equity_ratio = total_equity / total_assets
equity_multiplier = total_assets / total_equity
interest_coverage = operating_income / interest_expense
ebitda_coverage = (operating_income + depreciation_and_amortization) / interest_expense
capital_intensity = total_assets / revenue
capex_to_depreciation = capital_expenditure / depreciation_and_amortization
capex_to_operating_cash_flow = capital_expenditure / operating_cash_flow
working_capital_to_revenue = (current_assets - current_liabilities) / revenue
working_capital_turnover = revenue / (average(current_assets) - average(current_liabilities))
asset_turnover = revenue / average(total_assets)
fixed_asset_turnover = revenue / average(ppe_net)
inventory_turnover = cost_of_sales / average(inventory)
receivables_turnover = revenue / average(receivables)
payables_turnover = cost_of_sales / average(accounts_payable)
gross_profit_to_assets = gross_profit / total_assets
operating_cash_flow_ratio = operating_cash_flow / current_liabilities
cash_flow_to_debt = operating_cash_flow / (long_term_debt + current_debt?)
quality_of_earnings = operating_cash_flow / net_income
dividend_cover = net_income / dividends_paid
inventory_to_assets = inventory / current_assets
"""
_DAYS = """
days_inventory = 365 * average(inventory) / cost_of_sales
days_sales = 365 * average(receivables) / revenue
days_payable = 365 * average(accounts_payable) / cost_of_sales
operating_cycle = days_inventory + days_sales
cash_conversion_cycle = days_inventory + days_sales - days_payable
"""
_TABLES = ((_AMOUNTS, Unit.AS_OPERANDS), (_PERCENT, Unit.PERCENT), (_RATIOS, Unit.RATIO), (_DAYS, Unit.DAYS))


def _formula(line: str, unit: Unit) -> Formula:
    metric, text = line.split(" = ")
    return Formula(metric, parse(text), unit)


FORMULAS: Mapping[str, Formula] = {
    formula.metric: formula
    for table, unit in _TABLES
    for line in table.split("\n")
    if line
    for formula in [_formula(line, unit)]
}
