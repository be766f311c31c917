"""A clean rebuild: everything the bucket holds, ingested once, undisturbed, into an empty registry and index."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import Any

from raglite.errors import DocumentRejected, ReasonCode
from raglite.ingestion.live import work_on_live
from raglite.ingestion.synchronize import Policy, synchronize
from raglite.model import ParsedDocument
from raglite.ports import Services
from tests.faults.documents import POISON
from tests.faults.evidence import Rebuilt, StoredPoint

UNDISTURBED = Policy("rebuild", lease_seconds=60, publish_seconds=60, max_attempts=1, max_document_bytes=10_000_000)


class CarefulParser:
    """The real parser, asked once for the same bytes, that refuses what would end its task."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self._asked: dict[tuple[bytes, str], Future[ParsedDocument]] = {}
        self._beside = ThreadPoolExecutor(1)

    @property
    def version(self) -> str:
        """The real parser's."""
        return str(self._parser.version)

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Return the pages, or raise what the parser raised."""
        return self.read_ahead(path.read_bytes(), name).result()

    def read_ahead(self, body: bytes, name: str) -> Future[ParsedDocument]:
        """Parse in the time that a schedule spends waiting what its rebuild will ask for."""
        suffix = PurePosixPath(name).suffix
        if (body, suffix) not in self._asked:
            self._asked[body, suffix] = self._beside.submit(self._parse, body, suffix)
        return self._asked[body, suffix]

    def _parse(self, body: bytes, suffix: str) -> ParsedDocument:
        if POISON.encode() in body:
            raise DocumentRejected(ReasonCode.TOO_MANY_ATTEMPTS, "It ends the task that reads it.")
        with NamedTemporaryFile(prefix="raglite-rebuild-", suffix=suffix) as file:
            file.write(body)
            file.flush()
            parsed: ParsedDocument = self._parser.parse(Path(file.name), f"document{suffix}")
            return parsed


def rebuild(services: Services, points: Callable[[], Iterable[StoredPoint]]) -> Rebuilt:
    """Ingest every key of the bucket with services whose registry and index are empty."""
    services.index.begin(services.embedder.spec)
    work_on_live(services)
    for versions in services.documents.inventory():
        synchronize(versions[0].key, services, UNDISTURBED)
    commit = services.registry.commit_number()
    visible = [point for point in points() if point.visible(commit)]
    parts = frozenset((*point.name, point.kind, point.ordinal) for point in visible)
    return Rebuilt(parts, services.index.digest(commit))
