"""Fingerprints change with whatever may change a score, and with nothing else."""

import pytest

from raglite.errors import InvalidRequest
from raglite.evaluation.corpus import Corpus, digest, named, questions_sha256
from raglite.model import VersionState
from tests.unit.evaluation.made import documents, question, version

A, B = version("a.pdf"), version("b.pdf")
ASKED = question("a", 1, answer="5")


def test_the_same_documents_have_one_fingerprint_wherever_and_in_whatever_order_they_lie() -> None:
    moved = named([B.model_copy(update={"key": "x7", "version_id": "other"}), A], {"x7": "folder/B.PDF"})
    elsewhere = documents().model_copy(update={"documents": moved})
    assert elsewhere.contents_sha256 == documents(A, B).contents_sha256
    assert elsewhere.state_sha256([3]) != documents(A, B).state_sha256([3])


@pytest.mark.parametrize(
    "other",
    [
        documents(A),
        documents(A, B.model_copy(update={"content_sha256": "other"})),
        documents(A, B.model_copy(update={"state": VersionState.QUARANTINED})),
        documents(A, B, embedding="e5"),
    ],
)
def test_another_corpus_has_another_fingerprint(other: Corpus) -> None:
    assert other.contents_sha256 != documents(A, B).contents_sha256


def test_a_state_is_one_commit_of_one_corpus() -> None:
    found = documents(A, B)
    assert found.state_sha256([3]) == documents(B, A).state_sha256([3, 3])
    assert found.state_sha256([3]) != found.state_sha256([4])


def test_two_documents_of_one_name_are_refused_unless_one_is_gone() -> None:
    twin = version("other/A.pdf")
    with pytest.raises(InvalidRequest, match=r"a.pdf and other/A.pdf are both called a: .* --names"):
        documents(A, twin)
    assert list(documents(A, twin.model_copy(update={"state": VersionState.QUARANTINED})).searchable) == ["a"]


@pytest.mark.parametrize(
    "change",
    [
        {"question": "What else?"},
        {"evidence_pages": (2,)},
        {"doc": "other.pdf"},
        {"answer": "6"},
        {"evidence_mode": "any_sufficient"},
        {"answerable": False},
    ],
)
def test_whatever_makes_a_question_easier_changes_its_digest(change: dict[str, object]) -> None:
    changed = ASKED.model_copy(update=change)
    assert digest(changed) != digest(ASKED)
    assert questions_sha256([changed]) != questions_sha256([ASKED])


def test_order_and_labels_of_questions_do_not_matter() -> None:
    more = question("b", 2)
    labelled = ASKED.model_copy(update={"source": "elsewhere", "question_type": "hard"})
    assert questions_sha256([ASKED, more]) == questions_sha256([more, labelled])
