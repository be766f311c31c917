"""What is asked, apart from how to answer: roles, rounding, sources and definitions are no topics of a question."""

import re

_ASKS = r"what|how|which|who|whom|when|where|why|does|do|did|is|are|was|were|has|have|had|can|in"
_SENTENCE_END = re.compile(rf"(?<=[.?!])\s+(?=[A-Z])|(?<=:)\s+(?=(?:{_ASKS})\b)", re.IGNORECASE)
# Sentences that never hold the question, and those that do unless a question stands beside them.
_INSTRUCTION = re.compile(
    r"(?:please |and )?(?:answer|round|respond|base|provide (?:a|the|your) (?:response|answer)|assume|you are|act as"
    r"|as an? (?:\w+ ){0,3}(?:analyst|investor)|here'?s|we need to|show your|keep in mind|do not|don't|note that"
    r"|explain (?:your|why|if)|if\b.{0,120}(?:\bnot\b|n't\b))",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"(?:please |and )?(?:give|provide|use|utilize|calculate|compute|express|state|report|i need|i want|i am)\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"(?:define\b|.{0,100}\b(?:is|are|as) (?:defined|calculated|computed|measured|given) (?:as|by)\b"
    r"|.{0,60}\b(?:equals|formula)\b|.{0,60}=)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\((?:in|as|round|rounded|rounding|use|using|express|expressed|answer|to|give)\b[^()]{0,100}"
    r"(?:units?|usd|eur|gbp|%|percent\w*|millions?|billions?|thousands?|decimals?|dollars|round\w*)[^()]{0,60}\)",
    re.IGNORECASE,
)
_LEADING_CLAUSE = re.compile(
    r"(?:when (?:primarily )?(?:referencing|considering)|according to|in (?:agreement|accordance) with|based (?:up)?on"
    r"|by (?:relying|drawing|looking)|using|looking at|from)\b[^,?]{0,160}, ?",
    re.IGNORECASE,
)


def asked(query: str) -> str:
    """Return the query without the sentences and the opening clause that tell how to answer; never nothing."""
    told = [one for one in _SENTENCE_END.split(query) if not _INSTRUCTION.match(one) and not _DEFINITION.match(one)]
    questions = (
        [one for one in told if "?" in one or not _REQUEST.match(one)] if any("?" in one for one in told) else told
    )
    kept = _ASIDE.sub(" ", " ".join(_opened(one) for one in questions))
    return " ".join((kept or query).split())


def definitions(query: str) -> str:
    """Return the sentences that define what is asked for: "Working capital is defined as ..."."""
    return " ".join(one for one in _SENTENCE_END.split(query) if _DEFINITION.match(one))


def _opened(sentence: str) -> str:
    clause = _LEADING_CLAUSE.match(sentence)
    return sentence[clause.end() :] if clause else sentence
