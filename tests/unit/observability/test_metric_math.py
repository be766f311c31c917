"""Metric math gives what AWS's tables say, and refuses the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import ConfigurationError
from raglite.observability.metric_math import evaluate

# The inputs and results of "Using IF expressions" and of "Comparison and logical operators".
ONE, TWO, THREE = (1, 1, 0, 0, None), (30, None, 0, 0, 30), (0, 0, 20, None, 20)
A, B = (30, 20, 0, 0), (20, None, 20, None)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("IF(m1, m2, m3)", (30, 0, 20, None, None)),
        ("IF(m1, 5, m3)", (5, 5, 20, None, None)),
        ("IF(m1, m2, 5)", (30, 0, 5, 5, None)),
        ("IF(m1, m2)", (30, 0, None, None, None)),
        ("IF(m3 > 10, 1, 0)", (0, 0, 1, None, 1)),
        ("FILL(m2, 7)", (30, 7, 0, 0, 30)),
        ("m2 + m3", (30, 0, 20, 0, 50)),
        ("m3 - m2", (-30, 0, 20, 0, -10)),
        ("m2 * 2", (60, None, 0, 0, 60)),
        ("-m2", (-30, None, 0, 0, -30)),
        ("m2 / m3", (None, None, 0, None, 1.5)),
        ("100 * m3 / m2 / 4", (0, None, None, None, pytest.approx(100 / 6))),
        ("SUM([m1, m2, m3])", (31, 1, 20, 0, 50)),
        ("SUM([none, none])", (None,) * 5),
        ("none + none", (None,) * 5),
        ("FILL(none, 0)", (None,) * 5),
    ],
)
def test_a_series_is_combined_as_aws_tabulates(expression, result):
    assert evaluate(expression, {"m1": ONE, "m2": TWO, "m3": THREE, "none": (None,) * 5}) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("a < b", (0, 0, 1, 0)),
        ("a >= 30", (1, 0, 0, 0)),
        ("a > 15 AND b > 15", (1, 0, 0, 0)),
        ("a > 15 || b > 15", (1, 1, 1, 0)),
        ("a == 0", (0, 0, 1, 1)),
        ("a != 0", (1, 1, 0, 0)),
    ],
)
def test_comparisons_give_one_or_zero(expression, result):
    assert evaluate(expression, {"a": A, "b": B}) == result


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 50)), min_size=1, max_size=6))
def test_a_burn_rate_is_the_share_of_bad_events_over_the_budget_unless_there_are_too_few(windows):
    total, bad = (tuple(map(float, column)) for column in zip(*windows, strict=True))
    found = evaluate("IF(FILL(total, 0) >= 50, 100 * bad / total / 5, 0)", {"total": total, "bad": bad})
    expected = [100 * b / t / 5 if t >= 50 else 0 for t, b in zip(total, bad, strict=True)]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    "expression",
    [
        "SUM(m)",  # of one series: depends on how far the alarm looks back
        "SUM([1, 2])",
        "SUM([m, m], of=m)",
        "MAX([m, m])",
        "m + 1 / 0",
        "m ^ 2",
        "stranger + m",
        "RATE(m)",
        "FILL(m, REPEAT)",
        "IF(1, m, m)",
        "1 < m < 2",
        "m.x",
        "m +",
        "5",
    ],
)
def test_what_is_not_simulated_is_refused(expression):
    with pytest.raises(ConfigurationError):
        evaluate(expression, {"m": (1.0, 2.0)})
