"""A schedule of changes and faults: a pure function of its seed."""

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

from tests.faults.documents import Document, Nature
from tests.faults.steps import (
    Change,
    Crash,
    Delete,
    Deliver,
    Erase,
    Fate,
    Fault,
    IndexDies,
    KillAfter,
    Mode,
    NoTasks,
    Order,
    Outage,
    Point,
    Rename,
    Rest,
    Service,
    Step,
    Then,
    Upload,
)

KEYS = ("notes.txt", "red/a b+c%20é 财.txt", "blue/table.csv", "blue/other.txt", "red/table.csv")
SLOW_KEYS = ("red/page.html", "blue/report.md")  # docling reads these: a second and a half each
FATES = (Fate.PROMPT, Fate.TWICE, Fate.LATE, Fate.LOST)
FATE_WEIGHTS = (60, 13, 13, 14)
KILLING = {Then.KILL, Then.STOP, Then.PAUSE}  # these use up an attempt of the document at hand

# Every call of a port by which a task changes something, and those after which it knows something it did not.
CRASHES = (
    "documents.versions",
    "documents.fetch",
    "documents.save_parsed",
    "documents.save_figures",
    "parser.parse",
    "embedder.embed",
    "index.vectors",
    "index.sweep",
    "index.write",
    "index.rollback",
    "index.publish",
    "index.supersede",
    "registry.acquire",
    "registry.record",
    "registry.advance",
    "registry.release",
    "registry.abandon",
)
RARE_CRASHES = ("index.discard", "documents.forget", "documents.load_parsed")  # reached by some histories only
# A frozen task must do no harm when it wakes. Not frozen: between a check of the lease and a write to Qdrant, which
# takes no fencing token: such a task's late write can show or hide points until the next look at their key.
FREEZES = (
    "documents.fetch",
    "documents.save_parsed",
    "parser.parse",
    "embedder.embed",
    "index.write",
    "registry.record",
    "registry.advance",
    "registry.release",
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What happens, and how often a document may be tried."""

    seed: int
    steps: tuple[Step, ...]
    max_attempts: int

    def __str__(self) -> str:
        lines = [f"  {number:2}. {step}" for number, step in enumerate(self.steps, 1)]
        return f"seed {self.seed} (at most {self.max_attempts} attempts a document)\n" + "\n".join(lines)


def schedule(seed: int) -> Schedule:
    """Return the schedule of a seed."""
    return _Writer(Random(seed)).write(seed)  # noqa: S311  no secret: it must be the same every time


@dataclass
class _Writer:
    """Writes one schedule, keeping in mind what the bucket will hold."""

    chance: Random
    held: defaultdict[str, list[Document | None]] = field(default_factory=lambda: defaultdict(list))  # None: a marker
    steps: list[Step] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    deaths: int = 0
    most_deaths: int = 3

    def write(self, seed: int) -> Schedule:
        poisoned = self.chance.random() < 0.12
        self.keys = self.chance.sample(KEYS, 2) + self.chance.sample(SLOW_KEYS, self.chance.random() < 0.2)
        self.most_deaths = 0 if poisoned else 3  # a good document must not be taken for a poisonous one
        for number in range(self.chance.choice((2, 2, 3))):
            self._round(poison=poisoned and number == 0)
        return Schedule(seed, tuple(self.steps), max_attempts=2 if poisoned else 10)

    def _round(self, *, poison: bool) -> None:
        for _ in range(self.chance.choice((1, 2, 2, 3))):
            self.steps.append(self._change(self.chance.choice(self.keys)))
        if poison:
            key = self.chance.choice(self.keys)
            self.steps.append(self._put(key, Document(self.chance.randrange(1000), 1, Nature.POISON), Fate.PROMPT))
            self.keys.remove(key)  # nothing takes the poison away before it has worked
        if self.chance.random() < 0.85:
            self.steps.append(self._fault())
        self.steps += [Deliver(self.chance.choice(tuple(Order))), Rest(round(self.chance.uniform(0.5, 4), 1))]

    # --- changes --------------------------------------------------------------------------------------------------

    def _change(self, key: str) -> Change:
        fate = self.chance.choices(FATES, FATE_WEIGHTS)[0]
        held = self.held[key]
        choices = [self._upload]
        if held:
            choices += [self._upload, self._again, self._break, self._erase]
            choices += [self._erase_marker] * 3 if held[0] is None else [self._delete, self._delete, self._rename]
        return self.chance.choice(choices)(key, fate)

    def _put(self, key: str, document: Document, fate: Fate) -> Upload:
        self.held[key].insert(0, document)
        return Upload(key, document, fate)

    def _upload(self, key: str, fate: Fate) -> Change:
        books = [one.book for one in self.held[key] if one]
        book = books[0] if books else self.chance.randrange(1000)
        return self._put(key, Document(book, self.chance.randrange(2, 1000)), fate)

    def _again(self, key: str, fate: Fate) -> Change:
        good = [one for one in self.held[key] if one and one.nature is Nature.GOOD]
        return self._put(key, self.chance.choice(good), fate) if good else self._upload(key, fate)

    def _break(self, key: str, fate: Fate) -> Change:
        return self._put(key, Document(0, self.chance.randrange(3), Nature.BROKEN), fate)

    def _delete(self, key: str, fate: Fate) -> Change:
        self.held[key].insert(0, None)
        return Delete(key, fate)

    def _erase(self, key: str, fate: Fate) -> Change:
        back = self.chance.randrange(len(self.held[key]))
        self.held[key].pop(back)
        return Erase(key, back, fate)

    def _erase_marker(self, key: str, fate: Fate) -> Change:
        self.held[key].pop(0)
        return Erase(key, 0, fate)

    def _rename(self, key: str, fate: Fate) -> Change:
        stem, dot, suffix = key.rpartition(".")
        to = f"{stem} renamed{dot}{suffix}"
        moved = self.held[key][0]
        if moved is None or moved.nature is Nature.POISON:
            return self._upload(key, fate)
        self.held[to].insert(0, moved)
        self.held[key].insert(0, None)
        return Rename(key, to, fate)

    # --- faults ---------------------------------------------------------------------------------------------------

    def _fault(self) -> Fault:
        kinds = [self._brief_outage, self._outage, self._index_dies, self._no_tasks, self._full]
        if self.deaths < self.most_deaths:
            kinds += [self._crash] * 6 + [self._kill, self._freeze]
        fault = self.chance.choice(kinds)()
        self.deaths += isinstance(fault, KillAfter) or (isinstance(fault, Crash) and fault.then in KILLING)
        return fault

    def _crash(self) -> Fault:
        call = self.chance.choice(CRASHES if self.chance.random() < 0.9 else RARE_CRASHES)
        nth = self.chance.choice((1, 1, 1, 2, 3)) if call in {"registry.record", "registry.acquire"} else 1
        then = self.chance.choice((Then.KILL, Then.KILL, Then.KILL, Then.STOP))
        return Crash(Point(call, self.chance.random() < 0.5, nth), then)

    def _freeze(self) -> Fault:
        return Crash(Point(self.chance.choice(FREEZES)), Then.PAUSE)

    def _full(self) -> Fault:
        return Crash(Point("documents.fetch"), Then.FULL)

    def _kill(self) -> Fault:
        return KillAfter(round(self.chance.uniform(0, 1.5), 1))

    def _brief_outage(self) -> Fault:
        mode = self.chance.choice((Mode.CUT, Mode.ERROR, Mode.BUSY))
        return Outage(self.chance.choice(tuple(Service)), mode, requests=self.chance.randrange(1, 10))

    def _outage(self) -> Fault:
        mode = self.chance.choice((Mode.REFUSE, Mode.STALL, Mode.ERROR, Mode.BUSY))
        after, seconds = round(self.chance.uniform(0, 0.8), 1), round(self.chance.uniform(0.5, 3), 1)
        return Outage(self.chance.choice(tuple(Service)), mode, after=after, seconds=seconds)

    def _index_dies(self) -> Fault:
        return IndexDies(round(self.chance.uniform(0, 1), 1), round(self.chance.uniform(0, 1), 1))

    def _no_tasks(self) -> Fault:
        return NoTasks(self.chance.randrange(1, 4), self.chance.random() < 0.5)
