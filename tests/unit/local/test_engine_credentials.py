"""A task acts in its own role: its SDK fetches credentials from the engine and fetches them again in time."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from local.engine.credentials import Credentials
from tests.fakes.task_definitions import TaskDefinitions
from tests.processes import end
from tests.unit.local.test_engine import Engine

ROLE = "arn:aws:iam::000000000000:role/reader"
TASK = "arn:aws:ecs:us-east-1:000000000000:task/cluster/0123"
TELL = """
import botocore.session
found = botocore.session.get_session().get_credentials()
for _ in range(2):
    used = found and found.get_frozen_credentials()
    print(used and (used.access_key, used.token))
"""


@pytest.fixture
def emulator() -> Iterator[TaskDefinitions]:
    with TaskDefinitions() as serving:
        serving.define("reads")
        serving.give_role("reads", ROLE)
        serving.define("idles")
        yield serving


@pytest.fixture
def engine(tmp_path, emulator: TaskDefinitions) -> Iterator[Engine]:
    started = Engine.start(tmp_path, emulator)
    yield started
    started.client.close()
    end(started.process)


@pytest.fixture
def credentials(emulator: TaskDefinitions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Credentials]:
    for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "b"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    serving = Credentials(emulator.url)
    yield serving
    serving.close()


def fetch(variables: dict[str, str], token: str | None = None) -> httpx.Response:
    given = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] if token is None else token
    return httpx.get(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": given})


def told_by(engine: Engine, family: str) -> list[str]:
    container = engine.run_task(family, TASK, TELL)
    container.wait()
    return container.logs().decode().splitlines()


def test_a_tasks_code_acts_in_its_role_under_the_tasks_name(engine: Engine) -> None:
    assert told_by(engine, "reads") == ["('reader-1', '0123')"] * 2


def test_credentials_are_fetched_again_before_they_expire(engine: Engine, emulator: TaskDefinitions) -> None:
    emulator.lifetime = timedelta(minutes=5)  # botocore renews what has less than ten left
    first, second = told_by(engine, "reads")
    assert first != second


def test_a_task_without_a_role_has_no_credentials_at_all(engine: Engine) -> None:
    assert told_by(engine, "idles") == ["None"] * 2


def test_only_the_task_itself_gets_its_credentials(credentials: Credentials) -> None:
    own, other = credentials.variables(TASK, ROLE), credentials.variables("task/other", ROLE)
    assert fetch(own).json()["AccessKeyId"].startswith("reader-")
    assert [fetch(own, token).status_code for token in ("", other["AWS_CONTAINER_AUTHORIZATION_TOKEN"])] == [403, 403]


def test_all_containers_of_a_task_share_a_token(credentials: Credentials) -> None:
    assert credentials.variables(TASK, ROLE) == credentials.variables(TASK, ROLE)


def test_a_task_that_has_ended_gets_nothing_more(credentials: Credentials) -> None:
    variables = credentials.variables(TASK, ROLE)
    credentials.forget(TASK)
    assert fetch(variables).status_code == 403


def test_a_role_that_cannot_be_taken_is_named_with_the_reason(credentials: Credentials) -> None:
    answer = fetch(credentials.variables(TASK, "arn:aws:iam::000000000000:role/gone"))
    assert answer.status_code == 503
    assert "role/gone could not be taken" in answer.json()["message"]
    assert "nobody may take it" in answer.json()["message"]
