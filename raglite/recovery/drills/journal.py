"""What a drill saw while it went on: every answer that was given, every write that was made, and when."""

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What an answer was."""

    RIGHT = "right"
    REFUSED = "refused"  # clearly: who asked knows that there was no answer
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Probe:
    """One question. `golden`: about a document that was there before the drill's disaster and backup."""

    asked: datetime
    answered: datetime
    kind: Kind
    golden: bool
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """All golden questions, asked once each."""

    began: datetime
    ended: datetime
    good: bool


@dataclass(frozen=True, slots=True)
class Write:
    """One upload that was acknowledged, under the version id it was acknowledged with."""

    key: str
    version_id: str
    sha256: str
    acknowledged: datetime
    question: str
    figure: str
    searchable: datetime | None = None


@dataclass
class Journal:
    """Written by several threads; what it returns is a copy."""

    _probes: list[Probe] = field(default_factory=list)
    _rounds: list[Round] = field(default_factory=list)
    _writes: dict[str, Write] = field(default_factory=dict)
    _refused_writes: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, probe: Probe) -> None:
        """Note a question."""
        with self._lock:
            self._probes.append(probe)

    def went_round(self, ended: Round) -> None:
        """Note that all golden questions were asked."""
        with self._lock:
            self._rounds.append(ended)

    def wrote(self, write: Write) -> None:
        """Note an upload."""
        with self._lock:
            self._writes[write.key] = write

    def could_not_write(self, sentence: str) -> None:
        """Note that an upload was refused: nothing was promised to anybody."""
        with self._lock:
            self._refused_writes.append(sentence)

    def found(self, key: str, moment: datetime) -> None:
        """Note that a write is searchable."""
        with self._lock:
            self._writes[key] = replace(self._writes[key], searchable=moment)

    @property
    def probes(self) -> tuple[Probe, ...]:
        """All questions, in the order they were answered."""
        with self._lock:
            return tuple(self._probes)

    @property
    def rounds(self) -> tuple[Round, ...]:
        """All rounds of golden questions."""
        with self._lock:
            return tuple(self._rounds)

    @property
    def writes(self) -> tuple[Write, ...]:
        """All uploads that were acknowledged, oldest first."""
        with self._lock:
            return tuple(self._writes.values())

    @property
    def refused_writes(self) -> tuple[str, ...]:
        """Why uploads were refused."""
        with self._lock:
            return tuple(self._refused_writes)

    def counts(self) -> dict[Kind, int]:
        """Return how many answers there were of each kind, zeros too."""
        counted = Counter(probe.kind for probe in self.probes)
        return {kind: counted[kind] for kind in Kind}
