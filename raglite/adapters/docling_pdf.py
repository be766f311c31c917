"""PDF by docling without models: its word cells laid out by raglite.ingestion.pages, checked against pdfium's text.

Two readers that know nothing of each other look at every page. Where docling fails on a page or sees less than half of
what pdfium sees, pdfium's text is taken, without tables; a page that both fail on is named in `pages_failed`. The
figures of tables are read by both (pdf_verifier.py).
"""

import logging
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2
import pypdfium2.raw
from docling.backend.docling_parse_backend import ThreadedDoclingParseDocumentBackend
from docling.backend.pdf_backend import PdfPageBackend
from docling.datamodel.backend_options import ThreadedDoclingParseBackendOptions
from docling.datamodel.base_models import InputFormat
from docling.datamodel.base_models import Page as DoclingPage
from docling.datamodel.document import ConversionResult, InputDocument
from docling.datamodel.pipeline_options import NativePdfPipelineOptions
from docling.pipeline.native_pdf_pipeline import NativePdfPipeline, _NativeBuildTimings
from docling_core.types.doc.page import TextCell

from raglite.adapters.parse_version import parser_version
from raglite.adapters.pdf_verifier import verified
from raglite.errors import DocumentRejected, ReasonCode
from raglite.ingestion.pages.continued import joined
from raglite.ingestion.pages.layout import page_of
from raglite.ingestion.pages.lines import Word
from raglite.model import Page, ParsedDocument

LEAST_COVERAGE = 0.5  # of the characters pdfium sees on a page
FEWEST_WORDS = 8  # distinct words that tell one page from the next
LEAST_PICTURE = 0.05  # of a page: more than a logo takes
FEWEST_LINES = 50  # drawn shapes: more than a frame takes, and fewer than letters do
MOST_THREADS = 4  # that decode: the layout, a quarter of the time, is one, and each takes address space
PAGES_AHEAD = 4  # decoded pages a thread that wait for the layout, each some MB
RELEASE_EVERY = 16  # pages after which docling's parser gives memory back
BOLD = ("bold", "black", "heavy")

log = logging.getLogger(__name__)


def parse_pdf(path: Path, max_pages: int, threads: int = 1) -> ParsedDocument:
    """Return the pages of a PDF, which up to `threads` decode.

    DocumentRejected if it cannot be opened, is too long, or has no text at all.
    """
    pdfium = _Pdfium(path)
    document = _opened(path, pdfium, min(threads, MOST_THREADS))
    total = max(document.page_count if document else 0, len(pdfium))
    if total > max_pages:
        sentence = f"The document has {total:,} pages; {max_pages:,} are allowed. Split it, or raise the limit."
        raise DocumentRejected(ReasonCode.TOO_MANY_PAGES, sentence)
    read = _numbered(_read(document), pdfium, total - document.page_count) if document else {}
    checked = [_checked(number, read.get(number), pdfium) for number in range(1, total + 1)]
    pages = [pdfium.verified(one.page) for one in checked if one.page]
    pictured = tuple(page.number for page in pages if not page.text.strip() and pdfium.shows_something(page.number))
    seen = sum(one.seen for one in checked)
    coverage = sum(one.kept for one in checked) / seen if seen else None
    return _document(pages, total).model_copy(update={"pages_pictured": pictured, "coverage": coverage})


def _document(pages: Sequence[Page], total: int) -> ParsedDocument:
    read = {page.number for page in pages}
    if not read:
        sentence = "No page of the PDF can be read: it is damaged. Save it anew from its source and upload that."
        raise DocumentRejected(ReasonCode.UNREADABLE, sentence)
    without_text = tuple(page.number for page in pages if not page.text.strip())
    failed = tuple(number for number in range(1, total + 1) if number not in read)
    if len(without_text) == len(read):
        sentence = (
            "No page has text: this is a scan, or it is blank. Characters in pictures are not recognised (no OCR). "
            "Upload a PDF with a text layer."
        )
        raise DocumentRejected(ReasonCode.NO_TEXT, sentence)
    return ParsedDocument(
        media_type="application/pdf",
        parser="docling-slim",
        parser_version=parser_version(),
        pages=tuple(joined(pages)),
        pages_total=total,
        pages_without_text=without_text,
        pages_failed=failed,
    )


def _opened(path: Path, pdfium: "_Pdfium", threads: int) -> InputDocument | None:
    """Open with docling; None if only pdfium can."""
    options = ThreadedDoclingParseBackendOptions(
        parser_threads=threads,
        max_concurrent_results=PAGES_AHEAD * threads,
        release_native_memory_every_n_pages=RELEASE_EVERY,
        render_pages=False,
        include_bitmap_images=False,
    )
    document = InputDocument(path, InputFormat.PDF, ThreadedDoclingParseDocumentBackend, options)
    if document.valid and document.page_count:
        return document
    if pdfium.needs_password:
        sentence = "The PDF opens only with a password. Remove the password and upload it again."
        raise DocumentRejected(ReasonCode.PASSWORD_PROTECTED, sentence)
    if not len(pdfium):
        sentence = "The PDF cannot be opened: it is damaged or cut off. Save it anew from its source and upload that."
        raise DocumentRejected(ReasonCode.UNREADABLE, sentence)
    return None


def _read(document: InputDocument) -> dict[int, Page]:
    pipeline = _LayoutPipeline(NativePdfPipelineOptions(parser_threads=1, generate_page_images=False))
    pipeline.execute(document, raises_on_error=True)
    return pipeline.read


def _numbered(read: dict[int, Page], pdfium: "_Pdfium", missing: int) -> dict[int, Page]:
    """Number pages as pdfium counts them: in a damaged file docling may not know of some, and count on without them."""
    shift, numbered = 0, {}
    for number in sorted(read):
        words = set(read[number].text.split())
        for further in range(shift, missing + 1):
            seen = set((pdfium.text(number + further) or "").split())
            if len(seen) >= FEWEST_WORDS and len(seen & words) > LEAST_COVERAGE * len(seen):
                shift = further
                break
        numbered[number + shift] = read[number].model_copy(update={"number": number + shift})
    return numbered if missing else read


class _LayoutPipeline(NativePdfPipeline):
    """Docling's pipeline with pages laid out as they arrive, so that no more than a few are in memory as cells."""

    def __init__(self, pipeline_options: NativePdfPipelineOptions) -> None:
        super().__init__(pipeline_options)
        self.read: dict[int, Page] = {}

    def _parse_page(
        self, timings: _NativeBuildTimings, conv_res: ConversionResult, page_backend: PdfPageBackend
    ) -> DoclingPage | None:
        page = super()._parse_page(timings, conv_res, page_backend)
        if page is not None and page.parsed_page is not None and page.size is not None:
            words = _turned([_Placed.of(cell) for cell in page.parsed_page.word_cells])
            self.read[page.page_no] = _page(page.page_no, words, (page.size.width, page.size.height))
            page.parsed_page = None
        return page

    def _assemble_document(self, conv_res: ConversionResult) -> ConversionResult:
        return conv_res


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word and the direction it runs in, in quarters of a turn."""

    word: Word
    quarters: int

    @classmethod
    def of(cls, cell: TextCell) -> "_Placed":
        """Take a docling cell, its origin at the top left."""
        rect, box = cell.rect, cell.rect.to_bounding_box()
        turn = math.atan2(rect.r_y0 - rect.r_y1, rect.r_x1 - rect.r_x0) / (math.pi / 2)
        bold = any(weight in (getattr(cell, "font_name", "") or "").lower() for weight in BOLD)
        word = Word(cell.text, box.l, min(box.t, box.b), box.r, max(box.t, box.b), bold)
        return cls(word, round(turn) % 4 if math.isfinite(turn) else 0)

    @property
    def is_somewhere(self) -> bool:
        """Tell whether the word has a place: a damaged file may say infinity."""
        return all(map(math.isfinite, (self.word.left, self.word.top, self.word.right, self.word.bottom)))


def _turned(placed: Sequence[_Placed]) -> tuple[list[Word], list[Word], bool]:
    """Return the page's words upright, those that run another way, and whether the upright ones had to be turned."""
    if not placed:
        return [], [], False
    main = Counter(one.quarters for one in placed).most_common(1)[0][0]
    along = [one.quarters == main and one.is_somewhere for one in placed]
    upright = [_turn(one.word, main) for one, is_along in zip(placed, along, strict=True) if is_along]
    return upright, [one.word for one, is_along in zip(placed, along, strict=True) if not is_along], main != 0


def _turn(word: Word, quarters: int) -> Word:
    """Turn a word back by quarters of a turn about the origin; coordinates may become negative, only order counts."""
    for _ in range(quarters):
        word = replace(word, left=-word.bottom, top=word.left, right=-word.top, bottom=word.right)
    return word


def _page(number: int, words: tuple[list[Word], list[Word], bool], size: tuple[float, float]) -> Page:
    upright, others, was_turned = words
    page = page_of(number, upright, (0, 0) if was_turned else size)
    page = page.model_copy(update={"width": round(size[0], 1), "height": round(size[1], 1)})
    aside = " ".join(word.text for word in others)
    return page.model_copy(update={"text": f"{page.text}\n{aside}".strip("\n")}) if aside else page


@dataclass(frozen=True, slots=True)
class _Checked:
    """A page as it is given, or None; how many characters pdfium sees on it, and how many of those are kept."""

    page: Page | None
    seen: int
    kept: int


def _checked(number: int, page: Page | None, pdfium: "_Pdfium") -> _Checked:
    """Take docling's page unless pdfium sees at least twice as much."""
    text = pdfium.text(number)
    seen, read = _characters(text or ""), _characters(page.text) if page else 0
    if text is None or (page is not None and read >= LEAST_COVERAGE * seen):
        return _Checked(page, seen, min(read, seen))
    log.warning("page %d: docling read %d of %d characters", number, read, seen)
    return _Checked(Page(number=number, text=text), seen, seen)


def _characters(text: str) -> int:
    return sum(not letter.isspace() for letter in text)


class _Pdfium:
    """The second reader. Nothing here raises: what cannot be read is None or empty."""

    def __init__(self, path: Path) -> None:
        self.needs_password = False
        self._document: pypdfium2.PdfDocument | None = None
        try:
            self._document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            self.needs_password = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD

    def __len__(self) -> int:
        return len(self._document) if self._document else 0

    def text(self, number: int) -> str | None:
        """Return a page's text, or None if there is no reading it."""
        if self._document is None or not 0 < number <= len(self):
            return None
        try:
            return str(self._document[number - 1].get_textpage().get_text_range()).replace("\r\n", "\n")
        except pypdfium2.PdfiumError:
            return None

    def shows_something(self, number: int) -> bool:
        """Tell whether there is anything to see on a page without text: pictures of some size, or many lines."""
        if self._document is None or not 0 < number <= len(self):
            return False
        try:
            return _is_drawn_on(self._document[number - 1])
        except pypdfium2.PdfiumError:
            return False

    def verified(self, page: Page) -> Page:
        """Return the page with the cells marked in which this reader sees the same figures."""
        if self._document is None or page.number > len(self):
            return page
        try:
            return verified(page, self._document[page.number - 1])
        except pypdfium2.PdfiumError:
            return page


def _is_drawn_on(page: pypdfium2.PdfPage) -> bool:
    width, height = page.get_size()
    pictures, lines = 0.0, 0
    for drawn in page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE, pypdfium2.raw.FPDF_PAGEOBJ_PATH)):
        left, bottom, right, top = drawn.get_bounds()
        lines += drawn.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH
        pictures += (right - left) * (top - bottom) if drawn.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE else 0
        if pictures >= LEAST_PICTURE * width * height or lines >= FEWEST_LINES:
            return True
    return False
