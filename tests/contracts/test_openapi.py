"""The service against its own description: whatever the OpenAPI document allows is answered as the document says."""

from collections.abc import Iterator
from threading import Thread

import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from raglite.ports import Principal
from raglite.server.app import create_app
from raglite.server.auth import OPEN_PATHS
from raglite.settings import Settings
from tests.fakes.credentials import FakeCredentials
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.processes import free_port, listening, until

EXAMPLES = 60  # requests of each kind to each route
# A question of blanks, a date that is none, a cursor of somebody else's: no schema of JSON tells them from good ones.
NOT_HELD_TO = [positive_data_acceptance]
KEY = {"Authorization": "Bearer analyst"}


def app() -> FastAPI:
    world = World(credentials=FakeCredentials(Principal("analyst", frozenset({"read", "ingest"}))))
    world.ingest("acme/a.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million."))
    unlimited = Settings(requests_per_minute=0, unknown_keys_per_minute=0)  # here more is asked than anybody may
    return create_app(world.services(), unlimited)


schema = schemathesis.openapi.from_dict(app().openapi())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app(), port=port, log_level="error"))
    thread = Thread(target=server.run)
    thread.start()
    until(lambda: listening(port), "the service listens")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_is_answered_as_described(case: schemathesis.Case, url: str) -> None:
    case.call_and_validate(base_url=url, headers=KEY, excluded_checks=NOT_HELD_TO)


def test_every_error_is_described_in_the_one_shape_that_it_has() -> None:
    routes = {path: methods for path, methods in app().openapi()["paths"].items() if path not in OPEN_PATHS}
    for path, methods in routes.items():
        for route in methods.values():
            errors = {status: answer for status, answer in route["responses"].items() if status != "200"}
            absent = {"404"} if "404" in errors else set()
            assert set(errors) == {"400", "401", "403", "413", "422", "429", "500", "503"} | absent, path
            shapes = {answer["content"]["application/json"]["schema"]["$ref"] for answer in errors.values()}
            assert shapes == {"#/components/schemas/Refusal"}, path
