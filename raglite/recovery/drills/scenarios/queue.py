"""The queue between uploads and ingestion is gone, with everything in it."""

from datetime import timedelta

from raglite.recovery.drills.ground import Ground, NotMended
from raglite.recovery.drills.scenario import Need, Scenario


def lose_queue(ground: Ground) -> None:
    """Delete the queue, and let uploads come that nobody hears of."""
    ground.estate.levers.stores.drop_queue()
    ground.hold_on()


def regain_queue(ground: Ground) -> None:
    """Make the queue anew as it is declared, and look for what was missed."""
    ground.infrastructure.apply({})
    ground.until(ground.estate.levers.stores.has_queue, ground.pace.mended, "the queue is there again")
    look_for_what_was_missed(ground)
    ground.until(lambda: _all_found(ground), ground.pace.mended, "what was uploaded meanwhile is searchable")


def look_for_what_was_missed(ground: Ground) -> None:
    """Hold the bucket against the registry: who uploaded meanwhile was heard by nobody."""
    done = ground.command("reconcile", "--grace", "0", "--repair", "--wait", "--json")
    if not done.told:  # its exit code tells of what the uploads of this very second leave to find
        raise NotMended(f"`raglite reconcile --repair` ended with {done.exit_code}: {done.sentence}")
    ground.notes.append(f"reconcile found {len(done.told['findings'])} disagreements")


def _all_found(ground: Ground) -> bool:
    """Whether all is searchable but what was uploaded a moment ago."""
    latest = ground.clock.now() - timedelta(seconds=ground.pace.settles)
    return all(one.searchable for one in ground.journal.writes if one.acknowledged <= latest)


SCENARIOS = (
    Scenario(
        "queue-lost",
        "the queue of uploads is deleted",
        lose_queue,
        regain_queue,
        frozenset({Need.TERRAFORM}),
    ),
)
