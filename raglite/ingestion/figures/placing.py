"""What a table's figures are of: the statement it is part of, its columns' periods, and its units."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from raglite.ingestion.figures.captions import page_units
from raglite.ingestion.figures.column_periods import UNTOLD, Period, Setting, period_of, period_of_caption
from raglite.ingestion.figures.fiscal_calendar import SAME_END, FiscalCalendar
from raglite.ingestion.figures.printed_dates import printed
from raglite.ingestion.figures.sheets import Sheet
from raglite.ingestion.figures.units import Units, units_of
from raglite.ingestion.pages.statements import statement_of, statement_title
from raglite.model import Filing, Statement

_TITLES = {
    Statement.INCOME_STATEMENT: "Statement of income",
    Statement.COMPREHENSIVE_INCOME: "Statement of comprehensive income",
    Statement.BALANCE_SHEET: "Balance sheet",
    Statement.CASH_FLOW_STATEMENT: "Statement of cash flows",
}
_NO_FIGURES = re.compile(r"^notes?(?: no\.?| ref\.?)?$|\brefer|\bpage\b", re.IGNORECASE)
_OF_PARENT = re.compile(r"\bparent\b|\binformation of (?:the )?registrant\b", re.IGNORECASE)
_OF_OTHERS = re.compile(r"\bguarantors?\b|\bcross guarantee\b|\bpro[- ]?forma\b", re.IGNORECASE)
_CHIEF = re.compile(r"\b(?:total|group|consolidated|statutory)\b", re.IGNORECASE)


def placed(sheets: Iterable[Sheet], fiscal: FiscalCalendar, filing: Filing) -> Iterator[Sheet]:
    """Yield the tables with their statement, periods and units."""
    before: Sheet | None = None
    for sheet in sheets:
        known = replace(sheet, statement=_statement(sheet, before))
        known = replace(known, periods=_periods(known, fiscal), units=_own_units(known, before).over(sheet.units))
        rest = page_units(sheet.page).over(Units(filing.currency, filing.scale, filing.scale))
        is_sure = known.units.scale is not None or known.statement is not None
        before = replace(known, units=known.units.over(rest), is_scale_sure=is_sure)
        yield before


def _statement(sheet: Sheet, before: Sheet | None) -> Statement | None:
    """Return the company's statement that a table is or, without a title of its own, goes on with."""
    above = sheet.caption.text
    if _OF_OTHERS.search(above) or (_OF_PARENT.search(above) and not _CHIEF.search(above)):
        return None
    own = statement_of(f"{above}\n{sheet.text}")
    if own or not before or not before.statement or sheet.caption.lead or statement_title(sheet.caption.lines):
        return own
    title = _TITLES.get(before.statement)
    goes_on = title and sheet.continues(before) and statement_of(f"{title}\n{sheet.text}")
    return before.statement if goes_on else None


def _periods(sheet: Sheet, fiscal: FiscalCalendar) -> dict[int, Period]:
    setting = Setting(fiscal, sheet.above, sheet.statement)
    headers = {column: text for column, text in sheet.headers.items() if column and not _NO_FIGURES.search(text)}
    found = {column: period for column, text in headers.items() if (period := period_of(text, setting))}
    if not found and sheet.statement is None and (one := period_of_caption(setting)):
        found = dict.fromkeys(headers, one)
    if not found and sheet.statement is None:  # then the labels of groups may tell
        found = {column: UNTOLD for column, text in headers.items() if not printed(text).years}
    doubtful = set(sheet.doubtful) | _contradicted(found, sheet, fiscal)
    return {column: replace(period, sure=period.sure and column not in doubtful) for column, period in found.items()}


def _contradicted(found: dict[int, Period], sheet: Sheet, fiscal: FiscalCalendar) -> set[int]:
    """Return the columns that cannot be told apart, and all of a statement whose last period is not the filing's own.

    In a statement no two may be for one period. Outside, headers that were taken from the table before are a guess.
    """
    if sheet.statement is None:
        seen = Counter(sheet.headers[column] for column in found)
        return set(found) if sheet.carried else {column for column in found if seen[sheet.headers[column]] > 1}
    last = max((period.end for period in found.values() if period.end), default=None)
    if not last or (fiscal.period_end and abs(last - fiscal.period_end) > SAME_END):
        return set(found)
    return _rivals(found, sheet)


def _rivals(found: dict[int, Period], sheet: Sheet) -> set[int]:
    """Return a statement's columns for one period in one currency, but for a total's or the group's beside others.

    A column of percentages is no rival.
    """
    keys: dict[int, tuple[object, ...]] = {}
    for column, period in found.items():
        header = sheet.headers[column]
        if not ("%" in header or sheet.is_of_percent(column)):
            keys[column] = (period.end, period.months, units_of(header).currency)
    seen = Counter(keys.values())
    chief = Counter(key for column, key in keys.items() if _CHIEF.search(sheet.headers[column]))
    return {
        column
        for column, key in keys.items()
        if seen[key] > 1 and not (chief[key] == 1 and _CHIEF.search(sheet.headers[column]))
    }


def _own_units(sheet: Sheet, before: Sheet | None) -> Units:
    """Return the units that a table's headers say, else the lines above it, else the statement that it goes on with."""
    found = Units()
    for text in (sheet.headers.get(0, ""), *sheet.headers.values()):
        found = found.over(units_of(text))
    found = found.over(sheet.caption.units())
    return found.over(before.units) if before and sheet.statement and sheet.statement is before.statement else found
