"""The specification's function fails where ours does not, fault by fault, and passes once it is mended."""

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import ingestion_trigger
import pytest
from botocore.stub import Stubber

from tests.lambda_estate import Estate
from tests.lambda_events import Context, created

DATA = Path(__file__).parents[2] / "data" / "specification"
SPECIFIED = (DATA / "ingestion_trigger.py.txt").read_text()
MENDS = tomllib.loads((DATA / "mends.toml").read_text())["function"]
STARTED: dict[str, Any] = {"tasks": [{"taskArn": "arn:aws:ecs:task/1"}], "failures": []}
NOT_PLACED: dict[str, Any] = {"tasks": [], "failures": [{"reason": "RESOURCE:ENI"}]}

Handler = Callable[[dict[str, Any], Any], object]


@dataclass
class Played:
    """One event handled: what ECS was asked, and what the function raised, upon which the event comes again."""

    asked: dict[str, Any] = field(default_factory=dict)
    raised: Exception | None = None


def what_was_started_is_not_delivered_again(play: Callable[[dict[str, Any]], Played]) -> bool:
    return play(STARTED).raised is None


def what_was_not_started_is_delivered_again(play: Callable[[dict[str, Any]], Played]) -> bool:
    return play(NOT_PLACED).raised is not None


def the_task_gets_a_network(play: Callable[[dict[str, Any]], Played]) -> bool:
    network = play(STARTED).asked.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return bool(network.get("subnets") and network.get("securityGroups"))


def one_delivery_starts_one_task(play: Callable[[dict[str, Any]], Played]) -> bool:
    tokens = [play(STARTED).asked.get("clientToken") for _ in range(2)]
    return tokens[0] is not None and tokens[0] == tokens[1]


CHECKS = (
    what_was_started_is_not_delivered_again,
    what_was_not_started_is_delivered_again,
    the_task_gets_a_network,
    one_delivery_starts_one_task,
)


@dataclass(frozen=True)
class Stage:
    """Plays functions before an ECS that answers as it is told; boto3 checks every request and answer."""

    aws: Estate
    patch: pytest.MonkeyPatch

    def failed(self, handler: Callable[[Any], Handler]) -> set[str]:
        """The checks that a function does not pass; `handler` makes it of an ECS client."""
        return {check.__name__ for check in CHECKS if not check(lambda answer: self._play(handler, answer))}

    def _play(self, handler: Callable[[Any], Handler], answer: dict[str, Any]) -> Played:
        played = Played()
        with self._ecs(played, answer) as client:
            try:
                handler(client)(created("x.pdf"), Context())
            except Exception as error:  # noqa: BLE001  whatever it is, Lambda delivers the event again
                played.raised = error
        assert played.asked, "it asked ECS for nothing"
        return played

    @contextmanager
    def _ecs(self, played: Played, answer: dict[str, Any]) -> Iterator[Any]:
        client = boto3.client("ecs")
        client.meta.events.register(
            "provide-client-params.ecs.RunTask", lambda params, **_: played.asked.update(params)
        )
        with Stubber(client) as stubber:
            stubber.add_response("list_tasks", {"taskArns": []})
            stubber.add_response("run_task", answer)
            yield client

    def ours(self, client: Any) -> Handler:
        settings = ingestion_trigger.Settings.from_environment(self.aws.environment)
        trigger = ingestion_trigger.Trigger(settings, self.aws.s3, self.aws.table, client)
        return lambda event, context: ingestion_trigger.respond(trigger, event, context.aws_request_id)

    def specified(self, text: str) -> Callable[[Any], Handler]:
        def handler(client: Any) -> Handler:
            client.list_tasks()  # ours counts tasks first
            names: dict[str, Any] = {}
            with self.patch.context() as patch:
                patch.setattr(boto3, "client", lambda _: client)
                exec(compile(text, "the specification's function", "exec"), names)  # noqa: S102  it is what is tested
            made: Handler = names["lambda_handler"]
            return made

        return handler


@pytest.fixture
def stage(aws: Estate, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(aws, monkeypatch)


def mended(without: str = "") -> str:
    text = SPECIFIED
    for mend in MENDS:
        assert mend["instead_of"] in text
        if mend["fault"] != without:
            text = text.replace(mend["instead_of"], mend["text"])
    return text


def test_our_function_passes_every_check(stage: Stage) -> None:
    assert stage.failed(stage.ours) == set()


def test_the_specifications_passes_them_with_every_mend(stage: Stage) -> None:
    assert stage.failed(stage.specified(mended())) == set()


def test_as_it_is_it_fails_for_three_of_its_faults_and_the_first_hides_the_fourth(stage: Stage) -> None:
    hidden = {"what_was_not_started_is_delivered_again"}  # it raises either way
    assert stage.failed(stage.specified(SPECIFIED)) == {check.__name__ for check in CHECKS} - hidden


@pytest.mark.parametrize("mend", MENDS, ids=lambda mend: mend["check"])
def test_each_of_its_faults_fails_the_check_that_is_meant_for_it(stage: Stage, mend: dict[str, str]) -> None:
    assert stage.failed(stage.specified(mended(without=mend["fault"]))) == {mend["check"]}
