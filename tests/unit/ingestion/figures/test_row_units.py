import pytest

from raglite.ingestion.figures.amounts import read_amount
from raglite.ingestion.figures.row_units import Counted, Row, counted_in
from raglite.ingestion.figures.units import Units, units_in_prose, units_of

MILLION, THOUSAND = 1_000_000, 1_000


@pytest.mark.parametrize(
    ("caption", "units"),
    [
        ("(In millions, except per share amounts)", Units(None, MILLION, MILLION)),
        ("(dollars in millions, except per share amounts, and shares in thousands)", Units("USD", MILLION, THOUSAND)),
        ("$ and shares in millions, except per share amounts", Units("USD", MILLION, MILLION)),
        ("(In thousands, except share and per share data)", Units(None, THOUSAND, 1)),
        ("(Dollars in millions)", Units("USD", MILLION, None)),
        ("\u20acm", Units("EUR", MILLION, MILLION)),
        ("\u00a3'000", Units("GBP", THOUSAND, THOUSAND)),
        ("RMB'000", Units("CNY", THOUSAND, THOUSAND)),
        ("TEUR", Units("EUR", THOUSAND, THOUSAND)),
        ("MSEK", Units("SEK", MILLION, MILLION)),
        ("in CHF millions", Units("CHF", MILLION, MILLION)),
        ("(\u20b9 in crores)", Units("INR", 10_000_000, None)),
        ("Thousands of U.S. dollars", Units("USD", THOUSAND, THOUSAND)),
        ("Europe, Middle East and Africa", Units()),
        ("The company paid $5 million", Units()),
    ],
)
def test_a_caption_gives_currency_and_scale(caption, units):
    assert units_of(caption) == units


def test_prose_gives_the_scale_it_introduces_a_table_with_and_not_that_of_a_sum():
    assert units_in_prose("After $5 thousand of costs, revenue was as follows (in millions):").scale == MILLION


def counted(label, *texts, heading=(), header="2018", units="(In thousands, except per share amounts)", **more):
    amounts = [read_amount(text) for text in texts]
    row = Row((label, *heading), amounts, **more)
    return counted_in(row, Units("USD").over(units_of(units)), header, amounts[0])


@pytest.mark.parametrize(
    ("label", "text", "heading", "unit", "scale"),
    [
        ("Net sales", "$32,765", (), "USD", THOUSAND),
        ("Basic", "$9.09", ("Earnings per share",), "USD/share", 1),
        ("Basic", "588,500", ("Weighted average shares outstanding", "Earnings per share"), "shares", THOUSAND),
        ("Shares used to compute basic net income per share", "498,764", (), "shares", THOUSAND),
        ("Diluted shares (in millions)", "602.0", (), "shares", MILLION),
        ("Common stock, $0.01 par value per share", "9", (), "USD", THOUSAND),
        ("Common stock, 1,000 shares issued and outstanding", "61", (), "USD", THOUSAND),
        ("Cash dividends ($1.20 per share)", "(2,678)", (), "USD", THOUSAND),
        ("Net income", "5,058", ("Earnings per share",), "USD", THOUSAND),
        ("Noncontrolling interests", "(16)", ("Numerator for earnings per share",), "USD", THOUSAND),
        ("Basic", "245", ("Earnings per share",), "USD/share", 1),
        ("Effective tax rate", "24.1%", (), "percent", 1),
        ("5.5% senior notes due 2027", "675,000", (), "USD", THOUSAND),
        ("Current ratio", "1.9", (), "ratio", 1),
        ("Net debt to EBITDA", "2.5x", (), "ratio", 1),
        ("Weighted average exercise price", "91.01", (), "USD/share", 1),
    ],
)
def test_a_row_is_counted_as_its_label_or_its_group_says(label, text, heading, unit, scale):
    assert counted(label, text, heading=heading) == Counted(unit, scale)


def test_shares_that_are_bought_are_money_in_a_statement():
    assert counted("Common shares repurchased", "(9,000)", is_statement=True) == Counted("USD", THOUSAND)


def test_a_column_of_shares_is_counted_in_shares():
    assert counted("October", "4,295", "$370.12", header="Total Number of Shares Purchased").unit == "shares"


def test_a_number_with_decimals_among_whole_sums_is_doubtful():
    assert counted("Remaining term", "4.3", is_whole=True) == Counted("USD", THOUSAND, sure=False)
    assert counted("Revenue", "4.3", is_whole=False) == Counted("USD", THOUSAND)


def test_what_is_counted_in_nothing_known_is_doubtful():
    assert counted("Number of stores", "1,009") == Counted("", 1, sure=False)


def test_without_a_scale_money_is_doubtful():
    assert counted("Net sales", "$32,765", units="") == Counted("USD", 1, sure=False)


def test_a_bare_dollar_is_the_dollar_that_the_caption_says():
    units = units_of("(in millions of Canadian dollars)")
    assert counted_in(Row(("Net sales",), [read_amount("$5")]), units, "2018", read_amount("$5")) == Counted(
        "CAD", MILLION
    )
