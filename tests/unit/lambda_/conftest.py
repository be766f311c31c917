"""One estate in moto for all tests of the functions, empty before each."""

from collections.abc import Iterator

import ingestion_trigger
import pytest

from tests.lambda_estate import Estate, estate


@pytest.fixture(scope="module")
def shared() -> Iterator[Estate]:
    ingestion_trigger._trigger.cache_clear()
    with pytest.MonkeyPatch.context() as patch, estate() as made:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        yield made
    ingestion_trigger._trigger.cache_clear()


@pytest.fixture
def aws(shared: Estate) -> Estate:
    shared.empty()
    return shared
