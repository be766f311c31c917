"""Which fiscal period a filing is of, by what a document of its form says it with."""

from collections.abc import Sequence
from datetime import date

from raglite.ingestion.filings import periods
from raglite.ingestion.filings.announced import announced, attached
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.fiscal_periods import (
    Period,
    may_be_of,
    most_common,
    named_year,
    quarter_of_columns,
    titled_year,
)
from raglite.ingestion.filings.forms import ANNOUNCED, ANNUAL_REPORT, CURRENT, PERIODIC, QUARTERLY, TRANSITION, base
from raglite.ingestion.filings.found import INFERRED, Found
from raglite.ingestion.filings.year_names import said_name

MONTHS_A_YEAR = 12
FOURTH = 4  # no 10-Q is of a fourth quarter


def read_period(form: str | None, text: FilingText) -> Period:
    """Return the fiscal period of a filing of this form."""
    kind = base(form)
    if kind in CURRENT:
        return attached(kind, text)
    if kind not in PERIODIC:
        return Period()
    if kind in ANNOUNCED:
        return announced(text.cover, text.body)
    end = _cover_end(kind, text)
    if kind is None and not end and _is_of_many_years(text.lines):
        return Period()
    if kind in QUARTERLY:
        quarter = _quarter_of_report(text)
        return Period(named_year(end, quarter, text.cover, text.body), quarter, end)
    year = named_year(end, None, text.cover, text.body)
    titled = titled_year(text.cover) if kind == ANNUAL_REPORT else None
    if titled and end and not said_name(end.value, text.body) and may_be_of(titled, end.value):
        year = titled
    return Period(year, None, end)


def _is_of_many_years(lines: Sequence[str]) -> bool:
    """Tell whether the first line that names a fiscal year names several, as a table's columns do."""
    named = (dict(periods.named_years(line)) for line in lines)
    return len(next(filter(None, named), {})) > 1


def _cover_end(form: str | None, text: FilingText) -> Found[date] | None:
    if form in TRANSITION and (transition := periods.transition_end(text.cover)):
        return transition
    ends = periods.period_ends(text.cover)
    if form == ANNUAL_REPORT:
        return _end_of_titled_year([*ends, *periods.period_ends(text.body)], text.cover) or _whole_year(text.body)
    return ends[0] if ends else most_common(periods.period_ends(text.body))


def _end_of_titled_year(ends: Sequence[Found[date]], cover: str) -> Found[date] | None:
    """Return the end that is named most often and, where the title bears a year, may be that year's."""
    titled = titled_year(cover)
    fitting = [end for end in ends if titled and may_be_of(titled, end.value)]
    return most_common(fitting or ends)


def _whole_year(body: str) -> Found[date] | None:
    spans = periods.ranges(body)
    return most_common([Found(span.value.end, span.words) for span in spans if span.value.months == MONTHS_A_YEAR])


def _quarter_of_report(text: FilingText) -> Found[int] | None:
    """Read the quarter of a 10-Q from its columns, else from what it calls its quarter most often."""
    spans = {quarter: words for quarter, words in periods.spans(text.body).items() if quarter != FOURTH}
    named: dict[int, list[str]] = {}
    for _, quarter, words in periods.named_quarters(text.body):
        if quarter != FOURTH:
            named.setdefault(quarter, []).append(words)
    often = max(named, key=lambda quarter: len(named[quarter]), default=None)
    if not (found := quarter_of_columns(spans)) and often:
        return Found(often, named[often][0], INFERRED)
    return found or max((Found(quarter, words[0], INFERRED) for quarter, words in spans.items()), default=None)
