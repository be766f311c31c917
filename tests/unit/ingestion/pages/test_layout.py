from raglite.ingestion.pages.layout import page_of
from raglite.ingestion.pages.lines import Word
from raglite.model import Block, BlockKind
from tests.unit.ingestion.pages.drawn import words

LEFT = """
the company sells goods in all
countries and it has done so for
a long time with much success and
it expects to go on in this way
for as long as customers are glad
to buy what it makes from wood or
from paper or from steel in a way
that nobody else has tried before"""
RIGHT = """
risks are many and some of them
may be great so that a reader of
this report should think of them
before buying any of the shares
that are on offer here or at the
exchange where they are traded on
each day of the week but not on a
holiday or when there is no trade"""


def shown(blocks: tuple[Block, ...]) -> list[tuple[BlockKind, int, str]]:
    return [(block.kind, block.level, block.text) for block in blocks]


def test_a_page_is_headings_paragraphs_and_tables_in_reading_order() -> None:
    drawing = """
Item 7. Results

Sales rose in every segment and in every region that we report on, and they did so for the
third year in a row, which pleased us.
                                                  2021      2020
Sales                                              100        90
Costs                                               50        45

We thank our customers.
"""
    page = page_of(3, words(drawing, bold=(0,)), (612, 792))
    kinds = [(block.kind, block.level) for block in page.blocks]
    assert kinds == [
        (BlockKind.HEADING, 3),
        (BlockKind.PARAGRAPH, 0),
        (BlockKind.TABLE, 0),
        (BlockKind.PARAGRAPH, 0),
    ]
    assert page.blocks[1].text.endswith("for the third year in a row, which pleased us.")
    assert page.blocks[2].table == 0
    assert page.blocks[2].text == page.tables[0].text
    assert (page.number, page.width, page.height) == (3, 612, 792)


def test_no_word_of_a_page_is_lost() -> None:
    drawing = (
        LEFT + "\n\n                2021    2020\nSales              1       2\nCosts              3       4\n\nEnd."
    )
    page = page_of(1, words(drawing))
    assert sorted(page.text.split()) == sorted(drawing.split())
    assert set(" ".join(block.text for block in page.blocks).split()) == set(drawing.split())


def test_a_line_that_ends_early_ends_its_paragraph() -> None:
    drawing = "A first paragraph of some length\nends here.\nA second paragraph of some words"
    assert [block.text for block in page_of(1, words(drawing)).blocks] == [
        "A first paragraph of some length ends here.",
        "A second paragraph of some words",
    ]


def test_large_lines_are_headings_above_bold_ones() -> None:
    title = [Word("Annual", 0, 0, 60, 20), Word("Report", 70, 0, 130, 20)]
    body = [Word(w.text, w.left, w.top + 40, w.right, w.bottom + 40, w.bold) for w in words(LEFT, bold=(0,))]
    levels = [block.level for block in page_of(1, title + body).blocks]
    assert levels[:2] == [1, 3]
    assert set(levels[2:]) == {0}


def test_two_columns_of_prose_are_read_one_after_the_other() -> None:
    pairs = zip(LEFT.strip().splitlines(), RIGHT.strip().splitlines(), strict=True)
    drawing = "\n".join(one.ljust(40) + other for one, other in pairs)
    text = " ".join(page_of(1, words(drawing)).text.split())
    assert text == " ".join((LEFT + RIGHT).split())


def test_names_and_titles_side_by_side_stay_rows() -> None:
    drawing = "\n".join(f"{'Director Number ' + letter + ' Smith':40}Chairman Of The Board" for letter in "ABCDEFGHIJ")
    assert page_of(1, words(drawing)).text.splitlines()[0].split("  ")[0] == "Director Number A Smith"
    assert "Chairman" in page_of(1, words(drawing)).text.splitlines()[0]


def test_without_a_page_size_there_are_no_boxes() -> None:
    page = page_of(1, words("                2021    2020\nSales              1       2\nCosts              3       4"))
    assert page.tables
    assert {block.box for block in page.blocks} | {cell.box for cell in page.tables[0].cells} == {None}


def test_arabic_reads_from_the_right() -> None:
    placed = [
        Word("\u0627\u0644\u0639\u0627\u0644\u0645", 0, 0, 40, 10),
        Word("\u0645\u0631\u062d\u0628\u0627", 45, 0, 90, 10),
    ]
    assert page_of(1, placed).text == "\u0645\u0631\u062d\u0628\u0627 \u0627\u0644\u0639\u0627\u0644\u0645"


def test_a_page_without_words_is_an_empty_page() -> None:
    page = page_of(9, [], (612, 792))
    assert (page.number, page.text, page.blocks, page.tables) == (9, "", (), ())
