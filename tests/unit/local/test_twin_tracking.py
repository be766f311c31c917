"""Target tracking's rules, by themselves: whatever is measured, they hold."""

import itertools
import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from local.autoscaling.tracking import HIGH, LOW, NEVER, READINGS, Past, Policy, Service, Tracked, decide

CPU = Policy("cpu", 70.0, out_cooldown=60, in_cooldown=300)
FRESH = Past()
TWO = Service(2, 2, 4)
FOUR = replace(TWO, capacity=4)
readings = st.lists(st.one_of(st.none(), st.floats(0, 400)), min_size=READINGS, max_size=READINGS)
services = st.builds(
    lambda least, more, extra: Service(least + min(more, extra), least, least + extra),
    st.integers(1, 5), st.integers(0, 20), st.integers(0, 20),
)  # fmt: skip
pasts = st.builds(
    Past, st.sampled_from([NEVER, -400.0, -59.0, 0.0]), st.integers(1, 9), st.sampled_from([NEVER, -299.0])
)


def capacity(service, *tracked, past=FRESH, now=0.0):
    decision = decide(service, tracked, past, now)
    return decision.capacity if decision else service.capacity


def measured(*values, policy=CPU):
    return Tracked(policy, [*values, *[None] * (READINGS - len(values))])


def constant(value, policy=CPU):
    return Tracked(policy, [value] * READINGS)


def test_three_minutes_above_the_target_scale_out_in_proportion_and_two_do_not():
    assert capacity(TWO, measured(90, 90, 60, 60, 60)) == 2
    assert capacity(TWO, measured(90, 90, 90, 60, 60)) == 3
    assert capacity(TWO, measured(120, 90, 90, 60, 60)) == 4


def test_the_target_itself_is_not_above_the_target():
    assert capacity(TWO, constant(70.0)) == 2


def test_fifteen_minutes_below_nine_tenths_of_the_target_scale_in_by_one_and_fourteen_do_not():
    assert capacity(FOUR, Tracked(CPU, [10.0] * 14 + [65.0] * 3)) == 4
    assert capacity(FOUR, Tracked(CPU, [10.0] * 15 + [65.0] * 2)) == 3


def test_scaling_in_never_leaves_too_few_for_what_was_measured():
    assert capacity(FOUR, constant(62.0)) == 4
    assert capacity(FOUR, constant(52.0)) == 3


def test_nothing_is_done_about_what_was_not_measured():
    assert capacity(FOUR, measured()) == 4


def test_while_a_growth_cools_down_it_counts_as_a_part_of_the_next():
    three, past = replace(TWO, capacity=3), Past(out_at=0.0, grew_from=2)
    assert capacity(three, constant(90.0), past=past, now=59.0) == 3
    assert capacity(three, constant(120.0), past=past, now=59.0) == 4
    assert capacity(three, constant(90.0), past=past, now=60.0) == 4


def test_a_shrinking_that_cools_down_blocks_the_next_and_no_growth():
    past = Past(in_at=0.0)
    assert capacity(FOUR, constant(10.0), past=past, now=299.0) == 4
    assert capacity(FOUR, constant(10.0), past=past, now=300.0) == 3
    assert capacity(TWO, constant(90.0), past=past, now=1.0) == 3


def test_nothing_shrinks_while_another_policy_is_not_ready_for_it():
    memory = replace(CPU, name="memory")
    assert capacity(FOUR, constant(10.0), constant(65.0, memory)) == 4
    assert capacity(FOUR, constant(10.0), constant(90.0, memory), past=Past(out_at=0.0, grew_from=2)) == 4
    assert capacity(FOUR, constant(10.0), constant(55.0, memory)) == 4
    assert capacity(FOUR, constant(10.0), Tracked(memory, [10.0] * 14 + [65.0] * 3)) == 4
    assert capacity(FOUR, constant(10.0), constant(65.0, replace(memory, scales_in=False))) == 3
    assert capacity(FOUR, constant(10.0, replace(CPU, scales_in=False))) == 4


def test_nothing_shrinks_while_another_policy_wants_more_than_there_may_be():
    only_out = replace(CPU, name="memory", scales_in=False)
    assert capacity(FOUR, constant(10.0), constant(90.0, only_out)) == 4


def test_a_suspended_direction_stays_as_it_is():
    assert capacity(replace(TWO, may_grow=False), constant(90.0)) == 2
    assert capacity(replace(FOUR, may_shrink=False), constant(10.0)) == 4


def test_what_was_set_by_hand_beyond_the_bounds_is_brought_back_by_the_next_change_in_that_direction():
    too_few, too_many = replace(TWO, capacity=1, least=3, most=9), replace(TWO, capacity=8)
    assert [capacity(too_few, constant(load)) for load in (10.0, 90.0, 300.0)] == [1, 3, 5]
    assert [capacity(too_many, constant(load)) for load in (90.0, 60.0, 10.0)] == [8, 4, 4]


@given(services, st.integers(1, 30), st.lists(readings, min_size=1, max_size=3), pasts)
def test_a_decision_is_within_the_bounds_and_changes_something(service, now_at, measured, past):
    service = replace(service, capacity=now_at)
    decision = decide(service, [Tracked(CPU, values) for values in measured], past, 0.0)
    if decision:
        assert service.least <= decision.capacity <= service.most
        assert decision.capacity != service.capacity


@given(services, readings, st.floats(0, 299.9), st.integers(1, 9))
def test_no_cooldown_is_broken(service, values, since, grew_from):
    one = Tracked(CPU, values)
    assert capacity(service, one, past=Past(in_at=0.0), now=since) >= service.capacity
    if since < CPU.out_cooldown:
        past = Past(out_at=0.0, grew_from=min(grew_from, service.capacity))
        grown = capacity(service, one, past=past, now=since)
        assert grown <= max(service.capacity, math.ceil(past.grew_from * max([0, *filter(None, values)]) / CPU.target))


@given(services, st.floats(0.01, 2000))
def test_a_constant_load_is_followed_to_one_size_that_stays(service, load):
    """`load` is what all tasks use together, in percent of one; no cooldown is on."""
    sizes = [service.capacity]
    for _ in range(60):
        now_at = replace(service, capacity=sizes[-1])
        sizes.append(capacity(now_at, constant(load / sizes[-1])))
    changes = [after - before for before, after in itertools.pairwise(sizes) if after != before]
    assert not changes or min(changes) > 0 or max(changes) < 0, sizes
    assert sizes[-1] == sizes[-2]


@given(services, st.lists(st.floats(0, 400), min_size=HIGH + LOW, max_size=HIGH + LOW))
def test_what_grows_the_service_is_above_the_target_and_what_shrinks_it_below(service, values):
    changed = capacity(service, Tracked(CPU, values)) - service.capacity
    if changed > 0:
        assert min(values[:HIGH]) > CPU.target
    if changed < 0:
        assert max(values[:LOW]) < CPU.target
