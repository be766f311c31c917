"""The company a filing is of, read from its first pages. Pure, and linear in the length of the text."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

_MARKER = re.compile(r"\(?\s?exact name of [^\n]{0,60}?(?:registrant|issuer|company|specified)", re.IGNORECASE)
_SUFFIX = (
    r"inc|incorporated|corp|corporation|company|co|plc|p\.l\.c|ltd|limited|llc|l\.l\.c|l\.p|lp|n\.v|nv|s\.a|sa|s\.e|se"
    r"|ag|ab|asa|oyj|s\.p\.a|spa|group|holdings?|trust|bancorp|partners|international"
)
_LEGAL_NAME = re.compile(rf"[A-Z0-9][^,:;()]{{0,80}},? (?:{_SUFFIX})\.?", re.IGNORECASE)
_TICKER = re.compile(
    r"(?P<name>[A-Z0-9][\w&.,'\u2019/\- ]{1,80}?),? ?"
    r"\((?:the )?(?:NYSE|NASDAQ|Nasdaq|AMEX|LSE|TSX|OTC|ASX|SIX|Euronext)[^()]{0,60}\)"
)
_VERB = r"reports?|announces?|reported|announced|delivers?|posts?|releases?|provides?|publishes"
_HEADLINE = re.compile(rf"(?P<name>[A-Za-z0-9][^\n:;()]{{1,80}}?) (?:today )?(?:{_VERB})\b", re.IGNORECASE)
_ABOUT = re.compile(r"about (?P<name>[A-Z0-9][\w&.,'\u2019\- ]{1,60})", re.IGNORECASE)
# Lines of a cover page that stand near the name and are not it.
_NOT_A_NAME = re.compile(
    r"commission|file (?:number|no)|transition period|fiscal year|period ended|year ended|washington|^form\b|pursuant|"
    r"securities|^\(|mark one|^or\b|annual report|quarterly report|current report|date of|for the |^exhibit|"
    r"table of contents|^page\b|identification|incorporation|\d{4}[- ]\d{4}|^united states$|^[^A-Za-z]*$",
    re.IGNORECASE,
)
_SMALL = {"and", "of", "the", "for", "in", "on", "de", "du", "des", "der", "und", "et", "plc", "plc."}
_KEEP_UPPER = {"USA", "US", "UK", "LLC", "LP", "N.V.", "NV", "S.A.", "SA", "SE", "AG", "AB", "ASA", "II", "III", "IV"}
_WORD = re.compile(r"[A-Za-z0-9][\w'\u2019.&-]*")
_LONGEST_NAME = 100


def company_name(lines: Sequence[str], body: str) -> str | None:
    """Return the legal name on the cover `lines`, cased as `body` writes it; None where no way of reading it works."""
    name = (
        _beside_marker(lines) or _above_state(lines) or _with_ticker(body) or _titled(lines) or _headline(lines, body)
    )
    return cased(name, body) if name else None


def cased(name: str, body: str) -> str:
    """Return an all-capitals name as people write it: as the body spells its words, else title case."""
    if not name.isupper():
        return name
    spelt = _spellings(name, body)
    words = (_cased_word(word, spelt[word.upper().rstrip(".,")], index) for index, word in enumerate(name.split()))
    return " ".join(words)


def clean(line: str) -> str:
    """Return a cover line without rules, bullets, footnote marks and trade marks around it."""
    tail = re.split(r"_{2,}|={3,}|-{3,}", line.strip(" _=-*"))[-1]
    return re.sub(r"[®™*†]|\(\d\)$", "", tail).strip(" _=-*•·|:;,")


def _beside_marker(lines: Sequence[str]) -> str | None:
    for index, line in enumerate(lines):
        match = _MARKER.search(line)
        if match:
            above = [clean(line[: match.start()]), *(clean(other) for other in lines[max(0, index - 3) : index][::-1])]
            return _joined(above) or _first_name(clean(other) for other in lines[index + 1 : index + 4])
    return None


def _joined(above: Sequence[str]) -> str | None:
    """Join a name that is broken over two lines: the lower one is a bare suffix or ends without the upper's start."""
    names = [line for line in above if line]
    if not names or not _is_name(names[0]):
        return None
    if len(names) > 1 and re.fullmatch(rf"(?:{_SUFFIX})\.?", names[0], re.IGNORECASE) and _is_name(names[1]):
        return f"{names[1]} {names[0]}"
    return names[0]


def _above_state(lines: Sequence[str]) -> str | None:
    """Read the name where it stands, unmarked, between the commission's file number and the state of incorporation."""
    for index, line in enumerate(lines):
        if re.search(r"commission file n", line, re.IGNORECASE):
            return _first_name(clean(other) for other in lines[index + 1 : index + 4])
    return None


def _with_ticker(body: str) -> str | None:
    match = _TICKER.search(body[:20_000])
    return _after_dash(match["name"]) if match else None


def _titled(lines: Sequence[str]) -> str | None:
    """Find a line that is nothing but a name with a legal suffix."""
    return next((line for line in map(clean, lines) if _is_name(line) and _LEGAL_NAME.fullmatch(line)), None)


def _headline(lines: Sequence[str], body: str) -> str | None:
    for line in lines[:12]:
        match = _HEADLINE.match(clean(line))
        if match and _is_name(match["name"]) and len(match["name"].split()) <= 6:  # noqa: PLR2004  a name, not a clause
            return match["name"]
    match = _ABOUT.search(body)
    return clean(match["name"]) if match and len(match["name"].split()) <= 6 else None  # noqa: PLR2004  as above


def _after_dash(name: str) -> str:
    """Cut the dateline ("Las Vegas, February 8 - ") that a release puts before the name."""
    return clean(re.split(r" [-\u2013\u2014]+ |[.!?] ", name)[-1])


def _first_name(lines: Iterable[str]) -> str | None:
    return next((line for line in lines if _is_name(line)), None)


def _is_name(line: str) -> bool:
    return 1 < len(line) <= _LONGEST_NAME and not _NOT_A_NAME.search(line)


def _spellings(name: str, body: str) -> defaultdict[str, Counter[str]]:
    """Count how the body's lines of mixed case spell each word of the name."""
    wanted = {word.upper().rstrip(".,") for word in name.split()}
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in body.splitlines():
        if not line.isupper():
            for word in _WORD.findall(line):
                bare = word.rstrip(".,")
                if bare.upper() in wanted and not bare.islower():
                    found[bare.upper()][bare] += 1
    return found


def _cased_word(word: str, spelt: Counter[str], index: int) -> str:
    bare = word.rstrip(".,")
    if bare.lower() in _SMALL and (index or bare.lower() == "plc"):
        return word.lower()
    if spelt:
        return spelt.most_common(1)[0][0] + word[len(bare) :]
    if bare in _KEEP_UPPER or any(letter.isdigit() for letter in bare) or not re.search("[AEIOUY]", bare):
        return word
    return "-".join(part.capitalize() for part in word.split("-"))
