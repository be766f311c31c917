"""Every span, metric, dimension and audit action by name, declared once. Data only: nothing here does I/O."""

from enum import StrEnum
from typing import NamedTuple

NAMESPACE = "RAGLite"


class Span(StrEnum):
    """Names of trace segments and subsegments."""

    INGEST = "ingest"
    FETCH = "fetch"
    PARSE = "parse"
    CHUNK = "chunk"
    EMBED = "embed"
    INDEX = "index"
    PUBLISH = "publish"
    QUERY = "query"
    SEARCH = "search"
    RANK = "rank"
    CITE = "cite"
    FIGURES = "figures"


class Unit(StrEnum):
    """CloudWatch's unit names."""

    MILLISECONDS = "Milliseconds"
    SECONDS = "Seconds"
    COUNT = "Count"


class Metric(NamedTuple):
    """A CloudWatch metric in namespace RAGLite; every one carries the dimension Environment."""

    name: str
    unit: Unit
    meaning: str


QUERY_LATENCY = Metric("QueryLatency", Unit.MILLISECONDS, "from request to answer, in the service")
ERRORS = Metric("Errors", Unit.COUNT, "questions that failed for a reason that is ours")
QUERIES = Metric("Queries", Unit.COUNT, "questions answered or failed")
INGESTION_LATENCY = Metric("IngestionLatency", Unit.SECONDS, "from the object's upload to searchable")
DOCUMENTS_INDEXED = Metric("DocumentsIndexed", Unit.COUNT, "versions that became searchable")
DOCUMENTS_QUARANTINED = Metric("DocumentsQuarantined", Unit.COUNT, "versions that were quarantined")
CHUNKS_INDEXED = Metric("ChunksIndexed", Unit.COUNT, "points written")
EMBEDDINGS_REUSED = Metric("EmbeddingsReused", Unit.COUNT, "vectors found by content hash instead of computed")
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
LEFTOVERS = Metric("Leftovers", Unit.COUNT, "versions of which unpublished points or parsed text lie about")

METRICS = (
    QUERY_LATENCY,
    ERRORS,
    QUERIES,
    INGESTION_LATENCY,
    DOCUMENTS_INDEXED,
    DOCUMENTS_QUARANTINED,
    CHUNKS_INDEXED,
    EMBEDDINGS_REUSED,
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
)
DIMENSION_ENVIRONMENT = "Environment"


class AuditAction(StrEnum):
    """What the audit log says somebody did."""

    QUERY = "query"
    DOCUMENT_INDEXED = "document_indexed"
    DOCUMENT_QUARANTINED = "document_quarantined"
    DOCUMENT_REMOVED = "document_removed"
    DOCUMENT_REPLAYED = "document_replayed"
    RECONCILED = "reconciled"
