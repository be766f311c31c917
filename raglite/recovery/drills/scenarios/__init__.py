"""Every scenario by its name: docs/how-to/drills.md lists them."""

from collections.abc import Mapping

from raglite.recovery.drills.scenario import Scenario
from raglite.recovery.drills.scenarios import clock, network, queue, reindexing, service, stores

SCENARIOS: Mapping[str, Scenario] = {
    one.name: one
    for one in (
        *service.SCENARIOS,
        *network.SCENARIOS,
        *clock.SCENARIOS,
        *queue.SCENARIOS,
        *reindexing.SCENARIOS,
        *stores.SCENARIOS,
    )
}
