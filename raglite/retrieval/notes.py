"""What a reader must know of the documents behind an answer, in sentences: each once, whichever door they go out by."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from raglite.model import CitedDocument, DocumentVersion, Filters, ReadAt
from raglite.ports import NO_FILTERS
from raglite.retrieval.citation import describe
from raglite.retrieval.moments import spoken
from raglite.retrieval.view import View, is_within

MOST_ERASED = 20  # that an answer lists
MOST_NAMED = 5  # documents in a sentence, or of which each has one
MOST_RUNS = 20  # of missing pages in a sentence


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: companies (none: any), within the caller's limits. `is_open`: not all of it was found."""

    companies: Sequence[str]
    limits: Filters = NO_FILTERS
    is_open: bool = False


def noted(view: View, cited: Iterable[CitedDocument], subject: Subject) -> ReadAt:
    """Return what a reader must know of the documents that an answer cites, or that it misses.

    What was not found may stand on an unread page of the companies asked about.
    """
    erased = _of_subject(view.erased, subject, {None, *subject.companies})
    partial = [one for one in view.versions if one.partial] if subject.is_open and subject.companies else []
    unread = _of_subject(partial, subject, set(subject.companies))[:MOST_NAMED]
    documents = (*cited, *(view.of_record(one) for one in unread))
    gone = tuple(view.of_record(one) for one in erased[:MOST_ERASED])
    sentences = (*_gone(gone, len(erased)), *(note for one in documents for note in _of(one)))
    return ReadAt(
        index_commit=view.commit,
        as_of=view.moment,
        notes=tuple(dict.fromkeys(sentences)),
        erased=gone,
        erased_total=len(erased),
    )


def _of_subject(
    versions: Iterable[DocumentVersion], subject: Subject, companies: Collection[str | None]
) -> list[DocumentVersion]:
    """Return the versions that the subject is about, by key; where it names no company, those of all."""
    within = (one for one in versions if is_within(one, subject.limits))
    mine = (one for one in within if not subject.companies or one.filing.company in companies)
    return sorted(mine, key=lambda one: (one.key, one.version_id))


def _of(document: CitedDocument) -> Iterator[str]:
    if document.newer:
        newer = document.newer
        uploaded = f" of {spoken(newer.uploaded)}" if newer.uploaded else ""
        yield (
            f"{_name(document)}: a newer version{uploaded} could not be indexed ({newer.reason}), so that the version "
            f"before it is answered from. {newer.sentence}"
        )
    if document.pages_missing:
        yield (
            f"{_name(document)}: {len(document.pages_missing)} of {document.pages_total} pages of this document could "
            f"not be read and are not searched: {_runs(document.pages_missing)}."
        )


def _gone(erased: Sequence[CitedDocument], total: int) -> Iterator[str]:
    if total:
        names = [f"{_name(one)}, version {one.version_id}" for one in erased[:MOST_NAMED]]
        more = f"; and {total - len(names)} more" if total > len(names) else ""
        yield (
            "This is not all that was answered from then. Deleted for good since, or past its retention: "
            f"{'; '.join(names)}{more}."
        )


def _name(document: CitedDocument) -> str:
    return ", ".join(part for part in (document.company, describe(document), document.key) if part)


def _runs(pages: Sequence[int]) -> str:
    """Return ascending pages as people write them: 7, 8, 40-52."""
    grouped = [[page for _, page in run] for _, run in groupby(enumerate(pages), lambda pair: pair[1] - pair[0])]
    shown = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in grouped]  # noqa: PLR2004  two
    return ", ".join([*shown[:MOST_RUNS], *(["..."] if len(shown) > MOST_RUNS else [])])
