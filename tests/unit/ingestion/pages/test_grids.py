from raglite.ingestion.pages.grids import Spot, table_of
from raglite.model import Table


def table(*spots: Spot) -> Table:
    found = table_of(spots)
    assert found is not None
    return found


def grid(found: Table) -> list[dict[int, str]]:
    return [{cell.column: cell.text for cell in found.cells if cell.row == row} for row in range(found.rows)]


FILING = (
    Spot(1, 3, 6, "2024"),
    Spot(1, 9, 12, "2023"),
    Spot(2, 0, 3, "Net  sales"),
    Spot(2, 3, 4, "$"),
    Spot(2, 4, 5, "391,035"),
    Spot(2, 9, 10, "$"),
    Spot(2, 10, 11, "383,285"),
    Spot(3, 0, 3, "Other expense"),
    Spot(3, 3, 5, "(565"),
    Spot(3, 5, 6, ")"),
    Spot(3, 9, 11, "269"),
    Spot(3, 11, 12, ""),
)


def test_a_figure_in_three_cells_is_one_figure_in_its_years_column() -> None:
    found = table(*FILING)
    assert grid(found) == [
        {1: "2024", 2: "2023"},
        {0: "Net sales", 1: "$391,035", 2: "$383,285"},
        {0: "Other expense", 1: "(565)", 2: "269"},
    ]
    assert (found.rows, found.columns) == (3, 3)


def test_rows_of_years_above_the_figures_are_headers() -> None:
    assert {cell.row for cell in table(*FILING).cells if cell.is_header} == {0}


def test_rows_that_are_marked_as_headers_are_headers() -> None:
    found = table(Spot(0, 0, 1, "Name", is_header=True), Spot(0, 1, 2, "Age", is_header=True), Spot(1, 0, 1, "Ann"))
    assert {cell.text for cell in found.cells if cell.is_header} == {"Name", "Age"}


def test_a_header_over_two_columns_stands_in_both() -> None:
    found = table(Spot(0, 1, 3, "Three months"), Spot(1, 0, 1, "Sales"), Spot(1, 1, 2, "1"), Spot(1, 2, 3, "2"))
    assert grid(found)[0] == {1: "Three months", 2: "Three months"}


def test_a_row_that_spans_all_columns_stands_in_the_first() -> None:
    found = table(
        Spot(0, 1, 2, "2024"), Spot(0, 2, 3, "2023"), Spot(1, 0, 1, "Sales"), Spot(1, 1, 2, "1"), Spot(1, 2, 3, "2"),
        Spot(2, 0, 3, "(a) as restated"),
    )  # fmt: skip
    assert grid(found)[2] == {0: "(a) as restated"}


def test_the_text_has_a_line_a_row() -> None:
    assert table(*FILING).text.splitlines() == [
        "2024  2023",
        "Net sales  $391,035  $383,285",
        "Other expense  (565)  269",
    ]


def test_cells_without_text_make_no_table() -> None:
    assert table_of([Spot(0, 0, 1, " "), Spot(1, 0, 1, "\n")]) is None
