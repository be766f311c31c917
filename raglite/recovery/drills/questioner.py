"""Somebody who asks without a pause: the golden questions, and about what was written since."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta

from raglite.errors import RagliteError
from raglite.model import document_id
from raglite.ports.drills import Estate, Reply
from raglite.recovery.drills.golden import Golden, is_held
from raglite.recovery.drills.ground import Ground
from raglite.recovery.drills.journal import Kind, Probe, Round, Write
from raglite.recovery.drills.judging import Expected, judge


@dataclass
class Questioner:
    """A thread's work. A round asks every golden question once, then some about written documents."""

    ground: Ground
    golden: list[Golden]
    _turn: int = 0
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = self.ground.thread("questioner", self.ask_on)

    def ask_on(self) -> None:
        """Ask until the drill is over."""
        while not self.ground.over.is_set():
            self.go_round()
            self.ground.over.wait(self.ground.pace.question)

    def go_round(self) -> None:
        """Ask every golden question, and some others."""
        now = self.ground.clock.now
        began = now()
        kinds = [self.ask(one.question, one.expected, golden=True) for one in self.golden]
        self.ground.journal.went_round(Round(began, now(), all(kind is Kind.RIGHT for kind in kinds)))
        for write in self._written():
            expected = Expected(write.key, str(document_id(write.key)), write.version_id, figure=write.figure)
            self.ask(write.question, expected, golden=False)

    def ask(self, question: str, expected: Expected, *, golden: bool) -> Kind:
        """Ask, judge and note one question."""
        asked = self.ground.clock.now()
        estate = self.ground.estate
        reply: Reply = estate.levers.door.ask(question, expected.document_id, self.ground.key)
        answered = self.ground.clock.now()
        verdict = judge(reply, expected, lambda: _is_held(estate, expected))
        self.ground.journal.asked(Probe(asked, answered, verdict.kind, golden, verdict.sentence))
        return verdict.kind

    def _written(self) -> list[Write]:
        """Return written documents that everybody must know of by now: the newest, and the others in turn."""
        since = self.ground.clock.now() - timedelta(seconds=self.ground.pace.settles)
        known = [one for one in self.ground.journal.writes if one.searchable and one.searchable <= since]
        if not known:
            return []
        self._turn += 1
        return list({one.key: one for one in (known[-1], known[self._turn % len(known)])}.values())


def _is_held(estate: Estate, expected: Expected) -> bool:
    """Whether the bucket holds it; one that cannot say is taken to hold it, so that nothing is excused."""
    try:
        return is_held(estate.services.documents, expected)
    except RagliteError:
        return True
