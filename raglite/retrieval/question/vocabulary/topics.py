"""What filings treat in words: how people ask for it, and what the headings above it say."""

from typing import NamedTuple


class Topic(NamedTuple):
    """A subject that has a place of its own in filings. `words` are how people ask, `headings` what stands above it."""

    id: str
    words: tuple[str, ...]
    headings: tuple[str, ...]


# Id and words on one line, headings on the next.
_TABLE = """
legal_proceedings: legal proceedings; legal battle; litigation; lawsuit; legal dispute; legal matter; class action; sued
  legal proceedings; litigation; commitments and contingencies; contingencies
risk_factors: risk factors; risk; cyclicality; cyclical; exposure to; vulnerable; threat
  risk factors
business: industry; business model; what does the company do; line of business; operate in;
  principal activities
  business; business overview; overview; general; strategy
products: product offerings; products; services offered; brands; product lines; brand
  products; business; general; services
customers: customers; clients; customer base; main buyer
  customers; business; sales to customers; government contracts; concentration
competition: competitor; competition; competitive position; market share; rival
  competition; competitive conditions
suppliers: supplier; vendors; supply chain; raw materials; sourcing; manufacturing
  suppliers; raw materials; manufacturing; supply chain
distribution: distribution channel; sales channel; channel; go to market; distribution
  distribution; sales and marketing; marketing and sales; channels
intellectual_property: patent; trademark; intellectual property; licenses
  intellectual property; patents; trademarks
seasonality: seasonality; seasonal
  seasonality; seasonal
research: research; product development; pipeline; clinical trial
  research and development; pipeline
human_capital: employees; jobs; unionized; unionised; collective bargaining; headcount; workforce; human capital;
  diversity; female; women; gender; staff; union;
  turnover of employees
  human capital; employees; diversity; workforce; people; inclusion
government_regulation: regulation; regulatory; compliance with law; government regulation
  government regulation; regulation; regulatory matters
environment: environmental; climate; emissions; sustainability; esg
  environmental matters; sustainability; climate; environmental
properties: properties; facilities; headquarters; square feet; plants; premises; owned and leased; stores;
  store count; locations
  properties; stores; facilities; real estate; store count
cybersecurity: cybersecurity; cyber; data breach; information security
  cybersecurity; information security
executives: ceo; cfo; chief executive; chief financial officer; executive officers; management team; new ceo;
  appointed; resigned;
  president; succession
  executive officers; departure of directors; election of directors; appointment of certain officers; management
directors: board member; directors; board of directors; nominees; chairman; governance
  directors; board of directors; election of directors; corporate governance; nominees
shareholder_vote: votes; voting results; annual meeting; shareholder proposal; elected; proxy
  submission of matters to a vote of security holders; annual meeting; final voting results; proposals
executive_compensation: executive compensation; executive pay; salary of the ceo; compensation of executives; bonus;
  severance
  executive compensation; summary compensation table; compensatory arrangements; employment agreement
dividends: dividend; dividends; paid dividends; dividend policy; quarterly dividend
  dividends; market for registrant's common equity; common stock; dividend policy; shareholder returns
share_repurchase_program: share repurchase program; stock repurchase; buyback program; repurchase authorization;
  repurchased shares
  issuer purchases of equity securities; share repurchases; stock repurchase program; repurchases
stock_performance: stock performance; total shareholder return; performance graph; tsr
  stock performance graph; performance graph; total shareholder return
results_of_operations: what drove; drove; driver; reason for the change; explain the change; due to;
  change in sales
  results of operations; consolidated results; management's discussion and analysis; operating results
outlook: outlook; guidance; forecast; forecasting; expects; projected
  outlook; guidance; business environment and trends; forward-looking
liquidity: liquidity; cash needs; sources of cash; funding; covenants; credit facility; revolver
  liquidity and capital resources; liquidity; credit agreement; sources of liquidity; credit facility
cash_flow_discussion: cash flow; cash flows
  cash flows; liquidity and capital resources; summary of cash flows
non_gaap: non-gaap; adjusted; reconciliation; ebitdar; underlying; adjusted ebitda
  non-gaap financial measures; reconciliation of non-gaap; reconciliations; adjusted
critical_estimates: critical accounting; estimates; judgments
  critical accounting estimates; critical accounting policies
market_risk: market risk; interest rate risk; currency risk; exchange rate; hedge; hedging
  quantitative and qualitative disclosures about market risk; market risk; foreign currency risk
segments: segment; segments; by segment; business unit; division; operating segment
  segment information; segments; business segments; reportable segments; segment results
geography: region; geographic; by country; domestic; international; regional
  geographic information; geographic area; revenue by geography; international
revenue_disaggregation: product categories; service categories; revenue by; category; product mix; product category
  disaggregation of revenue; revenue categories; revenue mix; comparable sales; revenues
revenue_recognition: revenue recognition; recognize revenue; recognise revenue; performance obligation
  revenue recognition; revenue from contracts with customers; summary of significant accounting policies
accounting_policies: accounting policy; accounted for; record; measured at; valued at; valuation method;
  accounting method; fifo; lifo
  summary of significant accounting policies; significant accounting policies; basis of presentation
new_standards: new accounting standard; adopted; asu; accounting pronouncement
  recently adopted accounting; new accounting pronouncements; recently issued accounting
acquisitions: acquisition; acquisitions; acquired; merger; takeover; m&a; purchase price
  acquisitions; business combinations; mergers; acquisitions and divestitures
divestitures: divestiture; divested; disposal; discontinued operations; spin-off; sold business; held for sale
  divestitures; discontinued operations; disposals; assets held for sale
goodwill_note: goodwill; impairment test; intangible assets; reporting unit
  goodwill and intangible assets; goodwill; intangible assets
inventories_note: inventories; inventory valuation
  inventories; merchandise inventories
property_note: property, plant and equipment; useful lives; depreciation method
  property, plant and equipment; property and equipment
leases: lease; leases; lessee; right-of-use
  leases; lease commitments
debt_maturity: debt maturity; debt maturities; maturities; repayments due; notes due; bonds; coupon;
  senior notes; credit agreement; indenture;
  borrowings; debt
  debt; long-term debt; maturities; indebtedness; borrowings; supplemental indenture
fair_value: fair value; level 1; level 2; level 3; investments; securities; corporate bonds
  fair value measurements; fair value; investments; marketable securities
derivatives: derivative; derivatives; derivative instruments; swap; hedging instruments; notional
  derivative instruments; derivatives; hedging activities; financial instruments
pension: pension; retirement plan; retiree; postretirement; defined benefit; benefit plan; health care benefits
  pension; employee benefits; retirement plans; postretirement; benefit plans; estimated future benefit payments
stock_compensation_note: stock option; restricted stock; share-based; stock-based compensation; equity awards
  stock-based compensation; share-based payments; equity incentive plans
income_taxes: tax rate; effective tax; deferred tax; tax reconciliation; income taxes; uncertain tax
  income taxes; effective tax rate; tax reconciliation; provision for income taxes
restructuring: restructuring; severance; layoffs; plant closure; reorganization
  restructuring; restructuring liability; exit costs; restructuring and related
accrued_note: accrued liabilities; accrued expenses; accrual; other liabilities
  accrued liabilities; accrued expenses; supplemental balance sheet; other current liabilities
earnings_per_share_note: earnings per share; dilutive; antidilutive
  earnings per share; net income per share
commitments: commitments; guarantees; purchase obligations; off-balance sheet
  commitments and contingencies; commitments; guarantees
related_parties: related party; related parties
  related party transactions; related parties
subsequent_events: subsequent event; subsequent events; after year end; after the balance sheet date
  subsequent events; events after the reporting period
quarterly_results: by quarter; quarterly results
  quarterly financial data; selected quarterly
auditor: auditor; audit fee; independent accountant; audit opinion; critical audit matter
  report of independent registered public accounting firm; principal accountant fees; auditor's report
controls: internal control; material weakness; disclosure controls
  controls and procedures; internal control over financial reporting
agreements: agreement; entered into; purpose of the filing; material agreement
  entry into a material definitive agreement; material definitive agreement; other events
exhibits: exhibit; exhibits; signatures
  exhibits; financial statements and exhibits
advertising_note: advertising; marketing cost
  advertising; marketing
"""


def _topics() -> dict[str, Topic]:
    found = {}
    lines = _TABLE.strip().replace(";\n  ", "; ").splitlines()
    for named, headings in zip(lines[::2], lines[1::2], strict=True):
        identity, _, words = named.partition(": ")
        found[identity] = Topic(identity, tuple(words.split("; ")), tuple(headings.strip().split("; ")))
    return found


TOPICS = _topics()
