"""Which groups a table's rows stand under: labels without figures, closed by indentation, totals or the next one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

INDENT = 2.0  # points by which a label must stand further right to be deeper
CENTRED = 30.0  # points right of the furthest indented row
DEEPEST = 6
_MEMO = re.compile(r"\bcontingenc|commitments?$|\d,\d{3}|\bsee (?:accompanying )?notes?\b", re.IGNORECASE)
_TOTAL = re.compile(
    r"\s*(?:sub-?)?totals?\b|\s*net cash\b|\s*net (?:increase|decrease|change) in cash\b", re.IGNORECASE
)
_SUBTOTAL = re.compile(
    r"(?:gross|operating|net) (?:profit|margin|income|loss|earnings)\b"
    r"|(?:\(?loss\)? ?|income ?|earnings ?|profit ?|results? )(?:\(loss\) |\(losses\) )?(?:before|from|for the)\b",
    re.IGNORECASE,
)
_ACTIVITY = re.compile(r"\b(operati|investi|financi)(?:ng activities|ons)\b", re.IGNORECASE)
_ASSETS, _CLAIMS = re.compile(r"assets$", re.IGNORECASE), re.compile(r".*\b(?:liabilities|equity)\b", re.IGNORECASE)
_PARTS_OF_STATEMENTS = (  # from the outermost in
    re.compile(
        r"assets$|liabilities (?:and|&) .*\b(?:equity|deficit)|.*\bequity (?:and|&) liabilities"
        r"|(?!adjustments?\b).{0,40}\b(?:(?:operati|investi|financi)ng activities|by operations)",
        re.IGNORECASE,
    ),
    re.compile(r"liabilities$|(?:total )?(?:share|stock)?(?:holders|owners)?\W*s?\W*equity$", re.IGNORECASE),
    re.compile(r"(?:non-? ?)?current (?:assets|liabilities)$", re.IGNORECASE),
)
_PARTS = frozenset("current noncurrent non long short other fixed".split())  # a total of these is no total of all
_CASH_TOTAL = re.compile(
    r"\bcash\b.*\b(?:operating|investing|financing)\b|\b(?:operating|investing|financing)\b.*\bcash\b"
    r"|\b(?:operations|activities)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A row by its label, the label's left edge in points (0 where the format has none), and whether it has figures."""

    number: int
    label: str
    left: float
    has_figures: bool


@dataclass(slots=True)
class _Group:
    label: str
    left: float
    rank: int | None  # of a statement's own parts: 0 the outermost, 1 inside them
    rows: int = 0
    is_indented: bool | None = None  # None until something stands in it

    def takes(self, left: float) -> None:
        """Note where the first row or group in it stands."""
        if self.is_indented is None:
            self.is_indented = left > self.left + INDENT

    def holds(self, row: LabelledRow) -> bool:
        """Tell whether a row is still in the group: deeper, or as deep if none was deeper yet and it is no subtotal.

        An outermost part of a statement holds all that comes before its total.
        """
        if self.rank == 0 or row.left > self.left + INDENT:
            return True
        ends = self.rows > 0 and bool(_SUBTOTAL.match(row.label))
        return row.left > self.left - INDENT and not self.is_indented and not ends

    def encloses(self, label: str, left: float) -> bool:
        """Tell whether a group that opens here stands in this one: it is deeper, a lesser part, or right below it."""
        rank = _rank(label)
        if rank == 0 or (_ASSETS.match(self.label) and _CLAIMS.match(label)):
            return False
        if self.rank is not None:
            return left > self.left - INDENT and (rank is None or rank > self.rank)
        return left > self.left + INDENT or (self.rows == 0 and left > self.left - INDENT)


def groups(rows: Iterable[LabelledRow]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each row's number with the labels of the groups it stands under, outermost first.

    A total stands under the group that it ends.
    """
    open_ones: list[_Group] = []
    for row in _uncentred(list(rows)):
        if not row.has_figures:
            open_ones = _opened(open_ones, row)
            continue
        ended = _ended(open_ones, row.label)
        open_ones = open_ones[: ended + 1] if ended is not None else _holding(open_ones, row)
        for group in open_ones:
            group.rows += 1
        yield row.number, tuple(group.label for group in open_ones)
        if ended is not None or not row.label:
            open_ones = open_ones[:-1]


def _holding(open_ones: list[_Group], row: LabelledRow) -> list[_Group]:
    """Return the groups that a row is in; one without a label is a sum of the innermost."""
    if not row.label:
        return open_ones
    held = [group for group in open_ones if group.holds(row)]
    for group in held[-1:]:
        group.takes(row.left)
    return held


def _uncentred(rows: Sequence[LabelledRow]) -> Iterator[LabelledRow]:
    """Yield the rows; a group's label in the middle of the page, right of all rows with figures, is outermost."""
    edge = max((row.left for row in rows if row.has_figures), default=0.0)
    for row in rows:
        is_centred = not row.has_figures and row.left > edge + CENTRED
        yield replace(row, left=-2 * INDENT) if is_centred else row


def _opened(open_ones: list[_Group], row: LabelledRow) -> list[_Group]:
    """Open a group. It closes those that it does not stand in."""
    label = row.label.rstrip(": ")
    if not label or _MEMO.search(label):
        return open_ones
    kept = [group for group in open_ones if group.encloses(label, row.left)]
    for group in kept[-1:]:
        group.takes(row.left)
    return [*kept, _Group(label, row.left, _rank(label))][-DEEPEST:]


def _rank(label: str) -> int | None:
    return next((rank for rank, pattern in enumerate(_PARTS_OF_STATEMENTS) if pattern.match(label)), None)


def _ended(open_ones: Sequence[_Group], label: str) -> int | None:
    """Return which group a row is the total of: an activity's outermost, else the innermost; None if of none."""
    activity = _ACTIVITY.search(label)
    if not (_TOTAL.match(label) or (activity and _CASH_TOTAL.search(label))):
        return None
    for index, group in enumerate(open_ones):
        own = _ACTIVITY.search(group.label)
        if activity and own and own[1].lower() == activity[1].lower():
            return index
    summed = [index for index, group in enumerate(open_ones) if _is_total_of(label, group.label)]
    return summed[-1] if summed else None


def _is_total_of(total: str, group: str) -> bool:
    words, said = (set(re.findall(r"[a-z]+", text.lower())) for text in (group, total))
    return bool(words) and words <= said and not _PARTS & (said - words)
