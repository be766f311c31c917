"""What is computed from rows: margins, returns, turnover, liquidity, leverage, cover, payout, value."""

RATIOS = """
gross_margin = gross_profit cost_of_sales revenue: gross margins; gross profit margin; gross margin rate;
  gross profit rate;
  gross margin percentage
  gross margin; gross profit rate; gross profit margin; gross margin %; gross profit as a % of revenue
operating_margin = operating_income revenue: operating margin; operating margins; operating profit margin; ebit margin;
  return on sales
  operating income margin; operating margin; operating margin %; operating income as a % of revenue;
  operating profit margin
net_margin = net_income revenue: net profit margin; net margin; net income margin; profit margin; net margins;
  profit margins
  net margin; net income as a % of revenue; profit margin
ebitda_margin = operating_income depreciation_and_amortization revenue: ebitda margin; ebitda margins
pretax_margin = income_before_tax revenue: pretax margin; pre-tax margin
free_cash_flow_margin = operating_cash_flow capital_expenditure revenue: fcf margin; free cash flow margin
operating_cash_flow_margin = operating_cash_flow revenue: operating cash flow margin; cash flow margin
cost_ratio = cost_of_sales revenue: cost of sales ratio; cogs as a percentage of sales; cogs to revenue;
  cost of sales to revenue
sga_to_revenue = sga revenue: sg&a ratio; sg&a as a percentage of revenue; sg&a as a % of revenue; sg&a to sales;
  sg&a to revenue; sg&a rate
research_to_revenue = research_and_development revenue: r&d intensity; r&d to revenue; r&d to sales;
  r&d as a % of revenue;
  r&d as a percentage of revenue; research intensity
research_to_assets = research_and_development total_assets: r&d to assets; r&d to total assets
capex_to_revenue = capital_expenditure revenue: capex to revenue; capex to sales; capex as a % of revenue;
  capex as a percentage of revenue; capex ratio; capital expenditure to revenue;
  capital expenditures as a percentage of revenue;
  capex/revenue; capital expenditures as a % of revenue; capex % of sales
capital_intensity = capital_expenditure ppe_net total_assets revenue: capital intensive; capital intensity;
  capital intensity ratio; asset heavy; asset light
capex_to_depreciation = capital_expenditure depreciation_and_amortization: capex to depreciation; reinvestment rate;
  capital expenditure to depreciation
capex_to_operating_cash_flow = capital_expenditure operating_cash_flow: capex to operating cash flow; capex coverage
effective_tax_rate = income_tax income_before_tax: effective tax rate; tax rate; etr; effective income tax rate
  effective tax rate; effective income tax rate
interest_coverage = operating_income interest_expense: interest coverage; interest coverage ratio;
  times interest earned;
  interest cover; ebit coverage
ebitda_coverage = operating_income depreciation_and_amortization interest_expense: ebitda coverage; ebitda to interest;
  ebitda interest coverage
fixed_charge_coverage = operating_income interest_expense rent_expense: fixed charge coverage; fixed-charge cover;
  ratio of earnings to fixed charges
working_capital = current_assets current_liabilities: working capital; net working capital; nwc; net current assets
  working capital
working_capital_to_revenue = current_assets current_liabilities revenue: working capital to revenue;
  working capital to sales
working_capital_turnover = revenue current_assets current_liabilities: working capital turnover
current_ratio = current_assets current_liabilities: current ratio; liquidity ratio;
  short-term liquidity
quick_ratio = current_assets current_liabilities inventory cash receivables: quick ratio; acid test; acid-test ratio
cash_ratio = cash short_term_investments current_liabilities: cash ratio
debt_to_equity = long_term_debt short_term_debt total_equity: debt to equity; debt-to-equity ratio; leverage ratio;
  gearing;
  gearing ratio; d/e ratio; leverage; financial leverage
debt_to_capital = long_term_debt short_term_debt total_equity: debt to capital; debt to total capital;
  capitalization ratio;
  debt-to-capitalization; debt to total capitalization; capitalisation ratio; long-term debt to capital
debt_to_assets = long_term_debt short_term_debt total_assets: debt to assets; debt ratio; debt to total assets
debt_to_ebitda = long_term_debt short_term_debt operating_income depreciation_and_amortization: debt to ebitda;
  debt/ebitda;
  leverage multiple; total leverage ratio
net_debt_to_ebitda = long_term_debt short_term_debt cash operating_income depreciation_and_amortization:
  net debt to ebitda;
  net leverage; net leverage ratio; net debt/ebitda
net_debt_to_equity = long_term_debt short_term_debt cash total_equity: net gearing; net debt to equity
liabilities_to_equity = total_liabilities total_equity: liabilities to equity; total liabilities to equity
liabilities_to_assets = total_liabilities total_assets: liabilities to assets; total liabilities to total assets
equity_ratio = total_equity total_assets: equity ratio; equity to assets
equity_multiplier = total_assets total_equity: equity multiplier; assets to equity
asset_turnover = revenue total_assets: asset turnover; total asset turnover; asset utilization
fixed_asset_turnover = revenue ppe_net: fixed asset turnover; pp&e turnover; fixed assets turnover
inventory_turnover = cost_of_sales inventory: inventory turnover; inventory turns; stock turnover; turns of inventory
receivables_turnover = revenue receivables: receivables turnover; accounts receivable turnover; debtor turnover
payables_turnover = cost_of_sales accounts_payable: payables turnover; accounts payable turnover
days_inventory = inventory cost_of_sales: days inventory; days inventory outstanding; dio; days of inventory;
  inventory days;
  days in inventory; days sales of inventory; dsi
days_sales = receivables revenue: days sales outstanding; dso; receivable days; collection period;
  days of sales outstanding
days_payable = accounts_payable cost_of_sales inventory: days payable outstanding; dpo; payable days;
  days payables outstanding;
  days of payables
cash_conversion_cycle = inventory receivables accounts_payable cost_of_sales revenue: cash conversion cycle; ccc;
  cash cycle;
  net operating cycle
operating_cycle = inventory receivables cost_of_sales revenue: operating cycle
return_on_assets = net_income total_assets: roa; return on assets; return on total assets
return_on_equity = net_income total_equity: roe; return on equity; return on shareholders' equity;
  return on common equity
return_on_capital = operating_income income_tax total_equity long_term_debt: roic; return on invested capital; roce;
  return on capital employed; return on capital
gross_profit_to_assets = gross_profit cost_of_sales revenue total_assets: gross profit to total assets;
  gross profit to assets;
  gross profitability
operating_cash_flow_ratio = operating_cash_flow current_liabilities: operating cash flow ratio;
  cash flow to current liabilities;
  operating cash flow to current liabilities
cash_flow_to_debt = operating_cash_flow long_term_debt short_term_debt total_liabilities: cash flow to debt;
  cash flow to total debt; cash flow to debt ratio; operating cash flow to debt
cash_conversion = operating_cash_flow capital_expenditure net_income: cash conversion; cash conversion ratio;
  fcf conversion;
  free cash flow conversion; free cashflow conversion; cashflow conversion
quality_of_earnings = operating_cash_flow net_income: quality of earnings; earnings quality;
  operating cash flow to net income;
  cash flow to net income
dividend_payout_ratio = dividends_paid net_income: dividend payout; dividend payout ratio; payout ratio; payout rate
dividend_cover = net_income dividends_paid: dividend cover; dividend coverage; dividend coverage ratio
retention_ratio = net_income dividends_paid: retention ratio; plowback ratio; plough-back ratio; earnings retention;
  retention rate of earnings
shareholder_returns = dividends_paid share_repurchases: capital returned to shareholders; shareholder returns;
  returned to shareholders; cash returned to shareholders; total shareholder payout
book_value_per_share = total_equity shares_outstanding: book value per share; bvps; net asset value per share
revenue_per_share = revenue shares_diluted: sales per share; revenue per share
cash_flow_per_share = operating_cash_flow shares_diluted: cash flow per share
tangible_book_value = total_equity goodwill intangible_assets: tangible book value; tangible net worth; tangible equity
goodwill_to_assets = goodwill total_assets: goodwill to assets; goodwill as a percentage of total assets
inventory_to_assets = inventory current_assets: inventory to current assets; inventory as a percentage of current assets
interest_rate_paid = interest_expense long_term_debt short_term_debt: average interest rate; average cost of debt
"""
