"""A clean rebuild: everything the bucket holds, ingested once, undisturbed, into an empty registry and index."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from raglite.errors import DocumentRejected, ReasonCode
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
        self._parsed: dict[tuple[str, str], ParsedDocument | DocumentRejected] = {}

    @property
    def version(self) -> str:
        """The real parser's."""
        return str(self._parser.version)

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Return the pages, or raise what the parser raised."""
        known = (hashlib.sha256(path.read_bytes()).hexdigest(), PurePosixPath(name).suffix)
        if known not in self._parsed:
            self._parsed[known] = self._parse(path, name)
        found = self._parsed[known]
        if isinstance(found, DocumentRejected):
            raise found
        return found

    def _parse(self, path: Path, name: str) -> ParsedDocument | DocumentRejected:
        if POISON.encode() in path.read_bytes():
            return DocumentRejected(ReasonCode.TOO_MANY_ATTEMPTS, "It ends the task that reads it.")
        try:
            parsed: ParsedDocument = self._parser.parse(path, name)
        except DocumentRejected as rejection:
            return rejection
        return parsed


def rebuild(services: Services, points: Callable[[], Iterable[StoredPoint]]) -> Rebuilt:
    """Ingest every key of the bucket with services whose registry and index are empty."""
    services.index.prepare(services.embedder.spec)
    for versions in services.documents.inventory():
        synchronize(versions[0].key, services, UNDISTURBED)
    commit = services.registry.commit_number()
    visible = [point for point in points() if point.visible(commit)]
    parts = frozenset((*point.name, point.kind, point.ordinal) for point in visible)
    return Rebuilt(parts, services.index.digest(commit))
