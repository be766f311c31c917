"""What a drill stands on: the live estate, wherever it is by now, the log of what was seen, and time."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from raglite.errors import TransientError
from raglite.ports import Clock, SystemClock
from raglite.ports.drills import Connect, Done, Estate, Infrastructure, Names, Undo
from raglite.recovery.drills.journal import Journal
from raglite.recovery.drills.report import Rate, Step

NEVER: Callable[[], bool] | None = None


class NotMended(TransientError):
    """The way back did not lead back: what a command said, or what did not come in time."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a drill goes, in seconds."""

    question: float = 1.0  # between two rounds of questions
    write: float = 8.0  # between two uploads: each starts a task, which a small machine feels
    poll: float = 0.25
    settles: float = 6.0  # from searchable until an answer without it is wrong: what a service may still remember
    searchable: float = 300.0  # how long an upload may take: what is promised
    holds: float = 12.0  # how long a trouble lasts that would not end by itself
    mended: float = 600.0  # how long one step of the way back may take
    good_rounds: int = 3
    impatient: float = 30.0  # `searchable` and `mended` after a sabotage: what was spoiled is not waited for as long
    writes: int = 2  # acknowledged and searchable between backup and disaster


@dataclass
class Ground:
    """Shared by the drill's threads; `estate` is replaced as a whole when the live names change."""

    connect: Connect
    estate: Estate
    run: str  # this drill's own id
    pace: Pace = field(default_factory=Pace)
    clock: Clock = field(default_factory=SystemClock)
    tell: Callable[[str], None] = lambda _: None
    journal: Journal = field(default_factory=Journal)
    phases: dict[str, float] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    rates: list[Rate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)  # what a scenario notes for itself
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)  # words that a sabotage adds to a command
    rotated: set[str] = field(default_factory=set)  # names of secrets that the drill itself gives new values
    undo: list[Undo] = field(default_factory=list)  # what takes a disaster back that would not end by itself
    targets: list[str] = field(default_factory=list)  # collections that were brought back, or were to be
    held: list[str] = field(default_factory=list)  # names of API keys that the drill has made
    variables: dict[str, str] = field(default_factory=dict)  # and variables that it sets for the way back
    kill_when: Callable[[], bool] | None = None  # the way back is killed then
    key: str | None = None  # the questioner's; None: the settings'
    backup: str | None = None
    disaster: datetime | None = None
    mended: datetime | None = None  # when the way back was gone to its end
    struck: int | None = None  # how many things the disaster reached; None: nothing counts them
    ended: list[str] = field(default_factory=list)  # why a thread of the drill has ended early
    writing: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def infrastructure(self) -> Infrastructure:
        """What is declared; NotMended where this estate has no Terraform."""
        found = self.estate.levers.infrastructure
        if found is None:
            raise NotMended("set RAGLITE_TERRAFORM: this way back goes through Terraform.")
        return found

    def move(self, **changed: str) -> None:
        """Go on at other names; the old estate's adapters are let go of."""
        names: Names = replace(self.estate.names, **changed)
        self.estate = self.connect(names)

    def hold(self, name: str) -> str:
        """Make an API key that is taken away when the drill is over."""
        self.held.append(name)
        return self.estate.levers.keys.add(name)

    def hold_on(self) -> None:
        """Let a trouble last."""
        self.over.wait(self.pace.holds)

    def take_back(self) -> None:
        """Undo what would not end by itself, the last first. What fails is tried again the next time."""
        while self.undo:
            self.undo[-1]()
            self.undo.pop()

    def thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Return a thread for this work that notes why it ended early, if it does."""

        def noted() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  a thread's edge: it is a fault of the drill, whatever it is
                self.ended.append(f"the {name} ended early: {type(error).__name__}: {error}")

        return threading.Thread(target=noted, name=name, daemon=True)

    @contextmanager
    def phase(self, name: str, sentence: str) -> Iterator[None]:
        """Time a phase (seconds), even when it fails, and say that it begins."""
        self.tell(sentence)
        began = self.clock.now()
        try:
            yield
        finally:
            took = (self.clock.now() - began).total_seconds()
            self.phases[name] = round(self.phases.get(name, 0.0) + took, 2)

    def until(self, condition: Callable[[], bool], within: float, what: str) -> None:
        """Poll until a condition holds; NotMended, saying what did not come, after `within` seconds.

        A store that does not answer for the moment is polled on.
        """
        pause, deadline = threading.Event(), self.clock.now().timestamp() + within
        said = ""
        while True:
            try:
                if condition():
                    return
            except TransientError as error:
                said = f" ({error})"
            if self.clock.now().timestamp() > deadline:
                raise NotMended(f"not within {within:g} s: {what}{said}.")
            pause.wait(self.pace.poll)

    def rate(self, what: str, done: Done) -> None:
        """Note what a command says it has moved, and how long that took, its own start not counted."""
        told: dict[str, Any] = done.told if isinstance(done.told, dict) else {}
        size, points = int(told.get("bytes") or 0), int(told.get("points") or 0)
        self.rates.append(Rate(what=what, bytes=size, points=points, seconds=told.get("seconds") or done.seconds))

    def command(self, *words: str, variables: Mapping[str, str] | None = None) -> Done:
        """Give a command, and note it."""
        return self._given(words, variables or {}, NEVER)

    def way_back(self, *words: str) -> Done:
        """Give the command that mends, as a sabotage may bend it; NotMended if it fails."""
        given = (*words, *self.options.get(words[0], ()))
        done = self._given(given, self.variables, self.kill_when)
        if done.exit_code != 0 and self.kill_when is None:
            raise NotMended(f"`raglite {' '.join(given)}` ended with {done.exit_code}: {done.why}")
        return done

    def _given(self, words: Sequence[str], variables: Mapping[str, str], kill: Callable[[], bool] | None) -> Done:
        self.tell(f"raglite {' '.join(words)}")
        done = self.estate.levers.commands.run(words, variables, kill)
        self.steps.append(Step(words=tuple(words), exit_code=done.exit_code, seconds=round(done.seconds, 2)))
        return done
