"""Values: what makes two of them the same, and what their ids are made of."""

import uuid

import pytest
from pydantic import ValidationError

from raglite.model import Answer, Chunk, ChunkKind, DocumentVersion, Filing, Page, VersionState, document_id, group_of
from tests.fakes.embedder import SPEC


def chunk(**changes: object) -> Chunk:
    return Chunk.model_validate(
        {"ordinal": 0, "kind": ChunkKind.CHUNK, "page": 1, "text": "t", "header": "h"} | changes
    )


def test_a_documents_id_is_that_of_its_key_for_ever() -> None:
    assert document_id("reports/a b+c%20é 财.pdf") == uuid.UUID("b1ccb5c1-5fa7-5f70-82ed-f2c416e02268")
    version = DocumentVersion(key="a.pdf", version_id="v1", state=VersionState.RECEIVED)
    assert version.document_id == document_id("a.pdf") != document_id("b.pdf")


@pytest.mark.parametrize(
    ("key", "group"), [("red/a.pdf", "red"), ("red/blue/a.pdf", "red"), ("a.pdf", ""), ("/a.pdf", ""), ("red/", "red")]
)
def test_a_group_is_the_first_segment_of_a_key(key: str, group: str) -> None:
    assert group_of(key) == group


def test_equal_embedding_texts_have_equal_hashes_whatever_else_differs() -> None:
    assert chunk(ordinal=0, page=1).content_hash == chunk(ordinal=9, page=2, section=("x",)).content_hash
    assert len({chunk().content_hash, chunk(text="u").content_hash, chunk(header="g").content_hash}) == 3


def test_the_header_stands_before_the_text_in_what_is_embedded() -> None:
    assert (chunk().embedding_text, chunk(header="").embedding_text) == ("h\nt", "t")


@pytest.mark.parametrize("field", list(type(SPEC).model_fields))
def test_every_part_of_an_embedding_spec_tells_it_apart(field: str) -> None:
    value = getattr(SPEC, field)
    other: object = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
    assert SPEC.model_copy(update={field: other}).digest != SPEC.digest
    assert SPEC.model_copy().digest == SPEC.digest


def test_values_refuse_unknown_fields_and_changes() -> None:
    with pytest.raises(ValidationError):
        Filing.model_validate({"firm": "Acme"})
    with pytest.raises(ValidationError):
        Filing().company = "Acme"  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize("faulty", [{"fiscal_quarter": 0}, {"fiscal_quarter": 5}])
def test_there_are_four_quarters(faulty: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Filing.model_validate(faulty)


def test_pages_are_counted_from_one() -> None:
    with pytest.raises(ValidationError):
        Page(number=0, text="")


def test_equal_answers_differ_in_timing_only() -> None:
    first = Answer(query="q", results=(), index_commit=1, took_ms=1.0, trace_id="1-a")
    second = Answer(query="q", results=(), index_commit=1, took_ms=2.0, trace_id="1-b")
    assert first != second
    assert first.without_timing() == second.without_timing()
    assert first.without_timing() != first.model_copy(update={"index_commit": 2}).without_timing()
