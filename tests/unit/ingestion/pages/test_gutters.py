"""What is a gutter between two columns, and what is the white in a table that must not be cut."""

from raglite.ingestion.pages.gutters import gutter
from raglite.ingestion.pages.layout import page_of
from tests.unit.ingestion.pages.drawn import drawn, words

PROSE = """
the company sells goods in many
regions and it has done so for a
long time with much success and
it expects to go on in this way
for as long as customers like it
or until something better is on
offer here or in other countries"""


def beside(left: str, right: str, at: int) -> str:
    rows = max(left.strip("\n").count("\n"), right.strip("\n").count("\n")) + 1
    columns = [text.strip("\n").splitlines() + [""] * rows for text in (left, right)]
    return "\n".join(one.ljust(at) + other for one, other in zip(*(column[:rows] for column in columns), strict=True))


def test_a_table_beside_prose_is_cut_off() -> None:
    table = "              2023   2022\nSales          100     90\nCosts           50     45\nTaxes            7      6"
    (band,) = gutter(drawn(beside(PROSE, table, 40)))
    assert (band.first, band.last, band.edge) == (0, 7, 199.5)


def test_the_columns_of_a_table_are_not_cut_apart_however_long_its_labels_are() -> None:
    labels = "\n".join(f"{line}  " for line in PROSE.strip().splitlines())
    assert gutter(drawn(beside(labels, "\n".join(["   1,234      987"] * 7), 40))) == []


def test_remarks_that_begin_beside_the_rows_of_a_table_stay_with_them() -> None:
    rows = "\n".join(f"Sales {name}        1,23{at}\n\n" for at, name in enumerate("ABCD"))
    remarks = "\n".join(
        f"which rose as customers {word} more\nof what is made there and less\nof the rest."
        for word in ("bought", "wanted", "ordered", "needed")
    )
    assert gutter(drawn(beside(rows, remarks, 40))) == []


def test_the_numbers_of_a_list_stay_with_their_items() -> None:
    assert gutter(drawn(beside("\n".join(f"10.{at}" for at in range(7)), PROSE, 20))) == []


def test_the_marks_of_a_list_in_the_right_column_belong_to_it() -> None:
    marked = "\n".join(("* " if at % 2 == 0 else "  ") + line for at, line in enumerate(PROSE.strip().splitlines()))
    (band,) = gutter(drawn(beside(PROSE, marked.replace("* ", "*   ").replace("  ", "    ", 1), 40)))
    assert band.edge == 199.5


def test_a_table_over_both_columns_is_read_after_them_with_its_title() -> None:
    table = """
Net debt of the group
                              2023     2022
Bank loans                     100       90
Bonds                           50       45
Leases                           7        6"""
    text = page_of(1, words(f"{beside(PROSE, PROSE, 38)}\n\n{table}")).text
    lines = " ".join(text.split())
    assert lines.endswith("Net debt of the group 2023 2022 Bank loans 100 90 Bonds 50 45 Leases 7 6")
    assert lines.startswith(" ".join((PROSE + PROSE).split()))


def test_names_and_titles_side_by_side_are_no_columns() -> None:
    people = "\n".join(f"Director {letter} Smith".ljust(40) + "Chairman Of The Board" for letter in "ABCDEFGH")
    assert gutter(drawn(people)) == []
