"""What numbers were, committed: one file for each class of machine, and one of counters that no machine changes.

Kept are ratios and multiples of the calibrator, never seconds. Nothing shrinks unseen: a number that is no longer
measured, or less often, is a fault as one that got worse.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Field, StrictInt, ValidationError, model_validator

from raglite.errors import InvalidRequest, NotFound
from raglite.model import Frozen
from tests.load.bench.machine import ROOT, MachineClass
from tests.load.bench.ratios import LEAST, Better, Positive, Ratio, written

BASELINES = ROOT / "tests" / "load" / "baselines"
COUNTERS = "counters.json"
WORSE = 0.10  # of the median
AGAIN = "`make bench WRITE_BASELINE=1`"

Kept = TypeVar("Kept", bound=Frozen)


class OtherMachine(InvalidRequest):
    """Numbers of two classes of machine were to be compared."""


class NoBaseline(NotFound):
    """Nothing was written yet for this class of machine."""


class Number(Frozen):
    """A ratio's median and 95 % interval, to four digits."""

    median: Positive
    low: Positive
    high: Positive
    pairs: Annotated[int, Field(ge=LEAST)]
    better: Better = "lower"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.median <= self.high:
            raise ValueError("the median lies outside its interval")
        return self

    @classmethod
    def of(cls, ratio: Ratio) -> Self:
        """Return what is kept of a ratio that has at least LEAST pairs."""
        median, low, high = (float(f"{value:.4g}") for value in (ratio.median, ratio.low, ratio.high))
        return cls(median=median, low=low, high=high, pairs=len(ratio.pairs), better=ratio.better)

    @property
    def told(self) -> str:
        """The number in words."""
        return f"{written(self.median)} (95 %: {written(self.low)} to {written(self.high)})"


class Baseline(Frozen):
    """The numbers of one class of machine, by their names: those that were kept, or those of a run."""

    machine_class: MachineClass
    numbers: Mapping[str, Number]


class Counters(Frozen):
    """What is counted in a run, by name; the same on every machine."""

    counts: Mapping[str, StrictInt]


def compare(found: Baseline, baseline: Baseline) -> list[str]:
    """Return a sentence for each number that got worse or shrank; OtherMachine if the classes differ."""
    _refuse_other(found, baseline)
    kept = sorted(baseline.numbers.items())
    return [f"{name} {fault}" for name, before in kept for fault in _faults(found.numbers.get(name), before)]


def news(found: Baseline, baseline: Baseline) -> list[str]:
    """Return a sentence for each number that is not in the baseline yet, or got so much better that it should be."""
    _refuse_other(found, baseline)
    said = []
    for name, now in sorted(found.numbers.items()):
        before = baseline.numbers.get(name)
        if before is None:
            said.append(f"{name} has no baseline yet: {AGAIN} writes it.")
        elif _worse(before, now):
            said.append(f"{name} got better: {now.told}, before {before.told}. {AGAIN} keeps it so.")
    return said


def differences(found: Counters, kept: Counters) -> list[str]:
    """Return a line for each counter that is not exactly what it was, a missing or a new one among them."""
    now, before = found.counts, kept.counts
    return [
        f"{name} was {before.get(name, 'not counted')} and is {now.get(name, 'not counted')}. {_meant(name in now)}"
        for name in sorted({*now, *before})
        if now.get(name) != before.get(name)
    ]


def read(folder: Path, machine_class: MachineClass) -> Baseline:
    """Return a class's baseline; NoBaseline says how to write one, OtherMachine that the file is another's."""
    path = _file(folder, machine_class)
    if not path.exists():
        others = ", ".join(sorted(one.stem for one in folder.glob("*.json") if one.name != COUNTERS)) or "none"
        raise NoBaseline(
            f"There is no baseline for {machine_class}; there are: {others}. Numbers of other machines say nothing "
            f"here: write this class's own with {AGAIN} and commit {path}."
        )
    kept = _read(path, Baseline)
    _refuse_other(Baseline(machine_class=machine_class, numbers={}), kept)
    return kept


def write(folder: Path, found: Baseline) -> Path:
    """Write a run's numbers as their class's baseline; those it did not measure stay until somebody removes them."""
    path = _file(folder, found.machine_class)
    before = read(folder, found.machine_class).numbers if path.exists() else {}
    numbers = dict(sorted({**before, **found.numbers}.items()))
    return _write(path, found.model_copy(update={"numbers": numbers}))


def read_counters(folder: Path) -> Counters:
    """Return the counters that were kept; NoBaseline says how to write them."""
    if not (folder / COUNTERS).exists():
        raise NoBaseline(f"There are no counters yet: write them with {AGAIN} and commit {folder / COUNTERS}.")
    return _read(folder / COUNTERS, Counters)


def write_counters(folder: Path, found: Counters) -> Path:
    """Write a run's counters; those that it did not count stay until somebody removes them."""
    path = folder / COUNTERS
    before = read_counters(folder).counts if path.exists() else {}
    return _write(path, Counters(counts=dict(sorted({**before, **found.counts}.items()))))


def _refuse_other(found: Baseline, kept: Baseline) -> None:
    if found.machine_class != kept.machine_class:
        raise OtherMachine(
            f"Numbers of {found.machine_class} are not compared with a baseline of {kept.machine_class}: "
            f"write one for this class with {AGAIN}."
        )


def _faults(now: Number | None, before: Number) -> Iterator[str]:
    if now is None:
        yield f"was not measured in at least {LEAST} pairs; its baseline is {before.told}. {_meant(measured=False)}"
        return
    if now.better != before.better:
        yield f"is better {now.better} now, and was better {before.better}. {_meant(measured=True)}"
    if now.pairs < before.pairs:
        yield f"was measured in {now.pairs} pairs, its baseline in {before.pairs}: measure it as often."
    if _worse(now, before):
        yield f"got worse by more than {WORSE:.0%}: {now.told}, before {before.told}. {_meant(measured=True)}"


def _worse(one: Number, other: Number) -> bool:
    """Return whether a number is worse than another by more than a tenth of it, with an interval of its own."""
    if other.better == "lower":
        return one.median > (1 + WORSE) * other.median and one.low > other.high
    return one.median < (1 - WORSE) * other.median and one.high < other.low


def _meant(measured: bool) -> str:
    return f"If that is meant: {AGAIN}." if measured else "If it is gone for good, remove it from the file."


def _file(folder: Path, machine_class: str) -> Path:
    return folder / f"{machine_class}.json"


def _read(path: Path, kind: type[Kept]) -> Kept:
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InvalidRequest(
            f"{path} cannot be read ({error.errors()[0]['msg']}): remove it and write it anew with {AGAIN}."
        ) from error


def _write(path: Path, kept: Frozen) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(kept.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path
