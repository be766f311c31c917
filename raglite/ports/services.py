"""Everything the use cases need, in one record."""

from dataclasses import dataclass, field

from raglite.ports.documents import DocumentRegistry, DocumentStore
from raglite.ports.images import PageImages
from raglite.ports.index import VectorIndex
from raglite.ports.operations import AuditLog, Clock, Credentials, SystemClock, Tasks, Telemetry
from raglite.ports.reading import Embedder, Parser
from raglite.ports.submissions import Submissions


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the use cases need, made by bootstrap.py."""

    documents: DocumentStore
    registry: DocumentRegistry
    parser: Parser
    embedder: Embedder
    index: VectorIndex
    telemetry: Telemetry
    audit: AuditLog
    credentials: Credentials
    tasks: Tasks
    submissions: Submissions
    images: PageImages
    clock: Clock = field(default_factory=SystemClock)
