"""One passage a page, the best pages first, boosts that add and never filter."""

import uuid
from datetime import date

import numpy as np

from raglite.model import Chunk, ChunkKind, Filing, Filters, Statement
from raglite.ports import FoundChunk, SparseVector
from raglite.retrieval.question import Understanding
from raglite.retrieval.ranking import legs, rank

ORCHARD = Filing(company="Orchard Mills, Inc.", form="10-K", fiscal_year=2022, period_end=date(2022, 12, 31))
DENSE = np.zeros(384, dtype=np.float32)
LEXICAL = SparseVector((1,), (1.0,))
PLAIN = Understanding(text="q", lexical="q")


def found(page: int, score: float, key: str = "a.pdf", **changes: object) -> FoundChunk:
    kind = changes.pop("kind", ChunkKind.CHUNK)
    statement = changes.pop("statement", None)
    filing = changes.pop("filing", ORCHARD)
    ordinal = changes.pop("ordinal", page)
    chunk = Chunk.model_validate(
        {
            "ordinal": ordinal,
            "kind": kind,
            "page": page,
            "text": f"{kind}{ordinal}",
            "header": "",
            "statement": statement,
        }
    )
    assert isinstance(filing, Filing)
    return FoundChunk(uuid.uuid5(uuid.NAMESPACE_URL, f"{key}{kind}{ordinal}"), key, "v1", filing, chunk, score)


def pages(ranked: list[FoundChunk]) -> list[tuple[str, int]]:
    return [(one.key, one.chunk.page) for one in ranked]


def test_each_page_is_shown_once_by_its_best_passage() -> None:
    ranked = rank([found(1, 0.02, ordinal=1), found(1, 0.03, ordinal=2), found(2, 0.01)], PLAIN, 5)
    assert [(one.chunk.page, one.chunk.ordinal) for one in ranked] == [(1, 2), (2, 2)]


def test_page_and_heading_points_add_to_their_pages_passage() -> None:
    ranked = rank([found(1, 0.02), found(2, 0.015), found(2, 0.01, kind=ChunkKind.PAGE)], PLAIN, 5)
    assert [(one.chunk.page, one.chunk.kind) for one in ranked] == [(2, ChunkKind.CHUNK), (1, ChunkKind.CHUNK)]
    assert ranked[0].score == 0.025


def test_a_page_found_only_as_a_whole_is_still_shown() -> None:
    assert [one.chunk.kind for one in rank([found(3, 0.01, kind=ChunkKind.PAGE)], PLAIN, 5)] == [ChunkKind.PAGE]


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


def test_without_a_company_every_leg_looks_everywhere() -> None:
    assert [(leg.kinds, leg.filters) for leg in legs(PLAIN, DENSE, LEXICAL)] == [
        ((ChunkKind.CHUNK,), Filters()), ((ChunkKind.CHUNK,), Filters()),
        ((ChunkKind.PAGE,), Filters()), ((ChunkKind.HEADING,), Filters()),
    ]  # fmt: skip


def test_a_named_company_keeps_weaker_legs_over_everything() -> None:
    asked = Understanding(text="q", lexical="q", companies=("Orchard Mills, Inc.",))
    found_legs = legs(asked, DENSE, LEXICAL)
    safety = [leg for leg in found_legs if leg.filters == Filters()]
    assert [leg.kinds for leg in safety] == [(ChunkKind.CHUNK,), (ChunkKind.CHUNK,)]
    assert all(leg.weight < found_legs[0].weight for leg in safety)
    assert {leg.filters.companies for leg in found_legs} == {(), ("Orchard Mills, Inc.",)}
