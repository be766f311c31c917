"""A golden question must not come to be answered otherwise by what others write."""

from dataclasses import dataclass, field
from typing import Any

from raglite import model
from raglite.model import DocumentVersion, VersionState
from raglite.ports.drills import Reply
from raglite.recovery.drills.golden import Golden, about_what_is_there
from tests.fakes.registry import FakeRegistry

KEY = "a.pdf"


@dataclass
class Door:
    """Answers every question in the words of a document by these scores, the first of which are of a quotation."""

    quoted: list[dict[int, float]]  # score by page, one of these after the other
    asked: list[str] = field(default_factory=list)

    def ask(self, question: str, document_id: str | None = None, key: str | None = None) -> Reply:  # noqa: ARG002  the port's
        scores = {1: 2.0, 2: 1.0}
        if self.asked:
            scores = self.quoted[(len(self.asked) - 1) % len(self.quoted)]
        self.asked.append(question)
        best = sorted(scores, key=lambda page: -scores[page])
        return Reply(200, {"results": [_result(str(document_id), page, scores[page]) for page in best]})


def _result(document: str, page: int, score: float) -> dict[str, Any]:
    words = " ".join(f"{page}-{n}" for n in range(100))
    return {
        "document": {"id": document, "key": KEY, "version_id": "v1"},
        "page": page,
        "excerpt": words,
        "score": score,
    }


def golden(*quoted: dict[int, float]) -> list[Golden]:
    registry = FakeRegistry()
    registry.record(DocumentVersion(key=KEY, version_id="v1", state=VersionState.RECEIVED))
    registry.records[KEY, "v1"] = registry.records[KEY, "v1"].model_copy(
        update={"state": VersionState.SEARCHABLE, "chunks": 2, "committed": 1}
    )
    registry.number = 1
    return about_what_is_there(Door(list(quoted)), registry, "drill/")


def test_a_passage_that_leads_clearly_is_asked_for_by_words_from_its_middle() -> None:
    (kept,) = golden({1: 9.0, 2: 3.0})
    assert (kept.expected.document_id, kept.expected.page) == (str(model.document_id(KEY)), 1)
    assert " ".join(f"1-{n}" for n in range(36, 64)) in kept.question
    assert "1-35 " not in kept.question


def test_one_that_leads_by_a_hair_is_left_out() -> None:
    assert golden({1: 9.0, 2: 8.9}) == []


def test_one_that_does_not_come_first_in_its_own_words_is_left_out() -> None:
    assert golden({1: 3.0, 2: 9.0}) == []


def test_one_that_is_not_answered_the_same_way_twice_is_left_out() -> None:
    assert golden({1: 9.0, 2: 3.0}, {1: 3.0, 2: 9.0}) == []
