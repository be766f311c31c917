"""Tiny documents, each with a word that no other has, so that a question can be asked for it alone."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprtvz" for vowel in "aiou"]
PARAGRAPHS = 4
WORDS = 110  # a paragraph: one chunk of the model's window of 256 tokens
POISON = "ends-the-task-that-reads-it"


class Nature(StrEnum):
    """What becomes of whoever reads a document."""

    GOOD = "good"
    BROKEN = "broken"  # the parser refuses it
    POISON = "poison"  # whoever parses it is killed


@dataclass(frozen=True, slots=True)
class Document:
    """Edition `number` of a book: it shares all but one paragraph with the book's other editions."""

    book: int
    number: int
    nature: Nature = Nature.GOOD

    @property
    def word(self) -> str:
        """The word that stands in this edition alone."""
        return "".join(_chance("word", self.book, self.number).sample(SYLLABLES, 4)) + "x"

    def body(self, suffix: str) -> bytes:
        """Return the bytes of a file with this suffix (".txt")."""
        if self.nature is Nature.BROKEN:
            return b" \n" * self.number
        said = [f"This is about {self.word}. {_prose(self.book, self.number)}"]
        said += [_prose(self.book, -part) for part in range(1, PARAGRAPHS)]
        if self.nature is Nature.POISON:
            said.append(POISON)
        return _FORMS[suffix](said).encode()

    def __str__(self) -> str:
        return f"{self.nature} edition {self.number} of book {self.book} (“{self.word}”)"


def _prose(book: int, part: int) -> str:
    chance = _chance("prose", book, part)
    return " ".join("".join(chance.sample(SYLLABLES, 2)) for _ in range(WORDS)) + "."


def _chance(*of: str | int) -> Random:
    return Random(" ".join(map(str, of)))  # noqa: S311  the same words every time, no secret


def _text(said: list[str]) -> str:
    return "\n\n".join(said)


def _markdown(said: list[str]) -> str:
    return "# A report\n\n" + "\n\n".join(said)


def _table(said: list[str]) -> str:
    return "part,text\n" + "".join(f"{number},{one}\n" for number, one in enumerate(said))


def _page(said: list[str]) -> str:
    return f"<html><body><h1>A report</h1>{''.join(f'<p>{one}</p>' for one in said)}</body></html>"


_FORMS = {".txt": _text, ".md": _markdown, ".csv": _table, ".html": _page}
