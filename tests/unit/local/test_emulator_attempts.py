"""A call of Terraform's whose answer was lost is not carried out twice."""

import asyncio

import pytest

from local.emulator import attempts
from local.emulator.attempts import Attempts

TERRAFORM = b"APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-aws/5.100.0"


class Groups:
    """An application that creates something once, whose first answers may be failures."""

    def __init__(self, *failures):
        self.failures, self.asked = list(failures), 0

    async def __call__(self, _scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        self.asked += 1
        status = self.failures.pop(0) if self.failures else 200 if self.asked == 1 else 400
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": status, "headers": []})
        body = b"created" if status == 200 else b"exists"
        await send({"type": "http.response.body", "body": body, "more_body": False})


async def ask(app, call=b"one", agent=TERRAFORM, body=(b"{", b"}")):
    headers = [(b"user-agent", agent)] + ([(b"amz-sdk-invocation-id", call)] if call else [])
    parts, told = [{"type": "http.request", "body": part, "more_body": True} for part in body], []
    parts.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive():
        return parts.pop(0)

    async def send(message):
        told.append(message)

    await app({"type": "http", "headers": headers}, receive, send)
    assert not parts, "what was not read would close the connection"
    return told[0]["status"], told[1]["body"]


def test_a_second_attempt_is_answered_as_the_first():
    groups = Groups()
    app = Attempts(groups)

    async def twice():
        return await ask(app), await ask(app)

    assert asyncio.run(twice()) == ((200, b"created"), (200, b"created"))
    assert groups.asked == 1


def test_an_attempt_that_comes_while_the_first_is_under_way_waits_for_its_answer():
    groups = Groups()
    app = Attempts(groups)

    async def together():
        return await asyncio.gather(ask(app), ask(app))

    assert asyncio.run(together()) == [(200, b"created"), (200, b"created")]
    assert groups.asked == 1


@pytest.mark.parametrize("status", [400, 500, 503])
def test_what_failed_is_carried_out_again(status):
    app = Attempts(Groups(status))

    async def twice():
        return (await ask(app))[0], (await ask(app))[0]

    assert asyncio.run(twice())[0] == status
    assert app._app.asked == 2


def test_an_application_that_breaks_off_is_asked_again():
    async def breaks(*_):
        raise ConnectionError

    async def twice():
        app = Attempts(breaks)
        with pytest.raises(ConnectionError):
            await ask(app)
        app._app = Groups()
        return await ask(app)

    assert asyncio.run(twice()) == (200, b"created")


@pytest.mark.parametrize(
    "other", [{"call": b"another"}, {"agent": b"Boto3/1.40"}, {"call": None}], ids=["another", "boto3", "unnamed"]
)
def test_other_calls_and_other_callers_are_served_as_on_aws(other):
    groups = Groups()
    app = Attempts(groups)

    async def both():
        return await ask(app), await ask(app, **other), await ask(app, **other)

    assert [status for status, _ in asyncio.run(both())][:2] == [200, 400]
    assert groups.asked == 3


def test_old_calls_are_forgotten(monkeypatch):
    monkeypatch.setattr(attempts, "REMEMBERED", 2)
    app = Attempts(Groups())

    async def many():
        for call in (b"one", b"two", b"three"):
            await ask(app, call)
        return await ask(app, b"one")

    assert asyncio.run(many()) == (400, b"exists")
