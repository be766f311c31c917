"""Lists, outlines, pages and jobs as text, for a model or a person: the whole travels as structured content."""

from collections.abc import Sequence

from raglite.model import DocumentPage, IngestionStatus, Job, ListedDocument, Outline, PageView
from raglite.retrieval.citation import describe

NO_DOCUMENTS = "No document fits. Ask again with less: without company, fiscal_year and form."
MOST_PAGES = 30  # in a line


def list_text(found: DocumentPage) -> str:
    """Return a line for each document, and how to get the rest."""
    if not found.documents:
        return NO_DOCUMENTS
    more = f"{found.total} in all; for the next ones pass cursor {found.next_cursor}"
    rest = more if found.next_cursor else f"{found.total} in all."
    return "\n".join([*(_line(one) for one in found.documents), rest])


def outline_text(found: Outline) -> str:
    """Return the statements, then the headings, indented by depth."""
    statements = [f"{one.statement.value.replace('_', ' ')}: {_pages(one.pages)}" for one in found.statements]
    headings = [f"{'  ' * (one.level - 1)}{one.text} (p. {one.page})" for one in found.headings]
    left_out = found.headings_total - len(found.headings)
    rest = [f"{left_out} lesser headings are left out."] if left_out else []
    tables = [f"tables: {_pages(found.pages_with_tables)}"] if found.pages_with_tables else []
    return "\n".join([_line(found.document), *statements, *tables, *(headings or ["It has no headings."]), *rest])


def page_text(found: PageView) -> str:
    """Return the citation and the address, what to know of the page, and what it says."""
    head = [f"{found.citation} of {found.pages_total}", found.uri]
    note = [found.note] if found.note else []
    rest = [] if found.next_offset is None else [f"[goes on: pass offset {found.next_offset}]"]
    return "\n".join([*head, *note, found.text, *rest])


def status_text(status: IngestionStatus) -> str:
    """Return a version's state, why, and what to do."""
    why = f" {status.reason_sentence}" if status.reason_sentence else ""
    return f"{status.key} (version {status.version_id}) is {status.state.value}.{why} {status.advice}"


def job_text(job: Job) -> str:
    """Return what became of a request to bring a document in."""
    if job.upload is not None:
        until = job.upload.expires.isoformat(timespec="seconds")
        return f"{job.upload.method} the file to {job.upload.url}\nbefore {until}. {job.advice}"
    again = "It was stored before, by the same request. " if job.repeated else ""
    state = status_text(job.status) if job.status else f"{job.key} is stored. {job.advice}"
    return f"{again}{state}"


def _line(one: ListedDocument) -> str:
    named = ", ".join(part for part in (one.company, describe(one)) if part)
    pages = f", {one.pages_total} pages" if one.pages_total else ""
    why = f": {one.reason}" if one.reason else ""
    return f"{one.key} [{named or 'not read yet'}{pages}] {one.state.value}{why}\n  {one.uri}"


def _pages(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:MOST_PAGES]))
    return f"p. {shown}, \u2026" if len(numbers) > MOST_PAGES else f"p. {shown}"
