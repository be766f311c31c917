"""The little markup that the templates write, and what it says: pages of blocks, and the questions each page answers.

| line starts with | is                                                                                        |
|------------------|-------------------------------------------------------------------------------------------|
| `---`            | a page break                                                                              |
| `# ` to `### `   | a heading                                                                                 |
| `^ `             | a centred line                                                                            |
| `* `             | a bullet                                                                                  |
| `|MARKS `        | a table's row; marks: `!` head, which starts a table, `#` subhead, `=` total, `$` dollars |
| `! `             | the running footer                                                                        |
| `? `             | `id | question | answer`, answered on this page; `? id` alone where it is answered too    |
"""

import re
from dataclasses import dataclass, field

_STYLES = {"#": "title", "##": "item", "###": "heading", "^": "centred", "*": "bullet"}
_ROW = re.compile(r"\|(?P<marks>[!#=$]*)(?P<cells>.*)\|")


@dataclass(frozen=True)
class Row:
    """One row of a table; the first cell is its label."""

    marks: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A piece of text in a style, or a table, which has rows instead."""

    style: str
    text: str = ""
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """A question that a page answers; text and answer are empty where an earlier page has given them."""

    id: str
    text: str = ""
    answer: str = ""


@dataclass
class Page:
    """What stands on one page, in order."""

    blocks: list[Block] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)


@dataclass
class Report:
    """A document's pages and its running footer."""

    pages: list[Page] = field(default_factory=lambda: [Page()])
    footer: str = ""


def read(markup: str) -> Report:
    """Return what the markup says."""
    report = Report()
    for line in filter(None, map(str.strip, markup.splitlines())):
        page = report.pages[-1]
        first, _, rest = line.partition(" ")
        if line == "---":
            report.pages.append(Page())
        elif first == "!":
            report.footer = rest
        elif first == "?":
            page.asked.append(asked(rest))
        elif line.startswith("|"):
            _add_row(page, line)
        elif first in _STYLES:
            page.blocks.append(Block(_STYLES[first], rest))
        else:
            page.blocks.append(Block("text", line))
    return report


def asked(text: str) -> Asked:
    """Read `id | question | answer`, or an id alone."""
    return Asked(*(part.strip() for part in text.split(" | ")))


def _add_row(page: Page, line: str) -> None:
    match = _ROW.fullmatch(line)
    if not match:
        raise ValueError(f"This is no row of a table: {line}")
    row = Row(match["marks"], tuple(cell.strip() for cell in match["cells"].split("|")))
    if not page.blocks or page.blocks[-1].style != "table" or "!" in row.marks:
        page.blocks.append(Block("table"))
    page.blocks[-1].rows.append(row)
