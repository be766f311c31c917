"""What a document says it is. Every company here is made up."""

from datetime import date

import pytest

from raglite.ingestion.filings.filing import read_filing
from raglite.model import Filing, ParsedDocument, Reading
from tests.unit.ingestion.filings.covers import document

COMMISSION = "UNITED STATES\nSECURITIES AND EXCHANGE COMMISSION\nWashington, D.C. 20549\n"
CHARTER = "(Exact name of registrant as specified in its charter)"


def identity(parsed: ParsedDocument) -> Filing:
    """What a document is, without its other names, its money and what all that was read from."""
    return Filing(
        **read_filing(parsed).model_dump(include={"company", "form", "fiscal_year", "fiscal_quarter", "period_end"})
    )


def annual(name: str, ended: str, *pages: str, form: str = "FORM 10-K") -> ParsedDocument:
    cover = f"{COMMISSION}{form}\nFor the fiscal year ended {ended}\nCommission file number 1-2345\n{name}\n{CHARTER}\n"
    return document(cover, *pages)


def quarterly(name: str, ended: str, *pages: str) -> ParsedDocument:
    cover = f"{COMMISSION}FORM 10-Q\nFor the quarterly period ended {ended}\nCommission file number 1-2345\n"
    return document(f"{cover}{name}\n{CHARTER}\n", *pages)


def test_an_annual_report_is_read_from_its_cover() -> None:
    assert identity(annual("Orchard Mills, Inc.", "June 30, 2023")) == Filing(
        company="Orchard Mills, Inc.", form="10-K", fiscal_year=2023, period_end=date(2023, 6, 30)
    )


@pytest.mark.parametrize("year", ["0000", "9999"])
def test_a_quarter_of_no_possible_year_is_passed_over(year: str) -> None:
    filing = identity(document(f"Orchard Mills, Inc. announces results\nJune {year} quarter"))
    assert filing == Filing(company="Orchard Mills, Inc.", form="release")


def test_non_breaking_and_letter_spacing_do_not_hide_a_cover() -> None:
    cover = (
        "F O R M  1 0 - K\nFor\xa0the\xa0fiscal\xa0year\xa0ended\xa0December\xa031,\xa02021\n"
        "____________ Orchard Mills, Inc.\n(Exact\xa0name\xa0of\xa0registrant\xa0as\xa0specified\xa0in\xa0charter)"
    )
    assert identity(document(cover)) == Filing(
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
    assert identity(document(cover)) == Filing(company="Orchard plc", form="8-K")


def test_a_transition_report_ends_where_its_period_does() -> None:
    period = "For the transition period from July 1, 2022 to December 31, 2022"
    cover = f"{COMMISSION}FORM 10-KT\n{period}\nOrchard Mills plc\n{CHARTER}"
    assert identity(document(cover)) == Filing(
        company="Orchard Mills plc", form="10-KT", fiscal_year=2022, period_end=date(2022, 12, 31)
    )


def test_a_release_is_told_from_the_report_of_the_same_period() -> None:
    release = document(
        "Exhibit 99.1\nORCHARD MILLS REPORTS FOURTH QUARTER AND FULL YEAR 2022 RESULTS\n"
        "Akron, Ohio, February 8, 2023 - Orchard Mills, Inc. (NYSE: ORM) today reported results for the quarter and "
        "year ended December 31, 2022. It files a Form 10-K too. Outlook: year ending December 31, 2023."
    )
    assert identity(release) == Filing(
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
    assert identity(report) == Filing(
        company="Orchard Mills plc", form="annual report", fiscal_year=2022, period_end=date(2022, 12, 31)
    )


@pytest.mark.parametrize(
    "text", ["", "   \n ", "nothing of interest", "\x00\ufffe\u200b", "Form", "For the year ended 31 February 2022"]
)
def test_what_cannot_be_read_is_unknown_and_no_error(text: str) -> None:
    assert read_filing(document(text)) == Filing()
    assert read_filing(document()) == Filing()


@pytest.mark.parametrize(
    "unit",
    [
        "a ", "Form ", "for the year ended ", "exact name of ", "NYSE: (", "____", "fiscal 2", "A" * 9, "\n", "A & B ",
        "Acme Inc. - ", '"Acme," ', "Former name: ", "changed its name from A, ", "Acme Trust 1\n",
    ],
)  # fmt: skip
def test_hostile_repetition_is_read_in_bounded_work(unit: str) -> None:
    hostile = unit * (1_000_000 // len(unit))
    assert read_filing(document(f"Acme Inc.\n{hostile}", hostile)).fiscal_year is None


def test_each_field_tells_the_words_and_the_page_it_was_read_from() -> None:
    filing = read_filing(annual("ORCHARD MILLS, INC.", "June 30, 2023", "Orchard Mills, Inc. (in thousands, $)"))
    assert filing.readings == (
        Reading(field="company", words="ORCHARD MILLS, INC.", confidence=0.9, page=1),
        Reading(field="form", words="FORM 10-K", confidence=0.9, page=1),
        Reading(field="fiscal_year", words="year ended June 30, 2023", confidence=0.9, page=1),
        Reading(field="period_end", words="year ended June 30, 2023", confidence=0.9, page=1),
        Reading(field="currency", words="$", confidence=0.6, page=2),
        Reading(field="scale", words="in thousands", confidence=0.9, page=2),
    )


def test_what_follows_from_elsewhere_is_trusted_less_than_what_the_cover_says() -> None:
    report = document("Some pictures", "\u00a9 2023 Orchard Mills plc", "For the year ended 31 December 2022")
    said = {reading.field: reading for reading in read_filing(report).readings}
    assert said["company"] == Reading(field="company", words="Orchard Mills plc", confidence=0.6, page=2)


def test_the_uploader_is_believed_before_the_text() -> None:
    parsed = annual("Orchard Mills, Inc.", "June 30, 2023", "Orchard Mills, Inc. (in thousands)")
    filing = read_filing(
        parsed,
        {
            "raglite-company": "Orchard Flour, Inc.",
            "raglite-form": "10k/a",
            "raglite-fiscal-year": "2022",
            "raglite-fiscal-quarter": "Q4",
            "raglite-period-end": "2022-06-30",
            "raglite-names": "ORM; Orchard Flour",
            "unrelated": "1",
        },
    )
    assert filing.model_copy(update={"readings": ()}) == Filing(
        company="Orchard Flour, Inc.",
        form="10-K/A",
        fiscal_year=2022,
        fiscal_quarter=4,
        period_end=date(2022, 6, 30),
        names=("ORM", "Orchard Flour", "Orchard Mills, Inc."),
        currency="USD",
        scale=1_000,
    )
    assert Reading(field="company", words="raglite-company=Orchard Flour, Inc.", confidence=1) in filing.readings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fiscal-year", "soon"), ("fiscal-year", "202"), ("fiscal-year", "9999"), ("fiscal-quarter", "5"),
        ("period-end", "2022-02-30"), ("period-end", "June"), ("company", "x" * 500),
        ("form", "\x07"), ("names", "; ;"),
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_read_is_passed_over_and_says_what_to_write(name: str, value: str) -> None:
    parsed = annual("Orchard Mills, Inc.", "June 30, 2023")
    filing, without = read_filing(parsed, {f"raglite-{name}": value}), read_filing(parsed)
    *readings, last = filing.readings
    assert filing.model_copy(update={"readings": tuple(readings)}) == without
    assert (last.field, last.confidence, last.page) == (name.replace("-", "_"), 0, None)
    assert last.words.startswith(f"passed over, write it as in raglite-{name}=")


def test_metadata_of_other_letters_arrives_encoded_and_is_read() -> None:
    filing = read_filing(document("a page"), {"raglite-company": "=?UTF-8?B?w4lsYW4gU0E=?="})
    assert filing.company == "Élan SA"


def test_a_file_name_is_believed_only_where_the_text_says_nothing() -> None:
    name = "ORCHARD_2021Q3_10Q.pdf"
    hinted = read_filing(document("nothing of interest"), {}, name)
    assert (hinted.company, hinted.form, hinted.fiscal_year, hinted.fiscal_quarter) == ("ORCHARD", "10-Q", 2021, 3)
    assert {(reading.words, reading.confidence, reading.page) for reading in hinted.readings} == {(name, 0.3, None)}
    parsed = annual("Mills, Inc.", "June 30, 2023")
    assert read_filing(parsed, {}, name) == read_filing(parsed)


@pytest.mark.parametrize(
    "name", ["0001.pdf", "3f2a9c10-k7.pdf", "scan 2021.pdf", "a10k.pdf", "report.pdf", "", ".pdf", "2021_annual.pdf"]
)
def test_an_opaque_file_name_hints_at_nothing(name: str) -> None:
    assert read_filing(document("nothing of interest"), {}, name) == Filing()


def test_a_file_name_gives_the_report_of_an_event_no_period() -> None:
    cover = f"{COMMISSION}FORM 8-K\nDate of Report: July 1, 2022\nOrchard plc\n{CHARTER}"
    assert read_filing(document(cover), {}, "ORCHARD_2022_8K.pdf").fiscal_year is None


def test_a_cover_behind_a_long_letter_is_found() -> None:
    letter = ["To our shareholders: the mills turned."] * 12
    parsed = annual("Orchard Mills, Inc.", "June 30, 2023")
    filing = read_filing(document(*letter, parsed.pages[0].text))
    assert (filing.company, filing.form, filing.period_end) == ("Orchard Mills, Inc.", "10-K", date(2023, 6, 30))


def test_another_companys_symbol_and_generic_terms_are_no_names() -> None:
    body = 'Orchard Mills, Inc. (the "Company", "we" or "Registrant") bought Pear plc (NYSE: PEAR) ("Pear").'
    assert read_filing(annual("Orchard Mills, Inc.", "June 30, 2023", body)).names == ()
