"""Rows of the balance sheet, in US-GAAP and IFRS wording."""

BALANCE = """
cash [balance cash]: how much cash does have; how much cash did have; cash in the bank; cash at hand; cash pile;
  cash reserves; hold in cash;
  held in cash;
  cash and cash equivalents; cash & cash equivalents; cash balance; cash position; cash on hand;
  cash holdings; cash and equivalents; cash and bank balances
  cash and cash equivalents; cash and equivalents; cash; cash and cash equivalents at end of year;
  cash and bank balances;
  cash, cash equivalents and restricted cash
restricted_cash [balance cash]: restricted cash
  restricted cash; cash, cash equivalents and restricted cash; restricted cash and equivalents
short_term_investments [balance]: short-term investments; marketable securities; current investments;
  short-term marketable securities
  short-term investments; marketable securities; short-term marketable securities; current investments;
  investments, current;
  short-term financial assets; time deposits and other investments
long_term_investments [balance]: long-term investments; noncurrent investments
  long-term investments; marketable securities, non-current; investments; other investments;
  long-term marketable securities
equity_method_investments [balance]: investments in affiliates; investments in associates; associates; joint ventures
  investments in unconsolidated affiliates; investments in associates; equity method investments;
  investments in joint ventures; investments in affiliated companies; investments in unconsolidated businesses
receivables [balance]: owed by customers; customers owe; money owed by its customers; owed to it by customers;
  accounts receivable; receivables; trade receivables; trade debtors; debtors; customer receivables
  accounts receivable, net; trade receivables, net; receivables, net; accounts receivable; trade receivables;
  trade and other receivables; receivables; accounts receivable, less allowances; notes and accounts receivable;
  trade debtors
allowance_for_doubtful_accounts [balance]: allowance for credit losses; allowance for doubtful accounts; bad debt;
  bad debts
  allowance for doubtful accounts; allowance for credit losses; allowance for expected credit losses;
  provision for bad debts
contract_assets [balance]: contract assets; unbilled receivables
  contract assets; unbilled receivables; contract assets, net; accrued income
inventory [balance]: unsold goods; goods on hand; stock on hand; inventory on hand; merchandise on hand;
  inventories; inventory; stock in trade; stocks; merchandise
  inventories; inventories, net; merchandise inventories; inventory; total inventories; inventory, net
raw_materials [balance]: raw materials
  raw materials; raw materials and supplies; raw materials and consumables
work_in_process [balance]: work in process; work in progress; wip
  work in process; work in progress; work-in-process
finished_goods [balance]: finished goods
  finished goods; finished products; finished goods and goods for resale
prepaid_expenses [balance]: prepaid expenses; prepayments; prepaids
  prepaid expenses and other current assets; prepaid expenses; prepayments; prepaids; prepaid expenses and other
other_current_assets [balance]: other current assets
  other current assets; prepaid expenses and other current assets
assets_held_for_sale [balance]: held for sale; assets held for sale
  assets held for sale; non-current assets held for sale; current assets of discontinued operations
current_assets [balance]: current assets; total current assets
  total current assets; current assets; total current assets excluding
ppe_gross [balance]: gross ppe; gross pp&e; property, plant and equipment, gross
  property, plant and equipment, at cost; property, plant and equipment, gross; gross property and equipment
ppe_net [balance]: pp&e; ppe; ppne; pp&ne; net pp&e; net ppe; net ppne; fixed assets; net fixed assets; tangible assets;
  property, plant and equipment; net property, plant and equipment; plant and equipment; tangible fixed assets
  property, plant and equipment, net; property and equipment, net; property, plant and equipment;
  net property and equipment;
  total property, plant and equipment, net; property, plant, and equipment, net; tangible assets;
  premises and equipment, net
accumulated_depreciation [balance]: accumulated depreciation
  accumulated depreciation; less accumulated depreciation; accumulated depreciation and amortization
construction_in_progress [balance]: construction in progress; assets under construction; construction in process
  construction in progress; construction in process; assets under construction; construction work in progress
right_of_use_assets [balance]: right-of-use assets; rou assets; operating lease assets; lease assets
  operating lease right-of-use assets; right-of-use assets; operating lease assets;
  operating lease right-of-use assets, net
investment_property [balance]: investment property; investment properties
  investment property; investment properties; real estate investments, net
goodwill [balance]: goodwill
  goodwill; goodwill, net
intangible_assets [balance]: intangibles; intangible assets; other intangibles; acquired intangibles
  intangible assets, net; other intangible assets, net; intangible assets; purchased intangibles, net;
  goodwill and other intangible assets;
  other intangibles, net; identifiable intangible assets, net
deferred_tax_assets [balance]: deferred tax assets; dta; deferred tax asset
  deferred income taxes; deferred tax assets; deferred tax assets, net; deferred income tax assets
noncurrent_assets [balance]: non-current assets; noncurrent assets; long-term assets
  total non-current assets; total noncurrent assets; non-current assets; total fixed assets
other_assets [balance]: other assets; other non-current assets
  other assets; other non-current assets; other assets, net; other long-term assets
total_assets [balance]: own in total; everything it owns; size of its balance sheet; size of the balance sheet;
  total assets; asset base; balance sheet total
  total assets; total liabilities and equity; balance sheet total
accounts_payable [balance]: owe its suppliers; owe suppliers; owed its suppliers; owed to suppliers; owe to suppliers;
  owe its vendors;
  owed to vendors; owe vendors;
  accounts payable; trade payables; trade creditors; creditors; payables
  accounts payable; trade payables; trade and other payables; accounts payable and accrued liabilities;
  trade accounts payable;
  payables and accrued liabilities; trade creditors
accrued_liabilities [balance]: accrued liabilities; accrued expenses; accruals
  accrued liabilities; accrued expenses; accrued expenses and other liabilities; other accrued liabilities; accruals;
  accrued expenses and other current liabilities
accrued_compensation [balance]: accrued payroll; accrued compensation; accrued wages
  accrued compensation and benefits; accrued payroll; accrued compensation; salaries, wages and employee benefits;
  compensation and benefits, excluding taxes
deferred_revenue [balance]: unearned revenue; deferred revenues; contract liabilities; deferred income;
  advances from customers;
  customer advances
  deferred revenue; deferred revenues; contract liabilities; unearned revenue; advances and progress billings;
  customer advances and deposits; deferred income; advances from customers
income_taxes_payable [balance]: taxes payable; income taxes payable; tax liabilities
  income taxes payable; accrued income taxes; income tax payable; current tax liabilities;
  current income tax liabilities
other_current_liabilities [balance]: other current liabilities
  other current liabilities; other accrued liabilities; accrued expenses and other current liabilities
current_liabilities [balance]: current liabilities; total current liabilities; short-term liabilities
  total current liabilities; current liabilities; creditors: amounts falling due within one year
short_term_debt [balance]: short-term borrowings; current debt; commercial paper; notes payable;
  current portion of debt;
  current portion of long-term debt; short-term loans
  short-term debt; short-term borrowings; current portion of long-term debt; debt maturing within one year;
  notes payable;
  short-term borrowings and current portion of long-term debt; current maturities of long-term debt; commercial paper;
  loans and borrowings, current; long-term debt due within one year; short-term financial liabilities
long_term_debt [balance]: long-term borrowings; noncurrent debt; long-term loans; non-current borrowings; senior notes
  long-term debt; long-term debt, less current portion; long-term borrowings; long-term debt, net;
  non-current borrowings;
  long-term debt, net of current portion; long-term financial liabilities; notes payable, net; debt
total_debt = long_term_debt short_term_debt: how much did owe its lenders; owe its lenders; owe lenders;
  owed to lenders; owe to banks; how much debt; debt does have;
  debt did have; amount of debt; financial debt; loans and borrowings;
  total borrowings; debt on balance sheet; debt on its balance sheet;
  gross debt;
  total indebtedness; indebtedness; debt outstanding; outstanding debt; debt load; borrowings; debt level
  total debt; total borrowings; total long-term debt, including current maturities
net_debt = long_term_debt short_term_debt cash: net debt; net borrowings; net indebtedness; net financial debt
  net debt; total net debt
lease_liabilities [balance]: lease liabilities; lease obligations; operating lease liabilities;
  finance lease liabilities
  operating lease liabilities; lease liabilities; long-term operating lease liabilities;
  current portion of operating lease liabilities
pension_liabilities [balance]: pension liabilities; pension deficit; pension obligation on balance sheet;
  accrued pension
  pension and postretirement benefits; employee benefit obligations; retirement benefit obligations;
  accrued pension plan liability;
  pension liabilities; accrued pension liabilities
deferred_tax_liabilities [balance]: deferred tax liabilities; dtl; deferred tax liability
  deferred income taxes; deferred tax liabilities; deferred income tax liabilities
provisions [balance]: provisions; provision for liabilities
  provisions; provisions for liabilities and charges; non-current provisions; current provisions
noncurrent_liabilities [balance]: non-current liabilities; noncurrent liabilities; long-term liabilities
  total non-current liabilities; long-term liabilities; other long-term liabilities; total long-term liabilities;
  creditors: amounts falling due after more than one year
total_liabilities [balance]: owe in total; total obligations; everything it owes;
  total liabilities
  total liabilities; liabilities
preferred_stock [balance]: preferred stock; preferred shares; preference shares
  preferred stock; redeemable preferred stock; preference shares
common_stock [balance]: share capital; issued capital; common stock par value; called up share capital
  common stock; share capital; ordinary shares; issued capital; called up share capital; capital stock
additional_paid_in_capital [balance]: apic; paid-in capital; additional paid-in capital; share premium
  additional paid-in capital; capital in excess of par value; share premium; paid-in capital; capital surplus
retained_earnings [balance]: retained earnings; accumulated deficit; retained profits; accumulated profits
  retained earnings; accumulated deficit; reinvested earnings; retained profits; earnings reinvested in the business;
  retained earnings (accumulated deficit)
treasury_stock [balance]: treasury stock; treasury shares; own shares
  treasury stock; treasury shares; treasury stock, at cost; common stock held in treasury; own shares
aoci [balance]: aoci; accumulated other comprehensive income; accumulated other comprehensive loss; other reserves
  accumulated other comprehensive loss; accumulated other comprehensive income (loss); other reserves;
  translation reserve
noncontrolling_interests [balance]: minority interest; minority interests; non-controlling interest;
  noncontrolling interest
  noncontrolling interests; non-controlling interests; noncontrolling interest; redeemable noncontrolling interests
total_equity [balance]: shareholders' equity; stockholders' equity; shareholder equity; shareholders equity; book value;
  net worth; shareholders' funds; total equity; net assets; owners' equity
  total shareholders' equity; total stockholders' equity; total equity; shareholders' equity; stockholders' equity;
  equity attributable to owners of the parent; total shareowners' equity; total shareholders' investment;
  shareholders' funds;
  net assets; total equity attributable to; equity attributable to equity holders
shares_outstanding [balance]: shares outstanding; share count; number of shares; outstanding shares; shares issued
  shares outstanding; common stock; shares issued and outstanding; number of shares outstanding
invested_capital = total_equity total_debt: invested capital; capital employed
"""
