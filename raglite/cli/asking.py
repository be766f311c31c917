"""A whole file of questions put to the running service, and what the service says of itself."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError

from raglite.cli.progress import progress
from raglite.cli.service import Service
from raglite.errors import ConfigurationError, RagliteError
from raglite.evaluation.corpus import Corpus, named
from raglite.evaluation.runs import Question, RankedPage, RunLine, bare
from raglite.model import Answer, DocumentVersion, SearchResult

DEPTH = 10  # pages: the deepest place that any score looks at
KEPT = 400  # characters of a passage that a run file keeps
LISTED = 500  # documents in one listing, the most that the service gives
MILLISECONDS = 1000
UNKNOWN_WORDS = "qvzxwkj jwxqpvz"
OTHER_VERSION = "The service answers in another shape than this raglite knows: use the same version as the service."

_VERSIONS = TypeAdapter(list[DocumentVersion])


def ask_all(service: Service, questions: Sequence[Question], names: Mapping[str, str], at_once: int) -> list[RunLine]:
    """Ask every question, `at_once` at a time, in order; a question that fails says why in its line."""
    pool = ThreadPoolExecutor(at_once)
    try:
        with progress("asking") as show:
            lines: list[RunLine] = []
            for line in pool.map(partial(_ask, service, names), questions):
                lines.append(line)
                show(len(lines), len(questions), "")
            return lines
    finally:
        pool.shutdown(cancel_futures=True)


def look_at(service: Service, names: Mapping[str, str]) -> Corpus:
    """Return the service's documents and readiness; raises as `Service.fetch` does."""
    ready = _readiness(service)
    return Corpus(
        documents=named(_versions(service), names),
        parts={str(part): str(found) for part, found in ready["parts"].items()},
        embedding=ready.get("embedding"),
        dense=_finds_by_embedding(service),
    )


def _ask(service: Service, names: Mapping[str, str], question: Question) -> RunLine:
    started = perf_counter()
    try:
        answer = Answer.model_validate(service.ask({"query": question.question, "top_k": DEPTH}))
    except RagliteError as error:
        return RunLine(id=question.id, failed=str(error))
    except ValidationError:
        return RunLine(id=question.id, failed=OTHER_VERSION)
    return _line(question.id, answer, names, (perf_counter() - started) * MILLISECONDS)


def _line(name: str, answer: Answer, names: Mapping[str, str], waited: float) -> RunLine:
    return RunLine(
        id=name,
        ranked=tuple(_page(result, names) for result in answer.results),
        latency_ms=round(waited, 1),
        citations=_citations(answer, names),
        abstained=answer.abstained,
        abstained_because=answer.abstained_because,
        figures=answer.figures,
        withheld=answer.withheld,
        interpreted_as=dict(answer.interpreted_as),
        index_commit=answer.index_commit,
        took_ms=answer.took_ms,
    )


def _page(result: SearchResult, names: Mapping[str, str]) -> RankedPage:
    return RankedPage(
        doc=_name(result.document.key, names),
        page=result.page,
        label=result.citation.label,
        excerpt=result.excerpt[:KEPT],
        why=result.why or None,
    )


def _citations(answer: Answer, names: Mapping[str, str]) -> tuple[RankedPage, ...]:
    """Return what the answer rests on: its best passage, and the page of each cell that a figure is made of."""
    best = [RankedPage(doc=_name(result.document.key, names), page=result.page) for result in answer.results[:1]]
    operands = [operand for figure in answer.figures for operand in figure.operands]
    cells = [RankedPage(doc=_name(operand.key, names), page=operand.stated.page) for operand in operands]
    return tuple(dict.fromkeys([*best, *cells]))


def _name(key: str, names: Mapping[str, str]) -> str:
    return bare(names.get(key, key))


def _finds_by_embedding(service: Service) -> bool:
    """Ask in words that no document has: legs that match words find nothing, an embedding always has neighbours."""
    try:
        return bool(service.ask({"query": UNKNOWN_WORDS, "top_k": 1})["results"])
    except (RagliteError, LookupError, TypeError):
        return False


def _readiness(service: Service) -> dict[str, Any]:
    """Return what /readyz says; whatever is not its shape is a part that is not ready."""
    response = service.respond("GET", "/readyz")
    try:
        found = response.json()
    except ValueError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("parts"), dict):
        return found
    return {"parts": {"service": f"/readyz answered {response.status_code} and names no parts"}}


def _versions(service: Service) -> Iterator[DocumentVersion]:
    cursor: str | None = None
    while True:
        asked = {"limit": LISTED} | ({"cursor": cursor} if cursor else {})
        found = service.fetch("GET", f"/api/documents?{urlencode(asked)}")
        try:
            yield from _VERSIONS.validate_python(found["documents"])
            cursor = found.get("next")
        except (ValidationError, LookupError, TypeError) as error:
            raise ConfigurationError(OTHER_VERSION) from error
        if not cursor:
            return
