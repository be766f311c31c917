"""Disasters of the service itself: a task, a zone, a release, a leaked key."""

from raglite.recovery.drills.ground import Ground, NotMended
from raglite.recovery.drills.report import Assertion
from raglite.recovery.drills.scenario import Need, Scenario

CANNOT_START = {"RAGLITE_NO_SUCH_SETTING": "1"}  # an unknown setting is refused at the start
IN_A_ROW = 8  # so many answers of one kind: of tasks that answer in turn, each has given it
KNOWN_WITHIN = 60  # seconds after which every task knows which keys there are (docs/how-to/rotate-keys.md)
SLACK = 15.0  # seconds: so long asking eight times may take
HARDLY = 60.0  # seconds that users may notice of what mends itself
REFUSED = {401, 403}
GIVEN_UP = {"FAILED", "gone"}  # ECS names it for a while


def lose_task(ground: Ground) -> None:
    """End one task of the service."""
    running = ground.estate.levers.tasks.running()
    ground.struck = len(running[:1])
    for one in running[:1]:
        ground.estate.levers.tasks.stop(one.id)


def await_tasks(ground: Ground) -> None:
    """Do nothing but wait: the scheduler replaces what is gone."""
    ground.until(ground.estate.levers.tasks.is_steady, ground.pace.mended, "the service has its tasks again")


def lose_zone(ground: Ground) -> None:
    """Cut a zone off, and end what ran there."""
    tasks = ground.estate.levers.tasks
    running = tasks.running()
    if not running:
        raise NotMended("no task of the service runs: there is nothing in any zone.")
    zone = running[0].zone
    ground.undo.append(tasks.isolate(zone))
    gone = [one for one in running if one.zone == zone]
    ground.struck = len(gone)
    for one in gone:
        tasks.stop(one.id)
    ground.notes.append(f"{len(gone)} of {len(running)} tasks ran in the lost zone {zone}")


def regain_zone(ground: Ground) -> None:
    """Wait until the other zones carry it alone, then let the lost one in again."""
    await_tasks(ground)
    ground.take_back()
    await_tasks(ground)


def release_badly(ground: Ground) -> None:
    """Deploy a release that cannot start."""
    ground.kept["deployment"] = ground.estate.levers.tasks.release(CANNOT_START)


def await_rollback(ground: Ground) -> None:
    """Do nothing but wait: the circuit breaker gives the release up and goes back."""
    tasks, deployment = ground.estate.levers.tasks, ground.kept["deployment"]
    ground.until(lambda: tasks.rollout(deployment) in GIVEN_UP, ground.pace.mended, "the bad release is given up")
    await_tasks(ground)


def take_own_key(ground: Ground) -> None:
    """Ask with a key of the drill's own, the one that is going to leak."""
    keys = ground.estate.levers.keys
    ground.rotated.add(keys.secret)
    ground.key = ground.hold(ground.run)
    _await_statuses(ground, ground.key, "the drill's key is known to every task", accepted=True)


def leak_key(ground: Ground) -> None:
    """Give the key away: from now on somebody else has it, too."""
    ground.kept["leaked"] = ground.key or ""


def rotate_key(ground: Ground) -> None:
    """Bring a new key in, go over to it, and take the leaked one away."""
    new = ground.hold(f"{ground.run}-rotated")
    _await_statuses(ground, new, "the new key is known to every task", accepted=True)
    ground.key = new
    if "keep the old one" not in ground.kept:
        ground.estate.levers.keys.remove(ground.run)
        began = ground.clock.now()
        _await_statuses(ground, ground.kept["leaked"], "the leaked key is refused by every task", accepted=False)
        took = (ground.clock.now() - began).total_seconds()
        ground.kept["refused after"] = str(took)
        ground.notes.append(f"the leaked key was refused everywhere {took:.0f} s after it was taken away")


def the_leaked_key_was_refused_in_time(ground: Ground) -> Assertion:
    """Hold the time that it took against what is promised."""
    took = float(ground.kept.get("refused after", "inf"))
    faults = () if took <= KNOWN_WITHIN + SLACK else (f"it was refused after {took:.0f} s",)
    return Assertion(name=f"the leaked key is refused within {KNOWN_WITHIN} s", faults=faults)


def old_credentials_are_refused(ground: Ground) -> Assertion:
    """Ask with the leaked key."""
    statuses = _statuses(ground, ground.kept["leaked"])
    faults = () if statuses <= REFUSED else (f"the leaked key is not refused (answered {_told(statuses)})",)
    return Assertion(name="old credentials are refused", faults=faults)


def the_release_was_given_up(ground: Ground) -> Assertion:
    """See that it was the circuit breaker's doing."""
    rollout = ground.estate.levers.tasks.rollout(ground.kept["deployment"])
    faults = () if rollout in GIVEN_UP else (f"the bad deployment is {rollout}",)
    return Assertion(name="the bad release was given up", faults=faults)


def _await_statuses(ground: Ground, key: str, what: str, *, accepted: bool) -> None:
    def all_say_so() -> bool:
        statuses = _statuses(ground, key)
        return None not in statuses and (not statuses & REFUSED if accepted else statuses <= REFUSED)

    ground.until(all_say_so, ground.pace.mended, what)


def _statuses(ground: Ground, key: str) -> set[int | None]:
    door = ground.estate.levers.door
    return {door.ask("Does this key open the door?", key=key).status for _ in range(IN_A_ROW)}


def _told(statuses: set[int | None]) -> str:
    return ", ".join(sorted("nothing" if status is None else str(status) for status in statuses))


SCENARIOS = (
    Scenario("task-lost", "one task of the service is ended", lose_task, await_tasks, rto=HARDLY),
    Scenario("zone-lost", "a zone, half the tasks in it, is cut off", lose_zone, regain_zone, rto=HARDLY),
    Scenario(
        "bad-deployment",
        "a release is deployed that cannot start",
        release_badly,
        await_rollback,
        checks=(the_release_was_given_up,),
        rto=HARDLY,
    ),
    Scenario(
        "secret-leaked",
        "an API key leaks and is rotated",
        leak_key,
        rotate_key,
        needs=frozenset({Need.OWN_KEY}),
        checks=(old_credentials_are_refused, the_leaked_key_was_refused_in_time),
        rto=HARDLY,
        prepare=take_own_key,
    ),
)
