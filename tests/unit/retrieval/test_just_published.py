"""What was published since the records were listed: the index shows it, so nothing is said as if it were not there."""

from datetime import timedelta

import pytest

from raglite.retrieval.query import Retriever
from raglite.telemetry import Span
from tests.fakes.parser import report
from tests.fakes.services import ANALYST, World
from tests.unit.retrieval.stated import statements

QUESTION = "How many lanterns did Orchard Narrows keep in fiscal 2023?"
LISTED = timedelta(seconds=5)


@pytest.fixture
def world() -> World:
    made = World()
    made.ingest("mills.txt", report("Orchard Mills, Inc.", 2022, "Orchard Mills kept 200 lanterns."))
    return made


@pytest.fixture
def retriever(world: World) -> Retriever:
    """One that has listed the records."""
    made = Retriever(world.services())
    made.query(QUESTION, ANALYST)
    return made


def publish_another(world: World) -> str:
    body = report("Orchard Narrows, Inc.", 2023, "Orchard Narrows kept 300 lanterns.")
    version = world.ingest("narrows.txt", body).version_id
    world.telemetry.spans.clear()
    return version


def test_a_company_is_known_as_soon_as_a_document_of_it_is_found_though_a_namesake_is_known(
    world: World, retriever: Retriever
) -> None:
    publish_another(world)
    answer = retriever.query(QUESTION, ANALYST)
    assert world.clock.now() - retriever.catalog.listing().read < LISTED
    assert answer.abstained_because is None
    assert answer.interpreted_as["companies"] == ["Orchard Narrows, Inc."]
    assert answer.results[0].excerpt == "Orchard Narrows kept 300 lanterns."
    assert world.telemetry.spans.count(Span.SEARCH) == 2


def test_it_is_known_even_where_its_publisher_died_before_recording_it(world: World, retriever: Retriever) -> None:
    del world.registry.records["narrows.txt", publish_another(world)]
    first = retriever.query(QUESTION, ANALYST).results[0].document
    assert (first.key, first.company, first.fiscal_year) == ("narrows.txt", "Orchard Narrows, Inc.", 2023)


def test_a_new_version_that_tells_nothing_new_of_its_company_costs_no_second_search(
    world: World, retriever: Retriever
) -> None:
    world.ingest("mills.txt", report("Orchard Mills, Inc.", 2022, "Orchard Mills kept 250 lanterns."))
    world.telemetry.spans.clear()
    answer = retriever.query("How many lanterns did Orchard Mills keep?", ANALYST)
    assert answer.results[0].excerpt == "Orchard Mills kept 250 lanterns."
    assert world.telemetry.spans.count(Span.SEARCH) == 1


def test_a_new_version_s_figures_are_given_with_its_passages_and_the_old_one_s_are_no_more(
    world: World, retriever: Retriever
) -> None:
    world.documents.save_figures("mills.txt", "v1", statements())
    version = world.ingest("mills.txt", report("Orchard Mills, Inc.", 2022, "Current assets and liabilities."))
    world.documents.save_figures("mills.txt", version.version_id, statements())
    answer = retriever.query("What was the current ratio of Orchard Mills in fiscal 2022?", ANALYST)
    assert [{one.version_id for one in figure.operands} for figure in answer.figures] == [{version.version_id}]
    assert answer.withheld == ()
