"""What a commit must not do to the service: take longer than its base."""

import os
import statistics
from collections.abc import Callable

from tests.load.asking import Connection, timed
from tests.load.bench.ratios import FOR_A_BOUND, Bound, Ratio, order
from tests.load.serving import KEY, Service

SLOWER = Bound(at_most=1.1)
ROUNDS = int(os.environ.get("ROUNDS") or FOR_A_BOUND)
TURN = 16  # questions


def against_base(ours: Service, base: Service, questions: tuple[str, ...]) -> Ratio:
    """Ask both the same questions in turns, one client at a time; return the ratio of the turns' medians."""
    services = {"this commit": ours, "its base": base}
    for service in services.values():
        timed(_client(service), questions[: 2 * TURN], 1)
    seconds: dict[str, list[float]] = {name: [] for name in services}
    for number in range(ROUNDS):
        asked = [questions[(number * TURN + at) % len(questions)] for at in range(TURN)]
        for name in order(list(services), number):
            seconds[name].append(statistics.median(timed(_client(services[name]), asked, 1).each))
    return Ratio.of("a question / its base's", seconds["this commit"], seconds["its base"])


def _client(service: Service) -> Callable[[int], Callable[[str], object]]:
    return lambda _: Connection(service.mcp, KEY).ask
