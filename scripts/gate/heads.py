"""How periods are called: in the heads of columns, and in the company's own words."""

from collections.abc import Sequence

from scripts.gate.companies import Company, written_date

QUARTERS = {1: "first quarter", 2: "second quarter", 3: "third quarter", 4: "fourth quarter"}
MONTHS = {1: "Three", 2: "Six", 3: "Nine", 4: "Twelve"}
WEEKS = {1: "Thirteen", 2: "Twenty-six", 3: "Thirty-nine", 4: "Fifty-two"}


def fiscal(company: Company, year: int) -> str:
    """Return how the company calls a year in prose: `fiscal 2023`, or `2023` where it is the calendar's."""
    return f"fiscal {year}" if company.has_weeks or company.about.get("year_end", [12])[0] != 12 else str(year)  # noqa: PLR2004  December


def short(company: Company, period: str) -> str:
    """Return a period for the head of a small table."""
    year = int(period[:4])
    name = fiscal(company, year).capitalize() if company.has_weeks else str(year)
    return f"Q{period[-1]} {year}" if "Q" in period else name


def unit(company: Company) -> str:
    """Return the unit that the head of a small table names."""
    symbol = company.about.get("symbol", "$")
    return f"In {company.about['scale']}" if symbol == "$" else f"{symbol} {company.about['scale']}"


def of(company: Company, statement: str, periods: Sequence[str], restated: frozenset[str]) -> list[list[str]]:
    """Return a statement's head rows. Marks: `<` joins a cell to its left neighbour, `//` breaks a line."""
    if company.about.get("layout") == "ifrs":
        return [[unit(company), *(str(period[:4]) for period in periods)]]
    if statement == "balance":
        return _of_balances(company, periods)
    names = [_year_or_day(company, period) + ("//(As restated)" if period in restated else "") for period in periods]
    spans = [_span(company, period) for period in periods]
    over = [span if at == 0 or spans[at - 1] != span else "<" for at, span in enumerate(spans)]
    return [over, names]


def _of_balances(company: Company, periods: Sequence[str]) -> list[list[str]]:
    days = [company.quarter_end(int(period[:4]), _quarter(period)) for period in periods]
    same = {(day.month, day.day) for day in days}
    if len(same) == 1 and company.about["theme"] == "office":
        return [[f"As of {days[0]:%B} {days[0].day},", *["<"] * (len(days) - 1)], [str(day.year) for day in days]]
    return [[f"{day:%B} {day.day},//{day.year}" for day in days]]


def _year_or_day(company: Company, period: str) -> str:
    day = company.quarter_end(int(period[:4]), _quarter(period))
    return f"{day:%B} {day.day},//{day.year}" if company.has_weeks else str(day.year)


def _span(company: Company, period: str) -> str:
    """Return what a column covers: `Years ended December 31,`, `Nine months ended//September 30,`."""
    day = company.quarter_end(int(period[:4]), _quarter(period))
    date = "" if company.has_weeks else f"{day:%B} {day.day},"
    if period.isdigit():
        return "Fiscal years ended" if company.has_weeks else f"Years ended {date}"
    counts = WEEKS if company.has_weeks else MONTHS
    count = counts[1 if "Q" in period else _quarter(period)]
    words = f"{count} {'weeks' if company.has_weeks else 'months'} ended"
    return f"{words}//{date}" if date else words


def _quarter(period: str) -> int:
    return 4 if period.isdigit() else int(period[-1])


def ended(company: Company, period: str) -> str:
    """Return the last day of a period, as the company writes dates."""
    day = company.quarter_end(int(period[:4]), _quarter(period))
    return written_date(day, day_first=company.about.get("layout") == "ifrs")
