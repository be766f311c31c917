"""Statistics of a window are what they are called."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import ConfigurationError
from raglite.observability.statistics import Samples

timed = st.lists(st.tuples(st.integers(0, 30), st.integers(-5, 20).map(float)), max_size=20)
PLAIN = {
    "SampleCount": len,
    "Sum": sum,
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "TC(3:)": lambda values: sum(value > 3 for value in values),
    "TC(:3)": lambda values: sum(value <= 3 for value in values),
    "TC(1:3)": lambda values: sum(1 < value <= 3 for value in values),
    "PR(3:)": lambda values: 100 * sum(value > 3 for value in values) / len(values),
}


@given(timed, st.integers(0, 30), st.integers(0, 30))
def test_a_statistic_is_of_what_came_from_the_start_until_just_before_the_end(samples, start, end):
    within = [value for time, value in samples if start <= time < end]
    for name, of in PLAIN.items():
        found = Samples(samples).statistic(name, start, end)
        assert found == (pytest.approx(of(within)) if within else None), name


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=50), st.integers(0, 99))
def test_a_percentile_is_the_smallest_value_that_so_many_reach(values, percent):
    found = Samples((0, value) for value in values).statistic(f"p{percent}", 0, 1)
    reaching = sum(value <= found for value in values)
    assert found in values
    assert reaching >= max(1, math.ceil(percent / 100 * len(values)))
    assert sum(value < found for value in values) < max(1, math.ceil(percent / 100 * len(values)))


@pytest.mark.parametrize("name", ["TM(10%:90%)", "tm90", "IQM", "p101", "TC(2%:98%)", "sum", "p"])
def test_a_statistic_that_is_not_simulated_is_refused(name):
    with pytest.raises(ConfigurationError, match="not simulated"):
        Samples([(0, 1)]).statistic(name, 0, 1)
