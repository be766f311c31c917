"""How filings write currencies and scales."""

import re

SCALES = {
    "thousand": 1_000, "000": 1_000, "k": 1_000, "lakh": 100_000, "lac": 100_000, "million": 1_000_000,
    "mn": 1_000_000, "mm": 1_000_000, "m": 1_000_000, "mio": 1_000_000, "crore": 10_000_000,
    "billion": 1_000_000_000, "bn": 1_000_000_000, "trillion": 1_000_000_000_000,
}  # fmt: skip
DOLLAR = "$"  # of which country is decided by what else a document says
# ISO 4217 codes by the words and signs for them.
_CURRENCIES = {
    "USD": r"US ?\$|USD|U\.?S\.? dollars?|United States dollars?",
    "CAD": r"C\$|CA?D?\$|CAD|Canadian dollars?|Canadian \$",
    "AUD": r"AU?D?\$|AUD|Australian dollars?",
    "NZD": r"NZ\$|NZD|New Zealand dollars?",
    "HKD": r"HKD?\$|HKD|Hong Kong dollars?",
    "SGD": r"S\$|SGD|Singapore dollars?",
    "TWD": r"NT\$|TWD|New Taiwan dollars?",
    "BRL": r"R\$|BRL|(?:Brazilian )?reais|Brazilian real",
    "MXN": r"MX\$|Ps\.|MXN|(?:Mexican )?pesos",
    "EUR": r"\u20ac|EUR|euros?",
    "GBP": r"\u00a3|GBP|pounds? sterling|sterling",
    "CHF": r"CHF|Swiss francs?",
    "CNY": r"RMB|CNY|Renminbi|yuan",
    "JPY": r"\u00a5|JPY|(?:Japanese )?yen",
    "INR": r"\u20b9|Rs\.?|INR|(?:Indian )?rupees",
    "KRW": r"\u20a9|KRW|(?:Korean )?won",
    "SEK": r"SEK|Swedish kron[ao]r?",
    "NOK": r"NOK|Norwegian kroner?",
    "DKK": r"DKK|Danish kroner?",
    "MYR": r"(?-i:RM)|MYR|ringgit",
    "IDR": r"Rp\.?|IDR|(?:Indonesian )?rupiah",
    "ZAR": r"ZAR|(?:South African )?rand|(?-i:R)",
    "ILS": r"NIS|ILS|(?:new )?(?:Israeli )?shekels?",
    "PLN": r"PLN|zloty",
    DOLLAR: r"\$|dollars?",
}
MONEY = "|".join(_CURRENCIES.values())
_CODE = re.compile(
    "|".join(f"(?P<{'dollar' if code == DOLLAR else code}>{words})" for code, words in _CURRENCIES.items()),
    re.IGNORECASE,
)


def code_at(text: str, start: int) -> str:
    """Return the ISO 4217 code of the currency that is written at `start`, DOLLAR for a bare one."""
    match = _CODE.match(text, start)
    code = match.lastgroup if match else None
    return DOLLAR if code in {None, "dollar"} else str(code)
