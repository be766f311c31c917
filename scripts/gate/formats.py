"""Documents that are no PDFs: what they say, and how each format writes it. The same bytes each time."""

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import escape
from io import BytesIO, StringIO
from typing import Any

import docx
import openpyxl
import pptx
from pptx.util import Inches

from scripts.gate.asked import Asked, Evidence, Topic
from scripts.gate.companies import CONTENT
from scripts.gate.packages import repacked

PAGED = (".pptx", ".xlsx")  # a section is a page there


def others() -> dict[str, bytes]:
    """Return each document by its file name."""
    return {document["file"]: _WRITERS[_suffix(document["file"])](document) for document in _documents()}


def of_others() -> Iterator[Asked]:
    """Yield the questions that stand beside the sections."""
    for document in _documents():
        for number, section in enumerate(document["sections"], 1):
            page = number if _suffix(document["file"]) in PAGED else 1
            for at, asked in enumerate(section["asked"], 1):
                yield Asked(
                    id=f"format-{document['file'].replace('.', '-')}-{number}-{at}",
                    text=asked["text"],
                    answer=asked["answer"],
                    evidence=(Evidence(document["file"], page, tuple(asked["proof"])),),
                    kind="format",
                    topic=Topic(document["company"], _suffix(document["file"])[1:]),
                )


def _plain(document: Mapping[str, Any]) -> bytes:
    parts = [document["title"].upper()]
    for section in document["sections"]:
        parts += [section["title"].upper(), *section.get("text", [])]
    return ("\n\n".join(parts) + "\n").encode()


def _markdown(document: Mapping[str, Any]) -> bytes:
    parts = [f"# {document['title']}"]
    for section in document["sections"]:
        parts += [f"## {section['title']}", *section.get("text", [])]
    return ("\n\n".join(parts) + "\n").encode()


def _html(document: Mapping[str, Any]) -> bytes:
    body = f"<h1>{escape(document['title'])}</h1>\n"
    for section in document["sections"]:
        body += f"<h2>{escape(section['title'])}</h2>\n"
        body += "".join(f"<p>{escape(text)}</p>\n" for text in section.get("text", []))
        head, *rows = section.get("table", [[]])
        if head:
            lines = [_html_row(head, "th"), *(_html_row(row, "td") for row in rows)]
            body += "<table>\n" + "".join(lines) + "</table>\n"
    head = f'<meta charset="utf-8"><title>{escape(document["title"])}</title>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}</body></html>\n'.encode()


def _html_row(cells: list[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"


def _csv(document: Mapping[str, Any]) -> bytes:
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(document["sections"][0]["table"])
    return out.getvalue().encode()


def _word(document: Mapping[str, Any]) -> bytes:
    word = docx.Document()
    word.add_heading(document["title"], level=0)
    for section in document["sections"]:
        word.add_heading(section["title"], level=1)
        for text in section.get("text", []):
            word.add_paragraph(text)
        rows = section.get("table", [])
        if rows:
            table = word.add_table(rows=len(rows), cols=len(rows[0]))
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    table.cell(at, place).text = cell
    return _saved(word.save)


def _slides(document: Mapping[str, Any]) -> bytes:
    deck = pptx.Presentation()
    for section in document["sections"]:
        slide: Any = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = section["title"]
        slide.placeholders[1].text = "\n".join(section.get("text", []))
        rows = section.get("table", [])
        if rows:
            shape = slide.shapes.add_table(len(rows), len(rows[0]), Inches(1), Inches(2), Inches(8), Inches(3))
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    shape.table.cell(at, place).text = cell
    return _saved(deck.save)


def _workbook(document: Mapping[str, Any]) -> bytes:
    book = openpyxl.Workbook()
    for number, section in enumerate(document["sections"]):
        sheet = book.create_sheet(section["title"], number)
        for row in section["table"]:
            sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    del book["Sheet"]
    return _saved(book.save)


def _saved(save: Callable[[BytesIO], None]) -> bytes:
    out = BytesIO()
    save(out)
    return repacked(out.getvalue())


def _suffix(file: str) -> str:
    return file[file.rindex(".") :]


@cache
def _documents() -> list[dict[str, Any]]:
    return list(tomllib.loads((CONTENT / "other.toml").read_text(encoding="utf-8"))["documents"])


_WRITERS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    ".txt": _plain,
    ".md": _markdown,
    ".html": _html,
    ".csv": _csv,
    ".docx": _word,
    ".pptx": _slides,
    ".xlsx": _workbook,
}
