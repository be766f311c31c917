"""The parts of a question for a number: what is asked, what its words are to mean, and what says nothing of it."""

import re
from collections.abc import Iterator
from itertools import islice

from raglite.retrieval.figures.word_kinds import METRIC, OPERATOR, ROW, YEAR
from raglite.retrieval.figures.wording import words

MOST_REMARKS = 4  # brackets and definitions of one question that are looked at
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_COUNT = r"(?:\d+|one|two|three|four|five|six|nine|ten|twelve|thirteen|twenty[- ]six|thirty[- ]nine|52|53)"
# What says nothing of the number itself: units to answer in, remarks on where it stands, and periods, read elsewhere.
_ASIDES = re.compile(
    r"\([^()]*\b(?:usd|million|billion|thousand|dollar|percent|decimal)[^()]*\)|\([^()]*[%$]\)"
    r"|\((?:from|as|shown|in|using|per|see|on|found|taken|also|i\.e\.|e\.g\.)\b[^()]*\)"
    rf"|(?:\b(?:quarter|period|{_COUNT}[- ](?:months?|weeks?)),? )?(?:(?:period )?end(?:ed|ing) |to |through )?(?:on )?"
    rf"(?:\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d|\b\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? (?:19|20)\d\d"
    rf"|\b\d{{4}}-\d\d-\d\d\b|\b{_MONTH} (?:19|20)\d\d(?: quarter)?\b)"
    rf"|\b(?:\d+|two|three|four|five|ten)[- ]years?\b(?![- ]ends?)|\b(?:six|nine|three|twelve)[- ]months?\b"
    r"|\b(?:[qh][1-4]|[1-4][qh])(?: ?'?\d\d)?\b|\b(?:first|second|third|fourth) quarter\b"
    r"|\b(?:first half|half[- ]year)\b|\bfirst (?:three|six|nine) months\b|\b[69]m\b",
    re.IGNORECASE,
)
# How the answer is to be written.
_SAY = (
    r"(?:round(?:ed|ing)?|given?|shown?|express(?:ed)?|stated?|report(?:ed)?|reply|answer(?:ed)?|respond|writ(?:e|ten))"
)
_IT = r"(?: (?:it|this|that|(?:the|your) (?:result|answer|figure|number|ratio)))?"
_MONEY = (
    r"(?:us |usd )?(?:usd|dollars?|thousands?|millions?|billions?|percent)(?: of)?"
    r"(?: (?:us )?(?:usd|dollars?|eur|euros?))?"
)
_FORMAT = re.compile(
    rf"(?:,? ?(?:and )?(?:please )?\b{_SAY}\b{_IT})?(?: ?\bas an? (?:percent(?:age)?|ratio|number|decimal)\b)?"
    r"(?: ?\b(?:to|with|at|in|using)\b)?(?: the nearest)?,? ?\b(?:one|two|three|\d|a single) (?:decimal|digit)s?"
    r"(?: places?| points?| digits?)?\b"
    r"|,? ?\b(?:and )?nothing else\b|,? ?\bas an? percentage\b(?! of)|,? ?\brounded to the nearest \w+"
    rf"|,? ?\b(?:{_SAY}{_IT} )?(?:only )?in {_MONEY}\b",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"(?<!\w)\.?['\u2019]s\b")  # of a name that was taken out
_PURPOSE = re.compile(r"\bas (?:a )?part of (?:an?|the|our|my) [\w ]{3,40}?(?=[.,?;]|$)", re.IGNORECASE)
_CAME_FROM = re.compile(r"\b(?:how much|what amount) of (?=(.{3,40}?) came from )\1 came from", re.IGNORECASE)
_CASH_PAID = re.compile(
    r"\bhow much cash (?:did|was|has|have) (?:\w+ ){0,2}?(?:pay|paid|spend|spent|use|used)(?: (?:out|for|on|to))*\b",
    re.IGNORECASE,
)
_CURRENT_AND_LONG = re.compile(r"\b(current|short-term)( plus | and | \+ )(?=long-term debt\b)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.?!;])\s+")
_DEFINING = re.compile(
    r"\s*(?:please )?(?:use|take|define|divide|it is|this is|that is|formula"
    r"|(?:calculate|compute) (?:it|this) (?:as|by))\b:?\s*(?:(?:it|this|that) as\b)?",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"define (.{3,60}?) as (.+)|([^=]{3,60}?) ?(?:=|equals) ?(.+)"
    r"|([^=]{3,80}?) (?:\([^()]{1,12}\) )?(?:(?:is|are) )?(?:defined|calculated|computed|measured) (?:as|by)[: ]+(.+)",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r",? \(?(?:which is |here )?(?:defined|calculated|computed|measured|taken|meaning) (?:as|by)\b:?"
    r"| as(?= \()|,? \(?using\b|,? \((?:i\.e\.|that is),?|=",
    re.IGNORECASE,
)
_BALANCES = re.compile(r"\b(?:year[- ]end|ending|closing|opening|average)\b", re.IGNORECASE)
_BRACKETED = re.compile(r"\(([^()]*)\)")
_NAMES = frozenset({METRIC, ROW})


def plain(text: str) -> str:
    """Return a text without what says nothing of the number itself."""
    text = _PURPOSE.sub(" ", _POSSESSIVE.sub(" ", text))
    text = _CAME_FROM.sub(r"how much \1 from", text)
    text = _CASH_PAID.sub("how much cash paid for", " ".join(text.split()))
    return _CURRENT_AND_LONG.sub(r"\1 debt\2", _FORMAT.sub(" ", _ASIDES.sub(" ", text)))


def split(phrase: str) -> tuple[str, str]:
    """Return what is asked and the definition behind it: "free cash flow (operating cash flow less capex)"."""
    for match in islice(_INLINE.finditer(phrase), MOST_REMARKS):
        meaning = _balanced(phrase[match.end() :].strip(" ?."))
        if _computes(meaning) or (_says_something(meaning) and "using" not in match[0].lower()):
            return _defined(phrase[: match.start()], meaning)
    rest = phrase
    for one in islice(_BRACKETED.finditer(phrase), MOST_REMARKS):
        before, said = words(rest.partition(one[0])[0]), words(one[1])
        if not before or before[-1].kind not in {METRIC, ROW, YEAR}:
            continue
        if any(word.kind == OPERATOR for word in said):
            return rest.replace(one[0], " ", 1), one[1]
        if set(said) <= set(before) or one[1].strip().lower() == "net":
            rest = rest.replace(one[0], " ", 1)
    return rest, ""


def _defined(head: str, meaning: str) -> tuple[str, str]:
    """Return both; what stands behind a formula is only its name: "revenue less costs (that is, gross profit)"."""
    return (head, "") if _computes(head) and not _computes(meaning) else (head, meaning)


def definitions(text: str, subject: str) -> Iterator[tuple[str, str]]:
    """Yield what sentences define, and as what; one that names nothing defines the subject: "Use A over B"."""
    for sentence in _SENTENCE.split(text):
        match = _DEFINING.match(sentence)
        named = _NAMED.search(sentence)
        if named:
            name, meaning = (group for group in named.groups() if group)
            names = [word.text for word in words(plain(name)) if word.kind in _NAMES]
            if names:
                yield names[-1], plain(meaning).rstrip(".?! ")
        elif match and _computes(sentence[match.end() :]):
            yield subject, plain(sentence[match.end() :]).rstrip(".?! ")
        elif match and (_says_something(sentence[match.end() :]) or _BALANCES.search(sentence)):
            yield subject, ""  # "Use year-end inventories": something else than our formula, but not all of one


def without_definitions(text: str) -> str:
    """Return a text without the sentences that only define."""
    return " ".join(
        one for one in _SENTENCE.split(text) if "?" in one or not _DEFINING.match(one) or not _computes(one)
    )


def _says_something(text: str) -> bool:
    """Tell whether a text names anything that a number could be computed from."""
    return any(word.kind in {METRIC, OPERATOR} for word in words(plain(text)))


def _computes(text: str) -> bool:
    return any(word.kind == OPERATOR for word in words(plain(text)))


def _balanced(text: str) -> str:
    """Return a text without the closing brackets that it does not open."""
    return text[:-1] if text.endswith(")") and text.count(")") > text.count("(") else text
