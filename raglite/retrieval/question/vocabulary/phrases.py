"""Words of a question that name a statement, a form, or a place other than the primary statements."""

from raglite.model import Statement

STATEMENT_WORDS = (
    (Statement.CASH_FLOW_STATEMENT, ("cash flow statement", "cashflow statement", "statement of cash flow")),
    (
        Statement.INCOME_STATEMENT,
        tuple(
            "income statement; statement of income; statement of operation; statement of earning; p&l; "
            "profit and loss account; profit and loss statement; statement of profit or loss".split("; ")
        ),
    ),
    (Statement.BALANCE_SHEET, ("balance sheet", "statement of financial position", "statement of financial condition")),
    (Statement.COMPREHENSIVE_INCOME, ("statement of comprehensive income", "statement of comprehensive loss")),
    (
        Statement.CHANGES_IN_EQUITY,
        ("changes in equity", "statement of shareholders' equity", "statement of stockholders' equity"),
    ),
)

# Words that say: not the primary statements, but a note, a segment table or a reconciliation.
ELSEWHERE = tuple(
    "adjusted; non gaap; underlying; pro forma; segment; division; region; geographic; country; category; categorie; "
    "by product; exclude; excluding; organic; constant currency; domestic".split("; ")
)

# A kind of document: how questions name it, and the forms it comes as.
FORM_WORDS = {
    "10-K": (("10 k", "10k"), ("10-K", "10-KT")),
    "annual": (("annual report", "annual filing", "yearly report"), ("10-K", "20-F", "40-F", "annual report")),
    "10-Q": (("10 q", "10q", "quarterly filing"), ("10-Q", "10-QT")),
    "interim": (("quarterly report", "interim report", "half year report"), ("10-Q", "6-K", "interim report")),
    "8-K": (("8 k", "8k", "current report"), ("8-K",)),
    "20-F": (("20 f", "20f"), ("20-F",)),
    "40-F": (("40 f", "40f"), ("40-F",)),
    "6-K": (("6 k", "6k"), ("6-K",)),
    "proxy": (("proxy statement", "proxy", "def 14a"), ("DEF 14A",)),
    "release": (("earnings release", "press release", "results announcement", "earnings report"), ("release", "8-K")),
}

# Words that ask for reasons, which stand in management's discussion and not in the statements.
REASONS = tuple(
    "why; drove; driver; driven; reason; due to; because; caused; explain; explains; attributable to; contributed to; "
    "contributor; factor; led to; impacted; affected".split("; ")
)

# What is written out in filings and seldom in questions.
ABBREVIATIONS = {
    "ceo": "chief executive officer",
    "cfo": "chief financial officer",
    "coo": "chief operating officer",
    "cto": "chief technology officer",
    "m&a": "mergers acquisitions divestitures",
    "fx": "foreign exchange currency",
    "usa": "united states",
    "us": "united states",
    "uk": "united kingdom",
    "esg": "environmental social governance",
    "hr": "human resources",
    "ipo": "initial public offering",
    "ip": "intellectual property",
    "jv": "joint venture",
    "jvs": "joint ventures",
    "rsu": "restricted stock units",
    "rsus": "restricted stock units",
    "rpo": "remaining performance obligations",
    "mda": "management's discussion and analysis",
    "md&a": "management's discussion and analysis",
    "covid": "covid-19 pandemic",
    "ai": "artificial intelligence",
    "vat": "value added tax",
    "pbo": "projected benefit obligation",
    "ltip": "long-term incentive plan",
    "agm": "annual general meeting",
}

# What stands for a row only beside another: "debt to equity", "gross profit as a share of assets".
RATIO_SIDES = (
    ("total_assets", ("asset", "assets")),
    ("total_equity", ("equity",)),
    ("total_debt", ("debt",)),
    ("total_liabilities", ("liabilities",)),
)
