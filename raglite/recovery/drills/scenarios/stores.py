"""Disasters of the three stores, and the way back from a backup: docs/how-to/restore.md, command by command."""

from collections.abc import Mapping
from typing import Any

from raglite.recovery.drills.ground import Ground
from raglite.recovery.drills.scenario import Need, Scenario
from raglite.recovery.drills.scenarios.queue import look_for_what_was_missed

FROM = ("restore", "--from", "backup")
DOCUMENTS, REGISTRY = "documents", "registry"  # what there may be several generations of
GENERATION = "-"  # between the first generation's name and another's number
BACKUPS = frozenset({Need.BACKUPS})
TERRAFORM = BACKUPS | {Need.TERRAFORM}


# --- the index ------------------------------------------------------------------------------------------------------


def lose_index(ground: Ground) -> None:
    """Delete all collections."""
    ground.struck = ground.estate.levers.stores.drop_collections()


def regain_index(ground: Ground) -> None:
    """Bring a collection back beside the registry, which makes it the live one."""
    name = f"{ground.estate.names.collection}-{ground.run}{f'-{len(ground.targets) + 1}' if ground.targets else ''}"
    ground.targets.append(name)
    done = ground.way_back(*FROM, "--to-collection", name, "--json")
    ground.rate("restore", done)
    if ground.kill_when is not None:  # a sabotage has killed it, and somebody takes that for its end
        ground.kill_when = None
        ground.way_back(*FROM, "--to-collection", name, "--verify-only", "--json")


# --- the registry ---------------------------------------------------------------------------------------------------


def lose_registry(ground: Ground) -> None:
    """Delete the registry's table."""
    ground.estate.levers.stores.drop_registry()


def regain_registry(ground: Ground) -> None:
    """Make another table, fill it, and switch to it."""
    made = _beside(ground, REGISTRY)
    table = str(made["registry"])
    ground.rate("restore", ground.way_back(*FROM, "--to-registry", table, "--json"))
    _switch(ground, {"registry": made["generation"]})
    ground.move(registry_table=table)
    _await_switched(ground)
    look_for_what_was_missed(ground)


# --- the documents, and everything ------------------------------------------------------------------------------------


def lose_documents(ground: Ground) -> None:
    """Remove every version of every document, as somebody with all rights may."""
    gone = ground.struck = ground.estate.levers.stores.erase_documents()
    ground.notes.append(f"{gone} versions and markers were erased")


def lose_environment(ground: Ground) -> None:
    """Remove all there is: documents, parsed documents, registry, collections, and the tasks that run."""
    levers = ground.estate.levers
    ground.struck = levers.stores.erase_documents()
    levers.stores.erase_parsed()
    levers.stores.drop_registry()
    levers.stores.drop_collections()
    for one in levers.tasks.running():
        levers.tasks.stop(one.id)


def regain_everything(ground: Ground) -> None:
    """Make other buckets, another table and another collection, fill them, and switch to them."""
    made = _beside(ground, DOCUMENTS, REGISTRY)
    number = made["generation"]
    names = {
        "documents_bucket": str(made["documents"]["documents_bucket"]),
        "parsed_bucket": str(made["documents"]["parsed_bucket"]),
        "registry_table": str(made["registry"]),
        "collection": f"{ground.estate.names.collection.partition(GENERATION)[0]}{GENERATION}{number}",
    }
    options = [f"--to-{store}" for store in ("documents", "parsed", "registry", "collection")]
    words = [word for pair in zip(options, names.values(), strict=True) for word in pair]
    ground.rate("restore", ground.way_back(*FROM, *words, "--json"))
    _switch(ground, {"documents": number, "registry": number, "collection": number})
    ground.move(**names)
    _await_switched(ground)


# --- generations ------------------------------------------------------------------------------------------------------


def _beside(ground: Ground, *kinds: str) -> dict[str, Any]:
    """Make the next generation of stores, live ones untouched, and return its number and names.

    The alarm that rings for the disaster must not send the release back that mends it: it is turned off from here on.
    """
    known: Mapping[str, Any] = ground.infrastructure.outputs()["generations"]
    number = str(1 + max(int(one) for kind in (DOCUMENTS, REGISTRY) for one in known[kind]))
    wanted = {kind: sorted({*known[kind], *([number] if kind in kinds else [])}) for kind in (DOCUMENTS, REGISTRY)}
    outputs = ground.infrastructure.apply({"generations": wanted, "alarms_roll_back": False})
    return {"generation": number, **{kind: outputs["generations"][kind][number] for kind in kinds}}


def _switch(ground: Ground, live: Mapping[str, str]) -> None:
    """Let every task use what was brought back."""
    ground.infrastructure.apply({"live": dict(live)})


def _await_switched(ground: Ground) -> None:
    ground.until(ground.estate.levers.tasks.is_steady, ground.pace.mended, "every task uses what was brought back")


def watch_again(ground: Ground) -> None:
    """Let alarms send releases back again."""
    ground.infrastructure.apply({"alarms_roll_back": True})


SCENARIOS = (
    Scenario("index-lost", "every collection is deleted", lose_index, regain_index, BACKUPS),
    Scenario(
        "registry-lost", "the registry's table is deleted", lose_registry, regain_registry, TERRAFORM, after=watch_again
    ),
    Scenario(
        "documents-lost",
        "every version of every document is erased",
        lose_documents,
        regain_everything,
        TERRAFORM,
        falls_back=True,
        stops_writing=True,
        after=watch_again,
    ),
    Scenario(
        "environment-lost",
        "documents, registry, index and tasks are all gone",
        lose_environment,
        regain_everything,
        TERRAFORM,
        falls_back=True,
        stops_writing=True,
        after=watch_again,
    ),
)
