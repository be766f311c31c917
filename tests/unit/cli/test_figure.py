"""`raglite figure`: one number with its proof, or why there is none."""

import json
from collections.abc import Callable

import httpx
import pytest

from raglite.model import FigureAnswer
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.unit.cli.conftest import CommandLine
from tests.unit.retrieval.stated import statements


@pytest.fixture(autouse=True)
def filled(world: World, ingest: Callable[[str], None]) -> None:
    version = world.upload("mills.pdf", report("Orchard Mills, Inc.", 2022, "Nothing but figures."))
    ingest("mills.pdf")
    world.documents.save_figures("mills.pdf", version.version_id, statements())


def test_a_figure_is_printed_with_its_formula_and_its_cells(raglite: CommandLine) -> None:
    result = raglite("figure", "Orchard Mills", "current ratio", "FY2022")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "2 ratio"
    assert lines[1] == "    Orchard Mills, Inc., FY2022: current_assets[FY2022] / current_liabilities[FY2022]"
    assert lines[2] == (
        "    current_assets[FY2022] = 150  Orchard Mills, Inc., 10-K FY2022, p. 11, Total current assets, 2022"
    )
    assert lines[3].startswith("        raglite://documents/")
    assert lines[3].endswith("/pages/11#table=0&row=2&column=1")


def test_without_a_period_the_newest_year_is_taken(raglite: CommandLine) -> None:
    answer = FigureAnswer.model_validate_json(raglite("figure", "Orchard Mills", "revenue", "--json").stdout)
    assert [(figure.period, figure.value) for figure in answer.figures] == [("FY2022", 500_000_000)]


def test_no_figure_is_said_in_words_and_by_the_exit_code(raglite: CommandLine) -> None:
    result = raglite("figure", "Orchard Mills", "goodwill", "FY2022")
    assert result.exit_code == 1
    assert result.stdout.startswith("withheld (not_found): No statement that is indexed has goodwill for FY2022")
    assert json.loads(raglite("figure", "Orchard Mills", "goodwill", "--json").stdout)["figures"] == []


def test_as_of_takes_the_figure_from_the_version_of_then(
    raglite: CommandLine, world: World, ingest: Callable[[str], None]
) -> None:
    then = world.clock.now().isoformat()
    version = world.upload("mills.pdf", report("Orchard Mills, Inc.", 2022, "Restated."))
    ingest("mills.pdf")
    world.documents.save_figures("mills.pdf", version.version_id, statements(sales=(600, 400, 250)))
    asked = ("figure", "Orchard Mills", "revenue", "FY2022")
    now, past = raglite(*asked).stdout.splitlines(), raglite(*asked, "--as-of", then).stdout.splitlines()
    assert (now[0], past[0]) == ("600,000,000 USD", "500,000,000 USD")
    assert past[2].endswith("(as of 2026-01-01T00:00:01Z, superseded since)")
    assert past[-1] == "index commit 1, as of 2026-01-01T00:00:01Z"
    refused = raglite(*asked, "--as-of", "2999-01-01")
    assert (refused.exit_code, refused.stdout) == (65, "")
    assert "as_of is 2999-01-01, but it is only 2026-01-01" in refused.stderr


def test_an_answer_of_another_shape_asks_for_the_same_version(world: World) -> None:
    line = CommandLine(world, lambda _: httpx.Response(200, json={"amount": 7}))
    result = line("figure", "Orchard Mills", "revenue")
    assert result.exit_code == 78
    assert "use the same version as the service" in result.stderr
