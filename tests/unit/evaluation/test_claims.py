"""Figures and abstentions are counted against what the questions' answers say."""

from raglite.evaluation.claims import FigureOutcome, abstention, figure_outcome, figure_scores
from raglite.model import WhyWithheld, Withheld
from tests.unit.evaluation.made import figure, line, question

MONEY = question("money", answer="$1577 million")
WORDS = question("words", answer="It fell.")
NOBODY = question("nobody", answerable=False)
NOTHING = Withheld(metric="revenue", reason=WhyWithheld.AMBIGUOUS, sentence="Two rows: name one.")
RIGHT, OTHER = figure("1577000000"), figure("9")


def test_the_first_figure_of_an_answer_is_judged() -> None:
    judged = {
        FigureOutcome.RIGHT: (MONEY, line("money", figures=(RIGHT, OTHER))),
        FigureOutcome.WRONG: (MONEY, line("money", figures=(OTHER, RIGHT))),
        FigureOutcome.UNJUDGED: (WORDS, line("words", figures=(RIGHT,))),
        FigureOutcome.UNFOUNDED: (NOBODY, line("nobody", figures=(RIGHT,))),
        FigureOutcome.WITHHELD: (MONEY, line("money", withheld=(NOTHING,))),
        FigureOutcome.NONE: (MONEY, line("money")),
    }
    assert {outcome: figure_outcome(*case) for outcome, case in judged.items()} == {one: one for one in FigureOutcome}


def test_right_is_a_share_of_the_given_and_given_one_of_the_numeric_questions() -> None:
    asked = [question(str(n), answer="1577 million") for n in range(5)] + [WORDS, NOBODY]
    run = [
        line("0", figures=(RIGHT,)),
        line("1", figures=(OTHER,)),
        line("2", figures=(figure("1577000000", verified=False),)),
        line("3", withheld=(NOTHING, NOTHING)),
        line("nobody", figures=(RIGHT,)),
        line("words", figures=(RIGHT, figure("2", verified=False))),
    ]
    found = figure_scores(asked, run)
    assert (found.given.count, found.given.trials) == (3, 5)
    assert (found.right.count, found.right.trials) == (2, 3)
    assert (found.verified.count, found.verified.trials) == (3, 5)
    assert (found.unfounded.count, found.unfounded.trials, found.unjudged) == (1, 1, 1)
    assert found.withheld == {"ambiguous": 2}


def test_a_figure_without_operands_is_not_verified() -> None:
    bare = RIGHT.model_copy(update={"operands": ()})
    assert figure_scores([MONEY], [line("money", figures=(bare,))]).verified.count == 0


def test_abstentions_are_counted_where_they_are_right_and_where_they_are_wrong() -> None:
    asked = [question("a"), question("b"), question("c"), NOBODY, question("gone", answerable=False)]
    run = [line("a", abstained=False), line("b", abstained=True), line("c"), line("nobody", abstained=True)]
    found = abstention(asked, run)
    assert (found.recognised.count, found.recognised.trials) == (1, 1)
    assert (found.refused.count, found.refused.trials) == (1, 2)


def test_a_share_of_nothing_has_no_value() -> None:
    assert figure_scores([], []).right.value is None
    assert figure_scores([], []).right.written == "0 of 0"
