"""Where on its page an excerpt stands."""

from hypothesis import given
from hypothesis import strategies as st

from raglite.model import Block, BlockKind, Box, Cell, Page, Table
from raglite.retrieval.citation import excerpt
from raglite.retrieval.marks import around, marks

WORDS = st.text(st.characters(categories=["L", "N"]), min_size=5, max_size=12)
TEXTS = st.lists(st.lists(WORDS, min_size=2, max_size=12).map(" ".join), min_size=1, max_size=8, unique=True)


def box(place: int) -> Box:
    return Box(left=50, top=100 * place, right=500, bottom=100 * place + 80)


def paragraphs(*texts: str) -> Page:
    blocks = (Block(kind=BlockKind.PARAGRAPH, text=text, box=box(place)) for place, text in enumerate(texts))
    return Page(number=1, text="\n".join(texts), blocks=tuple(blocks), width=595, height=842)


def statement(*rows: tuple[str, ...]) -> Page:
    cells = tuple(
        Cell(
            row=row,
            column=column,
            text=text,
            box=Box(left=100 * column, top=20 * row, right=100 * column + 90, bottom=20 * row + 15),
        )
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )
    table = Table(rows=len(rows), columns=len(rows[0]), cells=cells)
    return Page(number=1, text="", blocks=(Block(kind=BlockKind.TABLE, text="", table=0),), tables=(table,))


@given(TEXTS, st.data())
def test_a_block_that_is_the_excerpt_is_marked_and_no_other_that_shares_no_line(
    texts: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(texts) - 1))
    found = marks(paragraphs(*texts), texts[place])
    assert box(place) in found
    apart = ["".join(text.split()) for text in texts]
    others = {box(other) for other, text in enumerate(apart) if text in apart[place] or apart[place] in text}
    assert set(found) <= others


@given(TEXTS, st.integers(20, 200))
def test_whatever_part_of_a_page_an_excerpt_is_something_of_it_is_marked(texts: list[str], limit: int) -> None:
    page = paragraphs(*texts)
    shown = excerpt(page.text, texts[-1], limit)
    if any(len("".join(line.split()).strip("\u2026")) >= 4 for line in shown.splitlines()):
        assert marks(page, shown)


def test_line_breaks_and_spaces_of_the_print_do_not_matter() -> None:
    page = paragraphs("Net sales rose by 4 % to\n$ 200   million.", "Debt was repaid.")
    assert marks(page, "\u2026Net sales rose by 4 % to $ 200 million.") == (box(0),)


def test_of_a_table_the_rows_that_are_shown_are_marked() -> None:
    page = statement(("", "2023", "2022"), ("Revenue", "200", "190"), ("Costs", "150", "140"))
    [row] = marks(page, "Revenue 200 190")
    assert (row.left, row.top, row.right, row.bottom) == (0, 20, 290, 35)


def test_what_stands_nowhere_marks_nothing() -> None:
    assert marks(paragraphs("Net sales rose."), "Employees are many.") == ()
    assert marks(paragraphs("Net sales rose."), "") == ()
    assert marks(Page(number=1, text="Net sales rose."), "Net sales rose.") == ()


@given(
    st.lists(
        st.builds(
            lambda a, b, c, d: Box(left=min(a, b), top=min(c, d), right=max(a, b), bottom=max(c, d)),
            *[st.floats(0, 900)] * 4,
        ),
        min_size=1,
    )
)
def test_what_is_around_boxes_holds_each_of_them(boxes: list[Box]) -> None:
    outer = around(boxes)
    assert all(outer.left <= one.left and outer.right >= one.right for one in boxes)
    assert all(outer.top <= one.top and outer.bottom >= one.bottom for one in boxes)
