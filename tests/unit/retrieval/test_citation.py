"""Where a passage stands and what is shown of it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.model import Chunk, ChunkKind, Citation, Filing, document_id
from raglite.ports import FoundChunk
from raglite.retrieval.citation import cite, excerpt


def found(filing: Filing, section: tuple[str, ...] = (), version: str = "v1") -> FoundChunk:
    chunk = Chunk(ordinal=0, kind=ChunkKind.CHUNK, page=47, text="t", header="", section=section)
    return FoundChunk(uuid.UUID(int=1), "reports/a b.pdf", version, filing, chunk, 1.0)


def test_a_citation_names_document_version_page_and_place() -> None:
    filing = Filing(company="Acme Corp", form="10-K", fiscal_year=2022)
    assert cite(found(filing, ("PART II", "Consolidated Balance Sheets"), "x/y+z=")) == Citation(
        uri=f"raglite://documents/{document_id('reports/a b.pdf')}/versions/x%2Fy%2Bz%3D/pages/47",
        label="Acme Corp, 10-K FY2022, p. 47, Consolidated Balance Sheets",
    )


@pytest.mark.parametrize(
    ("filing", "label"),
    [
        (
            Filing(company="Acme Corp", form="10-Q", fiscal_year=2023, fiscal_quarter=2),
            "Acme Corp, 10-Q Q2 FY2023, p. 47",
        ),
        (Filing(), "a b.pdf, p. 47"),
    ],
)
def test_what_is_unknown_is_left_out_of_the_label(filing: Filing, label: str) -> None:
    assert cite(found(filing)).label == label


def test_a_short_text_is_shown_whole() -> None:
    assert excerpt(" Flour is sold. \n", "bran", 100) == "Flour is sold."


def test_the_lines_that_answer_are_shown() -> None:
    text = "\n".join([*["Flour is sold."] * 20, "Total inventories 52 47", *["Bran is sold."] * 20])
    shown = excerpt(text, "What were the inventories?", 60)
    assert "Total inventories 52 47" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


@given(st.text(max_size=300), st.text(max_size=30), st.integers(10, 80))
def test_an_excerpt_is_within_its_limit_and_taken_from_the_text(text: str, query: str, limit: int) -> None:
    shown = excerpt(text, query, limit)
    assert len(shown) <= limit
    assert "".join(shown.replace("…", "").split()) in "".join(text.replace("…", "").split())


def test_a_text_of_one_endless_word_is_cut() -> None:
    assert len(excerpt("x" * 100_000, "x", 200)) <= 200
