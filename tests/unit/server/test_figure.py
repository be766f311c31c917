"""Figures over plain HTTP and as an MCP tool."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent
from starlette.testclient import TestClient

from raglite.model import Figure, FigureAnswer, WhyWithheld
from raglite.server.app import create_app
from raglite.server.readable import NO_FIGURE, readable_figures
from raglite.settings import Settings
from raglite.telemetry import ERRORS, FIGURES_GIVEN, FIGURES_WITHHELD, QUERIES, QUERY_LATENCY
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing
from tests.unit.retrieval.stated import MILLION, statements

ASKED = {"company": "Orchard Mills", "metric": "gross margin", "period": "FY2022"}
LABEL = "Orchard Mills, Inc., 10-K FY2023, p. 10, Gross profit, 2022"


@pytest.fixture
def world(world: World) -> World:
    (version,) = world.registry.history("red/orchard.pdf")
    world.documents.save_figures(version.key, version.version_id, statements())
    return world


def asked(client: TestClient, **changes: str) -> FigureAnswer:
    return FigureAnswer.model_validate(client.post("/api/figure", json=ASKED | changes).json())


def test_a_figure_comes_with_its_formula_and_cells(client: TestClient, world: World) -> None:
    answer = asked(client)
    (figure,) = answer.figures
    assert (figure.value, figure.unit, figure.company, figure.period) == (
        40,
        "percent",
        "Orchard Mills, Inc.",
        "FY2022",
    )
    assert figure.formula == "gross_profit[FY2022] / revenue[FY2022]"
    assert figure.operands[0].label == LABEL
    assert (answer.withheld, answer.index_commit) == ((), 3)
    assert answer.trace_id


def test_a_request_is_counted(client: TestClient, world: World) -> None:
    world.telemetry.metrics.clear()
    asked(client)
    counted = [(name, value) for name, value in world.telemetry.metrics if name != QUERY_LATENCY.name]
    assert counted == [(QUERIES.name, 1), (ERRORS.name, 0), (FIGURES_GIVEN.name, 1)]


def test_a_figure_that_is_withheld_is_counted_so(client: TestClient, world: World) -> None:
    world.telemetry.metrics.clear()
    asked(client, company="Nobody")
    assert (FIGURES_WITHHELD.name, 1) in world.telemetry.metrics
    assert FIGURES_GIVEN.name not in dict(world.telemetry.metrics)


@pytest.mark.parametrize(
    ("changes", "reason", "sentence"),
    [
        ({"company": "Nobody"}, WhyWithheld.NOT_FOUND, "Known are Harbor Lines, Inc., Orchard Mills, Inc., Quarry"),
        ({"company": "Quarry Stone", "period": ""}, WhyWithheld.NOT_FOUND, "revenue for FY2021"),
        ({"metric": "gros margin"}, WhyWithheld.NOT_FOUND, "Near to it are: gross margin"),
        ({"metric": "???"}, WhyWithheld.NOT_FOUND, "Name one line of a statement, or a ratio."),
        ({"period": "some day"}, WhyWithheld.AMBIGUOUS, "Write FY2022, FY2020 - FY2022, Q2 FY2023 or 2023-01-28."),
        ({"period": "FY1999"}, WhyWithheld.NOT_FOUND, "ask for another period"),
    ],
)
def test_what_is_withheld_says_what_to_do(
    client: TestClient, changes: dict[str, str], reason: WhyWithheld, sentence: str
) -> None:
    answer = asked(client, **changes)
    (withheld,) = answer.withheld
    assert answer.figures == ()
    assert withheld.reason is reason
    assert sentence in withheld.sentence


def test_figures_of_another_groups_documents_are_not_given(app: FastAPI) -> None:
    with TestClient(app, headers={"Authorization": "Bearer blue"}) as blue:
        answer = asked(blue)
    assert answer.figures == ()
    assert "No company called 'Orchard Mills' is indexed. Known are Harbor Lines, Inc." in answer.withheld[0].sentence


def test_a_field_that_there_is_none_of_is_refused(client: TestClient) -> None:
    assert client.post("/api/figure", json=ASKED | {"year": 2022}).status_code == 422
    assert client.post("/api/figure", json=ASKED | {"metric": "x" * 501}).status_code == 422


def test_a_failure_of_ours_is_counted_as_an_error(world: World) -> None:
    broken = Watched(world.registry, failing("commit_number"))
    with TestClient(create_app(world.services(registry=broken), Settings())) as client:
        client.headers["Authorization"] = "Bearer analyst"
        assert client.post("/api/figure", json=ASKED).status_code == 503
    assert (ERRORS.name, 1) in world.telemetry.metrics


@pytest.mark.anyio
async def test_the_mcp_tool_answers_with_text_that_cites_every_cell(app: FastAPI, anyio_backend: str) -> None:
    result = await call(app, ASKED)
    answer = FigureAnswer.model_validate(result.structured_content)
    (said,) = result.content
    assert isinstance(said, TextContent)
    assert answer.figures[0].operands[0].label == LABEL
    assert said.text == readable_figures(answer)
    assert said.text.startswith(
        "Orchard Mills, Inc., FY2022: gross_margin = 40 percent\n"
        "formula: gross_profit[FY2022] / revenue[FY2022]\n"
        f"  gross_profit[FY2022]: 200 [{LABEL}]\n  raglite://documents/"
    )


@pytest.mark.anyio
async def test_the_mcp_tool_names_an_argument_it_does_not_know(app: FastAPI, anyio_backend: str) -> None:
    result = await call(app, ASKED | {"year": "2022"})
    (said,) = result.content
    assert isinstance(said, TextContent)
    assert result.is_error
    assert said.text == "Change the request: there is no year; there are company, metric, period, as_of."


def test_an_answer_without_anything_says_what_to_ask() -> None:
    assert readable_figures(FigureAnswer(company="", metric="", period="")) == NO_FIGURE


def test_amounts_are_readable(client: TestClient) -> None:
    figure = asked(client, metric="revenue").figures[0]
    assert isinstance(figure, Figure)
    assert figure.value == 500 * MILLION
    assert "revenue = 500,000,000 USD" in readable_figures(
        FigureAnswer(company="", metric="", period="", figures=(figure,))
    )


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def call(app: FastAPI, arguments: dict[str, Any]) -> Any:
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), headers={"Authorization": "Bearer analyst"})
    transport = streamable_http_client("http://alb.example/mcp", http_client=http)
    async with http, app.router.lifespan_context(app), Client(transport, mode="2026-07-28") as client:
        return await client.call_tool("get_financial_figure", arguments)
