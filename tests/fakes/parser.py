"""A Parser of plain text whose pages are parted by form feeds, and what to give it."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from raglite.errors import DocumentRejected, ReasonCode
from raglite.model import Page, ParsedDocument

BROKEN = b"%BROKEN"


def report(company: str, year: int, *pages: str) -> bytes:
    """Return an annual report: page 1 says whose it is, `pages` follow."""
    cover = (
        "UNITED STATES\nSECURITIES AND EXCHANGE COMMISSION\nFORM 10-K\n"
        f"For the fiscal year ended December 31, {year}\n{company}\n"
        "(Exact name of registrant as specified in its charter)\n"
    )
    return "\f".join((cover, *pages)).encode()


class FakeParser:
    def __init__(self) -> None:
        self.parsed: list[str] = []
        self.version = "1"

    def ready(self, _name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def parse(self, path: Path, name: str) -> ParsedDocument:
        self.parsed.append(name)
        body = path.read_bytes()
        if not body:
            raise DocumentRejected(ReasonCode.EMPTY, f"{name} is empty: upload the file again.")
        if body.startswith(BROKEN):
            raise DocumentRejected(ReasonCode.UNREADABLE, f"{name} cannot be read: save it anew and upload it again.")
        texts = body.decode().split("\f")
        return ParsedDocument(
            media_type="text/plain",
            parser="fake",
            parser_version=self.version,
            pages=tuple(Page(number=number, text=text) for number, text in enumerate(texts, 1)),
            pages_total=len(texts),
        )
