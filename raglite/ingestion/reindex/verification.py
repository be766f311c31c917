"""Whether a new collection may take the place of the live one: what it holds, and what it answers."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from raglite.evaluation.runs import Question, bare
from raglite.ingestion.reindex.building import Building
from raglite.ingestion.reindex.mirror import Mirror, of
from raglite.model import ChunkKind, DocumentVersion, Filters, VersionState
from raglite.ports import CollectionMissing, FoundChunk, Holding, Leg, Principal, SearchRequest, Services
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question as Asked

PROBES = 20  # documents of which a passage is asked for by its own vector
NEAREST = 5  # among so many it is to be found: others may have the same text, and with it the same vector
TOP = 10  # pages among which a golden question's are to be found
ADVICE = "`raglite reconcile --repair` mends the live collection; if that is whole, build the other anew"
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
    """Compare and count what both hold, ask for passages by their vectors, and ask the golden questions.

    Only a process whose questions the new collection answers can ask: going back to another model compares and counts.
    """
    mirror = building.mirror
    services = of(mirror.services, mirror.target)
    can_ask = mirror.services.embedder.spec.space == mirror.target.spec.space
    commit = services.registry.commit_number()
    # What a look at everything suspects is looked at again by itself: something may have been erased in between.
    differing = [key for key in building.differing() if not mirror.look(key).agrees]
    held, records = services.index.holdings(), _searchable(services)
    probed = records[:: max(1, math.ceil(len(records) / PROBES))] if can_ask else []
    found = {key: f"{key}: the two collections do not hold the same of it: {ADVICE}." for key in differing}
    found |= dict(_miscounted(records, held, mirror.target.spec.digest, commit))
    found |= {one.key: fault for one in probed if one.key not in found and (fault := _probe(services, one, commit))}
    building.is_behind()  # what was committed since is not to be blamed: it is pending now
    faults = {key: fault for key, fault in found.items() if key not in building.pending} | building.faults
    questions = golden if can_ask else ()
    return Verified(
        keys=len({one.edition.key for one in held}),
        editions=len({one.edition for one in held}),
        points=sum(one.points for one in held),
        visible_before=_visible(mirror, commit),
        visible_after=services.index.count(commit=commit),
        probes=len(probed),
        golden=len(questions),
        faults=(*(faults[key] for key in sorted(faults)), *_missed(questions, services)),
    )


def _visible(mirror: Mirror, commit: int) -> int:
    """Return how many points the live collection shows: none if it is the one that is gone."""
    try:
        return mirror.services.index.beside(mirror.source.name).count(commit=commit)
    except CollectionMissing:
        return 0


def _searchable(services: Services) -> list[DocumentVersion]:
    found = [one for one in services.registry.documents() if one.state is VersionState.SEARCHABLE]
    return sorted(found, key=lambda one: (one.key, one.version_id))


def _miscounted(
    records: Iterable[DocumentVersion], held: Iterable[Holding], spec: str, commit: int
) -> Iterator[tuple[str, str]]:
    """Hold what is visible of every document against what was written of it; yield the keys that differ, and how."""
    shown = Counter[tuple[str, str]]()
    for one in held:
        shown[one.edition.key, one.edition.version_id] += one.points if one.visible(commit) else 0
    for record in records:
        points, written = shown[record.key, record.version_id], record.chunks_in(spec)
        if points != written:
            yield record.key, f"{record.key}: shows {points} points, and {written} were written: {ADVICE}."


def _probe(services: Services, record: DocumentVersion, commit: int) -> str | None:
    """Ask for a passage of a document by its own vector; return what is wrong, None if nothing is."""
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
