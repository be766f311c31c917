"""Terraform's calls are carried out once, however often its client makes them.

Its client at times makes a call again that was answered, for a reason that was not found; what creates something then
finds it there and fails the apply. An SDK gives all attempts at a call one `amz-sdk-invocation-id` (source:
docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html). On AWS a second attempt is a second call. So it is
here for everybody else: services have to stand it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

REMEMBERED = 1000  # calls; a second attempt comes within a second


class Attempts:
    """The emulator's ASGI application, which answers a later attempt of Terraform's as the one that succeeded."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._answers: OrderedDict[str, asyncio.Future[list[Message]]] = OrderedDict()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, as the emulator or as before."""
        call = _call_of(scope)
        if call is None:
            await self._app(scope, receive, send)
        elif (earlier := self._answers.get(call)) and (answer := await earlier):
            while (await receive()).get("more_body"):
                pass
            for message in answer:
                await send(message)
        else:
            await self._carry_out(call, scope, receive, send)

    async def _carry_out(self, call: str, scope: Message, receive: Receive, send: Send) -> None:
        outcome: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
        self._answers[call] = outcome
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)
            await send(message)

        try:
            await self._app(scope, receive, keep)
        finally:
            outcome.set_result(answer if _succeeded(answer) else [])


def _call_of(scope: Message) -> str | None:
    """Return what Terraform calls its call, if that is whose request it is."""
    headers = dict(scope.get("headers", ()))
    if scope["type"] != "http" or b"Terraform/" not in headers.get(b"user-agent", b""):
        return None
    call: bytes | None = headers.get(b"amz-sdk-invocation-id")
    return call.decode() if call else None


def _succeeded(answer: list[Message]) -> bool:
    """Whether all of a good answer is there; after any other the call may be made again."""
    return bool(answer) and answer[0].get("status", 0) < 300 and not answer[-1].get("more_body", True)  # noqa: PLR2004  HTTP
