"""The benchmark `growth`: what a question costs over a thousand, ten thousand and a hundred thousand passages.

Made-up companies' annual reports (tests/load/growth): their passages' vectors are drawn, everything that happens to a
question is real. Asked in the process, where waiting for the index is told apart from the time outside it, and over MCP
for what a client sees. The index is the stand-in, which searches all vectors and has no graph: its times are its own,
not Qdrant's, and no bound looks at them.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pytest

from tests.load.asking import Connection, timed
from tests.load.bench.machine import Machine
from tests.load.bench.ratios import FOR_A_BOUND, Bound, Judgement, Ratio, order
from tests.load.bench.results import Result, save
from tests.load.growth.asked import Cost, Questions, Side, Turn
from tests.load.growth.exact import recall
from tests.load.growth.grown import another, grown
from tests.load.serving import KEY, serving

SIZES = {"1k": 2, "10k": 20, "100k": 200}  # companies, each of some 500 passages
SMALLEST, LARGEST = "1k", "100k"
ROUNDS = int(os.environ.get("ROUNDS") or FOR_A_BOUND)
GROWS = 1.3  # time outside the index, largest over smallest
A_TURN = 12  # questions
OVER_MCP = 8  # of them
WARM = 60
UPSERTS = 6  # rounds, a report each
RECALLED = 40  # questions
MS = 1000

pytestmark = pytest.mark.timeout(7200)

INSIDE, OUTSIDE, PROCESSOR = "waiting for the stand-in", "outside", "processor outside"
PARTS: dict[str, Callable[[Cost], float]] = {
    INSIDE: lambda one: one.inside,
    OUTSIDE: lambda one: one.outside,
    PROCESSOR: lambda one: one.processor,
}
# Of the companies that all sizes have, with everything kept that was read for them before, and with nothing kept; and
# of all companies of a size, whose passages and figures are more than is kept where they are many.
SAME, FIRST, ANYBODY = "asked again", "asked for the first time", "about anybody"
KINDS = (SAME, FIRST, ANYBODY)
Series = dict[tuple[str, str, str], list[float]]  # by size, questions and part


@dataclass(frozen=True)
class Grown:
    """All sizes, served at once."""

    sides: dict[str, Side]

    def questions(self, kind: str, size: str) -> Questions:
        """Return those about the companies that all sizes have, or about any of a size's own."""
        return self.sides[size if kind == ANYBODY else SMALLEST].anybody

    def turn(self, kind: str, size: str, number: int) -> Turn:
        asked, side = self.questions(kind, size).part(WARM // A_TURN + number, A_TURN), self.sides[size]
        return side.first(asked) if kind == FIRST else side.turn(asked)


@pytest.fixture(scope="module")
def served() -> Iterator[Grown]:
    with ExitStack() as stack, Path(os.devnull).open("w") as nowhere:
        sides = {}
        for name, companies in SIZES.items():
            estate = stack.enter_context(grown(companies))
            service = stack.enter_context(serving(estate))
            sides[name] = Side.of(name, companies, estate, service)
        found = Grown(sides)
        with redirect_stdout(nowhere):  # metrics are lines there
            for name, side in sides.items():
                timed(lambda _, side=side: _over_mcp(side), found.questions(ANYBODY, name).part(0, WARM), 1)
            yield found


def _over_mcp(side: Side) -> Callable[[str], object]:
    return Connection(side.service.mcp, KEY).ask


@pytest.fixture(scope="module")
def measured(served: Grown) -> Result:
    """Sizes in turns, in every round in another order."""
    machine, series, numbers = Machine.before(), Series(), dict[str, float]()
    clients: dict[str, list[float]] = {name: [] for name in SIZES}
    for kind in KINDS:  # one after the other: each displaces what was kept for the one before
        for name in SIZES:
            served.sides[name].turn(served.questions(kind, name).part(0, WARM))
        for number in range(ROUNDS):
            for name in order(list(SIZES), number):
                turn = served.turn(kind, name, number)
                for part, of in PARTS.items():
                    series.setdefault((name, kind, part), []).append(turn.mean(of))
    for number in range(ROUNDS):
        for name in order(list(SIZES), number):
            side, asked = served.sides[name], served.questions(ANYBODY, name)
            ours = asked.part(WARM // OVER_MCP + number, OVER_MCP)
            clients[name] += timed(lambda _, side=side: _over_mcp(side), ours, 1).each
    for name, side in served.sides.items():
        numbers |= {f"{name}: {what}": value for what, value in _of_side(side, clients[name]).items()}
    numbers |= _upserts(served)
    judged = [(kind, part) for kind in KINDS for part in (OUTSIDE, PROCESSOR)]
    ratios = tuple(_ratio(series, *names, size) for names in judged for size in list(SIZES)[1:])
    found = Result(
        name="growth",
        measures="Seconds of a question in the process, means of a turn, by size, by what is asked, and where spent.",
        stand_in=True,
        series={", ".join(names): tuple(each) for names, each in series.items()},
        machine=machine.after(),
        ratios=ratios,
        judged=tuple(Bound(at_most=GROWS).judge(ratio) for ratio in ratios if LARGEST in ratio.name),
        numbers={name: float(f"{value:.4g}") for name, value in numbers.items()},
    )
    save(found)
    _tell(found, series)
    return found


def _ratio(series: Series, kind: str, part: str, size: str) -> Ratio:
    return Ratio.of(f"{part}, {kind}, {size} / {SMALLEST}", series[size, kind, part], series[SMALLEST, kind, part])


def _of_side(side: Side, seconds: list[float]) -> dict[str, float]:
    """Return what is told of a size: milliseconds, megabytes, and how well it finds."""
    ordered, services = sorted(seconds), side.retriever.services
    records = list(services.registry.documents())
    begun = perf_counter()
    list(services.registry.documents())
    listed = perf_counter() - begun
    asked = np.asarray([services.embedder.embed_query(one) for one in side.anybody.part(0, RECALLED)])
    return {
        "documents": len(records),
        "passages": side.passages,
        "points": services.index.count(),
        "over MCP, p50 with the stand-in, ms": MS * median(ordered),
        "over MCP, p95 with the stand-in, ms": MS * ordered[int(0.95 * len(ordered))],
        "records listed, ms": MS * listed,
        "memory of the service, MB": side.service_mb,
        "memory of the stand-in, MB": side.stand_in_mb,
        "disk of the stand-in, MB": side.disk_mb,
        "recall@10 of the dense leg": recall(services.index, services.registry.commit_number(), side.vectors, asked),
    }


def _upserts(served: Grown) -> dict[str, float]:
    """Write reports that nobody published, in turns; the last thing that is done to an estate."""
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in SIZES}
    for number in range(UPSERTS):
        for name in order(list(SIZES), number):
            side = served.sides[name]
            written = another(number, side.retriever.services.embedder)
            waited, begun = side.metered.meter.waited.seconds, perf_counter()
            side.metered.index.write(written)
            whole = perf_counter() - begun
            inside = side.metered.meter.waited.seconds - waited
            rates[name].append((len(written) / whole, inside / whole))
    return {
        f"{name}: {what}": median(one[at] for one in each)
        for name, each in rates.items()
        for at, what in enumerate(("points written a second, with the stand-in", "share of it spent in the stand-in"))
    }


def _tell(found: Result, series: Series) -> None:
    for (name, kind, part), each in series.items():
        print(f"{name:5} {kind:20} {part:26} {MS * median(each):7.1f} ms")
    for name, value in found.numbers.items():
        print(f"{name}: {value:g}")
    for ratio in found.ratios:
        print(f"{ratio.name}: {ratio.told}")


# --- what the numbers must be -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(6))
def test_a_hundred_times_the_passages_cost_little_more_time_outside_the_index(measured: Result, number: int) -> None:
    judged: Judgement = measured.judged[number]
    assert judged.holds, judged.sentence


def test_the_dense_leg_finds_what_an_exact_search_finds(measured: Result) -> None:
    """The stand-in searches exactly: less would be a filter's or an adapter's fault."""
    found = [value for name, value in measured.numbers.items() if "recall" in name]
    assert found == [1.0] * len(SIZES)
