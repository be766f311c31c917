"""Events reach the trigger's own code as the queue hands them over: twice, late, in reverse, again after a failure."""

from collections.abc import Iterator
from typing import Any

import ingestion_trigger
import pytest

from tests.faults.cluster import ConflictException
from tests.faults.post import MOST_RECEIVES, Post
from tests.faults.steps import Fate, Order
from tests.lambda_estate import BUCKET, Estate, estate
from tests.processes import until


class Refusing:
    """An ECS client that notes the keys tasks are asked for, and starts none."""

    class exceptions:  # noqa: N801  boto3's own spelling
        ConflictException = ConflictException

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failing = False

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, list[str]]]:
        return [{"taskArns": []}]

    def run_task(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked["overrides"]["containerOverrides"][0]["command"][-1].rpartition("/")[2])
        started = {"tasks": [{"taskArn": "arn"}], "failures": []}
        return {"tasks": [], "failures": [{"reason": "RESOURCE:CPU"}]} if self.failing else started


@pytest.fixture(scope="module")
def aws() -> Iterator[Estate]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        with estate() as made:
            yield made


@pytest.fixture
def ecs() -> Refusing:
    return Refusing()


@pytest.fixture
def post(aws: Estate, ecs: Refusing) -> Post:
    settings = ingestion_trigger.Settings.from_environment(aws.environment)
    return Post(ingestion_trigger.Trigger(settings, aws.s3, aws.table, ecs), BUCKET)  # type: ignore[arg-type]  # a fake


def send(post: Post, *fates: Fate) -> None:
    for number, fate in enumerate(fates):
        post.changed("Object Created", f"{number}", "v", fate)


def test_prompt_events_come_in_order_twice_if_so_fated_and_lost_ones_never(post, ecs):
    send(post, Fate.PROMPT, Fate.TWICE, Fate.LOST, Fate.PROMPT)
    post.deliver(Order.AS_SENT)
    post.pump()
    assert ecs.asked == ["0", "1", "1", "3"]
    assert (post.delivered, post.lost, post.idle) == (4, 1, True)


def test_events_come_in_reverse(post, ecs):
    send(post, Fate.PROMPT, Fate.PROMPT, Fate.PROMPT)
    post.deliver(Order.REVERSED)
    post.pump()
    assert ecs.asked == ["2", "1", "0"]


def test_late_events_come_after_those_of_the_next_delivery(post, ecs):
    send(post, Fate.LATE)
    post.deliver(Order.AS_SENT)
    post.pump()
    assert (ecs.asked, post.idle) == ([], False)
    post.changed("Object Created", "next", "v", Fate.PROMPT)
    post.deliver(Order.AS_SENT)
    post.pump()
    assert ecs.asked == ["next", "0"]


def test_what_the_trigger_fails_at_comes_again_and_ends_with_the_dead_letters(post, ecs):
    ecs.failing = True
    send(post, Fate.PROMPT)
    post.deliver(Order.AS_SENT)

    def dead() -> bool:
        post.pump()
        return bool(post.dead)

    until(dead, "the message is given up")
    assert ecs.asked == ["0"] * MOST_RECEIVES
    assert (post.delivered, post.idle) == (0, True)


def test_nothing_is_lost_when_tasks_can_be_started_again(post, ecs):
    ecs.failing = True
    send(post, Fate.PROMPT)
    post.deliver(Order.AS_SENT)
    post.pump()
    ecs.failing = False

    def delivered() -> bool:
        post.pump()
        return post.idle

    until(delivered, "the message is handled")
    assert (post.delivered, post.dead) == (1, [])
