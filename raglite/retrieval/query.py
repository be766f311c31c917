"""The use case: from a question to an answer with citations."""

import time
from collections.abc import Callable, Sequence

from raglite.errors import InvalidRequest
from raglite.model import Answer, Citation, Filters, SearchResult
from raglite.ports import NO_FILTERS, FoundChunk, Principal, SearchRequest, Services
from raglite.retrieval.abstention import Evidence
from raglite.retrieval.catalog import Catalog
from raglite.retrieval.citation import cite, excerpt
from raglite.retrieval.figures.finder import FigureFinder, in_force
from raglite.retrieval.legs import FUSED_LIMIT, RRF_K, legs
from raglite.retrieval.notes import Subject, noted
from raglite.retrieval.question.companies import Directory
from raglite.retrieval.question.interpretation import interpreted
from raglite.retrieval.question.understanding import WORDS, Understanding, Words, understand, validated
from raglite.retrieval.ranking import Ranked, rank
from raglite.retrieval.requests import MOST_RESULTS, TOP_K, Question
from raglite.retrieval.view import View, is_within
from raglite.retrieval.weights import WEIGHTS, Weights
from raglite.retrieval.wholeness import Wholeness
from raglite.telemetry import Span

EXCERPT_LIMIT = 1200  # characters: a passage of the default model's 256 tokens seldom has more
MILLISECONDS = 1000


def query(question: Question | str, services: Services, principal: Principal) -> Answer:
    """Answer one question. A process that answers many keeps a Retriever, which reads the registry less often."""
    return Retriever(services).query(question, principal)


class Retriever:
    """Answers questions, from any number of threads."""

    def __init__(self, services: Services, weights: Weights = WEIGHTS, words: Words = WORDS) -> None:
        self.services = services
        self.weights = weights
        self.words = words
        self.catalog = Catalog(services.registry, services.clock)
        self.figures = FigureFinder(services.documents)
        self.wholeness = Wholeness(services, self.catalog)

    def query(self, question: Question | str, principal: Principal) -> Answer:
        """Return the passages that answer a question, best first, at most one per page, all read at one commit number.

        A plain string asks with the defaults, of everything, as of now.
        Only documents of the principal's groups are looked at. `took_ms` has no share of the network's.
        Raises InvalidRequest if the query is empty or too long, `top_k` is not 1 to 50 or `as_of` no moment up to now;
        TransientError if a service that is needed does not answer, or has lost what it is asked for.
        """
        started, span = time.perf_counter(), self.services.telemetry.span
        question = Question(query=question) if isinstance(question, str) else question
        text, limit, moment = validated(question.query), _checked(question.top_k), self.catalog.moment(question.as_of)
        asked = self.catalog.clock.now()
        with span(Span.UNDERSTAND):
            view = View.of(self.catalog, moment, principal.groups)
            self.wholeness.refuse(moment)
            read = self._read(text, question.filters, view)
        found = self._search(read, view, principal)
        view = view.knowing(found)
        if view.late:  # somebody may be asked about whom only the index tells of
            with span(Span.UNDERSTAND):
                first, read = read, self._read(text, question.filters, view)
            found = found if read == first else self._search(read, view, principal)
        understanding, limits = read
        with span(Span.RANK):
            best = rank(found, understanding, limit, self.weights)
            evidence = Evidence(understanding, view.directory, found)
            because = (None if found else view.nothing()) or evidence.why_not()
            if because:
                self.wholeness.refuse(moment, since=asked)
        with span(Span.FIGURES):
            versions = [one for one in view.versions if is_within(one, limits)]
            answered = self.figures.answer(text, understanding, view.directory, versions)
            figures, withheld = in_force(answered, self._visible(found, view.commit))
        with span(Span.CITE):
            results = tuple(_result(one, understanding.lexical, view) for one in best)
            cited = [*(result.document for result in results), *view.behind(figures)]
            companies = understanding.companies or understanding.likely_companies
            known = noted(view, cited, Subject(companies, limits, is_open=bool(because or withheld)))
            return Answer(
                query=text,
                results=results,
                figures=tuple(view.labelled(one) for one in figures),
                withheld=withheld,
                abstained=because is not None,
                abstained_because=because,
                interpreted_as=interpreted(understanding, evidence.missing),
                took_ms=round((time.perf_counter() - started) * MILLISECONDS, 3),
                **dict(known),
            )

    def request(
        self, understanding: Understanding, commit: int, filters: Filters, principal: Principal
    ) -> SearchRequest:
        """Return what the index is asked for a question."""
        with self.services.telemetry.span(Span.EMBED):
            dense = self.services.embedder.embed_query(understanding.text)
        searched = legs(understanding, dense, self.weights)
        return SearchRequest(searched, commit, FUSED_LIMIT, filters, principal.groups, RRF_K)

    def _read(self, text: str, filters: Filters | None, view: View) -> tuple[Understanding, Filters]:
        """Return what a question means to a view, and the caller's filters as the index writes them."""
        understanding = understand(text, view.directory, self.words)
        return understanding, _resolved(filters or NO_FILTERS, view.directory)

    def _search(self, read: tuple[Understanding, Filters], view: View, principal: Principal) -> Sequence[FoundChunk]:
        understanding, limits = read
        request = self.request(understanding, view.commit, limits, principal)
        with self.services.telemetry.span(Span.SEARCH):
            return self.services.index.search(request)

    def _visible(self, found: Sequence[FoundChunk], commit: int) -> Callable[[str, str], bool]:
        """Return what tells whether a version is visible at the commit number; those just found surely are."""
        seen = {(one.key, one.version_id) for one in found}
        count = self.services.index.count
        return lambda key, version: (key, version) in seen or count(key, version, commit) > 0


def _checked(top_k: int) -> int:
    if not 1 <= top_k <= MOST_RESULTS:
        raise InvalidRequest(f"top_k is {top_k}; ask for 1 to {MOST_RESULTS} results, {TOP_K} if in doubt.")
    return top_k


def _resolved(filters: Filters, directory: Directory) -> Filters:
    """Write the companies of a filter as the index does; one that it does not know stays and finds nothing.

    A name that the index has exactly so means that company alone, not also those that share its first word.
    """
    known = directory.companies
    meant = [[asked] if asked in known else directory.named(asked) or [asked] for asked in filters.companies]
    return filters.model_copy(update={"companies": tuple(dict.fromkeys(name for each in meant for name in each))})


def _result(ranked: Ranked, words: str, view: View) -> SearchResult:
    found = ranked.found
    document, citation = view.cited(found.key, found.version_id, found.filing), cite(found)
    return SearchResult(
        document=document,
        page=found.chunk.page,
        section=found.chunk.section,
        statement=found.chunk.statement,
        excerpt=excerpt(found.chunk.text, words, EXCERPT_LIMIT),
        score=round(ranked.score, 6),
        why={name: round(value, 6) for name, value in ranked.why.items()},
        citation=Citation(uri=citation.uri, label=view.label(citation.label, document)),
    )
