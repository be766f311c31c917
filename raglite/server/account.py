"""What is known of one request: filled in on its way by whoever knows, told when its answer is ready.

Each request runs in a task of its own, and its threads and subtasks in copies of its context, so that all of them find
the same account and none another's.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from raglite.model import Answer, FigureAnswer
from raglite.ports import AuditField, Principal
from raglite.server.scopes import Scope
from raglite.telemetry import AuditAction, Outcome

ELSEWHERE = "elsewhere"  # stands for every path, method and tool that there is not: what callers write is not told
LONGEST_QUERY = 10_000  # characters of what was asked that are kept, though it was refused
LONGEST_WORDS = 100_000  # what is longer is a file
UNKNOWN = "unknown"


@dataclass
class Account:
    """`tool` is the MCP tool or method, or the HTTP route; `action` what is audited, None for nothing.

    `principal` is who asks, None for a stranger; `error` the code of what was wrong.
    """

    tool: str = ELSEWHERE
    address: str = UNKNOWN
    action: AuditAction | None = None
    trace_id: str | None = None
    principal: Principal | None = None
    query: str | None = None
    words: tuple[str, ...] = ()  # of what was asked: no log line may show them
    answer: Answer | FigureAnswer | None = None
    told: Mapping[str, AuditField] = field(default_factory=dict)  # what else its audit record says
    comment: str | None = None  # what else is kept where few may read
    lacks: Scope | None = None  # what the credential would have to be good for
    status: int = 0
    error: str | None = None
    outcome: Outcome | None = field(default=None, init=False)

    def fail(self, status: int, code: str) -> None:
        """Note that the request is refused, or failed, for a reason; `status` is the one HTTP has for it."""
        self.outcome = Outcome.FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Outcome.REFUSED
        self.error = code

    def settle(self, status: int) -> None:
        """Note how HTTP answers, and what the request has come to, if nobody said so before."""
        self.status = status
        if status == HTTPStatus.ACCEPTED:  # MCP's notifications, which ask for nothing
            self.action = None
        if self.outcome is None and status >= HTTPStatus.BAD_REQUEST:
            self.fail(status, f"http_{status}")
        elif self.outcome is None:
            self.outcome = Outcome.ABSTAINED if _abstained(self.answer) else Outcome.ANSWERED

    def asked(self, arguments: Any) -> None:
        """Keep what was asked, in whatever shape it came."""
        given = arguments if isinstance(arguments, Mapping) else {"query": arguments}
        query = given.get("query")
        kept = arguments if query is not None else _without_files(arguments)
        text = query if isinstance(query, str) else json.dumps(kept, ensure_ascii=False, default=str)
        self.query = text[:LONGEST_QUERY]
        texts = (value.strip() for value in given.values() if isinstance(value, str))
        self.words = tuple(text for text in texts if len(text) <= LONGEST_WORDS)


def _without_files(arguments: Any) -> Any:
    """Return arguments without what is too long to be words: how long it was is said in its place."""
    if not isinstance(arguments, Mapping):
        return arguments
    return {
        name: f"({len(value):,} characters)" if isinstance(value, str) and len(value) > LONGEST_QUERY else value
        for name, value in arguments.items()
    }


_current: ContextVar[Account | None] = ContextVar("account", default=None)


def account() -> Account:
    """Return the account of the request being served; outside of one, an account that nobody reads."""
    return _current.get() or Account()


@contextmanager
def opened(account: Account) -> Iterator[Account]:
    """Let `account` be the one of what is served inside."""
    token = _current.set(account)
    try:
        yield account
    finally:
        _current.reset(token)


def _abstained(answer: Answer | FigureAnswer | None) -> bool:
    return answer.abstained if isinstance(answer, Answer) else isinstance(answer, FigureAnswer) and not answer.figures
