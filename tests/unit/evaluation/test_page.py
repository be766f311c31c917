"""The report's page shows verdict, scores, misses and figures, fetches nothing and lets no text be markup."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from raglite.evaluation.baseline import baseline_of
from raglite.evaluation.gate import Thresholds
from raglite.evaluation.page import html
from raglite.evaluation.report import report
from raglite.evaluation.runs import RankedPage
from raglite.model import WhyWithheld, Withheld
from raglite.page.markup import joined, tag
from tests.unit.evaluation.made import documents, evidence, figure, line, question

MADE = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
EVIL = "<script>alert('x')</script> & \"co\""
UNDERSTOOD = {"companies": ["Acme Corp"], "fiscal_years": [2023, 2024], "forms": []}
NO_ROW = Withheld(metric="revenue", reason=WhyWithheld.NOT_FOUND, sentence="No row: ask for another.")
GOLD_WORDS = {"page": 2, "text": f"The   gold\nwords {'x' * 900}"}
ASKED = [
    question("found", 1, answer="$1577 million"),
    question("missed", 2, answer=EVIL, evidence_text=(GOLD_WORDS,), doc_type="10-K"),
    question("nobody", answerable=False),
]
RUN = [
    line("found", 1, figures=(figure("1577000000"), figure("0.250", "ratio", verified=False)), abstained=True),
    line("missed", 9, 8, 7, 6, 5, 2, interpreted_as=UNDERSTOOD, withheld=(NO_ROW,)),
    line("nobody", 1, abstained=False),
]


def page(run: list[Any] = RUN, **more: Any) -> str:
    found = evidence(ASKED, run, **more)
    return html(report(found, Thresholds(block_below=0.4), MADE, "http://service"))


def words(markup: str) -> str:
    """Return what a reader sees, with single spaces."""
    texts: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            texts.append(data)

    Reader().feed(re.sub(r"<style>.*?</style>", "", markup, flags=re.DOTALL))
    return " ".join(" ".join(texts).split())


def test_the_verdict_stands_on_top_with_every_reason() -> None:
    assert "Passed, below target hit@5 is 50.0 %" in words(page())
    blocked = words(page(RUN[:2]))
    assert "Blocked hit@5 is 50.0 %" in blocked
    assert "requests_failed 1 of 3 questions got no answer (nobody" in blocked
    assert blocked.index("requests_failed") < blocked.index("a gold page comes first")


def test_only_kinds_that_tell_questions_apart_are_shown() -> None:
    shown = words(page())
    assert "form 10-K 1 0.0 %" in shown
    assert "understood company and period 1 0.0 %" in shown
    assert "company named" not in shown


def test_a_miss_shows_what_was_understood_and_the_gold_page_beside_what_was_returned() -> None:
    shown = words(page())
    card = shown[shown.index("Misses (1)") : shown.index("Figures Of")]
    assert "What is missed? missed \u00b7 10-K \u00b7 the first gold page came 6th" in card
    assert "Gold acme.pdf, p. 2 Answer: <script>" in card
    assert "The gold words\u2026" in card
    assert card.index("acme, p. 9") < card.index("acme, p. 8") < card.index("acme, p. 5")
    assert "companies Acme Corp fiscal years 2023, 2024" in card
    assert "forms" not in card
    assert "found" not in card


def test_a_passage_of_another_document_is_marked() -> None:
    other = line("missed", 2, doc="other").model_copy(
        update={
            "ranked": (
                RankedPage(
                    doc="other", page=2, label="Other Inc., p. 2", excerpt="Its words.", why={"search": 2, "year": 0.5}
                ),
            )
        }
    )
    assert "Other Inc., p. 2 other document Its words. search 2.00 + year 0.50" in words(page([RUN[0], other, RUN[2]]))
    assert "other document" not in words(page())


def test_figures_stand_with_their_formula_and_each_operand() -> None:
    shown = words(page())
    assert "right What is found? found $1577 million 1,577,000,000 USD revenue, FY2023 revenue[FY2023]" in shown
    assert "revenue[FY2023] = 1,577 Revenue | 2023, p. 1 Restated a year later. 0.25 ratio" in shown
    assert shown.count("not verified") == 1
    assert "revenue not found No row: ask for another." in shown


def test_wrong_abstentions_are_listed() -> None:
    shown = words(page())
    assert "refused What is found?" in shown
    assert "not recognised What is nobody?" in shown


def test_what_was_lost_against_the_baseline_is_named() -> None:
    before = baseline_of(ASKED, [RUN[0], line("missed", 2), RUN[2]], documents())
    assert "hit@5 2 0 won 1 lost : missed 1.000" in words(page(baseline=before))
    assert "Against the baseline" not in words(page())


def test_no_text_becomes_markup_and_nothing_is_fetched() -> None:
    made = page([RUN[0], RUN[1].model_copy(update={"failed": EVIL}), RUN[2]])
    assert "&lt;script&gt;" in made
    assert "<script" not in made
    assert not re.search(r"(?:src|href)=|url\(|@import", made)


@pytest.mark.parametrize("run", [[], RUN[2:]])
def test_a_run_without_a_single_hit_has_a_page_too(run: list[Any]) -> None:
    assert "Blocked" in words(page(run))


def test_without_questions_there_is_a_page_that_says_so() -> None:
    shown = html(report(evidence([], []), Thresholds(), MADE, "http://service"))
    assert "no_questions" in shown


def test_markup_escapes_text_and_attributes_once() -> None:
    inner = tag("b", "a & b", class_='"x"', data_kind="y")
    assert inner == '<b class="&quot;x&quot;" data-kind="y">a &amp; b</b>'
    assert joined([inner, None, ["<", inner]]) == f"{inner}&lt;{inner}"
