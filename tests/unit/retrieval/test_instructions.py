"""What is asked is told apart from how to answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.retrieval.question.instructions import asked, definitions


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("What is the capex? Answer in USD millions. Round to two decimal places.", "What is the capex?"),
        ("You are an analyst. Here's the question: what is the capex?", "what is the capex?"),
        ("According to the cash flow statement, what is the capex?", "what is the capex?"),
        ("Is the margin stable? If margins aren't useful here, then say so.", "Is the margin stable?"),
        ("What is the capex (in USD millions) of Acme?", "What is the capex of Acme?"),
        ("What is the growth (as a %, rounded to one decimal) of sales?", "What is the growth of sales?"),
        ("What is the tax (deferred) of Acme?", "What is the tax (deferred) of Acme?"),
        ("Calculate the capex of Acme. Round to one decimal.", "Calculate the capex of Acme."),
        ("What is X? X is defined as: sales / assets.", "What is X?"),
        ("Give me the revenue", "Give me the revenue"),
        ("Round it.", "Round it."),
    ],
)
def test_only_what_is_asked_is_kept(query: str, kept: str) -> None:
    assert asked(query) == kept


def test_definitions_are_kept_apart() -> None:
    assert definitions("What is X? X is defined as: sales / assets. Round it.") == "X is defined as: sales / assets."
    assert definitions("Define working capital as current assets less current liabilities.").startswith("Define")
    assert definitions("What is X?") == ""


@given(st.text(min_size=1, max_size=300).filter(str.strip))
def test_something_is_always_left(query: str) -> None:
    assert asked(query)
