"""How many rounds a noisy machine takes, shown on one that is made up: 8 % noise a measurement, and drift for all.

FOR_A_BASELINE rounds tell a slow-down of 20 % from the baseline in ten runs of ten, FOR_A_BOUND rounds from a bound in
the middle; identical code passes all of them. Bursts are a neighbour's: one measurement in 20 takes up to three times.
"""

import math
import random

import pytest

from tests.load.bench.baselines import Baseline, Number, compare
from tests.load.bench.ratios import FOR_A_BASELINE, FOR_A_BOUND, Arm, Bound, Ratio, interleaved

NOISE, DRIFT, SLOWER = 0.08, 0.3, 1.2
RUNS = range(10)
TOLD = Bound(at_most=1.1)
bursts = pytest.mark.parametrize("bursts", [0.0, 0.05])


class Noisy:
    """A machine with a clock of its own."""

    def __init__(self, seed: int, bursts: float) -> None:
        self.now = 0.0
        self._bursts = bursts
        self._chance = random.Random(seed)  # noqa: S311  the same noise each time
        self._speed = self._chance.uniform(0.5, 2)

    def clock(self) -> float:
        return self.now

    def taking(self, seconds: float) -> Arm:
        return lambda _: self._spend(seconds)

    def _spend(self, seconds: float) -> None:
        drift = 1 + DRIFT * math.sin(self.now / self._speed / 5)
        burst = self._chance.uniform(1.5, 3) if self._chance.random() < self._bursts else 1
        self.now += seconds * self._speed * drift * burst * self._chance.lognormvariate(0, NOISE)


def measured(rounds: int, seed: int, factor: float, bursts: float) -> Ratio:
    """Return what our code, so many times as slow, takes over the calibrator."""
    machine = Noisy(seed, bursts)
    arms = {"question": machine.taking(0.04 * factor), "calibrator": machine.taking(0.04)}
    series = interleaved(arms, rounds, clock=machine.clock)
    return Ratio.of("question / calibrator", series["question"], series["calibrator"])


def baseline(rounds: int, seed: int, factor: float, bursts: float) -> Baseline:
    found = measured(rounds, seed, factor, bursts)
    return Baseline(machine_class="made-up-2x24", numbers={found.name: Number.of(found)})


def slow_downs_told(rounds: int, factor: float, bursts: float) -> int:
    """Return in how many of ten runs, each with a baseline of its own, it was said that something got worse."""
    return sum(
        bool(compare(baseline(rounds, 100 + seed, factor, bursts), baseline(rounds, seed, 1, bursts))) for seed in RUNS
    )


@bursts
def test_a_slow_down_of_a_fifth_is_told_in_ten_runs_of_ten(bursts: float) -> None:
    assert slow_downs_told(FOR_A_BASELINE, SLOWER, bursts) == 10


@bursts
def test_identical_code_passes_in_ten_runs_of_ten(bursts: float) -> None:
    assert slow_downs_told(FOR_A_BASELINE, 1, bursts) == 0


def test_a_third_of_the_rounds_would_miss_some() -> None:
    assert slow_downs_told(FOR_A_BASELINE // 3, SLOWER, 0.0) < 10


@bursts
def test_a_bound_in_the_middle_tells_one_from_the_other_in_ten_runs_of_ten(bursts: float) -> None:
    assert all(TOLD.judge(measured(FOR_A_BOUND, seed, 1, bursts)).holds for seed in RUNS)
    assert not any(TOLD.judge(measured(FOR_A_BOUND, seed, SLOWER, bursts)).holds for seed in RUNS)


def test_measured_one_after_the_other_the_drift_alone_would_be_a_slow_down() -> None:
    """What turns are for."""

    def apart(seed: int) -> float:
        machine = Noisy(seed, 0)
        first = interleaved({"a": machine.taking(0.04)}, FOR_A_BOUND, clock=machine.clock)
        second = interleaved({"b": machine.taking(0.04)}, FOR_A_BOUND, clock=machine.clock)
        return Ratio.of("b / a", second["b"], first["a"]).median

    assert any(not TOLD.allows(apart(seed)) for seed in RUNS)
