"""One drill from its steady state to its report."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from raglite.errors import InvalidRequest, RagliteError
from raglite.model import document_id
from raglite.ports.drills import Undo
from raglite.recovery.drills import assertions
from raglite.recovery.drills.assertions import Before
from raglite.recovery.drills.golden import Golden, about_what_is_there, all_right
from raglite.recovery.drills.ground import Ground, NotMended, Pace
from raglite.recovery.drills.journal import Write
from raglite.recovery.drills.judging import Expected
from raglite.recovery.drills.objectives import good_row
from raglite.recovery.drills.picture import Picture, take
from raglite.recovery.drills.questioner import Questioner
from raglite.recovery.drills.report import Assertion, Report
from raglite.recovery.drills.scenario import Need, Sabotage, Scenario, Stage
from raglite.recovery.drills.telling import Limits, Outcome, reported
from raglite.recovery.drills.writer import Writer

OWN_GOLDEN = 2  # documents that the drill writes before all else


@dataclass
class Drill:
    """Plays one scenario. `limits` are what RTO and RPO are held to, in seconds."""

    ground: Ground
    scenario: Scenario
    limits: Limits
    sabotage: Sabotage | None = None
    patient: Pace = field(init=False)
    writer: Writer = field(init=False)
    questioner: Questioner = field(init=False)
    undo: Undo | None = None
    mended: bool = False  # the way back was gone to its end, whatever came of it
    faults: list[str] = field(default_factory=list)  # why it was not mended

    def run(self) -> Report:
        """Return what it came to. RagliteError before the disaster: then nothing was broken, and nothing is shown."""
        ground, began = self.ground, self.ground.clock.now()
        self.patient = ground.pace
        _refuse_what_cannot_be(self.scenario, ground)
        self.writer = Writer(ground)
        try:
            with ground.phase("steady", "steady state: golden questions"):
                self.scenario.prepare(ground)
                golden, secrets, drift = self._golden(), _secrets(ground), self._drift()
            self.questioner = Questioner(ground, golden)
            with self._going_on():
                pictures = self._played()
            before = Before(golden, *pictures, secrets, drift)
            done = [assertions.of_disaster(ground), *assertions.of_answers(ground), *self._asserted(before)]
            report = reported(ground, self.scenario, self.limits, Outcome(began, done, self._sabotaged()))
            self._put_right()
        finally:
            self._give_back()
        return report

    # --- before --------------------------------------------------------------------------------------------------

    def _golden(self) -> list[Golden]:
        """Write documents of one's own, wait until they answer, and fix what else is there."""
        ground = self.ground
        own = [write for _ in range(OWN_GOLDEN) if (write := self.writer.write())]
        ground.until(self.writer.all_found, ground.pace.searchable, "the drill's first documents are searchable")
        door = ground.estate.levers.door
        golden = about_what_is_there(door, ground.estate.services.registry, "drill/")
        if not self.scenario.same_excerpts:
            golden = [replace(one, expected=replace(one.expected, excerpt=None)) for one in golden]
        ground.notes.append(f"{len(golden)} golden questions are about what was there before")
        golden += map(_about, own)
        ground.until(lambda: not all_right(door, golden), ground.pace.searchable, "every golden question is answered")
        return golden

    def _drift(self) -> frozenset[str] | None:
        plans = Need.TERRAFORM in self.scenario.needs and self.ground.estate.levers.infrastructure is not None
        return self.ground.infrastructure.drift() if plans else None

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        """Ask and write while the body runs."""
        threads = (self.questioner.thread, self.writer.thread)
        self.ground.writing.set()
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ground.over.set()
            for thread in threads:
                thread.join()

    # --- the drill itself ----------------------------------------------------------------------------------------

    def _played(self) -> tuple[Picture, Picture]:
        """Back up if need be, write on, break and mend; what fails from the disaster on is a finding."""
        ground = self.ground
        backed_up = self._backed_up() if Need.BACKUPS in self.scenario.needs else None
        with ground.phase("more writes", "writes after the backup"):
            self._write_on()
            last = self._pictured()
        ground.disaster = ground.clock.now()
        try:
            self._broken_and_mended()
        except RagliteError as error:
            self.faults.append(str(error))
        return backed_up or last, last

    def _broken_and_mended(self) -> None:
        ground = self.ground
        if self.scenario.stops_writing:
            ground.writing.clear()
        with ground.phase("disaster", f"disaster: {self.scenario.sentence}"):
            self.scenario.disaster(ground)
        with ground.phase("mending", "the way back"):
            self._strike(Stage.MENDING)
            self.scenario.mend(ground)
            self.mended = True
            self._strike(Stage.MENDED)
            ground.mended = ground.clock.now()
        if self.sabotage is not None:
            ground.pace = replace(ground.pace, mended=ground.pace.impatient, searchable=ground.pace.impatient)
        ground.writing.set()
        with ground.phase("as before", "until everything is answered as before"):
            ground.until(self._is_well, ground.pace.mended, "every golden question is answered as before, for a while")
        with ground.phase("new upload", "a new upload"):
            self._new_upload()
        self.scenario.after(ground)

    def _pictured(self) -> Picture:
        """Return a picture taken while nobody writes and nothing waits."""
        ground = self.ground
        with self.writer.quiet():
            ground.until(self.writer.all_found, ground.pace.searchable, "every write is searchable")
            return take(ground.estate)

    def _backed_up(self) -> Picture:
        """Make a backup, and return the picture from before it."""
        with self.ground.phase("backup", "a picture, and a backup"):
            picture = self._pictured()
            self.ground.backup = backed_up(self.ground)
            self._strike(Stage.BACKED_UP)
        return picture

    def _write_on(self) -> None:
        ground = self.ground
        wanted = len(ground.journal.writes) + ground.pace.writes
        ground.until(lambda: len(ground.journal.writes) >= wanted, ground.pace.searchable, "more writes are made")

    def _strike(self, stage: Stage) -> None:
        if self.sabotage is not None and self.sabotage.stage is stage:
            self.ground.tell(f"sabotage: {self.sabotage.sentence}")
            self.undo = self.sabotage.act(self.ground)

    def _is_well(self) -> bool:
        mended = self.ground.mended
        rounds = [one for one in self.ground.journal.rounds if mended and one.began >= mended]
        return len(good_row(rounds)) >= self.ground.pace.good_rounds

    def _new_upload(self) -> None:
        """Write once more and wait until it is answered from; a refused upload is tried again."""
        ground = self.ground
        known = {one.key for one in ground.journal.writes}
        ground.until(lambda: self.writer.write() is not None, ground.pace.searchable, "an upload is acknowledged")
        new = [one.key for one in ground.journal.writes if one.key not in known]

        def is_found() -> bool:
            self.writer.look()
            return any(one.searchable for one in ground.journal.writes if one.key in new)

        ground.until(is_found, ground.pace.searchable, "a new upload is searchable")
        about = [_about(one) for one in ground.journal.writes if one.key in new and one.searchable]
        door = ground.estate.levers.door
        ground.until(lambda: not all_right(door, about), ground.pace.searchable, "a new upload is answered from")

    # --- after ---------------------------------------------------------------------------------------------------

    def _asserted(self, before: Before) -> Iterator[Assertion]:
        yield Assertion(name="mended", faults=tuple(self.faults))
        if not self.mended:
            return
        with self.ground.phase("assertions", "comparing with before"):
            try:
                for one in (assertions.of_state(self.ground, before, self.scenario), self._special()):
                    yield from one
            except RagliteError as error:
                yield Assertion(name="everything can be compared", faults=(str(error),))

    def _special(self) -> Iterator[Assertion]:
        for check in self.scenario.checks:
            yield check(self.ground)

    def _sabotaged(self) -> str | None:
        return self.sabotage.name if self.sabotage else None

    def _put_right(self) -> None:
        """After a sabotage leave the estate whole: take it back, then mend what is not."""
        if self.sabotage is None:
            return
        ground = self.ground
        ground.options, ground.variables, ground.kill_when = {}, {}, None
        ground.pace = self.patient
        with ground.phase("put right", "putting right what the sabotage did"):
            if self.undo is not None:
                self.undo()
            if not self.mended:
                self.scenario.mend(ground)

    def _give_back(self) -> None:
        ground = self.ground
        ground.take_back()
        for name in ground.held:
            ground.estate.levers.keys.remove(name)


def _about(write: Write) -> Golden:
    expected = Expected(write.key, str(document_id(write.key)), write.version_id, figure=write.figure)
    return Golden(write.question, expected)


def backed_up(ground: Ground) -> str:
    """Make a backup and return its id."""
    done = ground.command("backup", "create", "--json")
    if done.exit_code != 0 or not done.told:
        raise NotMended(f"the backup ended with {done.exit_code}: {done.said.strip()}")
    ground.rate("backup", done)
    return str(done.told["backup"])


def _secrets(ground: Ground) -> frozenset[str]:
    found = ground.estate.secrets.current() if ground.estate.secrets else ()
    return frozenset(f"{one.name} {one.version_id}" for one in found)


def _refuse_what_cannot_be(scenario: Scenario, ground: Ground) -> None:
    levers = ground.estate.levers
    missing = [
        need
        for need, there in ((Need.TERRAFORM, levers.infrastructure), (Need.FAULTS, levers.faults))
        if need in scenario.needs and there is None
    ]
    if missing:
        raise InvalidRequest(
            f"The drill {scenario.name} needs {' and '.join(missing)}: docs/how-to/drills.md says how."
        )
