"""Small files that cost whoever reads them without care: made here, by the standard library, each in a moment."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from raglite.errors import ReasonCode

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE_TYPES = "application/vnd.openxmlformats-officedocument"
ZEROS = bytes(1024**2)


@dataclass(frozen=True)
class Hostile:
    """A file, what it is called, and how it may end: refused for one of these reasons, or read (None)."""

    name: str
    make: Callable[[], bytes]
    ends: tuple[ReasonCode | None, ...] = (None,)


def package(members: dict[str, str | bytes | Iterator[bytes]]) -> bytes:
    """Zip members; a content that is an iterator is written piece by piece, so that it is never whole in memory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            with archive.open(name, "w", force_zip64=True) as member:
                if isinstance(content, str | bytes):
                    member.write(content.encode() if isinstance(content, str) else content)
                else:
                    member.writelines(content)
    return buffer.getvalue()


def _office(main: str, kind: str, links: str = "") -> dict[str, str | bytes | Iterator[bytes]]:
    """Return the parts every Office file has around its main part."""
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="bin" ContentType="application/octet-stream"/>'
        f'<Default Extension="xml" ContentType="{OFFICE_TYPES}.{kind}+xml"/>'
        f'<Override PartName="/{main}" ContentType="{OFFICE_TYPES}.{kind}.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>',
        f"{main.replace('/', '/_rels/')}.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
        ),
    }


def docx(body: str, head: str = "", links: str = "", **others: bytes | Iterator[bytes]) -> bytes:
    """Return a Word file with this body; `head` stands before its root element, `links` among its relationships."""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    )
    parts = _office("word/document.xml", "wordprocessingml.document", links)
    return package({**parts, "word/document.xml": text, **{f"word/{name}": part for name, part in others.items()}})


def paragraph(text: str) -> str:
    """Return a paragraph of a Word file."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def xlsx(sheet: Iterator[bytes], dimension: str = "A1") -> bytes:
    """Return a workbook of one sheet with these rows."""
    link = f'<Relationship Id="s1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'

    def rows() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{SHEET}"><dimension ref="{dimension}"/><sheetData>'.encode()
        yield from sheet
        yield b"</sheetData></worksheet>"

    listed = '<sheets><sheet name="A" sheetId="1" r:id="s1"/></sheets>'
    book = f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}">{listed}</workbook>'
    parts = _office("xl/workbook.xml", "spreadsheetml.sheet", link)
    parts["[Content_Types].xml"] = str(parts["[Content_Types].xml"]).replace(
        "spreadsheetml.sheet+xml", "spreadsheetml.worksheet+xml"
    )
    return package({**parts, "xl/workbook.xml": book, "xl/worksheets/sheet1.xml": rows()})


def pdf(*objects: bytes, pages: bytes = b"", count: int = 1) -> bytes:
    """Return a PDF of object 1, its catalog, object 2, its page tree, and these, numbered from 3."""
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (pages or b"3 0 R", count)
    every = (b"<< /Type /Catalog /Pages 2 0 R >>", tree, *objects)
    body, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(every, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(every) + 1, len(body))
    return bytes(body) + b"xref\n0 %d\n0000000000 65535 f \n" % (len(every) + 1) + table + end


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object, packed once already if its entries say so."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def page(content: int = 4, box: bytes = b"0 0 612 792", more: bytes = b"") -> bytes:
    """Return a page object that shows the content of that number in Helvetica."""
    font = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Resources %s /Contents %d 0 R %s >>" % (
        box,
        font,
        content,
        more,
    )


TEXT = stream(b"BT /F1 12 Tf 72 700 Td (Net sales rose to 1,234 million.) Tj ET")


def _packed(mebibytes: int, piece: bytes = ZEROS) -> bytes:
    squeezer = zlib.compressobj(9)
    return b"".join(squeezer.compress(piece) for _ in range(mebibytes)) + squeezer.flush()


def _zip_bomb() -> bytes:
    return docx(paragraph("Sales"), **{"media/a.bin": (ZEROS for _ in range(300))})


def _xml_bomb() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return docx(paragraph("&l9;"), f'<!DOCTYPE lolz [<!ENTITY l0 "lol">{levels}]>')


def _external_entity() -> bytes:
    return docx(paragraph("&x;"), '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>')


def _deep_xml() -> bytes:
    return docx("<w:sdt><w:sdtContent>" * 50_000 + paragraph("Sales") + "</w:sdtContent></w:sdt>" * 50_000)


def _nested_archives() -> bytes:
    bomb = package({"a": (ZEROS for _ in range(200))})
    return docx(paragraph("Sales rose."), **{"embeddings/a.bin": package({f"{n}.zip": bomb for n in range(5)})})


def _many_members() -> bytes:
    return docx(paragraph("Sales"), **{f"media/{n}": b"" for n in range(20_000)})


def _empty_cells() -> bytes:
    rows = (
        b'<row r="%d">%s</row>' % (row, b"".join(b'<c r="%c%d" s="0"/>' % (65 + column, row) for column in range(20)))
        for row in range(2, 50_001)
    )
    first = b'<row r="1"><c r="A1"><v>1234</v></c></row>'
    return xlsx(part for source in ((first,), rows) for part in source)


def _far_cells() -> bytes:
    return xlsx(
        iter(
            [
                b'<row r="1"><c r="A1"><v>1</v></c></row>',
                b'<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
            ]
        ),
        "A1:XFD1048576",
    )


def _pages_of_nothing(count: int) -> bytes:
    return pdf(*[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"] * count,
               pages=b" ".join(b"%d 0 R" % number for number in range(3, 3 + count)), count=count)  # fmt: skip


def _active_and_carrying() -> bytes:
    script = b"/AA << /O << /S /JavaScript /JS (app.launchURL('http://127.0.0.1:9');) >> >>"
    note = (
        b"/Annots [<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS << /F (a.exe) /EF << /F 5 0 R >> >> >>]"
    )
    return pdf(page(more=script + note), TEXT, stream(_packed(100), b"/Type /EmbeddedFile /Filter /FlateDecode"))


def _shown_again_and_again() -> bytes:
    shown = b"BT /F1 12 Tf 72 700 Td (Net sales) Tj ET\n" * 25_000
    return pdf(page(), stream(_packed(40, shown), b"/Filter /FlateDecode"))


def _nested(opened: bytes, times: int, closed: bytes) -> bytes:
    return b"<!DOCTYPE html><html><body>" + opened * times + b"Sales rose." + closed * times + b"</body></html>"


_LARGE, _UNREADABLE = (ReasonCode.TOO_LARGE,), (ReasonCode.UNREADABLE,)
# What costs docling much ends by whichever limit it meets first; on a fast machine it may be through before.
_COSTLY = (ReasonCode.PARSE_MEMORY_LIMIT, ReasonCode.PARSE_TIME_LIMIT, ReasonCode.UNREADABLE, ReasonCode.NO_TEXT, None)

HOSTILE = (
    Hostile("zip_bomb.docx", _zip_bomb, _LARGE),
    Hostile("many_members.docx", _many_members, _LARGE),
    Hostile("xml_bomb.docx", _xml_bomb, _UNREADABLE),
    Hostile("external_entity.docx", _external_entity, _UNREADABLE),
    Hostile("deep.docx", _deep_xml, _UNREADABLE),
    Hostile("nested_archives.docx", _nested_archives),
    Hostile("empty_cells.xlsx", _empty_cells),
    Hostile("far_cells.xlsx", _far_cells, _LARGE),
    Hostile("deep.html", lambda: _nested(b"<div>", 100_000, b"</div>"), _UNREADABLE),
    Hostile("deep_table.html", lambda: _nested(b"<table><tr><td>", 200, b"</table>")),
    Hostile("wide.csv", lambda: b",".join(b"%d" % number for number in range(100_000)), _LARGE),
    Hostile("ragged.csv", lambda: b"\n".join(b"," * number + b"%d" % number for number in range(1_000))),
    Hostile("one_line.txt", lambda: b"sales " * 17_000_000, _LARGE),
    Hostile("one_word.txt", lambda: b"x" * 900_000),
    Hostile("brackets.md", lambda: b"[" * 50_000 + b"Sales rose." + b"](" * 50_000, _COSTLY),
    Hostile("quotes.md", lambda: b">" * 20_000 + b" Sales rose.", _COSTLY),
    Hostile("stream_bomb.pdf", lambda: pdf(page(), stream(_packed(1_200), b"/Filter /FlateDecode")), _COSTLY),
    Hostile("shown_again_and_again.pdf", _shown_again_and_again, (*_COSTLY, *_LARGE)),
    Hostile("huge_box.pdf", lambda: pdf(page(box=b"-1e30 -1e30 1e30 1e30"), TEXT)),
    Hostile("false_count.pdf", lambda: pdf(page(), TEXT, count=2_000_000_000)),
    Hostile("same_page_again.pdf", lambda: pdf(page(), TEXT, pages=b"3 0 R " * 50_000, count=50_000),
            (ReasonCode.TOO_MANY_PAGES,)),
    Hostile("pages_of_nothing.pdf", lambda: _pages_of_nothing(1_500), (ReasonCode.NO_TEXT,)),
    Hostile("active_and_carrying.pdf", _active_and_carrying),
    Hostile("really_a_word_file.pdf", lambda: docx(paragraph("Sales rose."))),
    Hostile("really_a_program.docx", lambda: b"\x7fELF" + bytes(5_000), _UNREADABLE),
)  # fmt: skip
