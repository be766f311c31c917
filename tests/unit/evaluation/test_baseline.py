"""A baseline holds outcomes and no text, and what changed against it is counted question by question."""

import json
from fractions import Fraction
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import InvalidRequest
from raglite.evaluation.baseline import baseline_of, compare, mcnemar, read_baseline, write_baseline
from tests.unit.evaluation.made import documents, line, question

ASKED = [question("a", 1), question("b", 2), question("c", 3), question("nobody", answerable=False)]
BEFORE = [line("a", 1), line("b", 9, 2), line("c", 9), line("nobody", 1)]


def test_a_baseline_is_read_as_it_was_written_and_holds_no_text(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    written = baseline_of(ASKED, BEFORE, documents())
    write_baseline(path, written)
    assert read_baseline(path) == written
    assert json.loads(path.read_text())["questions"]["b"]["found"] == {"hit@5": True, "hit@1": False}
    assert "What is" not in path.read_text()


def test_what_is_no_baseline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text('{"questions": []}')
    with pytest.raises(InvalidRequest, match="write it anew"):
        read_baseline(tmp_path / "b.json")


def test_won_and_lost_are_named() -> None:
    now = [line("a", 9), line("b", 2), line("c", 3)]
    five, one = compare(baseline_of(ASKED, BEFORE, documents()), ASKED, now)
    assert (five.metric, five.compared, five.won, five.lost) == ("hit@5", 3, ("c",), ("a",))
    assert (one.metric, one.won, one.lost) == ("hit@1", ("b", "c"), ("a",))


def test_a_question_that_is_another_now_is_not_compared() -> None:
    changed = [question("a", 7), *ASKED[1:]]
    (five, _) = compare(baseline_of(ASKED, BEFORE, documents()), changed, [line("a", 9)])
    assert five.compared == 2
    assert five.lost == ("b",)


def test_mcnemars_p_is_the_published_one() -> None:
    # Fagerland, Lydersen and Laake (2013), airway hyper-responsiveness: 1 against 7 discordant pairs.
    assert round(mcnemar(1, 7), 4) == 0.0703
    assert mcnemar(0, 0) == 1


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemars_p_is_that_of_a_fair_coin(won: int, lost: int) -> None:
    flips = won + lost
    weights = [Fraction(comb(flips, k), 2**flips) for k in range(flips + 1)]
    exact = sum(weight for weight in weights if weight <= weights[won])
    assert mcnemar(won, lost) == mcnemar(lost, won) == pytest.approx(float(exact))
