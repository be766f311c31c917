"""Questions with the pages that answer them, and the words on those pages that prove it."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """A page that answers a question. `proof` are the words on it that do."""

    doc: str
    page: int
    proof: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """Whom and which document a question is about: the company's legal name, the form and the period."""

    company: str
    form: str = ""
    period: str = ""


@dataclass(frozen=True)
class Asked:
    """A question. `needs_all` says that one page alone does not answer it.

    A question without evidence cannot be answered: none of the `absent` words stands in the documents `absent_from`
    (any document, if it is empty).
    """

    id: str
    text: str
    answer: str
    evidence: tuple[Evidence, ...]
    kind: str
    topic: Topic
    needs_all: bool = False
    absent: tuple[str, ...] = ()
    absent_from: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """Return the question as a line of questions.jsonl."""
        doc = self.evidence[0].doc if self.evidence else ""
        return {
            "id": self.id,
            "question": re.sub(r"(?<=s)'s\b", "'", self.text),  # Marlow Industries' sales
            "answer": self.answer,
            "doc": doc,
            "evidence_pages": [place.page for place in self.evidence if place.doc == doc],
            "evidence": [{"doc": place.doc, "page": place.page} for place in self.evidence],
            "evidence_mode": "all_needed" if self.needs_all else "any_sufficient",
            "evidence_text": [{"doc": e.doc, "page": e.page, "text": "\n".join(e.proof)} for e in self.evidence],
            "question_type": self.kind,
            "answerable": bool(self.evidence),
            "absent": list(self.absent),
            "absent_from": list(self.absent_from),
            "company": self.topic.company,
            "company_named": True,
            "doc_type": self.topic.form,
            "doc_period": self.topic.period,
            "source": "generated",
        }


def lines(asked: Iterable[Asked]) -> str:
    """Return questions as a file of one JSON object a line."""
    return "".join(json.dumps(question.row(), ensure_ascii=False) + "\n" for question in asked)


def distinct(asked: Sequence[Asked]) -> list[Asked]:
    """Return the questions without those whose words were asked before; ValueError if an id stands for two."""
    kept = list({question.text: question for question in reversed(asked)}.values())[::-1]
    if len({question.id for question in kept}) < len(kept):
        raise ValueError("Two questions have the same id: name what tells them apart in it.")
    return kept
