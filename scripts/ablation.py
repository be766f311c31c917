"""What every leg and boost wins and loses, how the ranking does on companies it was not tuned on, and what it costs.

    RAGLITE_...= python -m scripts.ablation --questions FILE [--names MAP.json]

Asks in this process, with the services that the settings name; MAP.json gives each key its document's name.
"""

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from raglite.bootstrap import bootstrap
from raglite.evaluation.runs import Question, bare, read_questions
from raglite.ports import NO_FILTERS, FoundChunk, Principal, SearchRequest, Services
from raglite.retrieval.query import Retriever
from raglite.retrieval.question.understanding import WORDS, Understanding, Words, understand, validated
from raglite.retrieval.question.wording import normalized
from raglite.retrieval.ranking import rank
from raglite.retrieval.weights import WEIGHTS, Weights
from raglite.settings import Settings

EVERYBODY = Principal("ablation", frozenset({"read"}))
DEPTH = 10
LEGS = frozenset("dense words page_words headings topics statement_pages periods forms safety".split())
GRID = {"statement": (1.0, 2.0, 3.0), "rows": (1.0, 2.0, 3.0), "period": (1.0, 2.0), "topic": (0.0, 0.5, 1.0)}

Ranks = Mapping[str, int | None]  # by question: the place of its first gold page, None if it is not among DEPTH


@dataclass
class Bench:
    """Asks the questions; what the index found for the same legs is kept."""

    services: Services
    questions: Sequence[Question]
    names: Mapping[str, str]
    kept: dict[tuple[Understanding, Weights], Sequence[FoundChunk]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.retriever = Retriever(self.services)
        self.commit = self.retriever.catalog.commit()
        self.directory = self.retriever.catalog.directory(self.commit, None)

    def ranks(self, weights: Weights = WEIGHTS, words: Words = WORDS, only: Sequence[Question] | None = None) -> Ranks:
        """Return every question's place under these weights and words."""
        return {one.id: self._place(one, weights, words) for one in (self.questions if only is None else only)}

    def company_of(self, question: Question) -> str:
        """Return whose documents answer a question."""
        places = {self._name(version.key): version.filing.company for version in self.services.registry.documents()}
        return next((company for doc, _ in sorted(question.gold) if (company := places.get(doc))), "")

    def request(self, asked: Understanding, weights: Weights) -> SearchRequest:
        """Return what is sent to the index."""
        return Retriever(self.services, weights).request(asked, self.commit, NO_FILTERS, EVERYBODY)

    def _place(self, question: Question, weights: Weights, words: Words) -> int | None:
        asked = understand(validated(question.question), self.directory, words)
        found = self._found(asked, weights)
        pages = [(self._name(one.found.key), one.found.chunk.page) for one in rank(found, asked, DEPTH, weights)]
        return next((place for place, page in enumerate(pages, 1) if page in question.gold), None)

    def _found(self, asked: Understanding, weights: Weights) -> Sequence[FoundChunk]:
        of_legs = replace(WEIGHTS, **{name: getattr(weights, name) for name in LEGS | {"elsewhere"}})
        if (asked, of_legs) not in self.kept:
            self.kept[asked, of_legs] = self.services.index.search(self.request(asked, of_legs))
        return self.kept[asked, of_legs]

    def _name(self, key: str) -> str:
        return bare(self.names.get(key, key))


def shares(ranks: Ranks) -> str:
    """Return hit@1, hit@5 and MRR@10 in percent."""
    places = list(ranks.values())
    hits = [100 * sum(place is not None and place <= depth for place in places) / len(places) for depth in (1, 5)]
    mrr = 100 * sum(1 / place for place in places if place) / len(places)
    return f"hit@1 {hits[0]:5.1f}  hit@5 {hits[1]:5.1f}  MRR {mrr:5.1f}"


def ablation(bench: Bench) -> Iterator[str]:
    """Yield a line for the whole and one without each leg and boost, with the questions that it wins or loses."""
    whole = bench.ranks()
    yield f"{'all of it':26}{shares(whole)}"
    for weight in fields(Weights):
        without = bench.ranks(replace(WEIGHTS, **{weight.name: 0.0}))
        kept, lost = (
            [name for name in whole if _is_hit(a[name]) and not _is_hit(b[name])]
            for a, b in ((whole, without), (without, whole))
        )
        won_and_lost = f"wins {', '.join(kept) or '-'}; loses {', '.join(lost) or '-'}"
        yield f"without {weight.name:18}{shares(without)}  {won_and_lost}"


def leave_company_out(bench: Bench) -> Iterator[str]:
    """Yield what is hit of every company with weights chosen on the others and without words that only it needs."""
    by_company: dict[str, list[Question]] = {}
    for question in bench.questions:
        by_company.setdefault(bench.company_of(question), []).append(question)
    places: dict[str, int | None] = {}
    tried = {weights: bench.ranks(weights) for weights in _grid()}
    for company, mine in sorted(by_company.items()):
        others = [question for question in bench.questions if question not in mine]
        weights = max(tried, key=lambda one: _worth(tried[one], others))
        gone = _words(mine) - _words(others)
        held_out = bench.ranks(weights, WORDS.less(gone), mine)
        places |= held_out
        yield f"{company:32}{len(mine):3}  {shares(held_out)}  without the words {', '.join(sorted(gone)) or '-'}"
    yield f"{'all, tuned on others':32}{len(places):3}  {shares(places)}"
    yield f"{'all, as shipped':32}{len(places):3}  {shares(bench.ranks())}"


def cost(bench: Bench) -> str:
    """Return the median time of a question, and of its embedding with the same request, measured in turn."""
    whole, bare_request = [], []
    for question in bench.questions:
        asked = understand(validated(question.question), bench.directory)
        began = time.perf_counter()
        bench.services.index.search(bench.request(asked, WEIGHTS))
        middle = time.perf_counter()
        bench.retriever.query(question.question, EVERYBODY)
        bare_request.append(middle - began)
        whole.append(time.perf_counter() - middle)
    question_ms, request_ms = (1000 * statistics.median(times) for times in (whole, bare_request))
    ratio = question_ms / request_ms
    return f"p50 of a question {question_ms:.1f} ms, of embedding and request {request_ms:.1f} ms: {ratio:.2f} times"


def _is_hit(place: int | None) -> bool:
    return place is not None and place <= 5  # noqa: PLR2004  hit@5 is what accuracy means here


def _grid() -> Iterator[Weights]:
    for values in itertools.product(*GRID.values()):
        yield replace(WEIGHTS, **dict(zip(GRID, values, strict=True)))


def _worth(ranks: Ranks, questions: Sequence[Question]) -> tuple[int, float]:
    places = [ranks[question.id] for question in questions]
    return sum(map(_is_hit, places)), sum(1 / place for place in places if place)


def _words(questions: Sequence[Question]) -> frozenset[str]:
    """Return the words of the vocabulary that these questions use."""
    texts = [normalized(question.question) for question in questions]
    lexicons = (WORDS.metrics, WORDS.topics)
    return frozenset(word for text in texts for lexicon in lexicons for word in lexicon.used(text))


class _Quiet:
    """Telemetry and audit log of a measurement: nobody is to be told of it."""

    @contextmanager
    def span(self, *_: object, **__: object) -> Iterator[None]:
        yield

    def metric(self, *_: object, **__: object) -> None:
        """Tell nobody."""

    append = metric


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.ablation", description=__doc__)
    parser.add_argument("--questions", type=Path, required=True, metavar="FILE")
    parser.add_argument("--names", type=Path, metavar="MAP.json")
    given = parser.parse_args()
    names = json.loads(given.names.read_text(encoding="utf-8")) if given.names else {}
    asked = [question for question in read_questions(given.questions) if question.answerable]
    services = bootstrap(Settings.from_environment(), telemetry=_Quiet(), audit=_Quiet())
    bench = Bench(services, asked, names)
    for line in (*ablation(bench), "", *leave_company_out(bench), "", cost(bench)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
