"""From tables to figures: every number whose row, period and unit a table says, with its cell.

Where one of them cannot be told for sure the figure is marked: a wrong year or scale is worse than none.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from raglite.ingestion.figures.amounts import Amount, is_continental, read_amount
from raglite.ingestion.figures.balances import at_a_day
from raglite.ingestion.figures.column_periods import Period, Setting, period_of_group
from raglite.ingestion.figures.fiscal_calendar import FiscalCalendar
from raglite.ingestion.figures.placing import placed
from raglite.ingestion.figures.printed_dates import printed
from raglite.ingestion.figures.row_groups import LabelledRow, groups
from raglite.ingestion.figures.row_units import WHOLE_SHARE, Row, counted_in
from raglite.ingestion.figures.sheets import LONGEST_TEXT, Sheet, sheets
from raglite.ingestion.figures.totals import Summed, total_labels, unbalanced
from raglite.ingestion.figures.units import units_of
from raglite.ingestion.filings.filing_text import plain
from raglite.model import Cell, Filing, ParsedDocument, StatedFigure, Statement

MOST_FIGURES = 20_000
_LEADER = re.compile(r"(?:\s*[.\u2026_]){2,}\s*$|\s+$")


@dataclass(frozen=True)
class _Line:
    """A row with figures: its label, its groups, its cells and their numbers by column."""

    number: int
    label: str
    heading: tuple[str, ...]
    cells: Mapping[int, Cell]
    amounts: Mapping[int, Amount]


def stated_figures(parsed: ParsedDocument, filing: Filing) -> tuple[StatedFigure, ...]:
    """Return the figures that a document's tables state, page by page; of too many those of the statements first.

    A dash is 0 in a statement, and no figure elsewhere. A sum without a label is labelled as its group's total
    ("Total Revenues"). What stands at the beginning or end of a period ends it with 0 months. A column or row without
    a period gives no figures; `months` is None where no words tell flow from balance.
    """
    found = list(sheets(parsed))
    fiscal = _calendar(found, filing)
    continental = is_continental(cell.text for sheet in found for _, cells in sheet.rows for cell in cells.values())
    read = [sheet for sheet in placed(found, fiscal, filing) if sheet.periods]
    read.sort(key=lambda sheet: sheet.statement is None)
    figures = [figure for sheet in read for figure in _figures(sheet, fiscal, continental=continental)][:MOST_FIGURES]
    return tuple(sorted(figures, key=lambda figure: (figure.page, figure.table, figure.row, figure.column)))


def _calendar(found: list[Sheet], filing: Filing) -> FiscalCalendar:
    dates = {day for sheet in found for text in sheet.headers.values() for day in printed(text).dates}
    days = {day for sheet in found for day in printed(sheet.above).days}
    if not _names_years(found, filing):
        filing = filing.model_copy(update={"fiscal_year": None})
    return FiscalCalendar.of(filing, dates, days)


def _names_years(found: list[Sheet], filing: Filing) -> bool:
    """Tell whether the last year that most tables of an annual filing head a column with is its fiscal year."""
    named = (set().union(*(printed(text).years for text in sheet.headers.values())) for sheet in found)
    last = Counter(max(years) for years in named if len(years) > 1)
    return not last or filing.fiscal_quarter is not None or last.most_common(1)[0][0] == filing.fiscal_year


def _figures(sheet: Sheet, fiscal: FiscalCalendar, *, continental: bool) -> Iterator[StatedFigure]:
    """Yield what a table's rows state."""
    lines = _lines(sheet, continental)
    off = unbalanced(_summed(lines)) if sheet.statement is Statement.BALANCE_SHEET else set()
    for line, row in zip(lines, _rows(sheet, lines), strict=True):
        group = period_of_group(line.heading, Setting(fiscal, sheet.above, sheet.statement))
        for column, period in sheet.periods.items():
            amount = line.amounts.get(column)
            at = at_a_day(line.label, _nearer(group, period), fiscal)
            if at.end and amount and (sheet.statement or not amount.is_nil):
                yield _figure(sheet, line, row, (column, replace(at, sure=at.sure and column not in off)))


def _nearer(group: Period | None, period: Period) -> Period:
    """Return a column's period, or that of the group that names one: it is nearer than a header that names another."""
    if not group or group.end == period.end:
        return period
    return replace(group, sure=group.sure and period.end is None)


def _rows(sheet: Sheet, lines: Sequence[_Line]) -> list[Row]:
    """Return what tells of the lines' units; in a table of whole sums what has decimals is counted in else."""
    rows = [
        Row(
            (line.label, *reversed(line.heading)),
            [amount for column, amount in line.amounts.items() if column in sheet.periods],
            is_statement=sheet.statement is not None,
        )
        for line in lines
    ]
    sums = [amount for row in rows if not row.kind for amount in row.amounts if not (amount.mark or amount.is_nil)]
    is_whole = sum(amount.is_whole for amount in sums) >= WHOLE_SHARE * len(sums)
    return [replace(row, is_whole=is_whole) for row in rows]


def _figure(sheet: Sheet, line: _Line, row: Row, place: tuple[int, Period]) -> StatedFigure:
    column, period = place
    cell, amount, header = line.cells[column], line.amounts[column], sheet.headers.get(column, "")
    counted = counted_in(row, units_of(header).over(sheet.units), header, amount)
    sure = line.label and counted.sure and period.sure and not _is_shifted(line, sheet.periods)
    is_scaled = counted.scale == 1 or sheet.is_scale_sure
    low = cell.low_confidence or (0 in line.cells and line.cells[0].low_confidence)
    return StatedFigure(
        page=sheet.page.number, table=sheet.index, row=line.number, column=column, label=line.label,
        heading=line.heading, column_header=header, statement=sheet.statement, period_end=period.end,
        months=period.months, text=cell.text, value=amount.value, unit=counted.unit, scale=counted.scale, box=cell.box,
        low_confidence=low or not sure or not is_scaled, verified=cell.verified,
    )  # fmt: skip


def _lines(sheet: Sheet, continental: bool) -> list[_Line]:
    """Return a table's rows with figures under the labels of their groups."""
    rows = [(number, cells, _amounts(cells, continental)) for number, cells in sheet.rows]
    labelled = [LabelledRow(number, _label(cells), _left(cells), bool(amounts)) for number, cells, amounts in rows]
    headings = dict(groups(labelled))
    lines = [
        _Line(number, _label(cells), headings[number], cells, amounts) for number, cells, amounts in rows if amounts
    ]
    named = total_labels(_summed(lines))
    return [replace(line, label=named.get(line.number, line.label)) for line in lines]


def _summed(lines: Sequence[_Line]) -> list[Summed]:
    return [
        Summed(line.number, line.label, line.heading, {column: amount.value for column, amount in line.amounts.items()})
        for line in lines
    ]


def _amounts(cells: Mapping[int, Cell], continental: bool) -> dict[int, Amount]:
    """Return a row's numbers by column; a percent sign in the column beside is a number's own."""
    found: dict[int, Amount] = {}
    for column, cell in cells.items():
        amount = read_amount(plain(cell.text), continental=continental) if column else None
        if amount:
            beside = cells.get(column + 1)
            found[column] = replace(amount, mark="%") if beside and beside.text.strip() == "%" else amount
    return found


def _is_shifted(line: _Line, periods: Mapping[int, Period]) -> bool:
    """Tell whether a row has a number beside the columns that have periods where it misses one in them."""
    return not line.amounts.keys() <= periods.keys() and not periods.keys() <= line.amounts.keys()


def _label(cells: Mapping[int, Cell]) -> str:
    return _LEADER.sub("", " ".join(plain(cells[0].text[:LONGEST_TEXT]).split())) if 0 in cells else ""


def _left(cells: Mapping[int, Cell]) -> float:
    return cells[0].box.left if 0 in cells and cells[0].box else 0.0
