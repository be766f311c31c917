"""What a document says it is. Every company here is made up."""

from datetime import date

import pytest

from raglite.ingestion.filing import read_filing
from raglite.model import Filing, Page, ParsedDocument

COMMISSION = "UNITED STATES\nSECURITIES AND EXCHANGE COMMISSION\nWashington, D.C. 20549\n"
CHARTER = "(Exact name of registrant as specified in its charter)"


def document(*pages: str) -> ParsedDocument:
    return ParsedDocument(
        media_type="application/pdf",
        parser="test",
        parser_version="1",
        pages=tuple(Page(number=number, text=text) for number, text in enumerate(pages, 1)),
        pages_total=len(pages),
    )


def annual(name: str, ended: str, *pages: str, form: str = "FORM 10-K") -> ParsedDocument:
    cover = f"{COMMISSION}{form}\nFor the fiscal year ended {ended}\nCommission file number 1-2345\n{name}\n{CHARTER}\n"
    return document(cover, *pages)


def quarterly(name: str, ended: str, *pages: str) -> ParsedDocument:
    cover = f"{COMMISSION}FORM 10-Q\nFor the quarterly period ended {ended}\nCommission file number 1-2345\n"
    return document(f"{cover}{name}\n{CHARTER}\n", *pages)


def test_an_annual_report_is_read_from_its_cover() -> None:
    assert read_filing(annual("Orchard Mills, Inc.", "June 30, 2023")) == Filing(
        company="Orchard Mills, Inc.", form="10-K", fiscal_year=2023, period_end=date(2023, 6, 30)
    )


@pytest.mark.parametrize("year", ["0000", "9999"])
def test_a_quarter_of_no_possible_year_is_passed_over(year: str) -> None:
    filing = read_filing(document(f"Orchard Mills, Inc. announces results\nJune {year} quarter"))
    assert filing == Filing(company="Orchard Mills, Inc.", form="release")


def test_non_breaking_and_letter_spacing_do_not_hide_a_cover() -> None:
    cover = (
        "F O R M  1 0 - K\nFor\xa0the\xa0fiscal\xa0year\xa0ended\xa0December\xa031,\xa02021\n"
        "____________ Orchard Mills, Inc.\n(Exact\xa0name\xa0of\xa0registrant\xa0as\xa0specified\xa0in\xa0charter)"
    )
    assert read_filing(document(cover)) == Filing(
        company="Orchard Mills, Inc.", form="10-K", fiscal_year=2021, period_end=date(2021, 12, 31)
    )


@pytest.mark.parametrize(
    ("lines", "company"),
    [
        (f"Orchard Mills, Inc.\n{CHARTER}", "Orchard Mills, Inc."),
        (f"Orchard Mills, Inc. {CHARTER}", "Orchard Mills, Inc."),
        (f"{CHARTER}\nOrchard Mills, Inc.", "Orchard Mills, Inc."),
        (f"_______ ORCHARD MILLS, INC.\n{CHARTER}", "Orchard Mills, Inc."),
        (f"ORCHARD MILLS PLC\n{CHARTER}", "Orchard Mills plc"),
        (f"BRT GROUP OF COMPANIES\n{CHARTER}", "BRT Group of Companies"),
        ("Orchard Mills Company\nState of Incorporation: Ohio", "Orchard Mills Company"),
    ],
)
def test_the_registrant_is_found_wherever_the_cover_puts_its_name(lines: str, company: str) -> None:
    cover = f"{COMMISSION}FORM 10-K\nFor the fiscal year ended December 31, 2022\nCommission file number 1-23\n{lines}"
    assert read_filing(document(cover)).company == company


def test_a_name_in_capitals_is_cased_as_the_text_spells_it() -> None:
    body = "NewMills and its subsidiaries (NewMills, we) sell flour. NewMills was founded in 1901."
    assert read_filing(annual("NEWMILLS CORPORATION", "December 31, 2022", body)).company == "NewMills Corporation"


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("FORM 10-K", "10-K"),
        ("Form 10-K/A", "10-K/A"),
        ("FORM 10-K\n(Amendment No. 1)", "10-K/A"),
        ("FORM 10-KT", "10-KT"),
        ("FORM 20-F", "20-F"),
        ("FORM 10 - Q", "10-Q"),
        ("FORM 8\u2011K", "8-K"),
        ("ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d)", "10-K"),
    ],
)
def test_the_form_is_read_from_the_title(title: str, form: str) -> None:
    assert read_filing(document(f"{COMMISSION}{title}\nOrchard Mills, Inc.\n{CHARTER}")).form == form


def test_a_year_that_ends_on_new_years_day_belongs_to_the_year_before() -> None:
    body = "Fiscal 2021 had 52 weeks. Sales of fiscal 2021 rose against fiscal 2020."
    assert read_filing(annual("Orchard Mills, Inc.", "January 1, 2022", body)).fiscal_year == 2021


@pytest.mark.parametrize(
    ("words", "year"),
    [
        ("Sales rose in fiscal 2023. In fiscal 2023 we closed stores. Sales of fiscal 2022 fell.", 2023),
        ("Sales rose in fiscal 2022. In fiscal 2022 we closed stores. Sales of fiscal 2021 fell.", 2022),
        ("Sales rose.", 2022),
    ],
)
def test_a_retailers_year_is_named_by_its_own_words(words: str, year: int) -> None:
    assert read_filing(annual("Orchard Stores, Inc.", "January 28, 2023", words)).fiscal_year == year


@pytest.mark.parametrize(
    ("ended", "columns", "year", "quarter"),
    [
        ("March 31, 2023", "Three Months Ended March 31,", 2023, 1),
        ("June 30, 2023", "Three Months Ended June 30, Six Months Ended June 30,", 2023, 2),
        ("December 31, 2022", "Three months ended Six months ended December 31,", 2023, 2),
        ("September 30, 2023", "Three and nine months ended September 30,", 2023, 3),
        ("October 29, 2022", "13 weeks ended 39 weeks ended October 29,", 2022, 3),
    ],
)
def test_a_quarter_is_read_from_the_columns(ended: str, columns: str, year: int, quarter: int) -> None:
    filing = read_filing(quarterly("Orchard Mills, Inc.", ended, *[columns] * 4))
    assert (filing.fiscal_year, filing.fiscal_quarter) == (year, quarter)


def test_the_date_of_an_event_is_no_fiscal_period() -> None:
    cover = (
        f"{COMMISSION}FORM 8-K\nDate of Report (Date of earliest event reported): July 1, 2022\nOrchard plc\n{CHARTER}"
    )
    assert read_filing(document(cover)) == Filing(company="Orchard plc", form="8-K")


def test_a_transition_report_ends_where_its_period_does() -> None:
    period = "For the transition period from July 1, 2022 to December 31, 2022"
    cover = f"{COMMISSION}FORM 10-KT\n{period}\nOrchard Mills plc\n{CHARTER}"
    assert read_filing(document(cover)) == Filing(
        company="Orchard Mills plc", form="10-KT", fiscal_year=2022, period_end=date(2022, 12, 31)
    )


def test_a_release_is_told_from_the_report_of_the_same_period() -> None:
    release = document(
        "Exhibit 99.1\nORCHARD MILLS REPORTS FOURTH QUARTER AND FULL YEAR 2022 RESULTS\n"
        "Akron, Ohio, February 8, 2023 - Orchard Mills, Inc. (NYSE: ORM) today reported results for the quarter and "
        "year ended December 31, 2022. It files a Form 10-K too. Outlook: year ending December 31, 2023."
    )
    assert read_filing(release) == Filing(
        company="Orchard Mills, Inc.", form="release", fiscal_year=2022, fiscal_quarter=4, period_end=date(2022, 12, 31)
    )


def test_a_release_takes_its_own_period_and_not_that_of_a_year_ago() -> None:
    release = document(
        "Orchard reports fiscal 2023 results\nJune 2023 quarter:\nThree Months Ended June 30, 2022",
        *["Twelve Months Ended June 30, 2022 Twelve Months Ended June 30, 2023"] * 3,
    )
    filing = read_filing(release)
    assert (filing.company, filing.fiscal_year, filing.fiscal_quarter) == ("Orchard", 2023, 4)
    assert filing.period_end == date(2023, 6, 30)


def test_an_annual_report_without_a_cover_of_the_commission_is_read_too() -> None:
    report = document("Orchard Mills plc\nAnnual Report 2022", "For the year ended 31 December 2022 sales rose.")
    assert read_filing(report) == Filing(
        company="Orchard Mills plc", form="annual report", fiscal_year=2022, period_end=date(2022, 12, 31)
    )


@pytest.mark.parametrize(
    "text", ["", "   \n ", "nothing of interest", "\x00\ufffe\u200b", "Form", "For the year ended 31 February 2022"]
)
def test_what_cannot_be_read_is_unknown_and_no_error(text: str) -> None:
    assert read_filing(document(text)) == Filing()
    assert read_filing(document()) == Filing()


@pytest.mark.parametrize(
    "unit", ["a ", "Form ", "for the year ended ", "exact name of ", "NYSE: (", "____", "fiscal 2", "A" * 9, "\n"]
)
def test_hostile_repetition_is_read_in_bounded_work(unit: str) -> None:
    hostile = unit * (1_000_000 // len(unit))
    assert read_filing(document(hostile, hostile)).fiscal_year is None
