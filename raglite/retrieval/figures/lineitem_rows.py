"""The labels that lineitems.py reads: which rows of which statement state a metric, in US-GAAP and IFRS wording.

Data, written by hand. An entry is `metric [statement measure-or-sign ...]` with one pattern on each of the lines below
it, the surest first; what is indented more goes on with the pattern above. A pattern is matched with the whole of what
labels.plain() makes of a printed label; totals come before parts. What stands before " > " is searched for in the
labels of the groups that the row stands under.
"""

_EXPENSE = "(?: expenses?| costs?)?"
_PPE = "(?:property plant and equipment|property and equipment|plant property and equipment|property plant equipment)"
_HOLDERS = "(?:shareholders|stockholders|shareowners|share owners|owners|members|unitholders)"
TABLE = rf"""
revenue [income]
  total (?:net )?(?:operating )?(?:revenues?|sales|turnover)(?: and other income)?(?: net)?
  total (?:net )?sales and (?:other )?(?:operating )?revenues?|total revenues? net of interest expense
  (?:net|net operating|operating) (?:revenues?|sales|turnover)|(?:revenues?|sales) net
  (?:sales|revenues?|turnover)(?: revenues?| from contracts with customers)?
    |sales and (?:other )?(?:operating )?revenues?
  product (?:sales|revenues?)(?: net)?
cost_of_sales [income cost]
  total costs? of (?:revenues?|sales|goods sold|products sold|products and services|goods and services)
  costs? of (?:sales|revenues?|goods sold|goods and services(?: sold)?|products and services(?: sold)?)
    (?: (?:excluding|exclusive|including|inclusive) .*)?
  costs? of (?!sales|revenue|debt|capital|borrowing)(?:\w+ ){{0,3}}\w+
    (?: (?:excluding|exclusive|including|inclusive) .*)?
gross_profit [income result]
  (?:total )?gross (?:profit|margin|income|earnings)
sga [income cost]
  (?:total )?(?:selling|marketing) (?:general )?(?:and )?(?:general )?(?:and )?administrative{_EXPENSE}
  sales (?:and )?(?:marketing )?(?:general )?(?:and )?(?:general )?administrative{_EXPENSE}
  operating and administrative expenses?|total selling and administrative expenses?
    |selling general and admin{_EXPENSE}
research_and_development [income cost]
  (?:total )?research and development{_EXPENSE}(?: net)?|research development and related expenses?
  product development(?: costs?| expenses?)?|technology and (?:development|content)
    |(?:research and )?product development
depreciation_and_amortization [cash cost]
  (?:total )?depreciation (?:and )?(?:depletion )?(?:and )?amorti[sz]ation(?: and
     (?:accretion|impairment|depletion|other))?{_EXPENSE}
  depreciation amorti[sz]ation (?:depletion )?(?:and )?(?:accretion|impairment|other)(?: .*)?
  depreciation and amorti[sz]ation (?:of|including|expense|charges) .*
  amorti[sz]ation and depreciation
depreciation [cash cost]
  depreciation(?: expense| charge| of {_PPE})?
amortization [cash cost]
  amorti[sz]ation(?: expense| charge)?(?: of (?:acquired |purchased |other |acquisition related )?intangible
    (?: assets|s)?)?
operating_income [income result]
  (?:total )?(?:operating (?:income|profit|earnings|loss|result)|(?:income|earnings|profit|loss) from operations)
  results? from operating activities|profit from operating activities|income from operating activities
ebitda []
  ebitda
adjusted_ebitda []
  adjusted ebitda
adjusted_ebit []
  adjusted ebit|adjusted operating (?:income|profit)
adjusted_free_cash_flow []
  adjusted free cash flow
interest_expense [income cost]
  (?:total )?interest expense(?: and other(?: financ.*| debt.*)?| on debt| cost)?
  interest expense net of (?:amounts capitali[sz]ed|capitali[sz]ed interest|interest capitali[sz]ed)
  (?:interest and debt expense|finance costs?|financial expenses?|interest and other financ(?:ial|ing)
     (?:charges|costs|expenses?)|finance expenses?|borrowing costs)
interest_income [income cost]
  (?:total )?interest (?:and investment )?income|finance income|financial income
income_before_tax [income result]
  (?:income|earnings|profit|loss) before (?:provision for |benefit from )?(?:income )?(?:tax|taxes|taxation)
    (?: expense)?
  (?:income|earnings|profit|loss) from continuing operations before (?:provision for )?(?:income )?
    (?:tax|taxes|taxation)
  (?:income|earnings|profit|loss) (?:from .*)?before (?:provision for |benefit from )?(?:income )?
    (?:tax|taxes|taxation)(?: .*)?
  pre ?tax (?:income|profit|earnings)
income_tax [income tax]
  (?:total )?(?:provision|benefit|expense|benefit from|provision for|expense for)?(?: ?for| ?from)? ?
    (?:income )?tax(?:es|ation)?(?: provision| expense| charge| benefit| credit| expense benefit)?
  (?:income )?tax (?:on profit|on income)|taxation charge
net_income [income result]
  net (?:income|earnings|loss|profit) attributable to (?:common |ordinary |controlling )?(?!.*non ?controlling)
    (?!.*minority).*
  profit (?:for the (?:year|period) )?attributable to (?:equity |ordinary )?(?:{_HOLDERS}|equity holders|parent)
    (?: .*)?
  attribut.* > (?:equity )?(?:holders|{_HOLDERS})(?: of .*)?
  net (?:income|earnings|loss|profit)(?: for year)?
  (?:profit|loss|income) for (?:the )?(?:financial )?(?:year|period)|net (?:profit|result) for (?:year|period)
    |profit after tax(?:ation)?
  net (?:income|earnings|loss|profit) including non ?controlling interests?
consolidated_net_income [income cash result]
  net (?:income|earnings|loss|profit)(?: including non ?controlling interests?| including portion attributable.*)?
  (?:profit|loss) for (?:year|period)
eps_basic [income per_share result]
  basic (?:net )?(?:earnings|income|loss|profit) per .*share.*
  (?:net )?(?:earnings|income|loss|profit) per (?:.* )?share (?:.* )?basic.*
  basic (?:net )?(?:earnings|income|loss) per .*share$ > net (?:earnings|income|loss)
    (?: attributable to .*| available to .*)?
  per .*share > (?:total )?basic(?: .*)?
  basic
eps_diluted [income per_share result]
  diluted (?:net )?(?:earnings|income|loss|profit) per .*share.*
  (?:net )?(?:earnings|income|loss|profit) per (?:.* )?share (?:.* )?(?:assuming dilution|diluted).*
  diluted (?:net )?(?:earnings|income|loss) per .*share$ > net (?:earnings|income|loss)
    (?: attributable to .*| available to .*)?
  per .*share > (?:total )?(?:diluted|assuming dilution)(?: .*)?
  diluted|assuming dilution
  basic and diluted(?: .*)?
    |(?:net )?(?:earnings|income|loss|profit) per (?:common |ordinary )?share basic and diluted
shares_basic [income shares]
  basic(?: weighted average.*| shares.*)?|weighted average .*basic.*
shares_diluted [income shares]
  (?:diluted|assuming dilution)(?: weighted average.*| shares.*)?|weighted average .*(?:diluted|assuming dilution).*
dividends_per_share [income equity per_share]
  (?:cash )?dividends?(?: declared| paid)?(?: and paid)? per (?:common |ordinary )?share.*
operating_cash_flow [cash result]
  (?:total )?net cash (?:flows? |inflow |outflow )?(?:provided |generated |used |from )?(?:by |from |in |for )?
    (?:continuing )?operat(?:ing activities|ions)
  (?:total )?cash (?:flows? )?(?:provided |generated |used |from )?(?:by |from |in )?operat(?:ing activities|ions)
  net cash (?:provided |used )?(?:by |in |from |for )?operating activities .*
investing_cash_flow [cash result]
  (?:total )?(?:net )?cash (?:flows? |inflow |outflow )?(?:provided |generated |used |from )?
    (?:by |from |in |for )?invest(?:ing activities|ments)
financing_cash_flow [cash result]
  (?:total )?(?:net )?cash (?:flows? |inflow |outflow )?(?:provided |generated |used |from )?
    (?:by |from |in |for )?financing(?: activities)?
capital_expenditure [cash cost]
  (?:purchases?|additions?|acquisitions?|expenditures?|payments?|investments?|spending)
    (?: of| to| for| in| on| acquire| the| purchase| acquisition)+ {_PPE}
    (?: net)?(?: of .*| and (?:other |capitali[sz]ed |internal use )?(?:software|intangible).*| including .*)?
  (?:total )?(?:payments for )?capital (?:expenditures?|spending|outlays)
    (?: net of .*| including .*| and .*| excluding .*)?
  (?:purchases?|additions?|acquisitions?|expenditures?)(?: of| to| for) (?:tangible|fixed|capital) assets
    |{_PPE} (?:additions|acquired|purchases)
dividends_paid [cash cost]
  (?:total )?(?:cash )?dividends?(?: and dividend equivalents)? paid(?: to .*| on .*)?
    |(?:payments?|distributions?) of (?:cash )?dividends?(?: .*)?|(?:cash )?dividends?(?: to .*| common.*| on .*)?
share_repurchases [cash cost]
  (?:repurchases?|purchases?|acquisitions?|buy ?backs?|payments for repurchases?) of
     (?:common |treasury |own |ordinary |company |class a )*(?:stock|shares|equity)(?: .*)?
    |(?:common |treasury )?(?:stock|shares) (?:repurchases?|repurchased|acquired|purchased|purchases)(?: .*)?
    |share (?:repurchases?|buy ?backs?)(?: .*)?
stock_compensation [cash cost]
  (?:stock|share|equity) based (?:compensation|payments?)(?: .*)?
cash [balance]
  cash and (?:cash )?equivalents(?: .*)?
  cash(?: and (?:bank balances|short term deposits|cash equivalents.*))?|cash and due from banks
short_term_investments [balance]
  (?:total )?(?:short term|current) (?:investments?|marketable securities|financial assets)(?: .*)?
  current assets > (?:marketable securities|investments)(?: current)?(?: .*)?
receivables [balance]
  (?:total )?(?:trade |accounts? )?(?:accounts )?receivables?(?: trade)? (?:net|less) ?.*
    |(?:trade|accounts|customer) (?:and (?:notes|other) )?receivables?(?: .*)? net(?: .*)?
    |(?:notes and accounts|accounts and notes) receivable(?: trade)? (?:net|less)(?: .*)?
  (?:total )?(?:trade |accounts? )(?:accounts )?receivables?(?: trade)?|receivables|trade debtors
    |(?:trade|accounts|customer) and (?:notes|other) receivables?
    |(?:notes and accounts|accounts and notes) receivable
inventory [balance]
  total (?:merchandise )?inventor(?:y|ies)(?: net)?
  (?:merchandise )?inventor(?:y|ies)(?: net| at .*| less .*)?|stocks?
prepaid_expenses [balance]
  prepaid expenses?(?: and other(?: current assets)?.*)?|prepayments|prepaid and other(?: current assets)?
current_assets [balance]
  total current assets
  current assets
ppe_net [balance]
  (?:total |net )?{_PPE}(?: and .*)? net(?: .*)?|net {_PPE}
  {_PPE} (?:less|at cost less) .*
  (?:total )?{_PPE}|(?:premises|plant) and equipment(?: net)?|(?:tangible|fixed) assets(?: net)?
goodwill [balance]
  goodwill(?: net)?
intangible_assets [balance]
  (?:total )?(?:other |identifiable |purchased |acquired |amortizable )?intangible(?:s| assets)(?: net| less .*)?
    (?: .*)?
total_assets [balance]
  total assets
accounts_payable [balance]
  (?:total )?(?:accounts|trade) (?:accounts )?payables?(?: trade)?
  (?:trade|accounts) (?:and other )?payables?(?: .*)?|payables and accrued .*|trade creditors
accrued_liabilities [balance]
  (?:total )?(?:other )?accrued (?:liabilities|expenses)(?: and other(?: current)?(?: liabilities)?)?(?: current)?
    |accruals
current_liabilities [balance]
  total current liabilities
  current liabilities
current_debt [balance]
  (?:short term|current) (?:debt|borrowings?|financial liabilities|loans) and current (?:portion|maturities).*
  debt (?:maturing|due|payable) within (?:one|1) year|total (?:short term|current) (?:debt|borrowings)
    |current (?:debt|borrowings)
  current liabilities > (?:total )?(?:debt|borrowings)(?: and (?:capital|finance) lease obligations)?(?: net)?
current_portion_of_long_term_debt [balance]
  current (?:portion|maturities|installments)(?: of| on)? (?:long term )?(?:debt|borrowings|notes payable)(?: .*)?
    |long term (?:debt|borrowings) (?:due|payable|maturing) within (?:one|1) year
short_term_borrowings [balance]
  short term (?:debt|borrowings?|loans?|notes payable|financial liabilities)|commercial paper
    |(?:loans|notes|bank loans) payable(?: to banks)?|bank overdrafts?
commercial_paper [balance]
  commercial paper
notes_payable [balance]
  notes payable(?: to banks)?
long_term_debt [balance]
  (?:total )?(?:long term|non ?current) (?:debt|borrowings?|notes payable|financial liabilities)
    (?: net| less .*| excluding .*| due .*)?(?: of current .*| and (?:capital|finance) lease obligations.*)?
  (?:non ?current|long term) liabilities > (?:total )?(?:debt|borrowings?|senior notes)
    (?: and (?:capital|finance) lease obligations)?(?: net)?
  debt(?: and (?:capital|finance) lease obligations)?(?: net)?
total_liabilities [balance]
  total liabilities
total_equity [balance result]
  total (?!liabilit).+ {_HOLDERS} (?:equity|investment|funds|deficit)
    |(?:total )?equity attributable to (?!.*non ?controlling).*
  total {_HOLDERS} (?:equity|investment|funds|deficit)(?: attributable .*)?
  total equity|{_HOLDERS} (?:equity|funds|investment|deficit)|total deficit
retained_earnings [balance result]
  (?:retained|reinvested) (?:earnings|profits?|deficit)(?: .*)?|accumulated deficit
    |earnings (?:reinvested|retained)(?: .*)?
  accumulated (?:profits|earnings)
"""
