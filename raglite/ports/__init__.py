"""What the core needs from the outside, as Protocols. Adapters implement them, bootstrap.py picks, tests bring fakes.

Every method may raise TransientError (try again) besides the errors it names. No vendor type appears here.
"""

from raglite.ports.documents import (
    PUBLISH_KEY,
    Change,
    DocumentRegistry,
    DocumentStore,
    Lease,
    WorkItem,
    is_erased,
    is_rejected,
    refuse_transition,
)
from raglite.ports.images import IMAGE_TYPE, PageImages
from raglite.ports.index import (
    NO_FILTERS,
    CollectionMissing,
    Edition,
    FoundChunk,
    Holding,
    IndexPoint,
    Leg,
    SearchRequest,
    SparseVector,
    VectorIndex,
)
from raglite.ports.operations import AuditField, AuditLog, Clock, Credentials, Principal, SystemClock, Tasks, Telemetry
from raglite.ports.reading import Embedder, Parser
from raglite.ports.roster import Built, Phase, Roster
from raglite.ports.services import Services
from raglite.ports.standing import RUNBOOK, RegistryBehind, is_new, refuse_behind
from raglite.ports.submissions import Submission, Submissions

__all__ = [
    "IMAGE_TYPE",
    "NO_FILTERS",
    "PUBLISH_KEY",
    "RUNBOOK",
    "AuditField",
    "AuditLog",
    "Built",
    "Change",
    "Clock",
    "CollectionMissing",
    "Credentials",
    "DocumentRegistry",
    "DocumentStore",
    "Edition",
    "Embedder",
    "FoundChunk",
    "Holding",
    "IndexPoint",
    "Lease",
    "Leg",
    "PageImages",
    "Parser",
    "Phase",
    "Principal",
    "RegistryBehind",
    "Roster",
    "SearchRequest",
    "Services",
    "SparseVector",
    "Submission",
    "Submissions",
    "SystemClock",
    "Tasks",
    "Telemetry",
    "VectorIndex",
    "WorkItem",
    "is_erased",
    "is_new",
    "is_rejected",
    "refuse_behind",
    "refuse_transition",
]
