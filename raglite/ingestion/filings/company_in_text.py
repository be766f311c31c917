"""The company's name where no cover of the commission says it: headlines, running titles, lines of copyright."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from raglite.ingestion.filings.exchanges import EXCHANGE
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.legal_names import (
    SUFFIX,
    WRITTEN_FORM,
    clean,
    core,
    is_legal_name,
    is_name,
    trailing_name,
)

_LISTED = re.compile(rf"\((?:the )?(?:{EXCHANGE})(?P<symbols>[^()]{{2,60}})\)")
_BEFORE_LISTING = 140  # characters
_VERB = r"reports|announces?|reported|announced|delivers?|posts?|releases|provides?|publishes"
_HEADLINE = re.compile(rf"(?P<name>[A-Za-z0-9][^\n:;()]{{1,80}}?) (?:today )?(?:{_VERB})\b", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:About|ABOUT) (?P<name>[A-Z0-9][\w&.,'\- ]{1,60})$", re.MULTILINE)
_LABELLED = re.compile(
    r"^(?:\d[\d().a-z]{0,8}\.? )?(?:company (?:conformed )?name|(?:full )?name of (?:the )?(?:company|registrant)"
    r"|issuer|(?:entity )?registrant name|entity(?: name)?|(?P<bare>company))\s?:\s?(?P<name>[^\n]{2,80})",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"(?:\u00a9|\bcopyright\b|\(c\)(?= ?\d{4}))(?: ?copyright| ?\u00a9| ?\(c\))? ?"
    r"(?:\d{4}(?:[-\u2013]\d{4})?,? ?(?:by )?)?(?-i:(?P<name>[A-Z\u00c0-\u00de][\w&.,'/\- ]{1,70}))",
    re.IGNORECASE,
)
_RUNNING_TITLE = re.compile(
    rf"(?:^|\d |\| ?)(?P<name>[A-Z0-9][\w&.,'/\- ]{{1,60}} (?:{SUFFIX})\.?) ?\|? ?"
    r"(?:annual|integrated|interim|half-year)[^\n]{0,20}(?:report|accounts|review)",
    re.IGNORECASE | re.MULTILINE,
)
_IN_TEXT = re.compile(rf"(?<![\w.])(?:[A-Z][\w&'\-]*,? ){{1,5}}{WRITTEN_FORM}")
_LONGEST_HEADLINE_NAME = 6  # words; more are a clause
_LISTING_CHARACTERS = 20_000
_TIMES_OFTEN = 3
_TIMES_OFTEN_IF_ALONE = 2
_SHORT_DOCUMENT = 20_000  # characters
_FEWEST_USES = 2
_NOT_BEFORE_A_NAME = frozenset(
    "the a an this that these those our your their his her its each every all no any some in".split()
)
_TITLE_LINES = 12
OF_REPORTS = (
    r"reports?|results?|contents|review|strateg\w+|overview|statements?|financial|presentation|release|quarter|half|year"
    r"|annual|letter|notes?|highlights|january|february|march|april|may|june|july|august|september|october|november"
    r"|december"
)
_CAPITALISED = re.compile(r"[A-Z0-9][\w&.'-]*(?: (?:[A-Z0-9&][\w&.'-]*|of|and)){0,3}")
_SHORT_TITLE = re.compile(rf"(?!.*\b(?:{OF_REPORTS})\b)\w[\w&.'-]*(?: [\w&.'-]+){{0,4}}", re.IGNORECASE)


def listings(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each "Acme Corp. (NYSE: ACM)": the name before, what follows the exchange, and all the words."""
    for match in _LISTED.finditer(text):
        before = text[max(0, match.start() - _BEFORE_LISTING) : match.start()]
        words = re.split(r"[:;()]", re.sub(r",? ?\([^()]{1,60}\) ?$", "", before))[-1]
        name = trailing_name(words.rsplit("\n", 1)[-1])
        name = name if is_legal_name(name) else trailing_name(words)
        yield name, match["symbols"], f"{name} {match[0]}"


def listed(text: FilingText) -> str | None:
    """Read the name that an exchange and a symbol follow."""
    return next((name for name, _, _ in listings(text.body[:_LISTING_CHARACTERS]) if name), None)


def labelled(text: FilingText) -> str | None:
    """Read the name after "Company name:"."""
    matches = [match for line in text.lines if (match := _LABELLED.match(line))]
    names = ((clean(match["name"]), match["bare"]) for match in matches)
    return next((name for name, bare in names if not bare or is_legal_name(name)), None)


def titled(text: FilingText) -> str | None:
    """Find a line that is nothing but a name with a legal suffix."""
    return next((line for line in map(clean, text.lines) if is_name(line) and is_legal_name(line)), None)


def running_title(text: FilingText) -> str | None:
    """Read the name that pages bear beside the report's title."""
    return most_common(clean(match["name"]) for match in _RUNNING_TITLE.finditer(text.body))


def copyright_holder(text: FilingText) -> str | None:
    """Read the name in a line of copyright."""
    names = (_leading_name(match["name"]) for match in _COPYRIGHT.finditer(text.body))
    return most_common(name for name in names if name)


def headline(text: FilingText) -> str | None:
    """Read who "announces results", or whom the last paragraph is about."""
    for line in text.lines[:_TITLE_LINES]:
        match = _HEADLINE.match(clean(line))
        name = match["name"] if match else ""
        if name and trailing_name(name) == name and is_name(name) and len(name.split()) <= _LONGEST_HEADLINE_NAME:
            return name
    match = _ABOUT.search(text.body)
    return clean(match["name"]) if match and len(match["name"].split()) <= _LONGEST_HEADLINE_NAME else None


def repeated_title(text: FilingText) -> str | None:
    """Find the short line of the first page that the other pages bear or speak of most often."""
    titles = [line for line in map(clean, text.lines[:_TITLE_LINES]) if is_name(line) and _SHORT_TITLE.fullmatch(line)]
    named = [line for line in titles if is_spoken_of(line, text.body) or _heads_pages(line, text)]
    times = {line: len(re.findall(rf"(?<!\w){re.escape(line)}(?!\w)", text.body)) for line in named}
    name = max(times, key=lambda line: times[line], default="")
    return name if times.get(name, 0) >= _TIMES_OFTEN else None


def _heads_pages(line: str, text: FilingText) -> bool:
    alone = len(re.findall(rf"^{re.escape(line)}$", text.body, re.MULTILINE))
    return min(text.page_count, alone) >= _TIMES_OFTEN and bool(_CAPITALISED.fullmatch(line))


def often_named(text: FilingText) -> str | None:
    """Find the legal name that the text bears most often; in a short one the only name need not stand so often."""
    counted = _without_words_before(Counter(legal_names(text.body)))
    name, times = next(iter(counted.most_common(1)), ("", 0))
    alone = len({tuple(core(other)) for other in counted}) == 1 and len(text.body) <= _SHORT_DOCUMENT
    return name if times >= (_TIMES_OFTEN_IF_ALONE if alone else _TIMES_OFTEN) else None


def _without_words_before(counted: Counter[str]) -> Counter[str]:
    """Count "Seller Acme Corp." as Acme Corp., if that is named too."""
    merged: Counter[str] = Counter()
    for name, times in counted.items():
        words = name.split()
        ends = (" ".join(words[start:]) for start in range(len(words) - 2, 0, -1))
        merged[next((end for end in ends if end in counted), name)] += times
    return merged


def legal_names(text: str) -> list[str]:
    """Return every legal name within `text`, repeats kept."""
    return [name for match in _IN_TEXT.finditer(text) if (name := clean(match[0]))]


def is_spoken_of(name: str, body: str) -> bool:
    """Tell whether sentences speak of `name` as of somebody: seldom with an article, or as of a place ("in Berlin")."""
    uses = re.findall(rf"(?:(\b[A-Za-z]+) )?(?<![\w-]){re.escape(name)}(?=[ '][\w])", body)
    within = [word.lower() for word in uses if word]
    otherwise = sum(word in _NOT_BEFORE_A_NAME for word in within)
    return len(uses) >= _FEWEST_USES and len(within) > 2 * otherwise


def _leading_name(words: str) -> str | None:
    """Return the legal name that a piece of text begins with."""
    found = list(re.finditer(rf"(?:^|[ ,])(?:{SUFFIX})\b\.?", words, re.IGNORECASE))
    return clean(words[: found[0].end()]) if found else None


def most_common(names: Iterable[str]) -> str | None:
    """Return the name that occurs most often."""
    return next((name for name, _ in Counter(names).most_common(1)), None)
