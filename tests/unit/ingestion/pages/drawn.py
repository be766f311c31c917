"""Pages drawn with characters, as words with their places: a character is 5 points wide, a line 12 high."""

import re

from raglite.ingestion.pages.lines import Line, Word, lines

CHARACTER = 5.0
LINE = 12.0


def words(drawing: str, *, bold: tuple[int, ...] = (), height: float = 8.0) -> list[Word]:
    """Return the words of a drawing; `bold` numbers its lines from 0."""
    found = []
    for number, row in enumerate(drawing.strip("\n").splitlines()):
        for match in re.finditer(r"\S+", row):
            left, right = (CHARACTER * at for at in match.span())
            found.append(Word(match[0], left, number * LINE, right, number * LINE + height, number in bold))
    return found


def drawn(drawing: str) -> list[Line]:
    return lines(words(drawing))
