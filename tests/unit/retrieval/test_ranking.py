"""One passage a page, the best pages first, boosts that add and never filter."""

import uuid
from datetime import date

import pytest

from raglite.model import Chunk, ChunkKind, Filing, Statement
from raglite.ports import FoundChunk
from raglite.retrieval.question.understanding import Understanding
from raglite.retrieval.ranking import Ranked, rank
from raglite.retrieval.weights import WEIGHTS, Weights

ORCHARD = Filing(company="Orchard Mills, Inc.", form="10-K", fiscal_year=2022, period_end=date(2022, 12, 31))
PLAIN = Understanding(text="q", lexical="q")


def found(page: int, score: float, key: str = "a.pdf", **changes: object) -> FoundChunk:
    kind = changes.pop("kind", ChunkKind.CHUNK)
    statement = changes.pop("statement", None)
    filing = changes.pop("filing", ORCHARD)
    ordinal = changes.pop("ordinal", page)
    text = changes.pop("text", f"{kind}{ordinal}")
    section = changes.pop("section", ())
    chunk = Chunk.model_validate(
        {
            "ordinal": ordinal,
            "kind": kind,
            "page": page,
            "text": text,
            "section": section,
            "header": "",
            "statement": statement,
        }
    )
    assert isinstance(filing, Filing)
    return FoundChunk(uuid.uuid5(uuid.NAMESPACE_URL, f"{key}{kind}{ordinal}"), key, "v1", filing, chunk, score)


def pages(ranked: list[Ranked]) -> list[tuple[str, int]]:
    return [(one.found.key, one.found.chunk.page) for one in ranked]


def test_each_page_is_shown_once_by_its_best_passage() -> None:
    ranked = rank([found(1, 0.02, ordinal=1), found(1, 0.03, ordinal=2), found(2, 0.01)], PLAIN, 5)
    assert [(one.found.chunk.page, one.found.chunk.ordinal) for one in ranked] == [(1, 2), (2, 2)]


def test_page_and_heading_points_add_to_their_pages_passage() -> None:
    ranked = rank([found(1, 0.02), found(2, 0.015), found(2, 0.01, kind=ChunkKind.PAGE)], PLAIN, 5)
    assert [(one.found.chunk.page, one.found.chunk.kind) for one in ranked] == [
        (2, ChunkKind.CHUNK),
        (1, ChunkKind.CHUNK),
    ]
    assert ranked[0].score == pytest.approx(0.025 * 61)  # in first places of a leg


def test_a_page_found_only_as_a_whole_is_still_shown() -> None:
    assert [one.found.chunk.kind for one in rank([found(3, 0.01, kind=ChunkKind.PAGE)], PLAIN, 5)] == [ChunkKind.PAGE]


def test_no_more_than_top_k_are_shown() -> None:
    assert pages(rank([found(page, 1 / page) for page in range(1, 9)], PLAIN, 3)) == [
        ("a.pdf", 1),
        ("a.pdf", 2),
        ("a.pdf", 3),
    ]


def test_ties_always_come_in_the_same_order() -> None:
    points = [found(2, 0.01), found(1, 0.01), found(1, 0.01, key="b.pdf")]
    assert (
        pages(rank(points, PLAIN, 3))
        == pages(rank(points[::-1], PLAIN, 3))
        == [("a.pdf", 1), ("a.pdf", 2), ("b.pdf", 1)]
    )


def test_the_statement_asked_for_is_lifted() -> None:
    points = [found(1, 0.02), found(2, 0.015, statement=Statement.BALANCE_SHEET)]
    asked = Understanding(text="q", lexical="q", statements=(Statement.BALANCE_SHEET,))
    assert pages(rank(points, asked, 2)) == [("a.pdf", 2), ("a.pdf", 1)]


def test_the_company_and_the_year_asked_for_are_lifted() -> None:
    other = Filing(company="The Quarry Company", form="10-K", fiscal_year=2015)
    older = ORCHARD.model_copy(update={"fiscal_year": 2019, "period_end": date(2019, 12, 31)})
    points = [
        found(1, 0.03, "q.pdf", filing=other),
        found(1, 0.02, "old.pdf", filing=older),
        found(1, 0.015, "new.pdf"),
    ]
    asked = Understanding(text="q", lexical="q", companies=("Orchard Mills, Inc.",), fiscal_years=(2021, 2022))
    assert [key for key, _ in pages(rank(points, asked, 3))] == ["new.pdf", "old.pdf", "q.pdf"]


def test_the_quarter_asked_for_comes_before_the_annual_report_of_its_year() -> None:
    quarter = ORCHARD.model_copy(update={"form": "10-Q", "fiscal_quarter": 2})
    points = [found(1, 0.02), found(1, 0.02, "quarter.pdf", filing=quarter)]
    asked = Understanding(text="q", lexical="q", fiscal_years=(2022,), fiscal_quarter=2)
    assert [key for key, _ in pages(rank(points, asked, 2))] == ["quarter.pdf", "a.pdf"]
    annual = Understanding(text="q", lexical="q", fiscal_years=(2022,))
    assert [key for key, _ in pages(rank(points, annual, 2))] == ["a.pdf", "quarter.pdf"]


def test_boosts_never_hide_a_page() -> None:
    other = Filing(company="The Quarry Company", form="8-K")
    asked = Understanding(text="q", lexical="q", companies=("Orchard Mills, Inc.",), fiscal_years=(2022,))
    assert len(rank([found(1, 0.03), found(1, 0.001, "q.pdf", filing=other)], asked, 5)) == 2


def test_nothing_found_is_nothing_ranked() -> None:
    assert rank([], PLAIN, 5) == []


def test_a_score_is_the_sum_of_what_speaks_for_it() -> None:
    asked = Understanding(
        text="q", lexical="q", companies=("Orchard Mills, Inc.",), fiscal_years=(2022,), forms=("10-K",),
        statements=(Statement.BALANCE_SHEET,), metrics=("goodwill",), components=("goodwill",),
        topics=("goodwill_note",),
    )  # fmt: skip
    text = "Goodwill 1,383 1,384"
    (best,) = rank([found(1, 1 / 61, statement=Statement.BALANCE_SHEET, text=text, section=("4. Goodwill",))], asked, 1)
    assert best.why == {
        "search": pytest.approx(1.0),
        "company": WEIGHTS.company,
        "period": WEIGHTS.period,
        "form": WEIGHTS.form,
        "statement": WEIGHTS.statement,
        "rows": WEIGHTS.rows,
        "topic": WEIGHTS.topic,
    }
    assert best.score == pytest.approx(sum(best.why.values()))


@pytest.mark.parametrize("name", ["company", "period", "form", "statement", "rows", "details", "topic"])
def test_every_boost_can_be_switched_off(name: str) -> None:
    asked = Understanding(
        text="q", lexical="q", companies=("Orchard Mills, Inc.",), fiscal_years=(2022,), forms=("10-K",),
        statements=(Statement.BALANCE_SHEET,), metrics=("goodwill",), components=("goodwill",),
        topics=("goodwill_note",),
    )  # fmt: skip
    page = found(1, 0.01, statement=Statement.BALANCE_SHEET, text="Goodwill 1", section=("4. Goodwill",))
    (best,) = rank([page], asked, 1, Weights(**{name: 0.0}))
    assert name not in best.why


def test_the_page_with_the_row_is_lifted() -> None:
    points = [found(1, 0.02, text="Our goodwill is tested."), found(2, 0.015, text="Goodwill, net   1,383")]
    asked = Understanding(text="q", lexical="q", metrics=("goodwill",), components=("goodwill",))
    assert pages(rank(points, asked, 2)) == [("a.pdf", 2), ("a.pdf", 1)]


def test_the_page_with_a_row_that_is_called_as_the_question_calls_it_is_lifted() -> None:
    points = [found(1, 0.02, text="We acquired wireless licenses."), found(2, 0.015, text="Wireless licenses   1,383")]
    asked = Understanding(text="q", lexical="q", details=("wireless", "licenses"))
    assert pages(rank(points, asked, 2)) == [("a.pdf", 2), ("a.pdf", 1)]


def test_an_undated_document_that_names_the_day_is_of_that_period() -> None:
    event = Filing(company="Orchard Mills, Inc.", form="8-K")
    asked = Understanding(text="q", lexical="q", fiscal_years=(2022,), period_ends=(date(2022, 7, 1),))
    points = [
        found(1, 0.02, "other.pdf", filing=event, text="On May 3, 2022"),
        found(1, 0.02, "event.pdf", filing=event, text="Dated July 1, 2022"),
        found(2, 0.02, "event.pdf", filing=event, text="Signed by the secretary"),
    ]
    ranked = rank(points, asked, 3)
    assert [(one.found.key, one.why["period"] / WEIGHTS.period) for one in ranked] == [
        ("event.pdf", 1.0), ("event.pdf", 1.0), ("other.pdf", 0.75),
    ]  # fmt: skip


def test_a_heading_that_says_the_subject_lifts_its_page() -> None:
    points = [found(1, 0.02), found(2, 0.018, section=("Item 3. Legal Proceedings",))]
    asked = Understanding(text="q", lexical="q", topics=("legal_proceedings",))
    assert pages(rank(points, asked, 2)) == [("a.pdf", 2), ("a.pdf", 1)]


def test_statements_are_lifted_less_where_the_question_points_elsewhere() -> None:
    page = found(1, 0.02, statement=Statement.BALANCE_SHEET)
    asked = {"text": "q", "lexical": "q", "statements": (Statement.BALANCE_SHEET,)}
    plain, elsewhere = (rank([page], Understanding(**asked, elsewhere=away), 1)[0].score for away in (False, True))
    assert plain - elsewhere == pytest.approx(WEIGHTS.statement * (1 - WEIGHTS.elsewhere))


def test_without_a_year_the_newest_annual_filing_comes_first() -> None:
    older = ORCHARD.model_copy(update={"fiscal_year": 2019, "period_end": date(2019, 12, 31)})
    points = [found(1, 0.02, "old.pdf", filing=older), found(1, 0.019, "new.pdf")]
    asked = Understanding(text="q", lexical="q", assumed_year=2022)
    assert [key for key, _ in pages(rank(points, asked, 2))] == ["new.pdf", "old.pdf"]


def test_a_fourth_quarters_release_covers_the_year_and_next_years_quarters_hardly_do() -> None:
    release = ORCHARD.model_copy(update={"form": "release", "fiscal_quarter": 4})
    quarter = ORCHARD.model_copy(update={"form": "10-Q", "fiscal_quarter": 1, "fiscal_year": 2023, "period_end": None})
    points = [
        found(1, 0.02, "quarter.pdf", filing=quarter),
        found(1, 0.02, "release.pdf", filing=release),
        found(1, 0.02),
    ]
    ranked = rank(points, Understanding(text="q", lexical="q", fiscal_years=(2022,)), 3)
    assert [(one.found.key, one.why["period"]) for one in ranked] == [
        ("a.pdf", WEIGHTS.period), ("release.pdf", WEIGHTS.period), ("quarter.pdf", WEIGHTS.period / 4),
    ]  # fmt: skip
