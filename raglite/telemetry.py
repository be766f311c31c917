"""Every span, metric, dimension and audit action by name, declared once. Data only: nothing here does I/O."""

from enum import StrEnum
from typing import NamedTuple

NAMESPACE = "RAGLite"


class Span(StrEnum):
    """Names of trace segments (trigger, ingest, query, canary) and of the subsegments in them."""

    TRIGGER = "trigger"  # the Lambda's, which imports nothing of ours: a test holds its name to this one
    INGEST = "ingest"
    WAIT = "wait"  # from the request for a key until a task's process begins or takes the key up
    START = "start"  # from the process's begin until its first key
    LOOK = "look"  # what bucket, registry and index say of a key
    FETCH = "fetch"
    PARSE = "parse"
    CHUNK = "chunk"
    EMBED = "embed"
    INDEX = "index"
    PUBLISH = "publish"
    RECORD = "record"  # the outcome, into the registry
    QUERY = "query"
    UNDERSTAND = "understand"
    SEARCH = "search"
    RANK = "rank"
    CITE = "cite"
    FIGURES = "figures"
    CANARY = "canary"


class Annotation(StrEnum):
    """Names under which traces are found. Never a question's or a document's text."""

    ENVIRONMENT = "environment"
    DOCUMENT = "document"
    VERSION = "version"
    EVENT = "event"  # the id of the bucket's event: what links an upload, whose own trace EventBridge drops
    TOOL = "tool"
    OUTCOME = "outcome"
    REASON = "reason"  # why a version was quarantined: a ReasonCode
    PAGES = "pages"
    CHUNKS = "chunks"


class Outcome(StrEnum):
    """What a question or a document came to, in traces, logs and the audit log."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"
    REFUSED = "refused"  # the caller's fault
    FAILED = "failed"  # ours
    SEARCHABLE = "searchable"
    QUARANTINED = "quarantined"
    STARTED = "started"  # of a trigger: a task for the document
    WAITING = "waiting"  # of a trigger: enough tasks run, one of them will come to it


class Unit(StrEnum):
    """CloudWatch's unit names."""

    MILLISECONDS = "Milliseconds"
    SECONDS = "Seconds"
    COUNT = "Count"


class Dimension(StrEnum):
    """What tells the series of one metric apart."""

    ENVIRONMENT = "Environment"
    STAGE = "Stage"  # a Span of ingestion
    STATE = "State"  # a VersionState


class Metric(NamedTuple):
    """A CloudWatch metric in namespace RAGLite; every one carries the dimension Environment, and those named here."""

    name: str
    unit: Unit
    meaning: str
    dimensions: tuple[Dimension, ...] = ()


QUERY_LATENCY = Metric("QueryLatency", Unit.MILLISECONDS, "from request to answer, in the service")
ERRORS = Metric("Errors", Unit.COUNT, "questions that failed for a reason that is ours")
QUERIES = Metric("Queries", Unit.COUNT, "questions answered or failed")
INGESTION_LATENCY = Metric("IngestionLatency", Unit.SECONDS, "from the object's upload to searchable, the first time")
STAGE_TIME = Metric("StageTime", Unit.SECONDS, "of one stage of a version's ingestion", (Dimension.STAGE,))
QUEUE_AGE = Metric("QueueAge", Unit.SECONDS, "from the sending of a hint about a key until it is handled")
MODEL_LOAD = Metric("ModelLoad", Unit.SECONDS, "of the embedding model, at a process's start")
DOCUMENTS = Metric("Documents", Unit.COUNT, "versions in a state, as the reconciler counts them", (Dimension.STATE,))
DOCUMENTS_INDEXED = Metric("DocumentsIndexed", Unit.COUNT, "versions that became searchable")
DOCUMENTS_QUARANTINED = Metric("DocumentsQuarantined", Unit.COUNT, "versions that were quarantined")
CHUNKS_INDEXED = Metric("ChunksIndexed", Unit.COUNT, "points written")
EMBEDDINGS_REUSED = Metric("EmbeddingsReused", Unit.COUNT, "vectors found by content hash instead of computed")
PASSAGES_FOUND = Metric("PassagesFound", Unit.COUNT, "points that a question's search returned")
PASSAGES_READ = Metric("PassagesRead", Unit.COUNT, "of these, those whose content had to be fetched from the index")
COMPANY_UNRESOLVED = Metric("CompanyUnresolved", Unit.COUNT, "questions that name no company the index knows")
YEAR_UNCERTAIN = Metric("YearUncertain", Unit.COUNT, "questions whose period was guessed or is missing")
STATEMENT_UNROUTED = Metric("StatementUnrouted", Unit.COUNT, "questions that no financial statement was found for")
ABSTAINED = Metric("Abstained", Unit.COUNT, "questions that the documents seem not to answer")
FIGURES_GIVEN = Metric("FiguresGiven", Unit.COUNT, "figures given with their proof")
FIGURES_WITHHELD = Metric("FiguresWithheld", Unit.COUNT, "figures asked for that could not be proven")
GHOSTS = Metric("Ghosts", Unit.COUNT, "versions kept or answered from that the bucket has no more, or under a marker")
DUPLICATES = Metric("Duplicates", Unit.COUNT, "versions answered from beside another, or more often than once")
MISSING = Metric("Missing", Unit.COUNT, "versions called searchable of which the index shows nothing")
HALF_INDEXED = Metric("HalfIndexed", Unit.COUNT, "versions of which the index shows less than was recorded")
LOST_EVENTS = Metric("LostEvents", Unit.COUNT, "versions that changed in the bucket, and nobody has looked")
STUCK = Metric("Stuck", Unit.COUNT, "versions that were begun and that nobody works on")
CANARY_RUNS = Metric("CanaryRuns", Unit.COUNT, "questions that the canary asked, which are nobody's")
CANARY_FAILURES = Metric("CanaryFailures", Unit.COUNT, "of these, those that got no right answer in time")
CANARY_LATENCY = Metric("CanaryLatency", Unit.MILLISECONDS, "from the canary's question to its answer, from outside")
AUDIT_DELAY = Metric("AuditDelay", Unit.SECONDS, "how long the oldest audit record has waited to be written")
LEFTOVERS = Metric("Leftovers", Unit.COUNT, "versions of which unpublished points or parsed text lie about")
BACKUPS = Metric("Backups", Unit.COUNT, "backups that were completed, read back and signed")
BACKUP_TIME = Metric("BackupTime", Unit.SECONDS, "from a backup's begin until it is signed")

METRICS = (
    QUERY_LATENCY,
    ERRORS,
    QUERIES,
    INGESTION_LATENCY,
    STAGE_TIME,
    QUEUE_AGE,
    MODEL_LOAD,
    DOCUMENTS,
    DOCUMENTS_INDEXED,
    DOCUMENTS_QUARANTINED,
    CHUNKS_INDEXED,
    EMBEDDINGS_REUSED,
    PASSAGES_FOUND,
    PASSAGES_READ,
    COMPANY_UNRESOLVED,
    YEAR_UNCERTAIN,
    STATEMENT_UNROUTED,
    ABSTAINED,
    FIGURES_GIVEN,
    FIGURES_WITHHELD,
    GHOSTS,
    DUPLICATES,
    MISSING,
    HALF_INDEXED,
    LOST_EVENTS,
    STUCK,
    LEFTOVERS,
    CANARY_RUNS,
    CANARY_FAILURES,
    CANARY_LATENCY,
    AUDIT_DELAY,
    BACKUPS,
    BACKUP_TIME,
)


class AuditAction(StrEnum):
    """What the audit log says somebody did."""

    QUERY = "query"
    FIGURE = "figure"
    DOCUMENT_READ = "document_read"  # looked up: the list, an outline, a page
    DOCUMENT_SUBMITTED = (
        "document_submitted"  # through the service; what the bucket is given otherwise, it tells itself
    )
    FEEDBACK_GIVEN = "feedback_given"
    ACCESS = "access"  # asked for and not given: no key, an unknown one, or one without the right
    DOCUMENT_INDEXED = "document_indexed"
    DOCUMENT_QUARANTINED = "document_quarantined"
    DOCUMENT_REMOVED = "document_removed"
    DOCUMENT_REPLAYED = "document_replayed"
    RECONCILED = "reconciled"
    COLLECTION_SWITCHED = "collection_switched"
    COLLECTION_DROPPED = "collection_dropped"
    BACKUP_MADE = "backup_made"
    BACKUPS_PRUNED = "backups_pruned"
    RESTORED = "restored"  # from a backup, or from the documents bucket
