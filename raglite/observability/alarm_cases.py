"""What alarms are tested with: a healthy hour, the faults that are put into it, and what should fire when.

A case's clock starts with its fault. Before it, and wherever the fault says nothing, the healthy hour repeats itself.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from raglite.errors import ConfigurationError
from raglite.model import Frozen
from raglite.observability.alarms import Alarm, CompositeAlarm, MetricAlarm, MetricKey, State
from raglite.observability.simulation import Change, Simulation, named_in
from raglite.observability.statistics import Samples

Shape = TypeVar("Shape", bound=Frozen)
UNITS = {"s": 1, "m": 60, "h": 3600}
HOUR = 3600
BEFORE = 26 * HOUR  # of health before a fault: more than the longest window there is
SETTLING = 600  # seconds before a fault in which alarms find their state
FOREVER = 30 * 24 * HOUR


def seconds(spoken: object) -> object:
    """Return the seconds of a duration such as 90s, 12m or 24h; anything else is left to fail."""
    found = re.fullmatch(r"(\d+)([smh])", spoken) if isinstance(spoken, str) else None
    return int(found[1]) * UNITS[found[2]] if found else spoken


Duration = Annotated[int, BeforeValidator(seconds), Field(ge=0)]


class Stream(Frozen):
    """`values` of a metric, all of them once in `every`, from `since` until just before `until`."""

    metric: str  # namespace/name
    dimensions: Mapping[str, str] = {}
    since: Duration = 0
    until: Duration = FOREVER
    every: Annotated[Duration, Field(gt=0)] = 60
    values: tuple[float, ...]

    @property
    def key(self) -> MetricKey:
        """The metric's key."""
        namespace, _, name = self.metric.rpartition("/")
        return MetricKey.of(namespace, name, self.dimensions)


class Case(Frozen):
    """A fault and what it should do; times are durations since its beginning. `alarms` are those it is meant for.

    `fires` names every alarm that tells somebody, and whichever else one cares for.
    """

    name: str
    alarms: tuple[str, ...] = ()
    lasts: Duration
    fault: tuple[Stream, ...] = ()
    fires: Mapping[str, Duration] = {}
    clears: Mapping[str, Duration] = {}


class Cases(Frozen):
    """A test file; `healthy` names the file of the healthy hour beside it."""

    healthy: str
    case: tuple[Case, ...]


class Healthy(Frozen):
    """An hour in which nothing is wrong. A metric that is silent then is named with no values."""

    stream: tuple[Stream, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case's alarms did: the first time each fired and the last time it cleared, in seconds.

    `told` are those of the fired ones that tell somebody: the windows of a composite alarm do not.
    """

    case: Case
    fired: Mapping[str, int]
    cleared: Mapping[str, int]
    told: frozenset[str]

    @property
    def faults(self) -> tuple[str, ...]:
        """Where this is not what was expected, in sentences."""
        fires, clears = self.case.fires, self.case.clears
        return (
            *_differences("fire", fires, self.fired, fires.keys() | self.told),
            *_differences("clear", clears, self.cleared, clears.keys()),
        )


def load(path: Path) -> tuple[Healthy, Cases]:
    """Read a test file and its healthy hour; ConfigurationError says what is wrong with them."""
    cases = _read(path, Cases)
    return _read(path.parent / cases.healthy, Healthy), cases


def play(case: Case, healthy: Healthy, alarms: Mapping[str, Alarm]) -> Outcome:
    """Play one case; ConfigurationError if it names an alarm or a metric that nobody knows."""
    if unknown := {*case.fires, *case.clears, *case.alarms} - alarms.keys():
        raise ConfigurationError(f"{case.name}: there is no alarm {', '.join(sorted(unknown))}.")
    simulation = Simulation(alarms.values(), _samples(case, healthy, alarms.values()))
    simulation.play(range(-SETTLING, 0, 60))
    before = [name for name, state in simulation.states.items() if state is State.ALARM]
    step = min((alarm.is_looked_at_every for alarm in alarms.values() if isinstance(alarm, MetricAlarm)), default=60)
    changes = simulation.play(range(0, case.lasts + 1, step))
    fired = _first(changes) | dict.fromkeys(before, 0)
    return Outcome(case, fired, _last_cleared(changes), frozenset(name for name in fired if alarms[name].notifies))


def relatives(name: str, alarms: Mapping[str, Alarm]) -> set[str]:
    """Return an alarm, the composite alarms that name it, and whatever those and it itself name."""
    composites = {alarm.name: named_in(alarm.rule) for alarm in alarms.values() if isinstance(alarm, CompositeAlarm)}
    families = [{composite, *members} for composite, members in composites.items()]
    return {name}.union(*(family for family in families if name in family))


def unproven(outcomes: Sequence[Outcome], alarms: Mapping[str, Alarm]) -> list[str]:
    """Return in sentences which alarms no case fires on purpose, and which cases fire strangers beside theirs."""
    proven = {name for one in outcomes for name in one.case.alarms if name in one.fired}
    missing = sorted(alarms.keys() - proven)
    faults = [f"{name}: no case makes it fire; add one whose `alarms` name it." for name in missing]
    for one in outcomes:
        meant = set[str]().union(*(relatives(name, alarms) for name in one.case.alarms))
        faults += [f"{one.case.name}: {name} fires too, which is not what is broken." for name in one.told - meant]
    return faults


def _read(path: Path, shape: type[Shape]) -> Shape:
    try:
        return shape.model_validate(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ConfigurationError(f"{path} is no test of alarms. {faults}.") from error


def _samples(case: Case, healthy: Healthy, alarms: Iterable[Alarm]) -> dict[MetricKey, Samples]:
    """Return every metric's samples, from long before the fault until the case ends."""
    watched = {one.key for alarm in alarms if isinstance(alarm, MetricAlarm) for one in alarm.inputs.values()}
    faults: dict[MetricKey, list[Stream]] = defaultdict(list)
    for stream in case.fault:
        faults[_known(stream, healthy)].append(stream)
    if strangers := {*(stream.key for stream in healthy.stream), *faults} - watched:
        raise ConfigurationError(f"{case.name}: no alarm watches {', '.join(sorted(map(str, strangers)))}.")
    timed: dict[MetricKey, list[tuple[float, float]]] = defaultdict(list)
    for stream in healthy.stream:
        broken = [(fault.since, fault.until) for fault in faults[stream.key]]
        for hour in range(-BEFORE, case.lasts, HOUR):
            for at in range(hour + stream.since, hour + HOUR, stream.every):
                if not any(since <= at < until for since, until in broken):
                    timed[stream.key] += [(at, value) for value in stream.values]
    for key, streams in faults.items():
        for stream in streams:
            for at in range(stream.since, min(stream.until, case.lasts), stream.every):
                timed[key] += [(at, value) for value in stream.values]
    return {key: Samples(of_it) for key, of_it in timed.items()}


def _known(stream: Stream, healthy: Healthy) -> MetricKey:
    """Return a fault's metric; its dimensions are those it has in the healthy hour unless it says others."""
    meant = {one.key for one in healthy.stream if one.metric == stream.metric}
    return meant.pop() if not stream.dimensions and len(meant) == 1 else stream.key


def _first(changes: Iterable[Change]) -> dict[str, int]:
    return {change.alarm: change.at for change in reversed(list(changes)) if change.state is State.ALARM}


def _last_cleared(changes: Sequence[Change]) -> dict[str, int]:
    """Return when those that fired were last let go."""
    fired = {change.alarm for change in changes if change.state is State.ALARM}
    return {change.alarm: change.at for change in changes if change.alarm in fired and change.state is not State.ALARM}


def _differences(what: str, expected: Mapping[str, int], seen: Mapping[str, int], of: Iterable[str]) -> Iterable[str]:
    for name in sorted(of):
        if expected.get(name) != seen.get(name):
            yield f"{name} should {what} {_at(expected.get(name))}: {_at(seen.get(name))}"


def _at(moment: int | None) -> str:
    if moment is None:
        return "never"
    return f"at {moment // 60}m" if moment % 60 == 0 else f"at {moment}s"
