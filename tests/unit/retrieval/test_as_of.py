"""Questions as of a moment: what was answered from then, at the one commit number of then."""

from datetime import datetime

import pytest

from raglite.errors import InvalidRequest
from raglite.ingestion.synchronize import synchronize
from raglite.model import Answer, CitedDocument, FigureAnswer, Filters, WhyWithheld
from raglite.ports import Principal
from raglite.retrieval.catalog import NAMES_AGE
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.figures.query import FigureQuery
from raglite.retrieval.notes import MOST_ERASED, MOST_NAMED
from raglite.retrieval.query import Retriever, query
from raglite.retrieval.requests import MOST_RESULTS, Question
from tests.fakes.parser import report
from tests.fakes.services import ANALYST, POLICY, World
from tests.unit.retrieval.stated import statements

KEY = "red/mills.pdf"
OLD = report("Orchard Mills, Inc.", 2022, "Revenue was 100 million.", "Debt was 7 million.")
NEW = report("Orchard Mills, Inc.", 2022, "Revenue was 200 million.")
RED = Principal("red", frozenset({"read"}), ("red",))
BLUE = Principal("blue", frozenset({"read"}), ("blue",))


@pytest.fixture
def world() -> World:
    return World()


def later(world: World, seconds: float = 3600) -> str:
    """Return the moment it is now, and let time pass."""
    moment = world.clock.now()
    world.clock.advance(seconds)
    return moment.isoformat()


def sync(world: World, key: str = KEY) -> None:
    synchronize(key, world.services(), POLICY)


def ask(
    world: World,
    as_of: str | None = None,
    text: str = "What was revenue?",
    filters: Filters | None = None,
    principal: Principal = ANALYST,
) -> Answer:
    question = Question(query=text, top_k=MOST_RESULTS, filters=filters, as_of=as_of)
    return query(question, world.services(), principal)


def versions(answer: Answer) -> set[str]:
    return {result.document.version_id for result in answer.results}


def test_a_replaced_version_is_answered_from_as_of_then_and_cited_by_its_own_id(world: World) -> None:
    old = world.ingest(KEY, OLD).version_id
    then = later(world)
    new = world.ingest(KEY, NEW).version_id
    now, past = ask(world), ask(world, then)
    assert (versions(now), versions(past)) == ({new}, {old})
    assert (now.as_of, now.index_commit, past.index_commit) == (None, 2, 1)
    assert past.as_of == datetime.fromisoformat(then)
    assert all(f"/versions/{old}/" in result.citation.uri for result in past.results)
    assert {result.document.superseded for result in past.results} == {True}
    assert {result.document.superseded for result in now.results} == {False}
    assert past.results[0].citation.label == (
        "Orchard Mills, Inc., 10-K FY2022, p. 2, SECURITIES AND EXCHANGE COMMISSION"
        " (as of 2026-01-01T00:00:01Z, superseded since)"
    )


def test_a_version_that_still_is_the_current_one_is_labelled_as_now(world: World) -> None:
    world.ingest(KEY, OLD)
    then = later(world)
    assert ask(world, then).results == ask(world).results


def test_a_day_means_its_end_and_the_same_day_now(world: World) -> None:
    old = world.ingest(KEY, OLD).version_id
    world.clock.advance(24 * 3600)
    new = world.ingest(KEY, NEW).version_id
    assert versions(ask(world, "2026-01-01")) == {old}
    today = ask(world, "2026-01-02")
    assert (versions(today), today.as_of) == ({new}, world.clock.now())


def test_a_deleted_document_is_answered_from_as_of_before_its_deletion_and_again_once_it_is_back(world: World) -> None:
    old = world.ingest(KEY, OLD).version_id
    before = later(world)
    world.documents.delete(KEY)
    marker = world.documents.versions(KEY)[0].version_id
    sync(world)
    between = later(world)
    assert (versions(ask(world)), versions(ask(world, between))) == (set(), set())
    assert versions(ask(world, before)) == {old}
    assert ask(world, before).erased == ()
    assert ask(world, between).abstained_because == "No document was searchable at 2026-01-01T01:00:01Z."
    world.documents.erase(KEY, marker)
    sync(world)
    after = later(world)
    for moment, found in ((before, {old}), (between, set()), (after, {old}), (None, {old})):
        assert versions(ask(world, moment)) == found
    assert {result.document.superseded for result in ask(world, before).results} == {False}


def test_before_anything_was_searchable_the_answer_says_since_when_something_is(world: World) -> None:
    world.clock.advance(60)
    before = later(world)
    world.ingest(KEY, OLD)
    answer = ask(world, before)
    assert (answer.results, answer.index_commit, answer.abstained) == ((), 0, True)
    assert answer.abstained_because == (
        "No document was searchable at 2026-01-01T00:01:00Z. "
        "The first document became searchable at 2026-01-01T01:01:01Z."
    )


def test_when_the_first_document_came_is_told_of_the_callers_groups_only(world: World) -> None:
    before = later(world)
    world.ingest(KEY, OLD)
    assert ask(world, before, principal=BLUE).abstained_because == "No document was searchable at 2026-01-01T00:00:00Z."
    assert "became searchable at" in str(ask(world, before, principal=RED).abstained_because)
    assert ask(world, principal=BLUE).abstained_because == (
        "No passage was found: nothing is indexed here, or the filters leave nothing."
    )


def test_the_companies_and_years_that_a_question_is_read_with_are_those_of_then(world: World) -> None:
    world.ingest(KEY, OLD)
    then = later(world)
    world.ingest(KEY, report("Harbor Lines, Inc.", 2024, "Revenue was 3 million."))
    asked = "What was the revenue of Orchard Mills?"
    past, now = ask(world, then, asked), ask(world, None, asked)
    assert (past.interpreted_as["companies"], past.interpreted_as["assumed_fiscal_year"]) == (
        ["Orchard Mills, Inc."],
        2022,
    )
    assert now.interpreted_as["companies"] == []
    assert versions(ask(world, then, filters=Filters(companies=("Orchard Mills",)))) == {"v1"}


@pytest.mark.parametrize("as_of", ["tomorrow", "", "2026-02-31", "2027-01-01"])
def test_what_is_no_moment_up_to_now_is_refused(world: World, as_of: str) -> None:
    with pytest.raises(InvalidRequest, match=r"as_of is .* Write a date such as 2026-03-31"):
        ask(world, as_of)
    with pytest.raises(InvalidRequest, match="as_of is "):
        figures(world, as_of)


def test_one_process_goes_on_answering_as_of_the_same_moment_alike(world: World) -> None:
    world.ingest(KEY, OLD)
    then = later(world)
    retriever = Retriever(world.services())
    question = Question(query="What was revenue?", as_of=then)
    first = retriever.query(question, ANALYST)
    world.ingest(KEY, NEW)
    world.clock.advance(NAMES_AGE.total_seconds())
    again = retriever.query(question, ANALYST)
    assert [one.excerpt for one in again.results] == [one.excerpt for one in first.results]
    assert (first.results[0].document.superseded, again.results[0].document.superseded) == (False, True)


# --- what is gone for good ----------------------------------------------------------------------------------------


def test_a_version_that_is_erased_since_is_named_instead_of_missed_silently(world: World) -> None:
    world.ingest("red/lines.pdf", report("Harbor Lines, Inc.", 2022, "Revenue was 3 million."))
    version = world.ingest(KEY, OLD).version_id
    then = later(world)
    world.ingest(KEY, NEW)
    assert (ask(world, then).erased, ask(world, then).notes) == ((), ())
    world.documents.erase(KEY, version)
    sync(world)
    answer = ask(world, then)
    assert {result.document.key for result in answer.results} == {"red/lines.pdf"}
    (gone,) = answer.erased
    assert isinstance(gone, CitedDocument)
    assert (gone.key, gone.version_id, gone.company, gone.superseded) == (KEY, version, "Orchard Mills, Inc.", True)
    (note,) = answer.notes
    assert answer.erased_total == 1
    assert note == (
        "This is not all that was answered from then. Deleted for good since, or past its retention: "
        f"Orchard Mills, Inc., 10-K FY2022, {KEY}, version {version}."
    )
    assert ask(world).notes == ()


def test_a_process_that_answers_on_learns_within_seconds_what_was_erased(world: World) -> None:
    old = world.ingest(KEY, OLD).version_id
    then = later(world)
    world.ingest(KEY, NEW)
    retriever = Retriever(world.services())
    question = Question(query="What was revenue?", as_of=then)
    assert retriever.query(question, ANALYST).erased == ()
    world.documents.erase(KEY, old)
    sync(world)
    world.clock.advance(NAMES_AGE.total_seconds())
    assert [one.version_id for one in retriever.query(question, ANALYST).erased] == [old]


def replaced_and_erased(world: World, **bodies: bytes) -> str:
    """Ingest documents, replace them a while later, and delete what was replaced for good; return the while."""
    held = [(key.replace("_", "/"), body) for key, body in bodies.items()]
    first = [(key, world.ingest(key, body).version_id) for key, body in held]
    then = later(world)
    for key, version in first:
        world.ingest(key, NEW)
        world.documents.erase(key, version)
        sync(world, key)
    return then


def test_what_is_erased_is_told_within_groups_filters_and_companies_only(world: World) -> None:
    harbor = report("Harbor Lines, Inc.", 2021, "Revenue was 3 million.")
    before = later(world)
    then = replaced_and_erased(world, red_mills=OLD, blue_lines=harbor, red_note=b"Revenue, by nobody in particular.")

    def told(as_of: str, text: str = "What was revenue?", filters: Filters | None = None) -> set[str]:
        answer = ask(world, as_of, text, filters)
        assert len(answer.erased) == answer.erased_total
        return {one.key for one in answer.erased}

    assert (told(before), told(later(world))) == (set(), set())
    assert told(then) == {"red/mills", "blue/lines", "red/note"}
    assert {one.key for one in ask(world, then, principal=BLUE).erased} == {"blue/lines"}
    assert told(then, filters=Filters(fiscal_years=(2022,))) == {"red/mills"}
    assert told(then, "What was the revenue of Harbor Lines?") == {"blue/lines", "red/note"}
    assert told(then, "What was the revenue of Orchard Mills?", Filters(fiscal_years=(2021,))) == set()


def test_of_many_erased_versions_the_first_are_listed_and_all_are_counted(world: World) -> None:
    then = replaced_and_erased(world, **{f"{number:02}": OLD for number in range(MOST_ERASED + 2)})
    answer = ask(world, then)
    assert [one.key for one in answer.erased] == [f"{number:02}" for number in range(MOST_ERASED)]
    assert answer.erased_total == MOST_ERASED + 2
    assert answer.notes[0].endswith(f"; and {MOST_ERASED + 2 - MOST_NAMED} more.")
    assert (answer.results, answer.abstained) == ((), True)
    assert "No document was searchable" not in str(answer.abstained_because)


# --- figures ------------------------------------------------------------------------------------------------------


def figures(world: World, as_of: str | None = None, company: str = "Orchard Mills") -> FigureAnswer:
    retriever = Retriever(world.services())
    request = FigureRequest(company=company, metric="revenue", period="FY2022", as_of=as_of)
    return FigureQuery(world.services(), retriever.catalog, retriever.figures, retriever.wholeness).answer(
        request, ANALYST
    )


def filed(world: World, body: bytes, sales: int) -> str:
    version = world.ingest(KEY, body).version_id
    world.documents.save_figures(KEY, version, statements(sales=(sales, 400, 250)))
    return version


def test_figures_are_taken_from_the_versions_of_then(world: World) -> None:
    before = later(world)
    old = filed(world, OLD, 500)
    then = later(world)
    new = filed(world, NEW, 600)
    asked = "What was the revenue of Orchard Mills in fiscal 2022?"
    for answer, version, value in (
        (figures(world, then), old, 500),
        (figures(world), new, 600),
        (ask(world, then, asked), old, 500),
        (ask(world, None, asked), new, 600),
    ):
        (figure,) = answer.figures
        (operand,) = figure.operands
        assert (operand.version_id, operand.stated.value) == (version, value)
        assert operand.label.endswith("(as of 2026-01-01T01:00:01Z, superseded since)") == (version == old)
        assert f"/versions/{version}/" in operand.uri
    assert figures(world, then).as_of == datetime.fromisoformat(then)
    (withheld,) = figures(world, before).withheld
    assert withheld.reason is WhyWithheld.NOT_FOUND
    assert withheld.sentence == (
        "No document was searchable at 2026-01-01T00:00:00Z. "
        "The first document became searchable at 2026-01-01T01:00:01Z."
    )


def test_a_figure_of_an_erased_version_is_not_given_though_it_was_read_before(world: World) -> None:
    old = filed(world, OLD, 500)
    then = later(world)
    retriever = Retriever(world.services())
    asks = FigureQuery(world.services(), retriever.catalog, retriever.figures, retriever.wholeness)
    request = FigureRequest(company="Orchard Mills", metric="revenue", period="FY2022", as_of=then)
    assert asks.answer(request, ANALYST).figures
    filed(world, NEW, 600)
    world.documents.erase(KEY, old)
    sync(world)
    world.clock.advance(NAMES_AGE.total_seconds())
    answer = asks.answer(request, ANALYST)
    assert (answer.figures, [one.version_id for one in answer.erased]) == ((), [old])
    assert "just being replaced" not in str(answer.withheld)
