"""What one benchmark found, as a file: build/bench/results/<name>.json."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StrictInt, ValidationError, model_validator

from raglite.errors import InvalidRequest, NotFound
from raglite.model import Frozen
from tests.load.bench.baselines import Baseline, Counters, Number, OtherMachine
from tests.load.bench.machine import ROOT, Machine
from tests.load.bench.ratios import LEAST, Finite, Judgement, Ratio

RESULTS = ROOT / "build" / "bench" / "results"


class Result(Frozen):
    """One benchmark's measurements. `series` are each arm's seconds, round by round.

    `ratios` go into the baseline; `numbers`, such as megabytes, are told only, with their unit in the name.
    `stand_in` says whether the index was the stand-in, whose times are never Qdrant's; it has no default on purpose.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    measures: str
    stand_in: bool
    series: Mapping[str, tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...]]
    machine: Machine
    ratios: tuple[Ratio, ...] = ()
    judged: tuple[Judgement, ...] = ()
    numbers: Mapping[str, Finite] = Field(default_factory=dict)
    counters: Mapping[str, StrictInt] = Field(default_factory=dict)
    made: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if len({ratio.name for ratio in self.ratios}) < len(self.ratios):
            raise ValueError("two ratios have one name")
        return self

    @property
    def faults(self) -> list[str]:
        """The bounds that were broken, each as a sentence."""
        return [one.sentence for one in self.judged if not one.holds]


def save(result: Result, folder: Path = RESULTS) -> Path:
    """Write a result in place of the benchmark's last one."""
    path = folder / f"{result.name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def load(path: Path) -> Result:
    """Return a result as it was saved; InvalidRequest if the file is none."""
    try:
        return Result.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InvalidRequest(
            f"{path} is no result ({error.errors()[0]['msg']}): remove it and run `make bench`."
        ) from error


def load_all(folder: Path = RESULTS) -> tuple[Result, ...]:
    """Return all results, by name; NotFound if there are none."""
    found = tuple(load(path) for path in sorted(folder.glob("*.json")))
    if not found:
        raise NotFound(f"There is no result in {folder}: run `make bench`.")
    return found


def baseline_of(results: Sequence[Result]) -> Baseline:
    """Return a run's numbers, each ratio of at least LEAST pairs by its benchmark's name and its own.

    OtherMachine if the results, at least one, are of several classes of machine.
    """
    classes = sorted({result.machine.machine_class for result in results})
    if len(classes) > 1:
        raise OtherMachine(f"These results are of several classes of machine, {', '.join(classes)}: keep one's only.")
    measured = [(result, ratio) for result in results for ratio in result.ratios if len(ratio.pairs) >= LEAST]
    numbers = {f"{result.name}: {ratio.name}": Number.of(ratio) for result, ratio in measured}
    return Baseline(machine_class=classes[0], numbers=numbers)


def counters_of(results: Iterable[Result]) -> Counters:
    """Return a run's counters by their benchmark's name and their own."""
    counts = {f"{result.name}: {name}": count for result in results for name, count in result.counters.items()}
    return Counters(counts=counts)
