"""Ratios of things measured in turns on a noisy machine, and what they are allowed to be.

A neighbour slows down both sides of a pair that is measured at once, so a ratio says what seconds do not. How many
rounds it takes is shown by tests/unit/load/test_bench_noise.py.
"""

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from raglite.model import Frozen

FOR_A_BOUND = 24  # rounds that tell a ratio of 1.0 and one of 1.2 from a bound of 1.1
FOR_A_BASELINE = 48  # rounds after which a slow-down of 20 % has an interval of its own; noise: 8 % a measurement
RESAMPLES = 2000
LEAST = 6  # pairs: the range of fewer holds the median less than 95 times in 100 (5: 1 - 2 / 2**5 = 94 %)

Arm = Callable[[int], object]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Better = Literal["lower", "higher"]


class Ratio(Frozen):
    """The median of paired ratios with its 95 % interval. `pairs` are the ratios themselves, in measured order."""

    name: str
    median: Positive
    low: Positive
    high: Positive
    pairs: Annotated[tuple[Positive, ...], Field(min_length=1)]
    better: Better = "lower"

    @classmethod
    def of(
        cls, name: str, numerators: Sequence[float], denominators: Sequence[float], *, better: Better = "lower"
    ) -> Self:
        """Return the ratio of two series of which each pair was measured in one round; ValueError if they are not."""
        if not numerators or len(numerators) != len(denominators):
            raise ValueError(f"{name}: {len(numerators)} and {len(denominators)} measurements make no pairs.")
        if min(*numerators, *denominators) <= 0:
            raise ValueError(f"{name}: a measurement is not above 0.")
        pairs = tuple(above / below for above, below in zip(numerators, denominators, strict=True))
        low, high = interval(pairs)
        return cls(name=name, median=statistics.median(pairs), low=low, high=high, pairs=pairs, better=better)

    @property
    def told(self) -> str:
        """The median with its interval, in words."""
        count = len(self.pairs)
        spread = "95 %" if count >= LEAST else "too few for an interval"
        return f"{written(self.median)} ({spread}: {written(self.low)} to {written(self.high)}, {count} pairs)"


class Judgement(Frozen):
    """Whether a bound held, and why."""

    name: str
    bound: "Bound"
    holds: bool
    sentence: str


class Bound(Frozen):
    """What a number may be. Judged is the median alone; whether the interval lies on its side is told.

    An aim lies further on than the one limit: what the number should come to. It is told, never judged, so that a run
    fails for what got worse and not for what is known.
    """

    at_most: Finite | None = None
    at_least: Finite | None = None
    aim: Finite | None = None

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if self.at_most is None and self.at_least is None:
            raise ValueError("a bound needs at_most or at_least")
        if self.aim is not None and (None not in (self.at_most, self.at_least) or not self.allows(self.aim)):
            raise ValueError("an aim needs one limit, and lies within it")
        return self

    def __str__(self) -> str:
        named = (("at least", self.at_least), ("at most", self.at_most))
        return " and ".join(f"{words} {written(value)}" for words, value in named if value is not None)

    def allows(self, value: float) -> bool:
        """Return whether a value is within the bound, which itself is."""
        above = self.at_most is None or value <= self.at_most
        return above and (self.at_least is None or value >= self.at_least)

    def reaches_aim(self, value: float) -> bool:
        """Return whether a value is as good as the aim, or there is none."""
        if self.aim is None:
            return True
        return value <= self.aim if self.at_most is not None else value >= self.aim

    def judge(self, ratio: Ratio) -> Judgement:
        """Judge a ratio by its median."""
        judged = self.judge_number(ratio.name, ratio.median, ratio.told)
        unclear = {self.allows(ratio.low), self.allows(ratio.high)} != {judged.holds}
        crossing = " Its interval crosses the bound: more rounds would tell for sure." if unclear else ""
        return judged.model_copy(update={"sentence": judged.sentence + crossing})

    def judge_number(self, name: str, value: float, told: str = "") -> Judgement:
        """Judge a number that was measured as it is, such as megabytes."""
        holds = self.allows(value)
        verdict = "holds" if holds else "is broken"
        reached = "reached" if self.reaches_aim(value) else "not reached"
        aim = "" if self.aim is None else f", the aim of {written(self.aim)} is {reached}"
        sentence = f"{name} is {told or written(value)}; {self} {verdict}{aim}."
        return Judgement(name=name, bound=self, holds=holds, sentence=sentence)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return an interval that holds the median of what the values are drawn from, 95 times in 100.

    The percentile bootstrap of Efron 1979, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7;
    the same values give the same interval.
    """
    chance = random.Random(1)  # noqa: S311  the same interval each time
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    outside = RESAMPLES // 40  # 2.5 % on each side
    return medians[outside], medians[-outside - 1]


def order(arms: Sequence[str], number: int) -> list[str]:
    """Return who comes when in a round: every second one mirrors the one before, then the first place moves on.

    Two arms come as AB BA BA AB: what drifts evenly falls on both alike.
    """
    first = number // 2 % len(arms)
    turned = [*arms[first:], *arms[:first]]
    return turned[::-1] if number % 2 else turned


def interleaved(
    arms: Mapping[str, Arm], rounds: int, warm: int = 1, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Run every arm in every round and return each one's seconds, round by round.

    An arm is given the number of the round, from 0; the first `warm` rounds come before those that are returned.
    """
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(warm + rounds):
        for name in order(list(arms), number - warm):
            begun = clock()
            arms[name](number)
            seconds[name].append(clock() - begun)
    return {name: each[warm:] for name, each in seconds.items()}


def written(value: float) -> str:
    """Return a number with four significant digits, or all of them before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
