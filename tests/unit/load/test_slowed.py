"""A service that is slowed on purpose is slower by what was asked for, however many ask at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.load.slowed import Message, Receive, Send, Slowed

TICK = 1 / 1024  # seconds, which floats add up exactly; each look at the clock takes one


@dataclass
class Hands:
    """A clock that moves on by what is asked of it."""

    now: float = 0.0

    def __call__(self) -> float:
        self.now += TICK
        return self.now


@dataclass
class Service:
    """Answers in any order, each request after so many seconds of work for it."""

    hands: Hands
    seconds: float
    ended: list[float] = field(default_factory=list)

    async def __call__(self, _: Message, __: Receive, send: Send) -> None:
        await asyncio.sleep(0)  # all are there before the first is worked on
        self.hands.now += self.seconds
        await send({"type": "http.response.start"})
        await send({"type": "http.response.body"})
        self.ended.append(self.hands.now)


async def nothing() -> Message:
    raise AssertionError


def ended(requests: int, share: float, seconds: float = 8.0) -> Sequence[float]:
    """Return when each of several requests at once had its answer."""
    hands = Hands()
    service = Service(hands, seconds)
    slowed = Slowed(service, share, hands)

    async def sent(_: Message) -> None:
        pass

    async def all_at_once() -> None:
        await asyncio.gather(*(slowed({"type": "http"}, nothing, sent) for _ in range(requests)))

    asyncio.run(all_at_once())
    return service.ended


def about(seconds: float, found: float) -> bool:
    return abs(found - seconds) < 100 * TICK


def test_a_request_alone_takes_its_share_longer() -> None:
    (last,) = ended(1, share=0.25)
    assert about(10.0, last)


def test_requests_at_once_are_late_by_their_share_of_what_has_passed() -> None:
    """Each waited for the others: a share of each one's time would be much more."""
    assert about(8 * 8.0 * 1.25, ended(8, share=0.25)[-1])


def test_nothing_is_added_where_nothing_was_asked_for() -> None:
    assert about(16.0, ended(2, share=0.0)[-1])
