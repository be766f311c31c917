"""Whether a new collection may take the place of the live one: what it holds, and what it answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from raglite.evaluation.runs import Question, bare
from raglite.ingestion.reindex.building import Building
from raglite.ingestion.reindex.mirror import of
from raglite.model import ChunkKind, DocumentVersion, Filters, VersionState
from raglite.ports import FoundChunk, Leg, Principal, SearchRequest, Services
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question as Asked

PROBES = 20  # documents of which a passage is asked for by its own vector
NEAREST = 5  # among so many it is to be found: others may have the same text, and with it the same vector
TOP = 10  # pages among which a golden question's are to be found
OPERATOR = Principal("reindex", frozenset({"read"}))


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong (`faults`, sentences): nothing is switched unless that is empty."""

    keys: int
    editions: int
    points: int
    visible_before: int
    visible_after: int
    probes: int
    golden: int
    faults: tuple[str, ...]


def verify(building: Building, golden: Sequence[Question]) -> Verified:
    """Compare what both hold, ask for passages by their vectors, and ask the golden questions.

    Only a process whose questions the new collection answers can ask: going back to another model compares alone.
    """
    mirror = building.mirror
    services = of(mirror.services, mirror.target)
    can_ask = mirror.services.embedder.spec.space == mirror.target.spec.space
    commit = services.registry.commit_number()
    found = {key: f"{key}: the two collections do not hold the same of it." for key in building.differing()}
    probes = dict(_probes(services, mirror.target.spec.digest, commit)) if can_ask else {}
    found |= {key: fault for key, fault in probes.items() if fault}
    building.is_behind()  # what was committed since is not to be blamed: it is pending now
    faults = {key: fault for key, fault in found.items() if key not in building.pending} | building.faults
    questions = golden if can_ask else ()
    held = services.index.holdings()
    return Verified(
        keys=len({one.edition.key for one in held}),
        editions=len({one.edition for one in held}),
        points=sum(one.points for one in held),
        visible_before=mirror.services.index.beside(mirror.source.name).count(commit=commit),
        visible_after=services.index.count(commit=commit),
        probes=len(probes),
        golden=len(questions),
        faults=(*(faults[key] for key in sorted(faults)), *_missed(questions, services)),
    )


def _probes(services: Services, spec: str, commit: int) -> Iterator[tuple[str, str | None]]:
    """Ask for a passage of some documents by its own vector; yield for each key what is wrong, None if nothing is."""
    records = sorted(
        (one for one in services.registry.documents() if one.state is VersionState.SEARCHABLE),
        key=lambda one: (one.key, one.version_id),
    )
    for record in records[:: max(1, len(records) // PROBES)][:PROBES]:
        yield record.key, _probe(services, record, spec, commit)


def _probe(services: Services, record: DocumentVersion, spec: str, commit: int) -> str | None:
    shown = services.index.count(record.key, record.version_id, commit)
    if shown != record.chunks_in(spec):
        return f"{record.key}: shows {shown} points, and {record.chunks_in(spec)} were written."
    passage = _passage(services, record, commit)
    if passage is None:
        return f"{record.key}: none of its passages is found by any word."
    (vector,) = services.embedder.embed([passage.chunk.embedding_text])
    nearest = services.index.search(SearchRequest(legs=(Leg(vector, limit=NEAREST),), commit=commit, limit=NEAREST))
    if passage.chunk.content_hash not in {one.chunk.content_hash for one in nearest}:
        return f"{record.key}, page {passage.chunk.page}: a passage is not found by its own vector."
    return None


def _passage(services: Services, record: DocumentVersion, commit: int) -> FoundChunk | None:
    """Return a passage of a version, whichever comes first by a vector that is nobody's."""
    (vector,) = services.embedder.embed([record.key])
    leg = Leg(vector, (ChunkKind.CHUNK,), limit=1, filters=Filters(document_ids=(record.document_id,)))
    found = services.index.search(SearchRequest(legs=(leg,), commit=commit, limit=1))
    return next(iter(found), None)


def _missed(questions: Sequence[Question], services: Services) -> Iterator[str]:
    """Ask the golden questions; yield for each that does not find its page what was found instead."""
    retriever = Retriever(services)
    for question in questions:
        answer = retriever.query(Asked(query=question.question, top_k=TOP), OPERATOR)
        places = [(bare(result.document.key), result.page) for result in answer.results]
        found = question.gold & set(places)
        if not (question.gold <= found if question.evidence_mode == "all_needed" else found):
            best = f"{places[0][0]}, page {places[0][1]}" if places else "nothing"
            yield f"golden question {question.id}: not among the first {TOP} pages; the first is {best}."
