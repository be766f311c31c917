"""DOCX, XLSX, PPTX, HTML and Markdown by docling's own readers, as pages of blocks and tables.

A page is a slide, a sheet, or the whole document where the format has no pages. Nothing is fetched: pictures stay where
they are, and so do files a document points to.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from docling.backend.abstract_backend import DeclarativeDocumentBackend
from docling.datamodel.backend_options import HTMLBackendOptions, MarkdownBackendOptions, MsExcelBackendOptions
from docling.datamodel.base_models import InputFormat
from docling.datamodel.document import InputDocument
from docling.datamodel.pipeline_options import ConvertPipelineOptions
from docling.pipeline.simple_pipeline import SimplePipeline
from docling_core.types.doc.common.content_layer import ContentLayer
from docling_core.types.doc.document import DoclingDocument
from docling_core.types.doc.items.group import GroupItem
from docling_core.types.doc.items.node import NodeItem
from docling_core.types.doc.items.picture.picture import PictureItem
from docling_core.types.doc.items.table.table import TableItem
from docling_core.types.doc.items.table.table_data import TableData
from docling_core.types.doc.items.text import ListItem, SectionHeaderItem, TextItem, TitleItem
from docling_core.types.doc.labels import GroupLabel

from raglite.adapters.parse_format import MEDIA_TYPES, Format
from raglite.adapters.parse_version import parser_version
from raglite.adapters.second_reader import share, text_of
from raglite.errors import DocumentRejected, ReasonCode
from raglite.ingestion.pages.grids import Spot, table_of
from raglite.model import Block, BlockKind, Page, ParsedDocument, Table

LEAST_COVERAGE = 0.5  # of the words the second reader sees, below which it is worth a warning
GAP_IN_A_SHEET = 1  # empty rows or columns inside one table of a sheet
EMU_PER_POINT = 12_700  # English Metric Units, the lengths of Office Open XML
LEFT_OUT = {ContentLayer.INVISIBLE, ContentLayer.BACKGROUND}

log = logging.getLogger(__name__)


def parse_office(content: bytes, found: Format, max_pages: int) -> ParsedDocument:
    """Return the document's pages; DocumentRejected if it cannot be read, is too long, or has no text."""
    seen = text_of(content, found)
    document = _converted(content, found)
    if len(document.pages) > max_pages:
        sentence = f"The document has {len(document.pages):,} pages; {max_pages:,} are allowed. Split it."
        raise DocumentRejected(ReasonCode.TOO_MANY_PAGES, sentence)
    drafts = _drafts(document)
    pages = tuple(drafts[number].page(number, _size(document, found, number)) for number in sorted(drafts))
    empty = tuple(page.number for page in pages if not page.text.strip())
    if len(empty) == len(pages):
        sentence = "The document has no text. Upload one that has; text in pictures is not recognised (no OCR)."
        raise DocumentRejected(ReasonCode.NO_TEXT, sentence)
    return ParsedDocument(
        media_type=MEDIA_TYPES[found],
        parser="docling-slim",
        parser_version=parser_version(),
        pages=pages,
        pages_total=len(pages),
        pages_without_text=empty,
        pages_pictured=tuple(number for number in empty if drafts[number].has_picture),
        coverage=_coverage(pages, seen),
    )


def _coverage(pages: Sequence[Page], seen: str | None) -> float | None:
    kept = None if seen is None else share("\n".join(page.text for page in pages), seen)
    if kept is not None and kept < LEAST_COVERAGE:
        log.warning("only %.0f %% of the words that a second reader sees were kept", 100 * kept)
    return kept


def _converted(content: bytes, found: Format) -> DoclingDocument:
    input_format, backend, options = _reader(found)
    document = InputDocument(BytesIO(content), input_format, backend, options, filename=f"document.{found.value}")
    if not document.valid:
        raise DocumentRejected(ReasonCode.UNREADABLE, _unreadable(found))
    try:
        return SimplePipeline(ConvertPipelineOptions()).execute(document, raises_on_error=True).document
    except RuntimeError as error:
        if isinstance(error.__cause__, MemoryError):
            raise error.__cause__ from error
        raise DocumentRejected(ReasonCode.UNREADABLE, _unreadable(found)) from error


def _unreadable(found: Format) -> str:
    return f"The file cannot be read as {found.value.upper()}: it is damaged. Save it anew and upload that."


def _reader(found: Format) -> tuple[InputFormat, type[DeclarativeDocumentBackend], Any]:
    """Return docling's names for a format. Each reader is imported when it is needed: some are slow to load."""
    match found:
        case Format.DOCX:
            from docling.backend.msword_backend import MsWordDocumentBackend

            return InputFormat.DOCX, MsWordDocumentBackend, None
        case Format.XLSX:
            from docling.backend.msexcel_backend import MsExcelDocumentBackend

            return InputFormat.XLSX, MsExcelDocumentBackend, MsExcelBackendOptions(gap_tolerance=GAP_IN_A_SHEET)
        case Format.PPTX:
            from docling.backend.mspowerpoint_backend import MsPowerpointDocumentBackend

            return InputFormat.PPTX, MsPowerpointDocumentBackend, None
        case Format.MARKDOWN:
            from docling.backend.md_backend import MarkdownDocumentBackend

            options = MarkdownBackendOptions(enable_local_fetch=False, enable_remote_fetch=False)
            return InputFormat.MD, MarkdownDocumentBackend, options
    from docling.backend.html_backend import HTMLDocumentBackend

    closed = HTMLBackendOptions(
        enable_local_fetch=False, enable_remote_fetch=False, fetch_images=False, add_title=False
    )
    return InputFormat.HTML, HTMLDocumentBackend, closed


def _size(document: DoclingDocument, found: Format, number: int) -> tuple[float, float]:
    if found is not Format.PPTX or number not in document.pages:
        return 0, 0
    size = document.pages[number].size
    return size.width / EMU_PER_POINT, size.height / EMU_PER_POINT


@dataclass
class _Draft:
    """A page while the document is walked through."""

    label: str | None = None
    blocks: list[Block] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    has_picture: bool = False

    def add(self, item: NodeItem) -> None:
        if getattr(item, "content_layer", None) in LEFT_OUT:
            return
        if isinstance(item, TableItem):
            self._add_table(item.data)
            return
        if isinstance(item, PictureItem):
            self.has_picture = True
            if item.meta is not None and item.meta.tabular_chart is not None:
                self._add_table(item.meta.tabular_chart.chart_data)
            return
        text = " ".join(item.text.split()) if isinstance(item, TextItem) else ""
        if text:
            level = _level(item)
            kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH
            self.blocks.append(Block(kind=kind, text=_marked(item, text), level=level))
            if isinstance(item, TitleItem) and self.label is None:
                self.label = text

    def page(self, number: int, size: tuple[float, float]) -> Page:
        text = "\n".join(block.text for block in self.blocks)
        return Page(
            number=number,
            text=text,
            blocks=tuple(self.blocks),
            tables=tuple(self.tables),
            width=size[0],
            height=size[1],
            label=self.label,
        )

    def _add_table(self, data: TableData) -> None:
        table = table_of(
            Spot(
                cell.start_row_offset_idx,
                cell.start_col_offset_idx,
                max(cell.end_col_offset_idx, cell.start_col_offset_idx + 1),
                cell.text,
                cell.column_header,
            )
            for cell in data.table_cells
        )
        if table is not None:
            self.blocks.append(Block(kind=BlockKind.TABLE, text=table.text, table=len(self.tables)))
            self.tables.append(table)


def _level(item: NodeItem) -> int:
    if isinstance(item, TitleItem):
        return 1
    return int(item.level) + 1 if isinstance(item, SectionHeaderItem) else 0


def _marked(item: NodeItem, text: str) -> str:
    return f"{item.marker} {text}" if isinstance(item, ListItem) and item.enumerated and item.marker else text


def _drafts(document: DoclingDocument) -> dict[int, _Draft]:
    drafts = {number: _Draft() for number in document.pages} or {1: _Draft()}
    current = min(drafts)
    sheets = iter(sorted(drafts))
    for item in _walk(document.body, document):
        if isinstance(item, GroupItem):
            current = next(sheets, current)
            drafts[current].label = item.name
            continue
        places = getattr(item, "prov", None)
        current = places[0].page_no if places and places[0].page_no in drafts else current
        drafts[current].add(item)
    return drafts


def _walk(node: NodeItem, document: DoclingDocument) -> Iterator[NodeItem]:
    """Yield sheets, texts, pictures and tables in reading order; what a table's cells hold is in its cells already.

    Of a hidden sheet only that it is there: its page is counted, and is one without text.
    """
    for reference in node.children:
        child = reference.resolve(document)
        label = child.label if isinstance(child, GroupItem) else None
        if label == GroupLabel.SHEET or isinstance(child, TextItem | TableItem | PictureItem):
            yield child
        if getattr(child, "content_layer", None) in LEFT_OUT or isinstance(child, TableItem):
            continue
        if label == GroupLabel.INLINE:
            yield _inline(child, document)
        else:
            yield from _walk(child, document)


def _inline(group: GroupItem, document: DoclingDocument) -> TextItem:
    """Make one text of the differently formatted parts of a sentence."""
    parts = [item for item in _walk(group, document) if isinstance(item, TextItem)]
    first: TextItem = parts[0]
    return first.model_copy(update={"text": " ".join(part.text for part in parts)})
