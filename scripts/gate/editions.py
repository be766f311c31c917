"""The documents of the corpus: which periods each one shows, and its report, typeset from a template."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from typing import Any

from scripts.gate import heads, notes
from scripts.gate.asked import Topic
from scripts.gate.companies import CONTENT, read_companies, written_date
from scripts.gate.facts import Source, facts_of
from scripts.gate.ledger import keep
from scripts.gate.statements import Line, layout, markup
from scripts.gate.templates import rendered
from scripts.sample.books import Column
from scripts.sample.markup import Report, read

ANNUAL = {"10-K", "annual report"}
LAST_QUARTER = 4
TEMPLATES = {"10-K": "annual", "10-Q": "quarterly", "release": "release", "8-K": "current"}


@dataclass(frozen=True, eq=False)
class Edition:
    """One document: a company's filing of a form for a year, a quarter or an event."""

    source: Source
    form: str
    year: int
    quarter: int | None = None
    event: str | None = None

    @property
    def file(self) -> str:
        """The document's file name."""
        form = self.form.replace("10-", "10").replace("8-", "8").replace(" ", "-").lower()
        quarter = f"-q{self.quarter}" if self.quarter else ""
        return f"{self.source.company.slug}-{form}-{self.year}{quarter}.pdf"

    @property
    def stem(self) -> str:
        """The file name without its ending, for the ids of questions."""
        return self.file.removesuffix(".pdf")

    @property
    def topic(self) -> Topic:
        """What a question on it is about."""
        return Topic(self.source.company.name, self.form, self.period)

    @property
    def is_annual(self) -> bool:
        """Whether it reports on a whole year."""
        return self.form in ANNUAL

    @property
    def period(self) -> str:
        """The period it reports on."""
        return f"{self.year}Q{self.quarter}" if self.quarter else str(self.year)

    @property
    def before(self) -> str:
        """The same period of the year before."""
        return f"{self.year - 1}{self.period[4:]}"

    @property
    def kind(self) -> str:
        """How its statements are laid out."""
        return str(self.source.company.about.get("layout", "us"))

    def periods(self, statement: str) -> tuple[str, ...]:
        """Return the periods in a statement's columns, from left to right."""
        year, before = self.year, self.year - 1
        if self.is_annual:
            three = statement != "balance" and self.kind == "us"
            return (str(year), str(before), str(year - 2)) if three else (str(year), str(before))
        if statement == "balance":
            return (self.period if self.quarter != LAST_QUARTER else str(year), str(before))
        to_date = (f"{year}YTD{self.quarter}", f"{before}YTD{self.quarter}")
        if statement == "cash":
            return to_date
        return (self.period, f"{before}Q{self.quarter}", *(to_date if self.quarter != 1 else ()))

    def column(self, period: str) -> Column:
        """Return a period's figures as this document states them."""
        return self.source.ledger.column(period, as_of=self.year if self.is_annual else None)

    def lines(self, statement: str) -> list[Line]:
        """Return a statement's rows."""
        columns = [self.column(period) for period in self.periods(statement)]
        return layout(self.kind, statement, self.source.company.labels, columns)

    @cached_property
    def report(self) -> Report:
        """The document's pages."""
        company = self.source.company
        template = TEMPLATES.get(self.form) or ("glossy" if company.about["theme"] == "glossy" else "european")
        return read(rendered(f"{template}.md.j2", self._context()))

    @cached_property
    def places(self) -> dict[str, int]:
        """On which page what stands."""
        return {place: number for number, page in enumerate(self.report.pages, 1) for place in page.places}

    def _statement(self, statement: str) -> str:
        periods = self.periods(statement)
        columns = [self.column(period) for period in periods]
        return markup(
            self.lines(statement), columns, heads.of(self.source.company, statement, periods, self._restated(statement))
        )

    def _restated(self, statement: str) -> frozenset[str]:
        """Return the periods of a statement that an earlier report stated otherwise."""
        changed = self.source.ledger.restated if statement == "income" and self.is_annual else {}
        return frozenset(period for period in self.periods(statement) if period in changed and int(period) < self.year)

    def _context(self) -> dict[str, Any]:
        company, quarter = self.source.company, self.quarter or LAST_QUARTER
        european = self.kind == "ifrs"
        end = company.quarter_end(self.year, quarter)
        dates = {
            "year_end": written_date(company.year_end(self.year), day_first=european),
            "last_year_end": written_date(company.year_end(self.year - 1), day_first=european),
            "year_end_day": f"{end:%B} {end.day}",
            "period_end": written_date(end, day_first=european),
            "cover_date": written_date(end + timedelta(days=52 if self.is_annual else 34)),
            "release_date": written_date(end + timedelta(days=31)),
        }
        names = {"fy": heads.fiscal(company, self.year), "fy_before": heads.fiscal(company, self.year - 1)}
        names |= {"fy_after": heads.fiscal(company, self.year + 1), "quarter_name": heads.QUARTERS[quarter]}
        return dates | names | self._figures() | {
            "about": company.about,
            "company": company,
            "text": company.text,
            "labels": company.labels,
            "segments": list(company.segments),
            "year": self.year,
            "weeks": company.weeks(self.year) if company.has_weeks else None,
            "event": library()["events"].get(self.event),
            "statement": self._statement,
            "restated_years": list(self.source.ledger.restated),
        }  # fmt: skip

    def _figures(self) -> dict[str, Any]:
        """Return the periods' figures, facts and tables beside the statements."""
        source, company = self.source, self.source.company
        this, last = self.column(self.period), self.column(self.before)
        both = {self.period: this, self.before: last}
        shown = [heads.short(company, self.period), heads.short(company, self.before)]
        stub = heads.unit(company)
        moved = company.shape.get("restated", {}).get(self.before, {"amount": 0})["amount"]
        return {
            "this": this,
            "last": last,
            "to_date": source.ledger.books[f"{self.year}YTD{self.quarter or LAST_QUARTER}"],
            "facts": facts_of(source, self.period) | {"moved": moved},
            "facts_before": facts_of(source, self.before),
            "last_deal_year": max(int(year) for year in company.text["grew"]),
            "segment_table": notes.segments(source, both).markup(shown, stub),
            "region_table": notes.regions(source, both).markup(shown, stub),
            "inventory_table": notes.stocks(source, both).markup(shown, stub),
            "maturity_table": notes.maturities(source, str(self.year)).markup(["Principal"], stub),
            "results_table": notes.results(this, last, company.labels, [stub, *shown, "Change"]),
            "adjusted_table": notes.adjusted(this, last, [stub, *shown]),
        }  # fmt: skip


def editions(seed: int) -> list[Edition]:
    """Return every PDF of the corpus."""
    sources = {slug: Source(company, keep(company, seed), seed) for slug, company in read_companies().items()}
    return [edition for listed in library()["documents"] for edition in _listed(listed, sources[listed["company"]])]


def _listed(listed: dict[str, Any], source: Source) -> Iterator[Edition]:
    for year in listed["years"]:
        yield Edition(source, listed["form"], year, listed.get("quarter"), listed.get("event"))


@cache
def library() -> dict[str, Any]:
    """Return which documents there are, and what happened in those that report an event."""
    return tomllib.loads((CONTENT / "library.toml").read_text(encoding="utf-8"))
