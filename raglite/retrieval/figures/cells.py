"""Where a cell stands, as an address and as a label for people."""

from urllib.parse import quote

from raglite.model import DocumentVersion, StatedFigure
from raglite.retrieval.citation import describe


def uri_of(version: DocumentVersion, figure: StatedFigure) -> str:
    """Return the URI of a cell: its page's, and `#table=0&row=12&column=1`, all counted from 0 as in Page.tables."""
    page = (
        f"raglite://documents/{version.document_id}/versions/{quote(version.version_id, safe='')}/pages/{figure.page}"
    )
    return f"{page}#table={figure.table}&row={figure.row}&column={figure.column}"


def label_of(version: DocumentVersion, figure: StatedFigure) -> str:
    """Return `Acme Corp, 10-K FY2018, p. 60, Net sales, 2018`: the page, the row and the column's header."""
    filing = version.filing
    name = filing.company or version.key.rsplit("/", 1)[-1]
    parts = (
        name,
        describe(filing),
        f"p. {figure.page}",
        figure.label or "".join(figure.heading[-1:]),
        figure.column_header,
    )
    return ", ".join(part for part in parts if part)
