"""The tools that bring documents in, and tell how far they have come."""

from typing import Annotated

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult

from raglite.errors import RagliteError
from raglite.ingestion.submitting import (
    Contents,
    IdempotencyKey,
    IngestRequest,
    Key,
    StatusRequest,
    SubmittedVersion,
    Wait,
)
from raglite.model import IngestionStatus, Job
from raglite.server.desk import Desk
from raglite.server.following import progress
from raglite.server.scopes import ANYBODY, INGESTERS
from raglite.server.shown import job_text, status_text
from raglite.server.tools.offered import Manner, Offered, described, refused, result
from raglite.telemetry import AuditAction

INGEST = "ingest_document"
INGEST_DESCRIPTION = """Bring a document in, to be indexed: PDF, DOCX, PPTX, XLSX, HTML, Markdown, CSV or text. \
Returns a job at once; indexing goes on by itself. A small file goes into content_base64; for a larger one leave that \
out and PUT the file to the URL that comes back. Give an idempotency_key if you may have to repeat the request. Follow \
the job with get_ingestion_status."""
STATUS = "get_ingestion_status"
STATUS_DESCRIPTION = """Return how far a document has come: received, processing, searchable, quarantined (and why), \
superseded or deleted, with its pages, passages and the seconds of each stage. `done` says that nothing more will \
happen by itself; `advice` what to do next. Pass wait_seconds rather than asking again and again."""


def bringing(desk: Desk) -> tuple[Offered, ...]:
    """Return these tools."""

    async def ingest_document(
        key: Key, content_base64: Contents = None, idempotency_key: IdempotencyKey = None
    ) -> Annotated[CallToolResult, Job]:
        request = IngestRequest(key=key, content_base64=content_base64, idempotency_key=idempotency_key)
        try:
            job = await desk.ingest(request)
        except RagliteError as error:
            return refused(error)
        return result(job_text(job), job)

    async def get_ingestion_status(
        ctx: Context, key: Key, version_id: SubmittedVersion = None, wait_seconds: Wait = 0
    ) -> Annotated[CallToolResult, IngestionStatus]:
        request = StatusRequest(key=key, version_id=version_id, wait_seconds=wait_seconds)
        try:
            status = await desk.status(request, progress(ctx))
        except RagliteError as error:
            return refused(error)
        return result(status_text(status), status)

    takes = Manner("Bring a document in", reads_only=False, idempotent=False)
    ingest = described(ingest_document, INGEST, INGEST_DESCRIPTION, takes)
    status = described(get_ingestion_status, STATUS, STATUS_DESCRIPTION, Manner("Get an ingestion's status"))
    return (
        Offered(ingest, INGESTERS, AuditAction.DOCUMENT_SUBMITTED),
        Offered(status, ANYBODY, None),
    )
