"""All benchmarks of a run as one page: `python -m tests.load.bench.page [FOLDER]`, after `make bench`.

Exits with 1 if a bound is broken or a number got worse than its baseline; WRITE_BASELINE=1 writes the baselines first.
FOLDER holds results/, and gets the page; numbers of another folder than build/bench have no baselines.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from raglite.errors import RagliteError
from raglite.page.markup import Markup, Part, joined, tag
from raglite.page.style import STYLE
from tests.load.bench.against import Against, against, keep
from tests.load.bench.baselines import BASELINES
from tests.load.bench.card import MORE, card
from tests.load.bench.machine import ROOT, Machine
from tests.load.bench.results import RESULTS, Result, load_all

STAND_IN = "Measured with the stand-in for Qdrant"
NEVER = (
    "The index was the stand-in: seconds in this part hold its work, never Qdrant's; each ratio's two sides both do."
)
WITHOUT = "Measured without the stand-in"


@dataclass(frozen=True)
class Places:
    """Where results and baselines lie, and where the page goes."""

    results: Path = RESULTS
    baselines: Path | None = BASELINES
    out: Path = ROOT / "build" / "bench" / "index.html"

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Return those of a folder whose numbers are held against none."""
        return cls(folder / "results", None, folder / "index.html")


def page(results: Sequence[Result], told: Against, made: datetime) -> Markup:
    """Return the page of a run's results, at least one; it needs nothing from the network."""
    head = (
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        tag("title", "RAGLite benchmarks"),
        tag("style", STYLE, MORE),
    )
    body = (
        tag("h1", f"RAGLite benchmarks \u00b7 {made.astimezone(UTC):%d %B %Y, %H:%M} UTC"),
        _verdict(results, told),
        tag("h2", "Machine"),
        [_machine(one) for one in _machines(results)],
        (tag("h2", "Baseline"), tag("ul", [tag("li", note) for note in told.notes])) if told.notes else None,
        _section(STAND_IN, NEVER, [one for one in results if one.stand_in]),
        _section(WITHOUT, "", [one for one in results if not one.stand_in]),
    )
    whole = tag("html", tag("head", head), tag("body", tag("main", body)), lang="en")
    return joined((Markup("<!doctype html>\n"), whole))


def faults(results: Sequence[Result], told: Against) -> list[str]:
    """Return why the run fails, if it does, in sentences."""
    return [f"{result.name}: {fault}" for result in results for fault in result.faults] + list(told.faults)


def _verdict(results: Sequence[Result], told: Against) -> Markup:
    wrong = faults(results, told)
    bounds = sum(len(result.judged) for result in results)
    counted = f"Benchmarks: {len(results)}, bounds: {bounds}. A bound is judged by the median; intervals are told."
    return tag(
        "div",
        tag("b", "Broken" if wrong else "Holds"),
        tag("p", counted),
        tag("ul", [tag("li", one) for one in wrong]) if wrong else None,
        class_=f"verdict {'block' if wrong else 'pass'}",
    )


def _section(title: str, told: str, results: Sequence[Result]) -> Iterator[Part]:
    if results:
        yield tag("h2", title)
        yield tag("p", told, class_="soft") if told else None
        yield map(card, results)


def _machines(results: Sequence[Result]) -> list[Machine]:
    """Return each machine and commit once, with the load before the first and after the last of its results."""
    found: dict[str, Machine] = {}
    for result in sorted(results, key=lambda one: one.made):
        now = result.machine
        same = now.model_copy(update={"load_before": 0.0, "load_after": None}).model_dump_json()
        first = found.get(same, now)
        found[same] = first.model_copy(update={"load_after": now.load_after})
    return list(found.values())


def _machine(machine: Machine) -> Markup:
    return tag("dl", [(tag("dt", name), tag("dd", value)) for name, value in _facts(machine)])


def _facts(machine: Machine) -> Iterator[tuple[str, Part]]:
    state = {True: ", and files that differ from it", False: "", None: ""}[machine.dirty]
    yield "class", tag("code", machine.machine_class)
    yield "machine", f"{machine.cpu}, {machine.cores} cores, {machine.memory_gib} GiB, {machine.kernel}"
    yield "load average", f"{machine.load_before:.2f} before, {_load(machine.load_after)} after"
    yield "commit", (tag("code", machine.git_commit or "unknown"), state)
    yield "versions", ", ".join([f"Python {machine.python}", *(f"{k} {v}" for k, v in machine.packages.items())])


def _load(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def main(places: Places, *, write: bool) -> int:
    """Write the page, and the baselines if asked to; return the exit code."""
    results = load_all(places.results)
    if write and places.baselines:
        for path in keep(results, places.baselines):
            print(f"written: {path}")
    told = against(results, places.baselines) if places.baselines else Against()
    places.out.parent.mkdir(parents=True, exist_ok=True)
    places.out.write_text(page(results, told, datetime.now(UTC)), encoding="utf-8")
    wrong = faults(results, told)
    for line in [*told.notes, *wrong, f"page: {places.out}"]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        at = Places.of(Path(sys.argv[1]).resolve()) if sys.argv[1:] else Places()
        sys.exit(main(at, write=bool(os.environ.get("WRITE_BASELINE"))))
    except RagliteError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
