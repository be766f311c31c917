"""All fakes together, wired as bootstrap.py wires the adapters."""

from dataclasses import dataclass, field, fields
from typing import Any

from raglite.ingestion.synchronize import Policy, synchronize
from raglite.model import ObjectVersion, VersionState
from raglite.ports import Principal, Services
from tests.fakes.audit import FakeAudit
from tests.fakes.clock import FakeClock
from tests.fakes.credentials import FakeCredentials
from tests.fakes.documents import FakeDocuments
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.images import FakeImages
from tests.fakes.index import FakeIndex
from tests.fakes.parser import FakeParser
from tests.fakes.registry import FakeRegistry
from tests.fakes.submissions import FakeSubmissions
from tests.fakes.tasks import FakeTasks
from tests.fakes.telemetry import FakeTelemetry

ANALYST = Principal("analyst", frozenset({"read"}))
POLICY = Policy(owner="task", lease_seconds=60, publish_seconds=30, max_attempts=3, max_document_bytes=10_000)


@dataclass(frozen=True)
class World:
    """Everything outside the core."""

    clock: FakeClock = field(default_factory=FakeClock)
    parser: FakeParser = field(default_factory=FakeParser)
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    index: FakeIndex = field(default_factory=FakeIndex)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)
    audit: FakeAudit = field(default_factory=FakeAudit)
    credentials: FakeCredentials = field(default_factory=lambda: FakeCredentials(ANALYST))
    tasks: FakeTasks = field(default_factory=FakeTasks)
    submissions: FakeSubmissions = field(default_factory=FakeSubmissions)
    images: FakeImages = field(default_factory=FakeImages)
    documents: FakeDocuments = field(init=False)
    registry: FakeRegistry = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "documents", FakeDocuments(self.clock))
        object.__setattr__(self, "registry", FakeRegistry(self.clock))
        self.index.begin(self.embedder.spec)
        self.index.prepare(self.embedder.spec)

    def services(self, **replaced: Any) -> Services:
        return Services(**({part.name: getattr(self, part.name) for part in fields(Services)} | replaced))

    def upload(self, key: str, body: bytes) -> ObjectVersion:
        """Put an object and mark its key, as the bucket and the trigger do, a second after whatever came before."""
        self.clock.advance(1)
        version = self.documents.put(key, body)
        self.registry.request(key)
        return version

    def ingest(self, key: str, body: bytes) -> ObjectVersion:
        """Upload and synchronize."""
        version = self.upload(key, body)
        synchronize(key, self.services(), POLICY)
        return version

    def states(self, key: str) -> dict[str, VersionState]:
        return {record.version_id: record.state for record in self.registry.history(key)}
