"""The figures of an answer: of visible versions only, and within the caller's filters."""

from datetime import timedelta

import pytest

from raglite.model import Filters, WhyWithheld
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.figures.query import FigureQuery
from raglite.retrieval.query import Retriever, query
from raglite.retrieval.requests import Question
from raglite.telemetry import Span
from tests.fakes.parser import report
from tests.fakes.services import ANALYST, World
from tests.unit.retrieval.stated import statements

QUESTION = "What was the current ratio of Orchard Mills in fiscal 2022?"
REQUEST = FigureRequest(company="Orchard Mills", metric="current ratio", period="FY2022")
KEY = "mills.pdf"


@pytest.fixture
def world() -> World:
    made = World()
    version = made.ingest(KEY, report("Orchard Mills, Inc.", 2022, "Revenue was 500 million."))
    made.documents.save_figures(KEY, version.version_id, statements())
    return made


def test_a_figure_stands_in_the_answer(world: World) -> None:
    answer = query(QUESTION, world.services(), ANALYST)
    (figure,) = answer.figures
    assert (figure.value, figure.unit, answer.withheld) == (2, "ratio", ())


def test_a_request_for_a_figure_is_traced_from_beginning_to_end(world: World) -> None:
    retriever = Retriever(world.services())
    world.telemetry.spans.clear()
    FigureQuery(world.services(), retriever.catalog, retriever.figures, retriever.wholeness).answer(REQUEST, ANALYST)
    assert world.telemetry.spans == [Span.UNDERSTAND, Span.FIGURES, Span.CITE]


@pytest.mark.parametrize(
    "filters", [Filters(fiscal_years=(2021,)), Filters(forms=("10-Q",)), Filters(companies=("Harbor Lines",))]
)
def test_a_filter_that_leaves_the_document_out_leaves_its_figures_out(world: World, filters: Filters) -> None:
    assert query(Question(query=QUESTION, filters=filters), world.services(), ANALYST).figures == ()


def test_a_version_that_is_no_longer_visible_gives_no_figure_though_its_record_still_says_searchable(
    world: World,
) -> None:
    retriever = Retriever(world.services())
    assert world.registry.acquire(KEY, "task", 60)
    world.index.discard(KEY, "v1")
    answer = retriever.query(QUESTION, ANALYST)
    direct = FigureQuery(world.services(), retriever.catalog, retriever.figures, retriever.wholeness).answer(
        REQUEST, ANALYST
    )
    for found in (answer, direct):
        assert found.figures == ()
        assert [one.reason for one in found.withheld] == [WhyWithheld.NOT_FOUND]
        assert "just being replaced" in found.withheld[0].sentence


def test_a_replaced_version_s_figures_are_not_given_beside_the_new_one_s_passages(world: World) -> None:
    retriever = Retriever(world.services())
    assert retriever.query(QUESTION, ANALYST).figures
    world.ingest(KEY, report("Orchard Mills, Inc.", 2022, "Revenue was restated."))
    world.clock.advance(2)  # the commit number is read anew, the list of documents is not yet
    assert world.clock.now() - retriever.catalog.listing().read < timedelta(seconds=5)
    answer = retriever.query(QUESTION, ANALYST)
    assert {result.document.version_id for result in answer.results} == {"v2"}
    assert answer.figures == ()
