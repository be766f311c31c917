"""A reindex that turned out badly: the collection it switched to loses points."""

from raglite.recovery.drills.ground import Ground, NotMended
from raglite.recovery.drills.report import Assertion
from raglite.recovery.drills.scenario import Scenario

REFUSED = 65  # exit code of what is refused because of the estate as it is


def switch_and_damage(ground: Ground) -> None:
    """Switch to a collection of other chunks, and take every other point out of it."""
    model = str(ground.estate.levers.other_model())
    done = ground.command("reindex", "--to-spec", model, "--json")
    if done.exit_code != 0:
        raise NotMended(f"the reindex ended with {done.exit_code}: {done.sentence}")
    ground.kept["collection"] = done.told["after"]["name"]
    ground.struck = ground.estate.levers.points.remove_every_other(ground.kept["collection"])
    forward = ground.command("reindex", "--json")
    ground.kept["forward"] = str(forward.exit_code)


def go_back(ground: Ground) -> None:
    """Go back to the collection that was kept, and give the damaged one up."""
    ground.way_back("reindex", "--back", "--json")
    ground.way_back("reindex", "--drop-old", "--json")


def no_reindex_from_a_damaged_collection(ground: Ground) -> Assertion:
    """See that nothing was built from, or switched to out of, what had lost points."""
    code = ground.kept.get("forward")
    faults = () if code == str(REFUSED) else (f"`raglite reindex` over a damaged collection ended with {code}",)
    return Assertion(name="a damaged collection is not copied", faults=faults)


SCENARIOS = (
    Scenario(
        "bad-reindex",
        "a reindex has switched, and the new collection loses every other point",
        switch_and_damage,
        go_back,
        same_excerpts=False,
        checks=(no_reindex_from_a_damaged_collection,),
    ),
)
