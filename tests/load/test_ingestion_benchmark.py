"""The benchmark `ingestion`: what a long filing costs from upload to searchable, and what is saved on the next version.

`make bench`: emulator, stand-in for the index, ingest tasks as the processes they are; no queue, no Lambda.
Ratios are between things measured one after the other in the same round; each is the median of the rounds.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.load.bench.machine import Machine
from tests.load.bench.ratios import Bound, Judgement, Ratio
from tests.load.bench.results import Result, save
from tests.load.estate import ROOT, Estate, Ingestion, running
from tests.load.filing import filing

ROUNDS = int(os.environ.get("ROUNDS") or 3)
LONG, SHORT, BRIEF, CHANGED = 150, 100, 25, 40  # pages, and the number of the one that changes
OVER_COMPUTE = 1.5
# Of the rate that the slowest stage has by itself, once a task works. Where each stage takes all processors, stages in
# a row can reach the slowest one's share of their sum: here 0.69 (docs/decisions/0030-ingestion-pace.md).
OF_THE_SLOWEST = Bound(at_least=0.45, aim=0.7)
EMBEDDING_KEPT = Bound(at_least=0.75, aim=0.9)  # of its own rate, while the index is written on the same processors
START_SECONDS = 2.0
MEGABYTES = 1536
OVER_BRIEF = 1.5  # the peaks of six times the pages
UNCHANGED = Bound(at_least=6, aim=20)  # chunks are cut and points written again, for another version
ONE_PAGE_CHANGED = Bound(at_least=2, aim=5)  # of what is left, three quarters are parsing
REAL = ROOT.parent / "shared" / "data" / "filings" / "docs" / "MGMRESORTS_2020_10K.pdf"  # 150 pages

pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True)
class Round:
    """One document alone, by a task, once more unchanged; a brief one; another, and it with one page changed."""

    alone: dict[str, float]
    first: Ingestion
    unchanged: Ingestion
    brief: Ingestion
    shorter: Ingestion
    changed: Ingestion

    @property
    def ingestions(self) -> list[Ingestion]:
        return [self.first, self.unchanged, self.brief, self.shorter, self.changed]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with running(tmp_path_factory.mktemp("bench")) as started:
        yield started


def alone(estate: Estate, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.load.alone", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=estate.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def one_round(estate: Estate, folder: Path, number: int) -> Round:
    """Texts differ from round to round: vectors are shared between documents."""
    names = ("long", "brief", "short", "changed")
    long, brief, short, changed = (folder / f"{name}.pdf" for name in names)
    long.write_bytes(filing(LONG, seed=3 * number))
    brief.write_bytes(filing(BRIEF, seed=3 * number + 1))
    short.write_bytes(filing(SHORT, seed=3 * number + 2))
    changed.write_bytes(filing(SHORT, CHANGED, seed=3 * number + 2))
    return Round(
        alone(estate, long),
        *(estate.ingest(path, f"{number}/long.pdf") for path in (long, long)),
        estate.ingest(brief, f"{number}/brief.pdf"),
        *(estate.ingest(path, f"{number}/short.pdf") for path in (short, changed)),
    )


@pytest.fixture(scope="module")
def rounds() -> list[Round]:
    """Filled by the benchmark, which comes first."""
    return []


def result(rounds: Sequence[Round], machine: Machine) -> Result:
    series = seconds(rounds)
    slowest = [max(one.alone.values()) for one in rounds]
    embedded = [one.first.record.stage_seconds["embed"] for one in rounds]
    bounded = [
        (Ratio.of("upload to searchable / parse + embed + index alone", series["upload to searchable"],
                  [sum(one.alone.values()) for one in rounds]), Bound(at_most=OVER_COMPUTE)),
        (Ratio.of("rate of a task at work / rate of its slowest stage alone", slowest, series["work"],
                  better="higher"), OF_THE_SLOWEST),
        (Ratio.of("rate of embedding in a task / alone", series["embed alone"], embedded,
                  better="higher"), EMBEDDING_KEPT),
        (Ratio.of("first ingestion / unchanged", series["work"], series["unchanged"],
                  better="higher"), UNCHANGED),
        (Ratio.of("100 pages / with one page changed", series["100 pages"], series["one page changed"],
                  better="higher"), ONE_PAGE_CHANGED),
        (Ratio.of("peaks of a task and its parser, 150 pages / 25", [peak(one.first) for one in rounds],
                  [peak(one.brief) for one in rounds]), Bound(at_most=OVER_BRIEF)),
    ]  # fmt: skip
    numbers = {
        "task started to first byte, best, s": (min(series["task started to first byte"]), START_SECONDS),
        "peak of the task and of its parser, as if they came at once, MB": (
            max(peak(one) for done in rounds for one in done.ingestions),
            MEGABYTES,
        ),
    }
    judged = [bound.judge(ratio) for ratio, bound in bounded]
    judged += [Bound(at_most=most).judge_number(name, value) for name, (value, most) in numbers.items()]
    return Result(
        name="ingestion",
        measures="Seconds of one filing of 150 pages, and of what comes after it.",
        stand_in=True,
        series={name: tuple(each) for name, each in series.items()},
        machine=machine.after(),
        ratios=tuple(ratio for ratio, _ in bounded),
        judged=tuple(judged),
        numbers={name: round(value, 2) for name, (value, _) in numbers.items()},
    )


def seconds(rounds: Sequence[Round]) -> dict[str, list[float]]:
    return {
        "upload to searchable": [one.first.whole for one in rounds],
        "work": [one.first.work for one in rounds],
        **{f"{stage} alone": [one.alone[stage] for one in rounds] for stage in rounds[0].alone},
        "unchanged": [one.unchanged.work for one in rounds],
        "100 pages": [one.shorter.work for one in rounds],
        "one page changed": [one.changed.work for one in rounds],
        "task started to first byte": [each.first_byte for one in rounds for each in one.ingestions],
    }


def peak(one: Ingestion) -> float:
    return float(one.megabytes + one.parser_megabytes)


def told(rounds: Sequence[Round], judged: Sequence[Judgement]) -> None:
    print()
    for one in judged:
        print(one.sentence)
    last = rounds[-1]
    print("alone:", " ".join(f"{name} {taken:.2f}" for name, taken in last.alone.items()))
    for one in last.ingestions:
        counts = f"{one.record.embeddings_computed} computed, {one.record.embeddings_reused} reused"
        megabytes = f"{one.megabytes} + {one.parser_megabytes} MB"
        print(f"{one.record.pages_total} pages, {counts}, {megabytes}, {one.work:.2f} s: {one.stages()}")


# --- what the numbers must be -------------------------------------------------------------------------------------


def test_a_long_filing_is_ingested_without_waste(
    benchmark: Any, estate: Estate, rounds: list[Round], tmp_path: Path
) -> None:
    machine = Machine.before()
    benchmark.name = "ingestion"
    benchmark.pedantic(lambda: rounds.append(one_round(estate, tmp_path, len(rounds))), rounds=ROUNDS)
    found = result(rounds, machine)
    save(found)
    told(rounds, found.judged)
    assert not found.faults, "\n".join(found.faults)


def test_an_unchanged_document_computes_nothing(rounds: list[Round]) -> None:
    records = [(done.first.record, done.unchanged.record) for done in rounds]
    assert [(again.embeddings_computed, again.pages_reused) for _, again in records] == [(0, LONG)] * len(rounds)
    assert all(
        again.embeddings_reused == first.embeddings_computed + first.embeddings_reused for first, again in records
    )


def test_one_changed_page_computes_its_own_chunks_only(rounds: list[Round]) -> None:
    changed = [done.changed.record for done in rounds]
    assert all(1 <= record.embeddings_computed <= record.chunks // SHORT * 2 for record in changed)


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL.name} is not on this machine")
def test_a_real_filing_fares_as_well(benchmark: Any, estate: Estate) -> None:
    found: list[dict[str, float]] = []
    taken: list[Ingestion] = []

    def measure() -> None:
        found.append(alone(estate, REAL))
        taken.extend(estate.ingest(REAL, "real/filing.pdf") for _ in range(2))

    benchmark.name = "ingestion of a real filing"
    benchmark.pedantic(measure, rounds=1)
    first, unchanged = taken
    judged = [
        Bound(at_most=OVER_COMPUTE).judge_number("over what it costs alone", first.whole / sum(found[0].values())),
        UNCHANGED.judge_number("first ingestion / unchanged", first.work / unchanged.work),
        Bound(at_most=MEGABYTES).judge_number("peaks, MB", peak(first)),
    ]
    kept = max(found[0].values()) / first.work
    print("\nalone:", found[0], "in a task:", first.stages(), f"of the slowest stage's rate: {kept:.2f}")
    assert all(one.holds for one in judged), "\n".join(one.sentence for one in judged)
