"""What only some industries report, and measures of the business that stand outside the statements."""

INDUSTRIES = """
net_interest_income [income]: net interest income; nii; net interest revenue
  net interest income; net interest revenue; total net interest income;
  net interest income after provision for credit losses
interest_income_on_loans [income]: interest income on loans; loan interest
  interest and fees on loans; loans, including fees; total interest income; interest income
noninterest_income [income]: noninterest income; non-interest income; noninterest revenue; fee income
  total noninterest income; noninterest revenue; non-interest income; total noninterest revenue;
  net fee and commission income
noninterest_expense [income]: noninterest expense; non-interest expense; noninterest expenses
  total noninterest expense; noninterest expense; total noninterest expenses; total operating expenses
provision_for_credit_losses [income]: provision for loan losses; provision for credit losses; loan loss provision;
  credit costs
  provision for credit losses; provision for loan losses; provision for loan and lease losses;
  impairment losses on loans
allowance_for_loan_losses [balance]: allowance for loan losses; loan loss reserve; loan loss allowance
  allowance for loan losses; allowance for credit losses; allowance for loan and lease losses
loans [balance]: loans; total loans; loan book; loan portfolio; net loans
  loans, net; total loans; loans and leases, net; loans, net of unearned income; loans and advances to customers
deposits [balance]: deposits; customer deposits; total deposits
  total deposits; deposits; deposits from customers; interest-bearing deposits; customer accounts
net_interest_margin []: net interest margin; nim
  net interest margin; net yield on interest-earning assets; net interest yield
net_charge_offs []: net charge-offs; charge-offs; loan losses
  net charge-offs; net charge-off ratio; charge-offs
nonperforming_loans []: nonperforming loans; non-performing loans; npl; nonaccrual loans
  nonperforming loans; nonaccrual loans; nonperforming assets; total nonperforming assets
capital_ratio []: cet1; cet1 ratio; tier 1 ratio; capital adequacy; common equity tier 1; tier 1 capital ratio;
  capital ratios
  common equity tier 1 capital ratio; tier 1 capital ratio; total capital ratio; cet1 capital; tier 1 leverage ratio
risk_weighted_assets []: risk-weighted assets; rwa
  risk-weighted assets; total risk-weighted assets
efficiency_ratio []: efficiency ratio; cost income ratio; cost-to-income ratio
  efficiency ratio; cost/income ratio; overhead ratio
assets_under_management []: assets under management; aum; client assets
  assets under management; client assets; assets under management and administration
trading_revenue [income]: trading revenue; trading income
  trading account profits; principal transactions; trading revenue; net trading income
premiums_earned [income]: premiums earned; earned premiums; net premiums earned; premium income; insurance revenue
  net premiums earned; premiums earned; premiums; earned premiums; insurance revenue; premium revenue
premiums_written [income]: premiums written; gross premiums; written premiums; gross written premiums;
  net written premiums
  net premiums written; gross premiums written; premiums written
insurance_claims [income]: benefits and claims; losses incurred; claims incurred; benefit costs; health care costs;
  losses and loss adjustment expenses; insurance claims; medical costs
  losses and loss adjustment expenses; policyholder benefits and claims; benefit costs; health care costs;
  medical costs;
  claims and claim adjustment expenses; insurance service expenses
loss_reserves [balance]: loss reserves; claims reserves; unpaid losses; policy reserves; policyholder liabilities
  unpaid losses and loss adjustment expenses; future policy benefits; health care costs payable;
  insurance contract liabilities;
  reserves for losses and loss adjustment expenses
combined_ratio []: combined ratio; loss ratio; expense ratio; medical loss ratio; medical benefit ratio; mbr
  combined ratio; loss ratio; expense ratio; medical benefit ratio; medical loss ratio;
  loss and loss adjustment expense ratio
deferred_acquisition_costs [balance]: deferred acquisition costs; deferred policy acquisition costs
  deferred policy acquisition costs; deferred acquisition costs
net_investment_income [income]: net investment income; investment income
  net investment income; investment income, net; net realized investment gains
funds_from_operations []: ffo; affo; funds from operations; adjusted funds from operations
  funds from operations; nareit ffo; ffo attributable to common stockholders; adjusted funds from operations
net_operating_income []: noi; net operating income; same-store noi
  net operating income; same store net operating income; noi
rental_income [income]: rental income; rental revenue; lease revenue; rents
  rental income; rental revenue; rental and other property income; base rents; lease income
occupancy_rate []: occupancy; occupancy rate; occupancy level; vacancy
  occupancy; occupancy rate; percent leased; leased percentage; average occupancy
revpar []: revpar; revenue per available room; adr; average daily rate
  revpar; average daily rate; revenue per available room
ceo_pay_ratio []: ceo pay ratio; pay ratio
  ceo pay ratio; pay ratio disclosure; annual total compensation of the median employee
casino_revenue [income]: casino revenue; gaming revenue; gaming win
  casino; casino revenues; table games win; slots win; gaming revenues
available_seat_miles []: available seat miles; asm; asms; capacity in seat miles
  available seat miles; available seat miles (millions); available seat kilometers
revenue_passenger_miles []: revenue passenger miles; rpm; passenger traffic
  revenue passenger miles; traffic; revenue passenger kilometers
load_factor []: load factor; passenger load factor
  passenger load factor; load factor
unit_cost []: casm; cost per available seat mile; unit costs; casm-ex
  operating cost per available seat mile; casm; casm-ex; operating expense per asm
unit_revenue []: trasm; prasm; yield per passenger mile; unit revenue; passenger yield
  passenger revenue per available seat mile; total revenue per available seat mile; yield; prasm; trasm
passenger_revenue [income]: passenger revenue; ticket revenue
  passenger; passenger revenue; passenger revenues
cargo_revenue [income]: cargo revenue; freight revenue; freight revenues
  cargo; freight revenues; cargo revenue
fuel_and_purchased_power [income]: purchased power; fuel and purchased power; fuel used in electric generation
  fuel and purchased power; purchased power; fuel used in electric generation; cost of natural gas sold; electric fuel
electric_revenue [income]: electric revenue; electricity sales; electric operating revenues; gas revenues
  electric; electric operating revenues; regulated electric; natural gas; gas operating revenues
regulatory_assets [balance]: regulatory assets; regulatory liabilities
  regulatory assets; regulatory liabilities; deferred debits
rate_base []: rate base; allowed return on equity; authorized roe; rate case
  rate base; authorized return on equity; rate cases; general rate case
oil_production []: production volumes; oil production; barrels per day; boe; production of oil and gas; net production
  net production; barrels of oil equivalent per day; crude oil production; oil and gas production; total production
proved_reserves []: proved reserves; oil reserves; gas reserves; reserves of oil and gas; reserve replacement
  proved reserves; proved developed reserves; total proved reserves; standardized measure
exploration_expense [income]: exploration expense; exploration costs; dry hole costs
  exploration expense; exploration expenses; dry hole expense; exploration costs
ore_production []: ore production; gold production; copper production; ounces produced; all-in sustaining cost; aisc
  ounces produced; ounces sold; all-in sustaining costs; production; mineral reserves
same_store_sales []: same-store sales; comparable sales; comparable store sales; like-for-like sales; comps; comp sales;
  comparable restaurant sales; like-for-like
  comparable sales growth; comparable sales; same store sales; comparable store sales; comparable sales % change;
  like-for-like sales
store_count []: number of stores; store count; stores opened; stores closed; how many stores; number of restaurants;
  domestic stores; retail locations; number of locations
  total stores; stores opened; stores closed; total number of stores; number of stores; stores at end of period;
  store count
square_footage []: square feet; square footage; selling space; retail square feet
  square footage; square feet; gross square feet; retail square feet; selling square feet
online_revenue []: online revenue; online sales; e-commerce sales; digital sales; e-commerce revenue
  online revenue; total online revenue; e-commerce sales; digital sales
backlog []: backlog; order backlog; order book; remaining performance obligations; rpo; unfilled orders
  backlog; total backlog; contractual backlog; remaining performance obligations; order backlog; funded backlog
orders []: orders; order intake; bookings; net orders; new orders; net bookings
  orders; order intake; bookings; net orders; net bookings; new orders
deliveries []: deliveries; units delivered; aircraft deliveries; vehicles delivered; unit deliveries
  deliveries; total deliveries; deliveries of aircraft; vehicles delivered; units sold
units_sold []: units sold; volume sold; shipments; unit volume; sales volume; vehicle sales
  unit sales; shipments; sales volume; volumes; units sold
organic_growth []: organic growth; organic sales growth; organic revenue growth; organic sales;
  comparable constant currency;
  constant currency growth; organic local-currency sales
  organic sales; organic growth; comparable constant currency; organic local-currency sales; organic sales change;
  constant currency
annual_recurring_revenue []: arr; annual recurring revenue; annualized recurring revenue; annualized revenue run rate
  annualized recurring revenue; annual recurring revenue; total arr
net_retention []: net retention; net revenue retention; dollar-based net retention; nrr; retention rate
  net retention rate; dollar-based net retention rate; net revenue retention rate
active_users []: active users; monthly active users; daily active users; mau; maus; dau; daus; monthly users
  monthly active users; daily active users; monthly active people; active customers
subscribers []: subscribers; paid memberships; number of subscribers; subscriber count; paying members; memberships
  subscribers; total subscribers; paid memberships; total connections; retail connections; customers
average_revenue_per_user []: arpu; arpa; average revenue per user; average revenue per account; arppu
  average revenue per user; average revenue per account; arpa; arpu
churn []: churn; churn rate; customer churn
  churn; churn rate; postpaid churn; retail postpaid churn
wireless_revenue [income]: wireless service revenue; wireless revenue; equipment revenue; wireless equipment revenue
  wireless equipment revenues; service revenues and other; wireless service revenue; total wireless service revenues
content_spend [cash income]: content spending; content costs; programming costs; film costs
  additions to streaming content; content amortization; programming and production costs; programming and production
pharmacy_claims []: prescriptions; pharmacy claims; prescriptions filled; claims processed
  pharmacy claims processed; prescriptions filled; prescriptions dispensed
medical_membership []: medical membership; members; enrollees; covered lives; health plan members
  medical membership; total medical membership; total members; membership
crop_and_commodity_cost []: commodity costs; input costs; commodity inflation
  commodity costs; input costs; raw material costs
headcount []: people work for; people work at; people does employ; people did employ; size of its workforce;
  workers does have;
  employ; workers;
  headcount; number of employees; employees; full-time employees; workforce size; how many employees;
  how many people; staff numbers
  number of employees; employees worldwide; people employed; full-time employees; total employees; employees;
  headcount; average number of employees
capacity []: production capacity; plant capacity; capacity utilization; utilisation
  capacity; production capacity; capacity utilization; nameplate capacity
price_to_earnings []: p/e ratio; price to earnings
  earnings per share; market price; price/earnings ratio
market_capitalization []: market capitalization; market cap; aggregate market value; market value of common equity
  aggregate market value; market capitalization; held by non-affiliates
share_price []: share price; stock price; closing price; high and low prices; stock price range
  closing price; high; low; market price; share price
dividend_yield []: dividend yield
  dividend yield; dividends per share; market price
adjusted_earnings []: adjusted earnings; adjusted net income; adjusted profit; core earnings; underlying profit;
  adjusted eps;
  non-gaap eps; adjusted diluted eps; underlying earnings; non-gaap net income; non-gaap earnings
  adjusted net income; adjusted eps; adjusted earnings per share; non-gaap net income;
  adjusted diluted earnings per share;
  underlying profit; non-gaap diluted eps
adjusted_ebit []: adjusted ebit; adjusted operating income; adjusted operating profit; underlying operating profit;
  non-gaap operating income; core operating profit
  adjusted ebit; adjusted operating income; adjusted operating profit; non-gaap operating income
adjusted_ebitda []: adjusted ebitda; adjusted ebitdar; ebitdar; adjusted property ebitdar; underlying ebitda;
  non-gaap ebitda
  adjusted ebitda; adjusted ebitdar; adjusted property ebitdar; consolidated adjusted ebitdar; underlying ebitda
adjusted_free_cash_flow []: adjusted free cash flow; adjusted fcf
  adjusted free cash flow; free cash flow
segment_result []: segment profit; segment income; segment operating income; segment earnings; segment operating profit
  segment operating income; segment profit; total segment operating income; operating income by segment;
  segment earnings
equity_awards []: stock options outstanding; restricted stock units; rsus; unvested awards; options granted
  granted; vested; forfeited; restricted stock units; options outstanding; unvested at end of year
pension_obligation []: pension obligation; projected benefit obligation; pbo; benefit obligation; funded status;
  plan assets;
  defined benefit obligation
  projected benefit obligation; benefit obligation at end of year; fair value of plan assets; funded status;
  plan assets;
  defined benefit obligation
pension_cost []: pension cost; net periodic benefit cost; pension expense; service cost
  net periodic benefit cost; service cost; interest cost; expected return on plan assets; net periodic pension cost
benefit_payments []: benefit payments; expected benefit payments; pension payments; retiree benefits
  estimated future benefit payments; pension benefits; health care and life; expected benefit payments
derivatives_notional []: notional amount; notional value; derivative instruments; derivatives; hedging instruments;
  swaps
  notional amount; interest rate swaps; cross currency swaps; foreign exchange forwards;
  fair value of derivative instruments;
  total derivative instruments
unrecognized_tax_benefits []: unrecognized tax benefits; uncertain tax positions; tax reserves
  unrecognized tax benefits; uncertain tax positions; gross unrecognized tax benefits
purchase_obligations []: purchase obligations; contractual obligations; purchase commitments; commitments
  purchase obligations; total contractual obligations; purchase commitments; contractual obligations
warranty_reserve []: warranty reserve; product warranty; warranty liability; warranty accrual; warranty costs
  product warranty liability; warranty accrual; warranties; product warranties
customer_concentration []: largest customer; customer concentration; major customers; ten percent customers
  significant customers; concentration of credit risk; major customers; customers
emissions []: emissions; greenhouse gas; carbon footprint; scope 1; co2; scope 2; scope 3
  scope 1; scope 2; greenhouse gas emissions; total emissions
"""
