"""Which companies a question names, by any way people write them."""

import pytest

from raglite.retrieval.companies import aliases, named, without

KNOWN = (
    "Orchard Mills, Inc.",
    "Harbor Lines plc",
    "The Quarry Stone Company",
    "General Motors Company",
    "General Mills, Inc.",
    "3M Company",
    "GE Group",
    "H&R Block, Inc.",
)


@pytest.mark.parametrize(
    ("question", "companies"),
    [
        ("What was Orchard Mills, Inc.'s revenue?", ("Orchard Mills, Inc.",)),
        ("What was ORCHARD MILLS' revenue?", ("Orchard Mills, Inc.",)),
        ("orchard's capital expenditure", ("Orchard Mills, Inc.",)),
        ("orchardmills revenue", ("Orchard Mills, Inc.",)),
        ("Compare Orchard Mills and Harbor Lines", ("Orchard Mills, Inc.", "Harbor Lines plc")),
        ("Quarry Stone dividends", ("The Quarry Stone Company",)),
        ("What did 3M pay?", ("3M Company",)),
        ("GE's debt", ("GE Group",)),
        ("H&R Block margins", ("H&R Block, Inc.",)),
        ("General Mills revenue", ("General Mills, Inc.",)),
        ("general and administrative expenses", ()),
        ("orchards in bloom", ()),
        ("millstone revenue", ()),
        ("", ()),
    ],
)
def test_a_question_names_companies(question: str, companies: tuple[str, ...]) -> None:
    assert named(question, KNOWN) == companies


def test_a_company_known_twice_is_named_once() -> None:
    assert named("Orchard Mills", ["Orchard Mills, Inc.", "Orchard Mills, Inc."]) == ("Orchard Mills, Inc.",)


def test_no_alias_is_a_single_letter_or_a_common_first_word() -> None:
    assert all(len(alias) > 1 for name in KNOWN for alias in aliases(name))
    assert "general" not in aliases("General Motors Company")
    assert aliases("3M Company") == {"3m company", "3m"}


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("What was Orchard Mills, Inc. paid?", "What was paid?"),
        ("What was Orchard's revenue?", "What was revenue?"),
        ("What was Orchard Mills\u2019 revenue?", "What was revenue?"),
        ("What was revenue?", "What was revenue?"),
    ],
)
def test_a_question_without_its_companies_keeps_the_rest(question: str, rest: str) -> None:
    assert " ".join(without(question, ["Orchard Mills, Inc."]).replace(".", " ").split()) == rest


def test_without_companies_a_question_stays_as_it_is() -> None:
    assert without("What was Orchard's revenue?", []) == "What was Orchard's revenue?"
