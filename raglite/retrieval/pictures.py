"""The use case of looking at a cited page: its picture, and where on it the passage or the cell stands."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from raglite.errors import NotFound
from raglite.model import Box, DocumentVersion, MarkedPage, Operand, Page, SearchResult
from raglite.ports import Principal, Services
from raglite.retrieval.library import Library, PageRequest
from raglite.retrieval.marks import marks

SLIDES = ".pptx"  # have a size, and nobody here who draws them


class Pictures:
    """Shows pages as they were uploaded, from any number of threads."""

    def __init__(self, services: Services, library: Library) -> None:
        self._services = services
        self._library = library

    def image(self, request: PageRequest, principal: Principal) -> bytes:
        """Return a page's picture (ports.IMAGE_TYPE); NotFound if the principal can see none."""
        version = self._library.page_of(request, principal)
        with tempfile.TemporaryDirectory(prefix="raglite-page-") as folder:
            path = Path(folder) / "document"
            self._services.documents.fetch(version.key, version.version_id, path)
            return self._services.images.draw(path, request.page)

    def page(self, version: DocumentVersion, number: int) -> MarkedPage | None:
        """Return a page with nothing marked; None if it has no picture, or is gone."""
        return self._marked((version.key, version.version_id, number), lambda _: ())

    def passage(self, result: SearchResult) -> MarkedPage | None:
        """Return the page of a passage; None if it is none that has a picture, or is gone."""
        document = result.document
        place = (document.key, document.version_id, result.page)
        return self._marked(place, lambda page: marks(page, result.excerpt))

    def cell(self, operand: Operand) -> MarkedPage | None:
        """Return the page of a cell that a figure rests on; None as for a passage."""
        box = operand.stated.box
        place = (operand.key, operand.version_id, operand.stated.page)
        return self._marked(place, lambda _: (box,) if box else ())

    def _marked(self, place: tuple[str, str, int], find: Callable[[Page], tuple[Box, ...]]) -> MarkedPage | None:
        key, version_id, number = place
        try:
            page = self._services.documents.load_page(key, version_id, number)
        except NotFound:  # erased since
            return None
        if page is None or not page.width or key.lower().endswith(SLIDES):
            return None
        return MarkedPage(
            key=key, version_id=version_id, page=number, width=page.width, height=page.height, marks=find(page)
        )
