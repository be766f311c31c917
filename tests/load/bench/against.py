"""A whole run held against what is committed in tests/load/baselines."""

from collections.abc import Sequence
from pathlib import Path

from raglite.model import Frozen
from tests.load.bench.baselines import (
    NoBaseline,
    OtherMachine,
    compare,
    differences,
    news,
    read,
    read_counters,
    write,
    write_counters,
)
from tests.load.bench.results import Result, baseline_of, counters_of


class Against(Frozen):
    """`faults` fail a run; `notes` do not."""

    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def against(results: Sequence[Result], folder: Path) -> Against:
    """Return what is to be said of the results of one run, at least one."""
    parts = (_mixed(results), _numbers(results, folder), _counters(results, folder))
    return Against(
        faults=tuple(one for part in parts for one in part.faults),
        notes=tuple(one for part in parts for one in part.notes),
    )


def keep(results: Sequence[Result], folder: Path) -> list[Path]:
    """Write the results' ratios and counters as what later runs are held against."""
    counted = counters_of(results)
    counters = [write_counters(folder, counted)] if counted.counts else []
    return [write(folder, baseline_of(results)), *counters]


def _mixed(results: Sequence[Result]) -> Against:
    """A result left over from another commit would hide that its benchmark is gone."""
    commits = sorted({str(result.machine.git_commit)[:12] for result in results})
    said = f"The results are of several commits, {', '.join(commits)}: empty build/bench/results and run `make bench`."
    return Against(faults=(said,)) if len(commits) > 1 else Against()


def _numbers(results: Sequence[Result], folder: Path) -> Against:
    try:
        found = baseline_of(results)
        kept = read(folder, found.machine_class)
    except OtherMachine as refused:
        return Against(faults=(str(refused),))
    except NoBaseline as missing:
        return Against(notes=(str(missing),))
    said = f"{len(kept.numbers)} numbers were held against the baseline of {kept.machine_class}."
    return Against(faults=tuple(compare(found, kept)), notes=(said, *news(found, kept)))


def _counters(results: Sequence[Result], folder: Path) -> Against:
    found = counters_of(results)
    try:
        return Against(faults=tuple(differences(found, read_counters(folder))))
    except NoBaseline as missing:
        return Against(notes=(str(missing),) if found.counts else ())
