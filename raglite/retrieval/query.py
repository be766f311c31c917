"""The use case: from a question to an answer with citations."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from raglite.errors import InvalidRequest
from raglite.model import Answer, CitedDocument, Filters, SearchResult, document_id
from raglite.ports import NO_FILTERS, FoundChunk, Principal, SearchRequest, Services
from raglite.retrieval import companies as known
from raglite.retrieval.catalog import Catalog
from raglite.retrieval.citation import cite, excerpt
from raglite.retrieval.lexical import query_vector
from raglite.retrieval.question import Understanding, understand, validated
from raglite.retrieval.ranking import FUSED_LIMIT, RRF_K, legs, rank
from raglite.telemetry import ERRORS, QUERIES, QUERY_LATENCY, AuditAction, Span

TOP_K = 5
MOST_RESULTS = 50
EXCERPT_LIMIT = 1200  # characters: a passage of the default model's 256 tokens seldom has more
MILLISECONDS = 1000


def query(
    text: str, services: Services, principal: Principal, top_k: int = TOP_K, filters: Filters = NO_FILTERS
) -> Answer:
    """Answer one question. A process that answers many keeps a Retriever, which reads the registry less often."""
    return Retriever(services).query(text, principal, top_k, filters)


class Retriever:
    """Answers questions, from any number of threads."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.catalog = Catalog(services.registry, services.clock)

    def query(self, text: str, principal: Principal, top_k: int = TOP_K, filters: Filters = NO_FILTERS) -> Answer:
        """Return the passages that answer `text`, best first, at most one per page, all read at one commit number.

        Only documents of the principal's groups are looked at. `took_ms` has no share of the network's.
        Raises InvalidRequest if `text` is empty or too long or `top_k` is not 1 to 50; TransientError if a service
        that is needed does not answer.
        """
        started = time.perf_counter()
        question, limit = validated(text), _checked(top_k)
        with self._counted():
            commit = self.catalog.commit()
            names = self.catalog.companies(commit, principal.groups)
            understanding = understand(question, names)
            request = self._request(understanding, commit, _resolved(filters, names), principal)
            results = self._cited(self._search(request), understanding, limit)
            self._audit(principal, question, results, commit)
        took = (time.perf_counter() - started) * MILLISECONDS
        self.services.telemetry.metric(QUERY_LATENCY, took)
        return Answer(
            query=question,
            results=results,
            interpreted_as=_interpretation(understanding),
            index_commit=commit,
            took_ms=round(took, 3),
        )

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count the question, and whether we failed it."""
        self.services.telemetry.metric(QUERIES, 1)
        try:
            yield
        except Exception:
            self.services.telemetry.metric(ERRORS, 1)
            raise

    def _request(
        self, understanding: Understanding, commit: int, filters: Filters, principal: Principal
    ) -> SearchRequest:
        with self.services.telemetry.span(Span.EMBED):
            dense = self.services.embedder.embed([understanding.text])[0]
        searched = legs(understanding, dense, query_vector(understanding.lexical))
        return SearchRequest(searched, commit, FUSED_LIMIT, filters, principal.groups, RRF_K)

    def _search(self, request: SearchRequest) -> Sequence[FoundChunk]:
        with self.services.telemetry.span(Span.SEARCH):
            return self.services.index.search(request)

    def _cited(self, found: Sequence[FoundChunk], understanding: Understanding, limit: int) -> tuple[SearchResult, ...]:
        with self.services.telemetry.span(Span.RANK):
            best = rank(found, understanding, limit)
        with self.services.telemetry.span(Span.CITE):
            return tuple(_result(one, understanding.lexical) for one in best)

    def _audit(self, principal: Principal, question: str, results: Sequence[SearchResult], commit: int) -> None:
        """Say who was shown what: the specification wants every query and answer in the audit log (NFR14)."""
        shown = [result.citation.uri for result in results]
        self.services.audit.append(
            AuditAction.QUERY, principal.name, query=question, results=shown, index_commit=commit
        )


def _checked(top_k: int) -> int:
    if not 1 <= top_k <= MOST_RESULTS:
        raise InvalidRequest(f"top_k is {top_k}; ask for 1 to {MOST_RESULTS} results, {TOP_K} if in doubt.")
    return top_k


def _resolved(filters: Filters, names: Sequence[str]) -> Filters:
    """Write the companies of a filter as the index does; one that it does not know stays and finds nothing.

    A name that the index has exactly so means that company alone, not also those that share its first word.
    """
    meant = [[asked] if asked in names else known.named(asked, names) or [asked] for asked in filters.companies]
    return filters.model_copy(update={"companies": tuple(dict.fromkeys(name for each in meant for name in each))})


def _result(found: FoundChunk, words: str) -> SearchResult:
    filing = {name: value for name, value in found.filing if name in CitedDocument.model_fields}
    return SearchResult(
        document=CitedDocument(id=document_id(found.key), key=found.key, version_id=found.version_id, **filing),
        page=found.chunk.page,
        section=found.chunk.section,
        statement=found.chunk.statement,
        excerpt=excerpt(found.chunk.text, words, EXCERPT_LIMIT),
        score=round(found.score, 6),
        citation=cite(found),
    )


def _interpretation(understanding: Understanding) -> dict[str, str | int | list[str] | list[int] | None]:
    return {
        "text": understanding.text,
        "companies": list(understanding.companies),
        "forms": list(understanding.forms),
        "fiscal_years": list(understanding.fiscal_years),
        "fiscal_quarter": understanding.fiscal_quarter,
        "period_ends": [day.isoformat() for day in understanding.period_ends],
        "statements": [statement.value for statement in understanding.statements],
        "metrics": list(understanding.metrics),
    }
