"""How many users ask at each moment. Numbers are multiples of `--users`, times are shares of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.load.crowds.plan import ProfileName

STEPS = 10  # of the ramp
QUARTERS = 4  # of the soak: the last is held beside the first


@dataclass(frozen=True)
class Profile:
    """`stages`: until which share of the time how many times the users; `at_once`: a crowd does not come one by one."""

    meaning: str
    seconds: float
    stages: Sequence[tuple[float, float]]
    at_once: bool = False

    def users(self, share: float, base: int) -> int | None:
        """Return how many ask when this share of the time has passed; None if it is over."""
        times = next((times for until, times in self.stages if share < until), None)
        return None if times is None else max(1, round(times * base))

    def spawn_rate(self, users: int, given: float) -> float:
        """Return how many users come or go in a second."""
        return float(users) if self.at_once else given


PROFILES: Mapping[ProfileName, Profile] = {
    "steady": Profile("the same users all the time", 600, ((1, 1),)),
    "ramp": Profile(
        "from 0.3 to 3 times the users, in ten steps", 600, tuple((n / STEPS, 0.3 * n) for n in range(1, STEPS + 1))
    ),
    "spike": Profile(
        "four times the users for the middle fifth, who come and go at once",
        600,
        ((0.4, 1), (0.6, 4), (1, 1)),
        at_once=True,
    ),
    "soak": Profile(
        "the same users for two hours: what leaks shows", 7200, tuple((n / QUARTERS, 1) for n in range(1, QUARTERS + 1))
    ),
}
