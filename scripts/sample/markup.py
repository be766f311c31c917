"""The little markup that the templates write, and what it says: pages of blocks, and the questions each page answers.

| line starts with | is                                                                                        |
|------------------|-------------------------------------------------------------------------------------------|
| `---`            | a page break                                                                              |
| `# ` to `### `   | a heading                                                                                 |
| `^ `             | a centred line                                                                            |
| `* `             | a bullet                                                                                  |
| `|MARKS `        | a table's row; marks: `!` head, which starts a table, `#` subhead, `=` total, `$` dollars |
| `! `             | the running footer                                                                        |
| `% `             | `theme NAME`, `header` and the running header, or `columns`: in two from here on          |
| `@ `             | names of what stands on this page, by which questions find it                             |
| `? `             | `id | question | answer`, answered on this page; `? id` alone where it is answered too    |

A table's cell `<` belongs to the cell on its left, and `//` breaks a line.
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
    places: list[str] = field(default_factory=list)


@dataclass
class Report:
    """A document's pages, its running header and footer, and the theme it is set in."""

    pages: list[Page] = field(default_factory=lambda: [Page()])
    footer: str = ""
    header: str = ""
    theme: str = "filing"


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
        elif first == "@":
            page.places += rest.split()
        elif first == "%":
            _set(report, rest)
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


def _set(report: Report, setting: str) -> None:
    name, _, value = setting.partition(" ")
    if name == "columns":
        report.pages[-1].blocks.append(Block("columns"))
    elif name in {"theme", "header"}:
        setattr(report, name, value)
    else:
        raise ValueError(f"There is no setting {name}: write theme, header or columns.")


def _add_row(page: Page, line: str) -> None:
    match = _ROW.fullmatch(line)
    if not match:
        raise ValueError(f"This is no row of a table: {line}")
    row = Row(match["marks"], tuple(cell.strip() for cell in match["cells"].split("|")))
    if not page.blocks or page.blocks[-1].style != "table" or ("!" in row.marks and not _is_head(page.blocks[-1])):
        page.blocks.append(Block("table"))
    page.blocks[-1].rows.append(row)


def _is_head(table: Block) -> bool:
    """Tell whether a table has nothing but head rows yet: a head may have several."""
    return all("!" in row.marks for row in table.rows)
