"""What a request came to, told once, before its answer goes out: one audit record, and the metrics of a question."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus

from raglite import logs
from raglite.model import Answer, FigureAnswer
from raglite.ports import AuditField, Clock, Services
from raglite.server.account import UNKNOWN, Account
from raglite.server.errors import UNRECORDED
from raglite.server.readable import readable, readable_figures
from raglite.server.scopes import Scope
from raglite.telemetry import (
    ABSTAINED,
    COMPANY_UNRESOLVED,
    ERRORS,
    FIGURES_GIVEN,
    FIGURES_WITHHELD,
    QUERIES,
    QUERY_LATENCY,
    STATEMENT_UNROUTED,
    YEAR_UNCERTAIN,
    AuditAction,
    Metric,
    Outcome,
)

STRANGERS = 60  # requests of nobody known that are recorded in a STRETCH by each process; the rest is only counted
TOO_OFTEN = 60  # the same of requests by who asks too often: else a flood would hold up the log, and with it everybody
STRETCH = timedelta(minutes=1)
QUESTIONS = frozenset({AuditAction.QUERY, AuditAction.FIGURE})
MILLISECONDS = 1000
log = logging.getLogger(__name__)


class Recorder:
    """Closes accounts. Used from the event loop only, since its counts have no lock."""

    def __init__(self, services: Services) -> None:
        self._audit = services.audit
        self._telemetry = services.telemetry
        self._strangers = Allowance(services.clock, STRANGERS)
        self._too_often = Allowance(services.clock, TOO_OFTEN)

    def close(self, account: Account, seconds: float) -> bool:
        """Record and count a settled account; False if the record could not be written: then nobody may be answered."""
        written = account.action is None or self._recorded(account, account.action)
        if account.action in QUESTIONS and not _is_canary(account):
            for metric, value in _counted(account, seconds):
                self._telemetry.metric(metric, value)
        return written

    def _recorded(self, account: Account, action: AuditAction) -> bool:
        actor, fields = UNKNOWN if account.principal is None else account.principal.name, _fields(account)
        allowance = self._allowance(account)
        if allowance is not None:
            if not allowance.take():
                return True
            fields["unrecorded"] = allowance.told()
        try:
            self._audit.append(action, actor, fields, _texts(account))
        except Exception:  # whatever the reason, there is no answer without a record
            with logs.hidden(*account.words):
                log.exception("no audit record", extra={"trace_id": account.trace_id})
            account.fail(*UNRECORDED)
            return False
        return True

    def _allowance(self, account: Account) -> "Allowance | None":
        """Return how many records there may be of this kind; None: as many as requests."""
        if account.principal is None:
            return self._strangers
        return self._too_often if account.status == HTTPStatus.TOO_MANY_REQUESTS else None


class Allowance:
    """So many in a stretch of time, however many want to; it knows how many were passed over since it was asked."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._begun: datetime = clock.now()
        self._taken = self._passed_over = 0

    def take(self) -> bool:
        """Return whether one more may be had."""
        now = self._clock.now()
        if now - self._begun >= STRETCH:
            self._begun, self._taken = now, 0
        self._taken += 1
        self._passed_over += self._taken > self._most
        return self._taken <= self._most

    def told(self) -> int:
        """Return how many were passed over since the last time that this was asked."""
        passed_over, self._passed_over = self._passed_over, 0
        return passed_over


def _is_canary(account: Account) -> bool:
    return account.principal is not None and Scope.CANARY in account.principal.scopes


def _fields(account: Account) -> dict[str, AuditField]:
    told: dict[str, AuditField] = {
        "tool": account.tool,
        "outcome": account.outcome,
        "error": account.error,
        "trace_id": account.trace_id,
        "address": account.address,
    }
    if account.outcome is not Outcome.FAILED and account.outcome is not Outcome.REFUSED:
        told |= account.told
    if (answer := _given(account)) is not None:
        passages = answer.results if isinstance(answer, Answer) else ()
        cells = (operand for figure in answer.figures for operand in figure.operands)
        told["results"] = [*(one.citation.uri for one in passages), *(cell.uri for cell in cells)]
        told |= {"index_commit": answer.index_commit, "as_of": answer.as_of.isoformat() if answer.as_of else None}
    return {name: value for name, value in told.items() if value is not None}


def _texts(account: Account) -> dict[str, str]:
    answer = _given(account)
    said = readable(answer) if isinstance(answer, Answer) else readable_figures(answer) if answer else None
    texts = {"query": account.query, "answer": said, "comment": account.comment}
    # Half a surrogate pair may come in as JSON, and no stream takes it.
    return {name: text.encode("utf-8", "replace").decode() for name, text in texts.items() if text is not None}


def _given(account: Account) -> Answer | FigureAnswer | None:
    """Return the answer, if it goes out."""
    return account.answer if account.outcome in {Outcome.ANSWERED, Outcome.ABSTAINED} else None


def _counted(account: Account, seconds: float) -> Iterator[tuple[Metric, float]]:
    if account.outcome is Outcome.REFUSED:
        return
    yield QUERIES, 1
    has_failed = account.outcome is Outcome.FAILED
    yield ERRORS, int(has_failed)  # 0 too: a series that only failures keep alive is judged by the last one for long
    if has_failed:
        return
    yield QUERY_LATENCY, seconds * MILLISECONDS
    if account.answer is not None:
        counts = {FIGURES_GIVEN: len(account.answer.figures), FIGURES_WITHHELD: len(account.answer.withheld)}
        counts |= _unread(account.answer) if isinstance(account.answer, Answer) else {}
        yield from ((metric, count) for metric, count in counts.items() if count)


def _unread(answer: Answer) -> dict[Metric, int]:
    """Return what of the question was not understood, so that a drift shows."""
    understood = answer.interpreted_as
    return {
        COMPANY_UNRESOLVED: understood.get("company_confidence") != "exact",
        YEAR_UNCERTAIN: understood.get("period_confidence") != "named",
        STATEMENT_UNROUTED: not (understood.get("statements") or understood.get("topics")),
        ABSTAINED: answer.abstained,
    }
