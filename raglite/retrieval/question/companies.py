"""Which of the known companies a question names. Exact names and their short forms only; nothing is guessed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from raglite.model import Filing
from raglite.retrieval.question.aliases import EVERYDAY, full_names, is_symbol, is_telling, short_names, tokens

FEWEST_LETTERS_TO_MISSPELL = 6  # a shorter word is another word as soon as one letter changes
OF_A_WHOLE_YEAR = frozenset({None, 4})  # fiscal quarters of a filing that covers the year
T = TypeVar("T")
_Names = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Directory:
    """The companies that the index knows, by every way to write them.

    `years` are the fiscal years it has documents of, `full_years` those with a whole year's.
    """

    companies: tuple[str, ...] = ()
    years: Mapping[str, frozenset[int]] = field(default_factory=dict)
    full_years: Mapping[str, frozenset[int]] = field(default_factory=dict)
    _full: _Names = field(default_factory=dict)
    _short: _Names = field(default_factory=dict)
    _symbols: _Names = field(default_factory=dict)
    _misspelt: _Names = field(default_factory=dict)
    _most_words: int = 1

    @classmethod
    def of(cls, filings: Iterable[Filing]) -> "Directory":
        """Make the directory of the companies of these filings."""
        known = [(filing.company, filing) for filing in filings if filing.company]
        names = [(name, company) for company, filing in known for name in (company, *filing.names)]
        spelt = [(name, company) for name, company in names if name == company or not is_symbol(name)]
        years = [
            (company, filing.fiscal_year, filing.fiscal_quarter) for company, filing in known if filing.fiscal_year
        ]
        full = _grouped((alias, company) for name, company in spelt for alias in full_names(name))
        short = _grouped((alias, company) for name, company in spelt for alias in short_names(name))
        return cls(
            companies=tuple(sorted({company for company, _ in known})),
            years=_grouped((company, year) for company, year, _ in years),
            full_years=_grouped((company, year) for company, year, quarter in years if quarter in OF_A_WHOLE_YEAR),
            _full=full,
            _short=short,
            _symbols=_grouped((name, company) for name, company in names if is_symbol(name) and is_telling(name)),
            _misspelt=_grouped(_typos((*full.items(), *short.items()))),
            _most_words=max((alias.count(" ") + 1 for alias in (*full, *short)), default=1),
        )

    def knows(self, filing: Filing) -> bool:
        """Tell whether a filing adds no company, and no fiscal year of one."""
        company, year = filing.company, filing.fiscal_year
        if company is None:
            return True
        years = self.full_years if filing.fiscal_quarter in OF_A_WHOLE_YEAR else self.years
        return company in self.companies and (not year or year in years.get(company, ()))

    def named(self, text: str) -> tuple[str, ...]:
        """Return the companies that `text` names, the longest name where two overlap, all that share an alias."""
        return tuple(dict.fromkeys(company for _, _, found in self._found(text) for company in sorted(found)))

    def nearly_named(self, text: str) -> tuple[str, ...]:
        """Return the companies whose name a word of `text` comes within a letter of."""
        words = [word for word, _, _ in tokens(text) if len(word) >= FEWEST_LETTERS_TO_MISSPELL]
        found = (self._misspelt.get(typo, ()) for word in words for typo in (word, *_one_letter_less(word)))
        return tuple(sorted({company for each in found for company in each}))

    def latest_year(self, companies: Iterable[str]) -> int | None:
        """Return the newest fiscal year that there is a whole year's document of, of any of `companies`."""
        return max((year for company in companies for year in self.full_years.get(company, ())), default=None)

    def without(self, text: str) -> str:
        """Return `text` without the companies' names."""
        rest, end = [], 0
        for start, stop, _ in self._found(text):
            rest.append(text[end:start])
            end = stop + text.startswith(("'", "\u2019"), stop)
        return " ".join(" ".join([*rest, text[end:]]).split()) if rest else text

    def _found(self, text: str) -> Iterator[tuple[int, int, frozenset[str]]]:
        """Yield the place of every name in `text` and whose it is."""
        words = tokens(text)
        at = 0
        while at < len(words):
            for size in range(min(self._most_words, len(words) - at), 0, -1):
                start, stop = words[at][1], words[at + size - 1][2]
                found = self._meant(" ".join(word for word, _, _ in words[at : at + size]), text[start:stop])
                if found:
                    yield start, stop, found
                    break
            else:
                size = 1
            at += size

    def _meant(self, alias: str, written: str) -> frozenset[str]:
        """Return whose name this is: a whole name before what others' names may be shortened to."""
        symbol = written.removesuffix("'s").removesuffix("\u2019s")
        if symbol in self._symbols:
            return self._symbols[symbol]
        if alias in EVERYDAY and written.islower():
            return frozenset()
        return self._full.get(alias) or self._short.get(alias) or frozenset()


EMPTY = Directory()


def _typos(names: Iterable[tuple[str, frozenset[str]]]) -> Iterator[tuple[str, str]]:
    """Yield what a name of one word becomes when a letter is left out: two that meet there differ by one or two."""
    for alias, companies in names:
        if len(alias) >= FEWEST_LETTERS_TO_MISSPELL and " " not in alias:
            for typo in (alias, *_one_letter_less(alias)):
                yield from ((typo, company) for company in companies)


def _one_letter_less(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, frozenset[T]]:
    found: defaultdict[str, set[T]] = defaultdict(set)
    for name, value in pairs:
        found[name].add(value)
    return {name: frozenset(values) for name, values in found.items()}
