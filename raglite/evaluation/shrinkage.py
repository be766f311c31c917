"""The no-shrink rule: the gate must never pass because less was asked, of less, or of something broken."""

from collections.abc import Iterator

from raglite.evaluation.corpus import MOVING, digest
from raglite.evaluation.evidence import Evidence, Reason, ReasonCode
from raglite.evaluation.runs import some

OK = "ok"  # what /readyz says of a part that nothing is the matter with
COUNTS = ("pages", "chunks", "embeddings")


def shrinkage(evidence: Evidence) -> tuple[Reason, ...]:
    """Return every reason why less was measured than should have been."""
    return tuple(reason for check in _CHECKS for reason in check(evidence))


def _questions(evidence: Evidence) -> Iterator[Reason]:
    if not any(question.answerable for question in evidence.questions):
        yield _because(
            ReasonCode.NO_QUESTIONS, "No answerable question was asked, so nothing was measured: check the file."
        )
    known = evidence.baseline.questions if evidence.baseline else {}
    if gone := sorted(known.keys() - {question.id for question in evidence.questions}):
        yield _because(
            ReasonCode.QUESTIONS_MISSING,
            f"{len(gone)} of the baseline's {len(known)} questions were not asked ({some(gone)}): put them back, or "
            "write a new baseline and have it reviewed.",
        )
    if changed := [q.id for q in evidence.questions if q.id in known and known[q.id].digest != digest(q)]:
        yield _because(
            ReasonCode.QUESTIONS_CHANGED,
            f"{len(changed)} questions have other words, answers or gold pages than in the baseline ({some(changed)}): "
            "restore them, or give them new ids and write a new baseline.",
        )


def _documents(evidence: Evidence) -> Iterator[Reason]:
    listed = {document.name: document for document in evidence.corpus.documents}
    absent = (evidence.gold_documents | evidence.baseline_documents.keys()) - evidence.corpus.searchable.keys()
    if missing := sorted(absent - listed.keys()):
        yield _because(
            ReasonCode.DOCUMENTS_MISSING,
            f"{len(missing)} documents that questions or the baseline need are not there ({some(missing)}): upload "
            "them, or say with --names which key each lies under.",
        )
    if stuck := sorted(absent & listed.keys()):
        states = [f"{name} is {listed[name].state.value}" for name in stuck]
        yield _because(
            ReasonCode.DOCUMENTS_NOT_SEARCHABLE,
            f"{len(stuck)} documents that questions or the baseline need are not searchable ({some(states)}): "
            "`raglite documents` says why.",
        )
    if moving := sorted(document.name for document in evidence.corpus.documents if document.state in MOVING):
        yield _because(
            ReasonCode.INGESTION_RUNNING,
            f"{len(moving)} documents were still on their way ({some(moving)}): evaluate when all have come to rest.",
        )


def _contents(evidence: Evidence) -> Iterator[Reason]:
    known, now = evidence.baseline_documents, evidence.corpus.searchable
    both = sorted(known.keys() & now.keys())
    if changed := [name for name in both if known[name].content_sha256 != now[name].content_sha256]:
        yield _because(
            ReasonCode.DOCUMENTS_CHANGED,
            f"{len(changed)} documents have other contents than in the baseline ({some(changed)}): upload the same "
            "files, or write a new baseline.",
        )
    fewer = [
        f"{name} has {getattr(now[name], count)} of {getattr(known[name], count)} {count}"
        for name in both
        for count in COUNTS
        if getattr(now[name], count) < getattr(known[name], count)
    ]
    if fewer:
        yield _because(
            ReasonCode.DOCUMENTS_SHRUNK,
            f"Less of the documents is indexed than in the baseline ({some(fewer)}): find out what is lost, or write a "
            "new baseline and say why less is right.",
        )


def _embeddings(evidence: Evidence) -> Iterator[Reason]:
    bare = [name for name, found in evidence.corpus.searchable.items() if not (found.chunks and found.embeddings)]
    if bare:
        yield _because(
            ReasonCode.EMBEDDINGS_MISSING,
            f"{len(bare)} searchable documents have no chunks or no embeddings ({some(bare)}): ingest them again.",
        )
    if evidence.baseline and evidence.baseline.embedding != evidence.corpus.embedding:
        before, now = evidence.baseline.embedding or "no spec", evidence.corpus.embedding or "no spec"
        yield _because(
            ReasonCode.EMBEDDING_CHANGED,
            f"The service embeds with {now[:12]}, the baseline was written with {before[:12]}: serve the same model, "
            "or write a new baseline.",
        )
    if evidence.corpus.searchable and not evidence.corpus.dense:
        yield _because(
            ReasonCode.DENSE_LEG_SILENT,
            "A question of unknown words finds nothing, so embeddings find nothing: see whether the index holds dense "
            "vectors and which model the service loads.",
        )


def _answers(evidence: Evidence) -> Iterator[Reason]:
    if unready := [f"{part}: {found}" for part, found in evidence.corpus.parts.items() if found != OK]:
        yield _because(ReasonCode.SERVICE_NOT_READY, f"The service is not ready ({some(unready)}): mend that first.")
    if len(evidence.commits) > 1:
        yield _because(
            ReasonCode.SEVERAL_COMMITS,
            f"Answers were read at the index commits {some(evidence.commits)}: evaluate while nothing is ingested.",
        )
    unanswered = {question.id for question in evidence.questions} - {line.id for line in evidence.answered}
    if unanswered:
        why = next((line.failed for line in evidence.run if line.failed), "they are not in the run")
        yield _because(
            ReasonCode.REQUESTS_FAILED,
            f"{len(unanswered)} of {len(evidence.questions)} questions got no answer ({some(sorted(unanswered))}; the "
            f"first because: {why}): ask again when the service is well.",
        )
    answers = {tuple(page.place for page in line.ranked) for line in evidence.answered}
    if len(answers) == 1 and len(evidence.answered) > 1:
        yield _because(
            ReasonCode.ANSWERS_IDENTICAL,
            f"All {len(evidence.answered)} answers are the same pages: something answers without reading the question.",
        )


def _because(code: ReasonCode, sentence: str) -> Reason:
    return Reason(code=code, sentence=sentence)


_CHECKS = (_questions, _documents, _contents, _embeddings, _answers)
