"""What the name of a company looks like. Pure, and linear in the length of the text."""

import re

# How a company's legal form ends its name; and words that end names without one.
FORM_OF_COMPANY = (
    r"inc|incorporated|corp|corporation|co\. ?,? ?ltd|plc|p\.l\.c|ltd|limited|llc|l\.l\.c|l\.p|lp|n\.v|nv"
    r"|s\.a\.b\. de c\.v|s\.a\. de c\.v|s\.a|sa|s\.e|se|s\.p\.a|spa|s\.c\.a|ag|kgaa|ag & co\. kgaa|gmbh"
    r"|ab|asa|a/s|oyj|abp|bhd|berhad|kabushiki kaisha|k\.k|bancorp|bancshares|tbk"
)
WRITTEN_FORM = rf"(?![a-z]{{2}}\b)(?i:{FORM_OF_COMPANY})(?!\w)\.?"  # SE and SA are legal forms, "se" and "sa" words
SUFFIX = rf"{FORM_OF_COMPANY}|company|co|group|holdings?|trust|partners|international"
_NAME_WITH = r"\w[^,:;()|]{{0,80}}(?:,[^,:;()|]{{1,30}})?,? (?:{0})\.?"
_LEGAL_NAME = re.compile(_NAME_WITH.format(FORM_OF_COMPANY), re.IGNORECASE)
_NAME_WITHOUT_FORM = re.compile(r"(?![a-z])" + _NAME_WITH.format(f"(?i:{SUFFIX})"))
_BEGUN_NAME = re.compile(
    r"(?:the )?(?:(?:royal |national )?bank of|banco|banca|grupo|groupe|gruppo|compagnie|companhia|compa\u00f1\u00eda"
    r"|pt|sociedad|soci\u00e9t\u00e9|caixa|cr\u00e9dit)(?: [\w&.'-]+){1,5}",
    re.IGNORECASE,
)
# Lines of a cover page that stand near the name and are not it.
_NOT_A_NAME = re.compile(
    r"commission|file (?:number|no)|transition period|fiscal year|period ended|year ended|washington|^form\b|pursuant|"
    r"securities|^\(|mark one|^or\b|annual report|quarterly report|current report|date of|for the |^exhibit|"
    r"table of contents|^page\b|identification|incorporation|\d{4}[- ]\d{4}|^united states$|^[^A-Za-z]*$|former name|"
    r"stock exchange of|telephone|^n/?a$|^none$|(?:not |in)applicable|no change|^state of|^address|translation of|"
    r"^amendment no|\bbetween\b|\bact of 19|as specified|^(?:we|it)$",
    re.IGNORECASE,
)
_OF_ANY_COMPANY = re.compile(rf"(?:the |our |your |this |about the )?(?:{SUFFIX})\.?", re.IGNORECASE)
_HEADING = re.compile(
    r"\b(?:our|your|this|about|letter|message|report|why|how|who|chairman|leadership|overview|history|future)\b",
    re.IGNORECASE,
)
# Words in small letters, but those of names; a name may begin with one, more are a sentence.
_SENTENCE_WORD = re.compile(
    rf"(?<!\S)(?!(?:and|of|the|for|in|on|de|du|des|di|da|do|dos|das|del|della|der|und|et|van|von|la|le|les|el|los|las"
    rf"|{SUFFIX})(?!\w))[a-z]{{2,}}(?!\S)"
)
_MOST_SENTENCE_WORDS = 1
_SPLIT_FORMS = ("corporation", "incorporated", "company", "limited", "holdings")
_BROKEN_FORM = re.compile("|".join(rf"\b{' ?'.join(form)}\b" for form in _SPLIT_FORMS), re.IGNORECASE)
SMALL_WORDS = {"and", "of", "the", "for", "in", "on", "de", "du", "des", "der", "und", "et", "plc", "plc."}
_DASH = re.compile(r" -+ |-{2,}|[\u2013\u2014]")
_OF_A_DATE = re.compile(
    r"\d{4},?|(?:January|February|March|April|May|June|July|August|September|October|November|December),"
)
_LONGEST_NAME = 100


def is_name(line: str) -> bool:
    """Tell whether a cover's line may be a name."""
    return 1 < len(line) <= _LONGEST_NAME and not _NOT_A_NAME.search(line)


def is_legal_name(line: str) -> bool:
    """Tell whether a line is nothing but a name that ends in a legal form, or begins as companies' names do."""
    if _OF_ANY_COMPANY.fullmatch(line) or len(_SENTENCE_WORD.findall(line)) > _MOST_SENTENCE_WORDS:
        return False
    titled = _NAME_WITHOUT_FORM.fullmatch(line) and not _HEADING.search(line)
    return bool(titled or _LEGAL_NAME.fullmatch(line) or _BEGUN_NAME.fullmatch(line))


def core(company: str) -> list[str]:
    """Return the words of a legal name without article and legal form."""
    words = [word.rstrip(",") for word in company.split()]
    words = words[1:] if words[0].lower() == "the" and len(words) > 1 else words
    while len(words) > 1 and re.fullmatch(rf"(?:{SUFFIX})\.?", words[-1], re.IGNORECASE):
        words.pop()
    return words


def clean(line: str) -> str:
    """Return a cover line without rules, bullets, marks, registry numbers and the like around it."""
    tail = re.split(r"_{2,}|={3,}|-{3,}", line.strip(" _=-*"))[-1]
    tail = _BROKEN_FORM.sub(lambda match: match[0].replace(" ", ""), re.sub(r" (?=[.,](?: |$))", "", tail))
    tail = re.sub(r"[\u00ae\u2122*\u2020]|\(\d\)$|\((?:publ|the registrant)\)$| /[A-Z]{2,3}/?$", "", tail)
    tail = re.sub(r"^\d{1,3}-\d{3,7}(?:-\d\d)? (?=[A-Z])| \d\d-\d{7}$", "", tail)
    tail = re.sub(r",? (?:and|&) (?:its )?(?:consolidated )?subsidiaries$", "", tail, flags=re.IGNORECASE)
    tail = re.split(r",? (?:d/?b/?a|doing business as)\b", tail, flags=re.IGNORECASE)[0]
    return tail.strip(" _=-*\u2022\u00b7|:;,")


def trailing_name(words: str) -> str:
    """Return the name that a piece of text ends with: "Reno, May 2, 2023 - Yum! Brands, Inc." without the dateline."""
    name: list[str] = []
    for word in reversed(_DASH.split(words)[-1].split()):
        ends_sentence = word[-1] in ".!?" and word[:1].islower()
        small = word in SMALL_WORDS or word == "&" if name else re.fullmatch(SUFFIX, word)
        in_name = word[:1].isupper() or word[:1].isdigit() or small
        if not in_name or ends_sentence or _OF_A_DATE.fullmatch(word):
            break
        name.append(word)
    while name and name[-1].lower() in SMALL_WORDS - {"the"}:
        name.pop()
    return clean(" ".join(reversed(name)))


def name_pattern(company: str) -> str:
    """Return a pattern of a name, however it is broken over lines and with or without its commas."""
    return r"(?<!\w)" + r"[\s,.]{1,3}".join(re.escape(word.strip(",.")) for word in company.split()) + r"\b\.?"
