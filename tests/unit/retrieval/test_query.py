"""From a question to cited passages: one commit number, one page each, everything counted."""

from collections.abc import Callable

import pytest

from raglite.errors import DependencyUnavailable, InvalidRequest
from raglite.ingestion.synchronize import synchronize
from raglite.model import Filters, document_id
from raglite.ports import Principal
from raglite.retrieval.query import Retriever, query
from raglite.retrieval.requests import MOST_RESULTS, Question
from raglite.telemetry import Span
from tests.fakes.parser import report
from tests.fakes.services import ANALYST, POLICY, World
from tests.fakes.watched import Watched, failing

QUESTION = "What was the revenue of Orchard Mills in fiscal 2023?"


def all_of(text: str, filters: Filters | None = None) -> Question:
    return Question(query=text, top_k=MOST_RESULTS, filters=filters)


@pytest.fixture
def world() -> World:
    made = World()
    made.ingest("red/a.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt was 9 million."))
    made.ingest("blue/b.pdf", report("Harbor Lines, Inc.", 2022, "Revenue was 5 million.", "Debt was 1 million."))
    made.telemetry.spans.clear()
    return made


def test_the_first_result_is_cited_by_document_version_and_page(world: World) -> None:
    first = query(QUESTION, world.services(), ANALYST).results[0]
    identity = document_id("red/a.pdf")
    assert (first.document.id, first.document.key, first.document.version_id) == (identity, "red/a.pdf", "v1")
    assert (first.document.company, first.document.form, first.document.fiscal_year) == (
        "Orchard Mills, Inc.",
        "10-K",
        2023,
    )
    assert (first.page, first.excerpt) == (2, "Revenue was 200 million.")
    assert first.citation.uri == f"raglite://documents/{identity}/versions/v1/pages/2"


def test_results_come_best_first_and_one_a_page(world: World) -> None:
    results = query(all_of(QUESTION), world.services(), ANALYST).results
    scores = [result.score for result in results]
    pages = [(result.document.key, result.page) for result in results]
    assert scores == sorted(scores, reverse=True)
    assert len(pages) == len(set(pages)) == 6


def test_an_answer_says_how_the_question_was_understood(world: World) -> None:
    answer = query(f"  {QUESTION}\n", world.services(), ANALYST)
    assert answer.query == QUESTION
    assert answer.interpreted_as["companies"] == ["Orchard Mills, Inc."]
    assert answer.interpreted_as["fiscal_years"] == [2023]
    assert answer.index_commit == 2
    assert answer.took_ms > 0


def test_no_more_than_top_k_are_returned(world: World) -> None:
    assert [len(query(Question(query=QUESTION, top_k=k), world.services(), ANALYST).results) for k in (1, 3, 50)] == [
        1,
        3,
        6,
    ]


@pytest.mark.parametrize("top_k", [0, -1, MOST_RESULTS + 1])
def test_a_number_of_results_out_of_range_is_refused(world: World, top_k: int) -> None:
    with pytest.raises(InvalidRequest, match=f"top_k is {top_k}; ask for 1 to 50"):
        query(Question(query=QUESTION, top_k=top_k), world.services(), ANALYST)


@pytest.mark.parametrize("text", ["", "   \n", "x" * 20_000])
def test_a_question_that_is_empty_or_far_too_long_is_refused(world: World, text: str) -> None:
    with pytest.raises(InvalidRequest):
        query(text, world.services(), ANALYST)


def test_a_company_filtered_by_its_exact_name_brings_no_namesake(world: World) -> None:
    world.ingest("red/c.pdf", report("Harbor Apparel, Inc.", 2022, "Revenue was 6 million."))
    for asked, keys in (("Harbor Lines, Inc.", {"blue/b.pdf"}), ("Harbor", {"blue/b.pdf", "red/c.pdf"})):
        results = query(all_of("revenue", Filters(companies=(asked,))), world.services(), ANALYST).results
        assert {result.document.key for result in results} == keys


def test_groups_limit_what_is_looked_at(world: World) -> None:
    red = Principal("red", frozenset({"read"}), ("red",))
    keys = {result.document.key for result in query(all_of("revenue"), world.services(), red).results}
    assert keys == {"red/a.pdf"}


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        (Filters(companies=("orchard mills",)), {"red/a.pdf"}),
        (Filters(companies=("Orchard Mills, Inc.", "Harbor Lines")), {"red/a.pdf", "blue/b.pdf"}),
        (Filters(companies=("Unheard Of",)), set()),
        (Filters(fiscal_years=(2022,)), {"blue/b.pdf"}),
        (Filters(forms=("10-K",)), {"red/a.pdf", "blue/b.pdf"}),
        (Filters(document_ids=(document_id("red/a.pdf"),)), {"red/a.pdf"}),
        (Filters(companies=("Orchard Mills",), fiscal_years=(2022,)), set()),
    ],
)
def test_filters_limit_the_answer(world: World, filters: Filters, keys: set[str]) -> None:
    results = query(all_of("What was revenue?", filters), world.services(), ANALYST).results
    assert {result.document.key for result in results} == keys


def test_a_question_is_traced_from_beginning_to_end(world: World) -> None:
    query(QUESTION, world.services(), ANALYST)
    steps = [Span.UNDERSTAND, Span.EMBED, Span.SEARCH, Span.RANK, Span.FIGURES, Span.CITE]
    assert world.telemetry.spans == steps


@pytest.mark.parametrize(
    ("part", "call", "within"),
    [
        ("registry", "commit_number", Span.UNDERSTAND),
        ("embedder", "embed_query", Span.EMBED),
        ("index", "search", Span.SEARCH),
        ("documents", "load_figures", Span.FIGURES),
    ],
)
def test_all_that_is_waited_for_is_waited_for_in_a_span(world: World, part: str, call: str, within: Span) -> None:
    broken = world.services(**{part: Watched(getattr(world, part), failing(call))})
    with world.telemetry.trace(Span.QUERY), pytest.raises(DependencyUnavailable):
        query(QUESTION, broken, ANALYST)
    assert [span.name for span in world.telemetry.segments[-1].spans if span.fault] == [within]


def test_the_same_question_has_the_same_answer(world: World) -> None:
    answers = [query(QUESTION, world.services(), ANALYST).without_timing() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]


def test_an_empty_index_answers_with_nothing() -> None:
    answer = query(QUESTION, World().services(), ANALYST)
    assert (answer.results, answer.index_commit) == ((), 0)


def replaced_during(world: World, call: str) -> Callable[[str], None]:
    """Let a new version be published while a question is between two of its steps."""
    done: list[str] = []

    def before(name: str) -> None:
        if name == call and not done:
            done.append(name)
            world.ingest("red/a.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 300 million."))

    return before


@pytest.mark.parametrize(
    ("part", "call"), [("embedder", "embed_query"), ("index", "search"), ("registry", "documents")]
)
def test_a_publish_in_the_midst_of_a_question_does_not_show_in_it(world: World, part: str, call: str) -> None:
    services = world.services(**{part: Watched(getattr(world, part), replaced_during(world, call))})
    answer = query(all_of(QUESTION), services, ANALYST)
    versions = {result.document.version_id for result in answer.results if result.document.key == "red/a.pdf"}
    assert (answer.index_commit, versions) == (2, {"v1"})
    assert query(QUESTION, world.services(), ANALYST).results[0].excerpt == "Revenue was 300 million."


def test_a_new_version_is_answered_from_after_a_second_at_most(world: World) -> None:
    retriever = Retriever(world.services())
    assert retriever.query(QUESTION, ANALYST).index_commit == 2
    version = world.documents.put("red/a.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 300 million."))
    synchronize("red/a.pdf", world.services(), POLICY)
    assert retriever.query(QUESTION, ANALYST).results[0].document.version_id == "v1"
    world.clock.advance(1)
    assert retriever.query(QUESTION, ANALYST).results[0].document.version_id == version.version_id
