"""The simulator and the emulator, written apart from AWS's pages, judge the same samples alike."""

import itertools
import random
import subprocess
import time

import boto3
import pytest

from local.emulator.monitoring import alarming
from local.twin.programs import EMULATOR_PYTHON
from raglite.observability.alarms import CompositeAlarm, MetricAlarm, MetricKey, Silence, State, Watched
from raglite.observability.simulation import OPERATORS, SPARE, Simulation, judged
from raglite.observability.statistics import Samples
from tests.processes import end, free_port, listening, until

pytestmark = pytest.mark.skipif(not EMULATOR_PYTHON.exists(), reason="no .venv-emulator here: `make setup` makes it")

NAMESPACE, SEED, STEP = "Random", 15, 10  # seconds between two looks at an alarm whose period is below a minute
LATE = 2  # seconds that the emulator waits for late values before it judges a period; it looks once a second
STATISTICS = ["Sum", "SampleCount", "Average", "Minimum", "Maximum", "p50", "p95", "TC(2:)", "PR(2:)"]
EXPRESSIONS = [
    "IF(FILL(a, 0) >= 3, 100 * b / a / 50, 0)",
    "SUM([a, b])",
    "FILL(a, 0) - FILL(b, 1)",
    "IF(a > b, a)",
    "FILL(a, 9) * 2",
]


@pytest.fixture(scope="module")
def cloudwatch(tmp_path_factory):
    port, state = free_port(), tmp_path_factory.mktemp("emulator")
    command = [EMULATOR_PYTHON, "-m", "local.emulator", "--port", str(port), "--state", state]
    with (state / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: listening(port), "the emulator serves", within=30)
        session = boto3.Session("test", "test", region_name="us-east-1")
        yield session.client("cloudwatch", endpoint_url=f"http://127.0.0.1:{port}")
    finally:
        end(process)


def stated(**changes):
    inputs = {"a": Watched(MetricKey.of(NAMESPACE, "a", None), "Sum")}
    plain = {"name": "alarm", "inputs": inputs, "expression": "a", "period": 10, "operator": "GreaterThanThreshold"}
    return MetricAlarm(**plain, threshold=0.5, notifies=False, **changes)


def drawn(chance, number):
    """Return an alarm on one metric, or on two by metric math, that could go either way."""
    periods = chance.randint(1, 4)
    keys = {name: MetricKey.of(NAMESPACE, f"{number}-{name}", {"Alarm": str(number)}) for name in ("a", "b")}
    if chance.random() < 0.5:
        inputs, expression = {"a": Watched(keys["a"], chance.choice(STATISTICS))}, "a"
    else:
        inputs, expression = {name: Watched(key, "Sum") for name, key in keys.items()}, chance.choice(EXPRESSIONS)
    return MetricAlarm(
        name=f"alarm-{number}",
        inputs=inputs,
        expression=expression,
        period=chance.choice([10, 20, 30]),
        periods=periods,
        datapoints=chance.randint(1, periods),
        operator=chance.choice(list(OPERATORS)),
        threshold=chance.choice([1, 2, 3, 50]),
        silence=chance.choice(list(Silence)),
        notifies=False,
    )


def sampled(chance, start, stop):
    """Return samples, with gaps between them that are longer than some periods."""
    busy = [step for step in range(start, stop, STEP) if chance.random() < 0.4]
    return [
        (step + chance.randrange(STEP), float(chance.randint(0, 5)))
        for step in busy
        for _ in range(chance.randint(1, 3))
    ]


def put_samples(cloudwatch, timed):
    data = [
        {
            "MetricName": key.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in key.dimensions],
            "Timestamp": at,
            "Value": value,
            "StorageResolution": 1,
        }
        for key, samples in timed.items()
        for at, value in samples
    ]
    for first in range(0, len(data), 1000):  # as many as one call takes
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data[first : first + 1000])


def put_alarm(cloudwatch, alarm):
    def metric(watched):
        dimensions = [{"Name": name, "Value": value} for name, value in watched.key.dimensions]
        return {"Namespace": watched.key.namespace, "MetricName": watched.key.name, "Dimensions": dimensions}

    stated = {
        "AlarmName": alarm.name,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.datapoints,
        "ComparisonOperator": alarm.operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.silence.value,
    }
    if alarm.expression in alarm.inputs:
        [watched] = alarm.inputs.values()
        plain = watched.statistic[:2] not in {"p5", "p9", "TC", "PR"}
        named = {"Statistic" if plain else "ExtendedStatistic": watched.statistic}
        cloudwatch.put_metric_alarm(**stated, **metric(watched), **named, Period=alarm.period)
        return
    queries = [
        {
            "Id": name,
            "MetricStat": {"Metric": metric(one), "Period": alarm.period, "Stat": one.statistic},
            "ReturnData": False,
        }
        for name, one in alarm.inputs.items()
    ]
    cloudwatch.put_metric_alarm(
        **stated, Metrics=[*queries, {"Id": "e", "Expression": alarm.expression, "ReturnData": True}]
    )


def states(cloudwatch):
    found = {}
    for page in cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
        for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"]):
            found[alarm["AlarmName"]] = State(alarm["StateValue"])
    return found


def estate(chance):
    alarms = [drawn(chance, f"{number}") for number in range(30)]
    names = [alarm.name for alarm in alarms]
    rules = ['ALARM("{}") AND ALARM("{}")', "ALARM({}) OR ALARM({})", "ALARM({}) AND NOT OK({})"]
    composites = [
        CompositeAlarm(f"both-{number}", chance.choice(rules).format(*chance.sample(names, 2)), notifies=False)
        for number in range(5)
    ]
    return alarms, composites


def placed(cloudwatch):
    """Put random samples, some of them in the next seconds, and random alarms in place; return all in a simulation."""
    chance = random.Random(SEED)  # noqa: S311  nothing secret is drawn
    alarms, composites = estate(chance)
    now = int(time.time()) // STEP * STEP
    timed = {
        watched.key: sampled(chance, now - (alarm.periods + SPARE) * alarm.period, now + 5 * STEP)
        for alarm in alarms
        for watched in alarm.inputs.values()
    }
    put_samples(cloudwatch, timed)
    for alarm in alarms:
        put_alarm(cloudwatch, alarm)
    for alarm in composites:
        cloudwatch.put_composite_alarm(AlarmName=alarm.name, AlarmRule=alarm.rule)
    return Simulation([*alarms, *composites], {key: Samples(samples) for key, samples in timed.items()})


def states_after(cloudwatch, moment):
    """Return the emulator's states when it has looked at the periods that end at a moment, and not yet at the next."""
    until(lambda: time.time() > moment + STEP + LATE - 2, "the emulator has looked", within=3 * STEP)
    found = states(cloudwatch)
    assert time.time() < moment + STEP + LATE, "the emulator answers too late to say what it saw"
    return found


def test_every_pattern_of_values_is_judged_alike():
    for periods in range(1, 5):
        for datapoints, silence, current in itertools.product(range(1, periods + 1), Silence, State):
            alarm = stated(periods=periods, datapoints=datapoints, silence=silence)
            for values in itertools.product((None, 0.0, 1.0), repeat=periods + SPARE):
                aged = enumerate(reversed(values), 1)
                points = [alarming.Point(age, 0, value, value > 0.5) for age, value in aged if value is not None]
                there = alarming.judge(points, periods, datapoints, silence.value)
                assert judged(values, alarm, current) == (current if there is None else there), (values, alarm, current)


def test_random_samples_bring_every_alarm_to_the_same_state(cloudwatch):
    simulation = placed(cloudwatch)
    moment = int(time.time()) // STEP * STEP
    simulation.states.update(states_after(cloudwatch, moment))  # some alarms have been looked at by now, some not
    seen = set()
    for _ in range(2):
        moment += STEP
        simulation.play([moment])
        found = states_after(cloudwatch, moment)
        assert {name: found[name] for name in simulation.states} == simulation.states
        seen |= set(found.values())
    assert seen == set(State), "the samples were to bring about every state"
