"""What the words of a question for a number are: metrics, operators, functions, and those that change nothing. Data."""

from raglite.retrieval.question.vocabulary import METRICS, RATIO_SIDES
from raglite.retrieval.question.wording import Lexicon

METRIC, ROW, YEAR, NUMBER, OPERATOR, FUNCTION, JOIN, PRIOR, SKIP, BREAK, UNKNOWN = (
    "metric", "row", "year", "number", "operator", "function", "join", "prior", "skip", "break", "unknown",
)  # fmt: skip
_SHARES = ("%", "percent", "percentage", "share", "fraction", "proportion", "ratio", "portion")
# Words that change nothing of a number that is asked for.
_SKIPPED = (
    "the a an of for in at on its their his our total amount value annual yearly year end ended ending fiscal "
    "year-end full reported unadjusted gaap figure during as balance ratio rate period quarter company group firm "
    "corporation what's how much many high large big fast please both overall whole respective calculate compute "
    "determine find state give report tell me provide it they by about approximately roughly actually that which "
    "usd dollar eur euro gbp thousand million billion unit u.s u.s. us sheet show exactly only just across percent "
    "percentage term % 's $ did do doe pull extract quote fetch need where i we my with within according inc inc. "
    "plc ltd llc corp l.p l.p."
)
_SKIPPED_PHRASES = (
    "percentage points; percentage point; work out; look up; i need one number; my model; according to; "
    "geographic split; geographic breakdown; "
    "line item; last two year ends; balance sheet; income statement; cash flow statement; "
    "statement of cash flows; statement of income; statement of operations; statement of earnings; "
    "statement of financial position; profit and loss statement; consolidated; under gaap; year end; "
    "two year ends; two year-ends; of the two year ends; as of; close of; end of; year's end; beginning and end; "
    "beginning and ending; beginning and at the end; opening and closing; start and end; start and the end; "
    "beginning and the end; how many times; how many times over; times over; annual report; latest annual report; "
    "10-k; 10-q; 10k; 10q; form 10-k; form 10-q; earnings release; press release; add back to net income; "
    "added back to net income; adding back; add back; financial statements; us gaap; u.s. gaap; add up; in total; "
    "all told"
)
# Words between two things: what stands on both sides of one is not the name of one row.
_VERBS = (
    "what is are was were be been have has had will record generate generated earn earned spend spent pay paid "
    "incur incurred post posted hold held carry carried book booked achieve achieved there put came come make made "
    "take took see saw recognize recognized represent represented return returned produce produced use used own "
    "owed owe end up account accounted use using given stand stood going went reach reached collect collected "
    "charged"
)
_VERB_PHRASES = "came from; come from; made up; make up; put into; pay out; paid out; return to; account for; bring in"
_WORDS = (
    (f"{OPERATOR} /", [f"as {article}{word} of" for article in ("", "a ", "an ") for word in _SHARES]),
    (f"{OPERATOR} /", ["as a multiple of", "relative to", "cover", "covered", "as a part of"]),
    (f"{OPERATOR} over", ["divided by", "over"]),
    (f"{OPERATOR} /", [f"{word} of" for word in ("%", "percent", "percentage", "share", "portion", "proportion")]),
    (f"{OPERATOR} *", ["multiplied by", "times", "x"]),
    (f"{OPERATOR} +", ["plus", "added to"]),
    (f"{OPERATOR} -", ["minus", "less", "net of"]),
    (f"{FUNCTION} average", ["average", "mean", "averaged", "average of"]),
    (f"{FUNCTION} growth", ["growth rate", "growth", "rate of growth", "percentage change", "percent change"]),
    (f"{FUNCTION} growth", ["% change", "percentage increase", "percent increase", "percentage decrease"]),
    (f"{FUNCTION} growth", ["rate of change"]),
    (f"{FUNCTION} change", ["change", "increase", "decrease", "decline", "drop", "grow", "grew", "rise", "rose"]),
    (f"{FUNCTION} change", ["changed", "increased", "decreased", "declined", "grown"]),
    (f"{FUNCTION} change", ["fall", "fell", "shrink", "shrank"]),
    (f"{FUNCTION} change", ["go up or down", "develop", "developed", "evolve", "evolved"]),
    (f"{FUNCTION} change", ["grow or shrink", "rise or fall", "increase or decrease", "go up", "go down", "change in"]),
    (f"{FUNCTION} difference", ["difference"]),
    (f"{FUNCTION} sum", ["sum", "combined", "together", "add up"]),
    (f"{FUNCTION} cagr", ["cagr", "compound annual growth rate", "compounded annual growth rate"]),
    (f"{FUNCTION} cagr", ["compound annual growth", "compounded annual growth", "compound growth rate"]),
    (f"{PRIOR} rate", ["year over year", "year on year", "yoy", "y/y", "year-over-year"]),
    (f"{PRIOR} year", ["prior year", "previous year", "preceding year"]),
    (f"{PRIOR} year", ["year before", "year earlier", "last year", "same quarter a year earlier", "year ago"]),
    (f"{PRIOR} year", ["same quarter", "same period", "same quarter of the previous year"]),
    (f"{PRIOR} year", ["same quarter of the prior year", "same period of the prior year", "same quarter last year"]),
    (f"{JOIN} from", ["between", "from"]),
    (f"{JOIN} to", ["to", "through", "until", "versus", "vs", "compared to", "compared with", "against"]),
    (f"{JOIN} and", ["and"]),
    (SKIP, _SKIPPED.split()),
    (SKIP, _SKIPPED_PHRASES.split("; ")),
    (BREAK, _VERBS.split()),
    (BREAK, _VERB_PHRASES.split("; ")),
)  # fmt: skip
# Words that make another number of the one they stand by, in ways that no row's label can be trusted to tell.
_CHANGING = (
    "excluding; excl; except; exclude; excludes; without; per; or; not; if; ex; including; include; includes; "
    "organic; constant currency; pro forma; versus budget; guidance; expected; forecast; outlook; target; "
    "estimated; assuming; cumulative; second half; h2; year to date; trailing twelve months; ltm; ttm; peak; "
    "highest; lowest; largest; smallest; each; quarterly; monthly; before; after"
)
# Words that the vocabulary takes in a wider sense, to find pages by, than a figure can be given for.
_TOO_WIDE = (
    "profitability; profitable; overhead; direct costs; repurchase; total obligations; leverage; "
    "leverage ratio; financial leverage; debt ratio; liquidity ratio; liquidity profile; "
    "short-term liquidity; cost of debt; senior notes; pay in interest; paid in interest; pay in taxes; "
    "paid in taxes; pay in income taxes; ebitdar; adjusted ebitdar; adjusted property ebitdar; "
    "operating activities; investing activities; financing activities; cash and marketable securities; "
    "cash and investments; cash and short-term investments"
)
_SPENDING = (
    "purchases of",
    "purchase of",
    "additions to",
    "spending on",
    "spend on",
    "investment in",
    "expenditure on",
)
_PLANT = ("PP&E", "property, plant and equipment", "property and equipment", "property plant & equipment")
_BUYING = ("buy back", "buying back", "repurchase", "repurchasing", "repurchases of", "purchases of")
_OWN = ("", "its ", "its own ", "own ", "their own ")
_STOCK = ("stock", "shares", "common stock", "treasury stock", "treasury shares")
_RESULTS = ("earnings", "profit", "income", "result")
_PER_SHARE = ("earnings", "income", "loss", "net income", "net loss", "net earnings", "profit")
_TAXES = ("tax", "taxes", "income tax", "income taxes", "taxation")
# Labels of parts, and of more than the metric that the vocabulary finds pages by: a row of just these words is meant.
_AS_PRINTED = (
    "goodwill and other intangible assets; cash cash equivalents and restricted cash; cost of services; "
    "cost of products; costs of products sold; cost of products sold; selling and distribution expenses; "
    "administrative expenses; "
    "total revenues and other income; accounts payable and accrued liabilities; payables and accrued liabilities; "
    "notes payable net; capital expenditures including capitalized software; total costs and expenses; interest cost; "
    "purchases of property and equipment and intangible assets; advances and progress billings; "
    "total long term debt including current maturities"
)
# Words of rows that the vocabulary has under another, and of none.
_STRICT = (
    (f"{METRIC} dividends_paid", ["dividends", "dividend", "cash dividends"]),
    (f"{METRIC} depreciation", ["depreciation", "depreciation expense"]),
    (f"{METRIC} amortization", ["amortization", "amortisation", "amortization expense"]),
    (f"{METRIC} amortization", ["amortization of intangible assets", "amortization of intangibles"]),
    (f"{METRIC} current_portion_of_long_term_debt", ["current portion of long-term debt", "current maturities"]),
    (f"{METRIC} current_portion_of_long_term_debt", ["current maturities of long-term debt"]),
    (f"{METRIC} current_portion_of_long_term_debt", ["long-term debt due within one year", "current portion of debt"]),
    (f"{METRIC} short_term_borrowings", ["short-term borrowings"]),
    (UNKNOWN, _AS_PRINTED.split("; ")),
    (f"{METRIC} current_debt", ["short-term debt and current portion", "debt maturing within one year"]),
    (f"{METRIC} current_debt", ["short-term debt and current portion of long-term debt", "current debt"]),
    (f"{METRIC} commercial_paper", ["commercial paper"]),
    (f"{METRIC} notes_payable", ["notes payable"]),
    (f"{METRIC} capital_expenditure", [f"{spent} {plant}" for spent in _SPENDING for plant in _PLANT]),
    (f"{METRIC} share_repurchases", [f"{buy} {own}{stock}" for buy in _BUYING for own in _OWN for stock in _STOCK]),
    (f"{METRIC} eps_diluted", [f"{kind} per share diluted" for kind in _PER_SHARE]),
    (f"{METRIC} eps_basic", [f"{kind} per share basic" for kind in _PER_SHARE]),
    (f"{METRIC} income_before_tax", [f"{kind} before {tax}" for kind in _RESULTS for tax in _TAXES]),
    (f"{METRIC} shares_diluted", ["diluted weighted average share count", "diluted share count"]),
    (f"{METRIC} cash", [f"cash {paid}{on}" for paid in ("paid", "spent", "used") for on in ("", " to", " for", " on")]),
    (SKIP, ["what did earn in"]),
    (UNKNOWN, _CHANGING.split("; ")),
    (UNKNOWN, _TOO_WIDE.split("; ")),
)  # fmt: skip
LEXICON = Lexicon.of(
    list(_STRICT)
    + [(f"{METRIC} {metric.id}", (*metric.words, metric.id.replace("_", " "))) for metric in METRICS.values()]
    + [(f"{METRIC} {metric.id}", [label for label in metric.labels if " " in label]) for metric in METRICS.values()]
    + list(_WORDS)
)
SIDES = Lexicon.of((f"{METRIC} {metric}", words) for metric, words in RATIO_SIDES)
REFUSED = frozenset((*_CHANGING.split("; "), *_TOO_WIDE.split("; ")))
# What may follow the name of a cost and changes nothing: "SG&A costs", "the income tax charge".
OF_COSTS = frozenset(
    {"cost", "costs", "charge", "charges", "expense", "expenses", "outlay", "outlays", "payments", "spending", "spend"}
)
