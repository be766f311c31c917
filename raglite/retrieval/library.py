"""The use cases of looking documents up instead of asking: the list, an outline, a page. Each as one principal sees it.

What a principal may not see does not exist for it: the sentences are the same.
"""

import threading
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from raglite.errors import InvalidRequest, NotFound
from raglite.model import (
    DocumentPage,
    DocumentVersion,
    Frozen,
    ListedDocument,
    Outline,
    Page,
    PageView,
    VersionState,
)
from raglite.ports import Principal, Services, is_erased
from raglite.retrieval import catalog as catalogs
from raglite.retrieval import outlining
from raglite.retrieval.catalog import NEWEST, Catalog
from raglite.retrieval.citation import document_uri, page_label, page_uri
from raglite.retrieval.paging import part

MOST_LISTED = 200
LISTED = 50
PAGE_CHARACTERS = 20_000  # of a page in one answer: some 5,000 tokens; formats without pages have one that is longer
LONGEST_NAMED = 200  # characters of what was asked that a sentence repeats
OUTLINES = 64  # that are kept: what is read for one is a whole parsed document

DocumentName = Annotated[
    str, Field(max_length=1100, description="A document's id, or its key, as answers and list_documents give them.")
]
VersionName = Annotated[
    str | None,
    Field(max_length=1100, description="Which version of it, as citations name it. Left out: the one answered from."),
]
PageNumber = Annotated[int, Field(description="The 1-based physical page, as citations count them.")]
Offset = Annotated[
    int, Field(ge=0, description="The character to begin at: next_offset of the answer before. 0 is the page's top.")
]
CompanyPart = Annotated[
    str | None, Field(max_length=200, description="Only documents whose company, other name or key has this in it.")
]
FiscalYear = Annotated[int | None, Field(ge=1, le=9999, description="Only documents of this fiscal year.")]
FormName = Annotated[str | None, Field(max_length=50, description="Only documents of this form, such as 10-K.")]
Everything = Annotated[bool, Field(description="Superseded and deleted versions, too.")]
Cursor = Annotated[str | None, Field(max_length=4096, description="next_cursor of the part before.")]
Limit = Annotated[
    int,
    Field(
        description=f"How many at most; 1 to {MOST_LISTED}.",
        json_schema_extra={"minimum": 1, "maximum": MOST_LISTED},
    ),
]


class ListRequest(Frozen):
    """Which documents to list."""

    company: CompanyPart = None
    fiscal_year: FiscalYear = None
    form: FormName = None
    everything: Everything = False
    limit: Limit = LISTED
    cursor: Cursor = None


class OutlineRequest(Frozen):
    """Which document to outline."""

    document: DocumentName
    version_id: VersionName = None


class PageRequest(Frozen):
    """Which page to show."""

    document: DocumentName
    page: PageNumber
    version_id: VersionName = None
    offset: Offset = 0


class Library:
    """Shows documents, from any number of threads. Shares the catalog of a Retriever."""

    def __init__(self, services: Services, catalog: Catalog) -> None:
        self._services = services
        self._catalog = catalog
        self._outlined = lru_cache(OUTLINES)(self._outline)
        self._one_at_a_time = threading.Lock()  # a parsed document in memory is a hundred times its file

    def documents(self, request: ListRequest, principal: Principal) -> DocumentPage:
        """Return a part of the list; InvalidRequest if `limit` or `cursor` is none."""
        if not 1 <= request.limit <= MOST_LISTED:
            raise InvalidRequest(f"limit is {request.limit}; ask for 1 to {MOST_LISTED}, {LISTED} if in doubt.")
        every = catalogs.documents(self._services.registry, principal.groups, everything=request.everything)
        wanted = [one for one in every if _is_wanted(one, request)]
        shown, following = part(wanted, request.limit, request.cursor)
        return DocumentPage(documents=tuple(map(listed, shown)), total=len(wanted), next_cursor=following)

    def outline(self, request: OutlineRequest, principal: Principal) -> Outline:
        """Return how a document is built up; NotFound if there is none that the principal may see."""
        version = self.version(request.document, request.version_id, principal)
        with self._one_at_a_time:
            return self._outlined(version.key, version.version_id).model_copy(update={"document": listed(version)})

    def page(self, request: PageRequest, principal: Principal) -> PageView:
        """Return what a page says; NotFound if there is none, InvalidRequest if `offset` is beyond its end."""
        version = self.page_of(request, principal)
        found = self._services.documents.load_page(version.key, version.version_id, request.page)
        return _shown(version, found, request)

    def page_of(self, request: PageRequest, principal: Principal) -> DocumentVersion:
        """Return the version that has a page; NotFound if the principal can see none."""
        version = self.version(request.document, request.version_id, principal)
        if not 1 <= request.page <= version.pages_total:
            raise NotFound(f"{version.key} has no page {request.page}: take one from 1 to {version.pages_total}.")
        return version

    def version(self, name: str, version_id: str | None, principal: Principal) -> DocumentVersion:
        """Return the named version, or the one that is answered from; NotFound if the principal can see none."""
        known = self._known(name, version_id, principal)
        if not known:
            raise NotFound(
                f"There is no document {name[:LONGEST_NAMED]!r} to look into: list_documents lists what there is."
            )
        key = known[0].key
        if version_id is None:
            return _answered_from(known)
        named = [one for one in known if one.version_id == version_id]
        if not named:
            asked = version_id[:LONGEST_NAMED]
            raise NotFound(
                f"{key} was never answered from in version {asked!r}: leave version_id out for the one that is."
            )
        return _readable(named[0])

    def _known(self, name: str, version_id: str | None, principal: Principal) -> list[DocumentVersion]:
        """Return a document's records; what the listing does not know may be newer than it, and is looked up."""
        listing = self._catalog.listing(soon=True).seen_by(principal.groups)
        known = [one for one in listing if _is_named(one, name)]
        if known and (version_id is None or any(one.version_id == version_id for one in known)):
            return known
        every = catalogs.documents(self._services.registry, principal.groups, everything=True)
        return [one for one in every if _is_named(one, name)]

    def _outline(self, key: str, version_id: str) -> Outline:
        """What is kept of one version: who asks again waits for nothing. Its `document` is put in by the caller."""
        pages = self._services.documents.load_parsed(key, version_id).pages
        every = outlining.headings(pages)
        record = DocumentVersion(key=key, version_id=version_id, state=VersionState.SEARCHABLE)
        return Outline(
            document=listed(record),
            statements=outlining.statements(pages),
            headings=outlining.shallowest(every),
            headings_total=len(every),
            pages_with_tables=outlining.with_tables(pages),
        )


def listed(version: DocumentVersion) -> ListedDocument:
    """Return what a list shows of a version."""
    filing = version.filing
    return ListedDocument(
        id=version.document_id,
        key=version.key,
        version_id=version.version_id,
        uri=document_uri(version.key, version.version_id),
        state=version.state,
        reason=version.reason_sentence,
        company=filing.company,
        form=filing.form,
        fiscal_year=filing.fiscal_year,
        fiscal_quarter=filing.fiscal_quarter,
        period_end=filing.period_end,
        pages_total=version.pages_total,
        pages_missing=version.pages_missing,
        uploaded=version.uploaded,
    )


def _shown(version: DocumentVersion, page: Page | None, request: PageRequest) -> PageView:
    text = page.text if page else ""
    if request.offset > len(text):
        raise InvalidRequest(
            f"offset is {request.offset:,}; page {request.page} has {len(text):,} characters: take a smaller one."
        )
    end = request.offset + PAGE_CHARACTERS
    number, last = request.page, version.pages_total
    return PageView(
        document=listed(version),
        page=number,
        pages_total=last,
        label=page.label if page else None,
        uri=page_uri(version.key, version.version_id, number),
        citation=page_label(version.key, version.filing, number),
        text=text[request.offset : end],
        offset=request.offset,
        characters=len(text),
        next_offset=end if end < len(text) else None,
        previous_page=number - 1 if number > 1 else None,
        next_page=number + 1 if number < last else None,
        note=_note(version, text, number),
    )


def _note(version: DocumentVersion, text: str, number: int) -> str | None:
    if number in version.pages_missing:
        return "This page could not be read: it is damaged, or a picture without text. Look at the document itself."
    return None if text.strip() else "This page is blank."


def _is_wanted(version: DocumentVersion, request: ListRequest) -> bool:
    filing = version.filing
    names = " ".join((version.key, filing.company or "", *filing.names)).casefold()
    return (
        (request.company is None or request.company.strip().casefold() in names)
        and request.fiscal_year in {None, filing.fiscal_year}
        and (request.form is None or request.form.strip().casefold() == (filing.form or "").casefold())
    )


def _is_named(version: DocumentVersion, name: str) -> bool:
    return name in {version.key, str(version.document_id)}


def _was_answered_from(version: DocumentVersion) -> bool:
    return version.committed is not None or bool(version.earlier)


def _answered_from(known: list[DocumentVersion]) -> DocumentVersion:
    """Return the one version in force, or say why there is none."""
    now = [one for one in known if one.in_force(NEWEST)]
    if now:
        return _readable(max(now, key=lambda one: one.committed or 0))
    latest = max(known, key=lambda one: max(one.transitions.values(), default=one.uploaded or catalogs.NEVER))
    why = f": {latest.reason_sentence}" if latest.reason_sentence else "."
    raise NotFound(f"{latest.key} is not answered from now, it is {latest.state.value}{why}")


def _readable(version: DocumentVersion) -> DocumentVersion:
    if is_erased(version):
        raise NotFound(f"The version {version.version_id} of {version.key} was erased: nothing is left of its text.")
    if not _was_answered_from(version):
        raise NotFound(f"{version.key} could not be indexed: {version.reason_sentence or version.state.value}")
    return version
