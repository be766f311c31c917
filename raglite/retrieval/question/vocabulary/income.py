"""Rows of the income statement, in US-GAAP and IFRS wording."""

INCOME = """
revenue [income]: how much did sell; amount sold; sold in total; take in; money coming in; value of sales;
  size of sales;
  revenue; revenues; sales; top line; topline; turnover; net turnover; sales revenue
  net sales; revenues; net revenues; total revenues; total net revenues; total net sales; net sales revenue;
  net operating revenues; operating revenues; total operating revenues; revenue from contracts with customers;
  total revenues and other income
product_revenue [income]: revenue from products; product revenue
  product sales; sales of products; net product sales; product revenues
service_revenue [income]: revenue from services; service revenue
  service revenues; sales of services; services revenue
subscription_revenue [income]: subscription revenue; recurring revenue
  subscription revenues; subscription and support; subscriptions
cost_of_sales [income]: cogs; cost of goods; costs of revenue; costs of sales; direct costs
  cost of sales; cost of goods sold; cost of revenue; cost of revenues; total cost of revenue; cost of products sold;
  costs of products sold; cost of services; total costs of revenues; cost of goods and services sold; cost of products
gross_profit [income]: gross income; gross profits
  gross profit; gross margin
operating_expenses [income]: cost of running; running costs; overheads and operating costs;
  opex; operating costs
  total operating expenses; operating expenses; total costs and expenses; operating costs and expenses
sga [income]: sg&a; sga; overhead; selling and administrative expenses; marketing and administrative expenses
  selling, general and administrative expenses; selling, general and administrative; marketing, general and
  administrative; operating and administrative expenses; selling and distribution expenses; administrative expenses
general_and_administrative [income]: g&a
  general and administrative; general and administrative expenses; corporate expenses
sales_and_marketing [income]: s&m; selling expenses; marketing expenses
  sales and marketing; selling and marketing; marketing and sales; demand creation expense; marketing and selling
advertising []: spend on advertising; spent on advertising; spend on marketing; spent on marketing;
  ad spend; marketing spend; advertising costs
  advertising expense; advertising; advertising costs; advertising and promotion
research_and_development [income]: spend on research; spent on research; invest in research; invested in research;
  research spending;
  r&d; r&d spending; r&d expenses; rnd
  research and development; research and development expenses; product development; technology and development;
  research, development and related expenses; research and development costs; engineering and development
depreciation_and_amortization [cash income]: d&a; depreciation; amortization; amortisation; depreciation & amortization
  depreciation and amortization; depreciation, amortization and impairment; depreciation; depreciation and amortisation;
  depreciation, depletion and amortization; amortization of intangible assets; depreciation and amortization expense
amortization_of_intangibles [income cash]: amortization of intangibles; intangible amortization
  amortization of intangible assets; amortization of acquired intangibles; amortization of purchased intangibles
depletion [cash income]: dd&a
  depreciation, depletion and amortization; depletion
impairment [income cash]: impairments; impairment charge; impairment charges; write-down; write-downs; write-off
  impairment of long-lived assets; asset impairments; impairment losses; impairment charges; goodwill impairment
goodwill_impairment [income cash]: impairment of goodwill; goodwill write-down
  goodwill impairment; impairment of goodwill; goodwill impairment charge
restructuring_charges [income cash]: restructuring costs; restructuring expense; reorganization costs
  restructuring charges; restructuring and related expenses; restructuring costs; restructuring, net;
  restructuring and other charges; business realignment and restructuring
litigation_expense [income]: litigation charge; legal settlement expense
  litigation settlements; legal settlements and contingencies; litigation expense
gain_on_sale [income cash]: gain on sale; gain on disposal; loss on sale; loss on disposal; gain on divestiture
  gain on sale of businesses; gain on sale of assets; loss on disposal of assets; gain on divestitures;
  property transactions, net; profit on disposal
stock_compensation [cash income]: share-based payments; stock compensation; equity compensation; sbc
  stock-based compensation; share-based compensation; share-based payment expense; equity-based compensation;
  stock-based compensation expense
operating_income [income]: operating profits; operating earnings; income from operations; operating result;
  operating loss
  operating income; operating profit; income from operations; earnings from operations; operating income (loss);
  income (loss) from operations; loss from operations; profit from operations; results from operating activities
ebit [income]: ebit; earnings before interest and taxes; earnings before interest and tax
  earnings before interest and taxes; operating income; operating profit; ebit; profit before interest and tax
ebitda [income cash]: ebitda
  ebitda; adjusted ebitda; earnings before interest, taxes, depreciation and amortization
interest_expense [income]: pay in interest; interest bill; interest cost; paid in interest;
  interest costs; interest charges; finance costs; cost of debt; borrowing costs
  interest expense; interest expense, net; interest and debt expense; finance costs;
  interest and other financial charges;
  interest expense, net of amounts capitalized; financial expenses; interest expense and other
interest_income [income]: interest received on investments; finance income
  interest income; interest and investment income; finance income; investment income and other; financial income
interest_paid [cash]: cash interest; cash paid for interest; interest did actually pay; interest payments;
  interest payment
  cash paid for interest; interest paid; interest paid, net of amounts capitalized
other_income [income]: other income; non-operating income; nonoperating income; other expense
  other income (expense), net; other (income) expense, net; non-operating income; other non-operating income
equity_method_income [income]: income from affiliates; equity income; share of profit of associates
  equity in earnings of affiliates; income from unconsolidated affiliates; share of profit of associates;
  equity in losses of unconsolidated businesses; share of results of associates and joint ventures
foreign_exchange_result [income]: foreign exchange loss; foreign exchange gain; currency loss; fx loss; fx gain
  foreign currency exchange losses; foreign exchange gains and losses; exchange differences;
  foreign currency transaction loss
income_before_tax [income]: pretax income; pre-tax income; pretax loss; pre-tax loss; loss before tax;
  pretax earnings; pretax profit; pre-tax profit; pbt; ebt;
  earnings before taxes
  income before income taxes; earnings before income taxes; income before provision for income taxes; profit before tax;
  profit before taxation; income from continuing operations before income taxes; earnings before taxes;
  income before taxes;
  profit before income tax; income (loss) before income taxes
income_tax [income]: pay in taxes; paid in taxes; pay in income taxes; how much tax; tax bill;
  income taxes; tax expense; taxation; tax charge; income tax
  provision for income taxes; income tax expense; income taxes; income tax provision; benefit for income taxes;
  taxation; income tax (expense) benefit; tax on profit; provision (benefit) for income taxes; income tax charge
taxes_paid [cash]: cash taxes; taxes paid; income taxes paid; pay for income taxes; paid for income taxes;
  taxes did actually pay; tax payments
  cash paid for income taxes; income taxes paid; income taxes paid, net; tax paid
discontinued_operations [income]: discontinued operations; discontinued businesses
  income from discontinued operations, net of tax; net income from discontinued operations; discontinued operations
continuing_operations [income]: profit from continuing operations
  income from continuing operations; profit from continuing operations; earnings from continuing operations
net_income [income]: how much did earn; what did earn; how much did make; how much profit; earned after tax;
  make a profit;
  profit did make; profitable; lose money; earnings; profit;
  net profit; net earnings; bottom line; profit after tax; pat; net loss; net profits; profitability;
  annual profit; earnings after tax
  net income; net earnings; net income (loss); profit for the year; net income attributable to; net loss;
  profit for the period; net earnings (loss); net profit; profit attributable to; consolidated net income;
  profit after tax;
  profit after taxation
noncontrolling_interests_income [income]: minority interest in income; income attributable to noncontrolling interests
  net income attributable to noncontrolling interests; less: net income attributable to noncontrolling interest;
  profit attributable to non-controlling interests
eps_basic [income]: basic eps; basic earnings per share
  basic earnings per share; basic; earnings per share, basic; net income per share, basic;
  basic earnings per common share
eps_diluted [income]: earn per share; earn per diluted share; earned per share; make per share;
  eps; diluted eps; earnings per share; diluted earnings per share; eps diluted; per-share earnings;
  net income per share; loss per share; earnings per common share
  diluted earnings per share; diluted; earnings per share, diluted; earnings per share; net income per share, diluted;
  diluted earnings per common share
shares_basic [income]: basic shares; basic share count; weighted average shares; average shares outstanding
  weighted average shares outstanding; weighted average number of shares; basic;
  weighted-average common shares outstanding
shares_diluted [income]: diluted shares; diluted share count; diluted weighted average shares
  weighted average shares outstanding, diluted; diluted; weighted average diluted shares; assuming dilution
dividends_per_share [income equity]: dividend per share; dps; dividends declared per share; per-share dividend
  dividends declared per share; cash dividends declared per common share; dividends per share;
  dividend per ordinary share
comprehensive_income [comprehensive]: comprehensive income; comprehensive loss; total comprehensive income
  comprehensive income; total comprehensive income; comprehensive income attributable to;
  total comprehensive income for the year
other_comprehensive_income [comprehensive]: oci; other comprehensive loss
  other comprehensive income; other comprehensive income (loss), net of tax; other comprehensive loss
currency_translation [comprehensive]: translation adjustment; currency translation
  foreign currency translation adjustments; cumulative translation adjustment; exchange differences on translation
employee_costs [income]: spend on wages; spend on staff; pay its staff; pay its employees;
  personnel expenses; staff costs; wages and salaries; payroll; labor costs; employee expenses
  personnel expenses; employee benefits expense; staff costs; salaries and benefits; wages, salaries and benefits;
  compensation and benefits; salaries, wages and benefits
rent_expense [income]: rent; rental expense; occupancy costs
  rent expense; rental expense; occupancy; operating lease cost
raw_materials_cost [income]: cost of materials; material costs; raw material costs
  raw materials and consumables used; cost of materials; cost of raw materials; cost of materials consumed
fuel_cost [income]: fuel expense; fuel costs; aircraft fuel
  aircraft fuel and related taxes; fuel; aircraft fuel; fuel expense
"""
