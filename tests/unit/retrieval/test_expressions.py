"""Formulas as text and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.retrieval.figures.expressions import (
    Binary,
    Expression,
    Item,
    NotAFormula,
    Number,
    Over,
    items,
    parse,
    show,
    years,
)
from raglite.retrieval.figures.formulas import FORMULAS
from raglite.retrieval.figures.lineitems import ITEMS

NAMES = st.sampled_from(["revenue", "cash", "total_assets"])
YEARS = st.lists(st.integers(1990, 2030), max_size=3).map(tuple)
LEAVES = st.one_of(
    st.builds(Item, NAMES, YEARS, st.booleans()),
    st.builds(Number, st.integers(1, 400).map(Decimal)),
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Binary, st.sampled_from("+-*/"), inner, inner),
        st.builds(Over, st.sampled_from(["average", "change", "growth", "cagr"]), inner, YEARS),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_what_is_shown_is_read_back_the_same_but_for_needless_brackets(expression: Expression) -> None:
    assert show(parse(show(expression))) == show(expression)
    assert years(parse(show(expression))) == years(expression)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a-(b-c)", "a - (b - c)"),
        ("a/(b*c)", "a / (b * c)"),
        ("(a*b)/c", "a * b / c"),
        ("(a + b) / c", "(a + b) / c"),
        ("a - (b + c) * 2", "a - (b + c) * 2"),
        ("average(x)[2018, 2019] / y[2019]", "average(x)[2018, 2019] / y[2019]"),
    ],
)
def test_brackets_stay_where_they_change_the_result(text: str, shown: str) -> None:
    assert show(parse(text)) == shown


@pytest.mark.parametrize("text", ["", "a +", "a b", "(a", "a)", "* a", "average a", "a $ b", "x[2018"])
def test_what_makes_no_formula_is_refused(text: str) -> None:
    with pytest.raises(NotAFormula):
        parse(text)


def test_every_formula_is_made_of_rows_and_other_formulas() -> None:
    for formula in FORMULAS.values():
        assert {item.metric for item in items(formula.expression)} <= {*ITEMS, *FORMULAS}


def test_no_formula_needs_itself() -> None:
    def needed(metric: str, above: tuple[str, ...]) -> None:
        assert metric not in above
        for item in items(FORMULAS[metric].expression) if metric in FORMULAS else ():
            needed(item.metric, (*above, metric))

    for metric in FORMULAS:
        needed(metric, ())
