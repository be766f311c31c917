"""The words of a question for a number, one piece for what belongs together.

What is no word of the vocabulary, with all that stands by it, is taken as the printed label of a row ("subscription
revenue"): a row is given only if its label has all of these words (printed_rows.py).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from raglite.retrieval.figures.lineitems import CASH, ITEMS, Sign
from raglite.retrieval.figures.word_kinds import (
    BREAK,
    JOIN,
    LEXICON,
    METRIC,
    NUMBER,
    OF_COSTS,
    OPERATOR,
    REFUSED,
    ROW,
    SIDES,
    SKIP,
    UNKNOWN,
    YEAR,
)
from raglite.retrieval.question.wording import Lexicon, normalized

_ATOM = re.compile(
    r"(?:(?:fy|f|cy) ?)?'?(?P<year>(?:19|20)\d\d)(?![\d%]|[.,]\d)|\bfy ?'?(?P<short>\d\d)\b|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>[a-z%][a-z0-9&'.]*)|(?P<mark>[-+*/()\u00d7\u00f7])|(?P<other>[^\s,;:?.\"'=$])"
)
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])|(?<=\d)-(?=years?\b|days?\b)")
_ALIKE = {"\u00d7": "*", "\u00f7": "/"}
_COSTS = (Sign.COST, Sign.TAX)


class Word(NamedTuple):
    """A piece of a text: what kind of piece, and which."""

    kind: str
    text: str


class _Piece(NamedTuple):
    """A piece, and as what it stands in the text."""

    word: Word
    said: str


AND, FROM, TO = (Word(JOIN, text) for text in ("and", "from", "to"))
OF, OVER = Word(OPERATOR, "/"), Word(OPERATOR, "over")
_NAMES = frozenset({METRIC, UNKNOWN})


def words(text: str) -> list[Word]:
    """Return what a text consists of; the words of one metric or row are one piece. What says nothing is left out."""
    pieces = [piece for piece in _pieces(text) if piece.word.kind != SKIP]
    pieces = [
        piece for at, piece in enumerate(pieces) if at == 0 or piece.word != TO or pieces[at - 1].word.kind != BREAK
    ]
    found: list[Word] = []
    at = 0
    while at < len(pieces):
        end = _end_of_name(pieces, at)
        found.append(_named(pieces[at:end]) if end > at else pieces[at].word)
        at = max(end, at + 1)
    return [word for at, word in enumerate(found) if word.kind != BREAK and not _is_idle(found, at)]


def _is_idle(found: Sequence[Word], at: int) -> bool:
    """Tell whether a "from" or "between" says nothing: before what is no year it is an "of"."""
    return found[at] == FROM and (at + 1 == len(found) or found[at + 1].kind != YEAR)


def _end_of_name(pieces: Sequence[_Piece], at: int) -> int:
    """Return where the name that begins at `at` ends; `at` if none does. An unknown word draws "and" and "from" in."""
    end = at
    while end < len(pieces):
        kind = pieces[end].word.kind
        if kind in _NAMES and pieces[end].said not in REFUSED:
            end += 1
        elif end > at and pieces[end].word in {AND, FROM} and _joins(pieces, end):
            end += 2
        else:
            break
    return end


def _joins(pieces: Sequence[_Piece], at: int) -> bool:
    """Tell whether an "and" or "from" stands inside a row's label: beside a word that is no metric."""
    if at + 1 >= len(pieces):
        return False
    sides = (pieces[at - 1], pieces[at + 1])
    kinds = {side.word.kind for side in sides}
    return kinds <= _NAMES and UNKNOWN in kinds and not any(side.said in REFUSED for side in sides)


def _named(run: Sequence[_Piece]) -> Word:
    """Return the one metric that a run of words names, or the row."""
    kept = list(run)
    if kept[0].word == Word(METRIC, "cash") and len(kept) > 1 and _is_cash_flow(kept[1].word):
        kept.pop(0)  # "cash paid for dividends"
    if kept[0].said in OF_COSTS and len(kept) > 1 and _is_cost(kept[1].word):
        kept.pop(0)  # "spending on research"
    while len(kept) > 1 and kept[-1].said in OF_COSTS and _is_cost(kept[-2].word):
        kept.pop()
    if len(kept) == 1 and kept[0].word.kind == METRIC:
        return kept[0].word
    if len(kept) == 2 and kept[0].word == kept[1].word:  # noqa: PLR2004  said twice: "capital expenditure (capex)"
        return kept[0].word
    return Word(ROW, "_".join("_".join(re.findall(r"[a-z0-9]+", piece.said)) for piece in run))


def _is_cash_flow(word: Word) -> bool:
    return word.text in ITEMS and ITEMS[word.text].statements == CASH


def _is_cost(word: Word) -> bool:
    return word.text in ITEMS and ITEMS[word.text].sign in _COSTS


def _pieces(text: str) -> Iterator[_Piece]:
    atoms = list(_atoms(text))
    at = 0
    while at < len(atoms):
        at = _start(atoms, at)
        size, word = _longest(atoms, at)
        yield _Piece(word, " ".join(atom.text for atom in atoms[at : at + size]))
        at += size


def _atoms(text: str) -> Iterator[Word]:
    plain = _HYPHEN.sub(" ", _DASHES.sub("-", text.lower().replace("\u2019", "'")))
    for match in _ATOM.finditer(plain):
        kind, found = match.lastgroup, match[match.lastgroup or 0]
        if kind in {"year", "short"}:
            yield Word(YEAR, str(2000 + int(found)) if kind == "short" else found)
        elif kind == "mark":
            yield Word(OPERATOR, _ALIKE.get(found, found))
        else:
            yield Word({"number": NUMBER, "word": "word"}.get(kind or "", UNKNOWN), found.rstrip("."))


def _start(atoms: Sequence[Word], at: int) -> int:
    """Return where to go on: "spend on research and development" is not "spend on research" and two words more."""
    end = at + _longest(atoms, at)[0]
    for ahead in range(at + 1, end):
        if _longest(atoms, ahead - 1, ahead)[1].kind not in {SKIP, BREAK}:
            break
        size, word = _longest(atoms, ahead)
        if word.kind == METRIC and ahead + size > end:
            return ahead
    return at


def _longest(atoms: Sequence[Word], at: int, before: int | None = None) -> tuple[int, Word]:
    """Return how many atoms the piece at `at` has, at most up to `before`, and the piece."""
    last = min(len(atoms) if before is None else before, at + LEXICON.most_parts)
    end = next((place for place in range(at, last) if atoms[place].kind != "word"), last)
    for stop in range(end, at, -1):
        phrase = " ".join(atom.text for atom in atoms[at:stop])
        meaning = _meaning(phrase)
        if meaning:
            kind, _, text = meaning.partition(" ")
            return stop - at, Word(kind, text or phrase)
    word = atoms[at]
    side = _whole(SIDES, word.text) if word.kind == "word" else None
    if side:
        return 1, Word(METRIC, side.partition(" ")[2])
    return 1, Word(UNKNOWN, word.text) if word.kind == "word" else word


@lru_cache(maxsize=100_000)
def _meaning(phrase: str) -> str | None:
    """Return what the phrase as a whole means."""
    return _whole(LEXICON, normalized(phrase))


def _whole(lexicon: Lexicon, phrase: str) -> str | None:
    found, meaning = next(lexicon.found(phrase), ("", ""))
    return meaning if found == phrase else None
