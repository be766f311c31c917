"""A DocumentStore in a dictionary: every version of every key, delete markers included, newest first."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import quote

from raglite.errors import NotFound
from raglite.model import ObjectVersion, Page, ParsedDocument, StatedFigure
from raglite.ports import Clock
from tests.fakes.clock import FakeClock


class FakeDocuments:
    def __init__(self, clock: Clock | None = None, prefix: str = "v") -> None:
        """Two buckets that one estate has seen need two prefixes: no two versions have one id."""
        self.clock = clock or FakeClock()
        self.prefix = prefix
        self.bodies: dict[tuple[str, str], bytes] = {}
        self.parsed: dict[tuple[str, str], ParsedDocument] = {}
        self.figures: dict[tuple[str, str], tuple[StatedFigure, ...]] = {}
        self.described: dict[tuple[str, str], Mapping[str, str]] = {}  # user metadata that a test sets
        self.restored: Mapping[str, str] | None = None  # what a restore said that versions are known by
        self._held: defaultdict[str, list[ObjectVersion]] = defaultdict(list)
        self._numbers = count(1)

    def versions(self, key: str) -> tuple[ObjectVersion, ...]:
        held = self._held.get(key, [])
        return tuple(one.model_copy(update={"is_latest": place == 0}) for place, one in enumerate(held))

    def inventory(self, prefix: str = "") -> Iterator[tuple[ObjectVersion, ...]]:
        for key in sorted(key for key, held in self._held.items() if held and key.startswith(prefix)):
            yield self.versions(key)

    def fetch(self, key: str, version_id: str, into: Path) -> str:
        body = self._body(key, version_id)
        into.write_bytes(body)
        return hashlib.sha256(body).hexdigest()

    def metadata(self, key: str, version_id: str) -> Mapping[str, str]:
        self._body(key, version_id)
        return self.described.get((key, version_id), {})

    def upload(self, path: Path, key: str) -> ObjectVersion:
        return self.put(key, path.read_bytes())

    def put(self, key: str, body: bytes) -> ObjectVersion:
        version_id = f"{self.prefix}{next(self._numbers)}"
        self.bodies[key, version_id] = body
        return self._push(ObjectVersion(key=key, version_id=version_id, last_modified=self.clock.now(), size=len(body)))

    def store(self, key: str, body: bytes) -> str:
        return self.put(key, body).version_id

    def upload_link(self, key: str, seconds: int) -> str:
        return f"https://documents.example/{quote(key)}?expires={seconds}"

    def delete(self, key: str) -> None:
        marker = f"{self.prefix}{next(self._numbers)}"
        self._push(ObjectVersion(key=key, version_id=marker, last_modified=self.clock.now(), is_delete_marker=True))

    def erase(self, key: str, version_id: str) -> None:
        """Remove one version, or one delete marker, for good."""
        self._held[key] = [one for one in self._held[key] if one.version_id != version_id]
        self.bodies.pop((key, version_id), None)

    def save_parsed(self, key: str, version_id: str, parsed: ParsedDocument) -> None:
        self.parsed[key, version_id] = parsed

    def load_parsed(self, key: str, version_id: str) -> ParsedDocument:
        if (key, version_id) not in self.parsed:
            raise NotFound(f"{key} in version {version_id} has not been parsed.")
        return self.parsed[key, version_id]

    def load_page(self, key: str, version_id: str, number: int) -> Page | None:
        pages = self.load_parsed(key, version_id).pages
        return next((page for page in pages if page.number == number), None)

    def save_figures(self, key: str, version_id: str, figures: Sequence[StatedFigure]) -> None:
        self.figures[key, version_id] = tuple(figures)

    def load_figures(self, key: str, version_id: str) -> tuple[StatedFigure, ...]:
        if (key, version_id) not in self.figures:
            raise NotFound(f"{key} in version {version_id} has not been parsed.")
        return self.figures[key, version_id]

    def has_parsed(self) -> bool:
        return bool(self.parsed or self.figures)

    def forget(self, key: str, version_id: str) -> None:
        self.parsed.pop((key, version_id), None)
        self.figures.pop((key, version_id), None)

    def _push(self, version: ObjectVersion) -> ObjectVersion:
        self._held[version.key].insert(0, version)
        return version.model_copy(update={"is_latest": True})

    def _body(self, key: str, version_id: str) -> bytes:
        if (key, version_id) not in self.bodies:
            raise NotFound(f"{key} has no version {version_id} in the bucket (any more).")
        return self.bodies[key, version_id]
