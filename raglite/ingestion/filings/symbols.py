"""Under which symbols a company's shares are traded, as its cover or its text says. Pure, linear in the text."""

import re
from collections.abc import Iterator, Sequence

from raglite.ingestion.filings.company_in_text import listings
from raglite.ingestion.filings.exchanges import EXCHANGE
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.found import INFERRED, SAID, Found
from raglite.ingestion.filings.legal_names import core

_SYMBOL = r"[A-Z]{1,5}(?:[.\- ][A-Z])?"
_HEADER = re.compile(r"\b(?:trading|ticker) symbol", re.IGNORECASE)
_TABLE_END = re.compile(r"section 12\(g\)|indicate by check|securities for which", re.IGNORECASE)
_TABLE_LINES = 40
_EXCHANGE = r"(?:the )?(?:new york|nyse|nasdaq|chicago|london|boston|cboe|american|toronto|tsx|euronext|national|otc)"
_BEFORE_EXCHANGE = re.compile(rf"(?<![\w/.])(?P<symbol>{_SYMBOL}) (?i:{_EXCHANGE})")
_OTHER_CLASS = re.compile(
    r"notes?\b|debentures?|bonds?\b|preferred|preference|warrants?|rights?\b|\bdue\b|%", re.IGNORECASE
)
_SAID = re.compile(
    r"(?i:\b(?:under the |its |the )?(?:ticker|trading|stock|nasdaq|nyse)? ?(?:symbols?|ticker)(?: is| of)?)"
    rf"[ :]{{1,3}}\"?(?P<symbol>{_SYMBOL})(?![\w'])"
)
_SAID_CHARACTERS = 200_000
_ON_A_LINE = re.compile(rf"\b(?:{EXCHANGE})(?: [A-Z][a-z]+){{0,3}}(?: share code)?: ?(?P<symbol>{_SYMBOL})(?!\w)")
_LONGEST_LINE = 60
_IN_BRACKETS = re.compile(
    rf"(?:^[^:]{{0,30}}: ?|[;,/] ?(?:(?:and )?(?:{EXCHANGE})[\w -]{{0,30}}: ?)?|: ?)\"?"
    r"(?P<symbol>[A-Z][A-Z0-9&]{0,9}(?:[.\- ][A-Z])?)(?!\w)(?!:)"
)
_NO_SYMBOL = frozenset(
    "STOCK SHARE SHARES VALUE PAR UNIT UNITS CLASS COMMON NONE THE ON OF INC CORP PLC LLC LTD NYSE OR AND EACH NAME ADS"
    " ADSS NA NEW YORK TITLE REGISTERED TRADING SYMBOL US USA".split()
)


def read_symbols(text: FilingText, company: str | None) -> list[Found[str]]:
    """Return the symbols of the company's own shares, not those of its notes or of others that it speaks of."""
    found = [*_of_table(text.lines), *_on_a_line(text.lines), *_in_brackets(text.body, company), *_said(text.body)]
    return [symbol for symbol in found if symbol.value not in _NO_SYMBOL]


def _of_table(lines: Sequence[str]) -> Iterator[Found[str]]:
    header = next((index for index, line in enumerate(lines) if _HEADER.search(line)), None)
    if header is None:
        return
    for line in lines[header + 1 : header + _TABLE_LINES]:
        if _TABLE_END.search(line):
            return
        alone = re.fullmatch(rf"(?P<symbol>{_SYMBOL})", line)
        match = alone or _BEFORE_EXCHANGE.search(line)
        if match and not _OTHER_CLASS.search(line):
            yield Found(match["symbol"], line, SAID)


def _on_a_line(lines: Sequence[str]) -> Iterator[Found[str]]:
    for line in lines:
        if len(line) <= _LONGEST_LINE:
            yield from (Found(match["symbol"], line, SAID) for match in _ON_A_LINE.finditer(line))


def _in_brackets(body: str, company: str | None) -> Iterator[Found[str]]:
    """Read "Acme Corp. (NYSE: ACM)" where that is the filing's own company."""
    for name, symbols, words in listings(body[:_SAID_CHARACTERS]):
        if company is not None and core(company)[0].lower() in name.lower():
            yield from (Found(match["symbol"], words, SAID) for match in _IN_BRACKETS.finditer(symbols))


def _said(body: str) -> Iterator[Found[str]]:
    """Read "under the symbol ACM", the first time only: later ones may be others'."""
    match = _SAID.search(body[:_SAID_CHARACTERS])
    if match:
        yield Found(match["symbol"], match[0], INFERRED)
