"""Questions with the pages that answer them, collected while documents are made."""

import json
from dataclasses import dataclass, field

from scripts.sample.markup import Asked


@dataclass
class Questions:
    """A question may be answered on several pages, of several documents: then it needs all of them."""

    asked: dict[str, Asked] = field(default_factory=dict)
    places: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def note(self, found: Asked, doc: str, page: int) -> None:
        """Note that `doc` answers a question on `page`; ValueError if an id stands for two questions, or for none."""
        known = self.asked.setdefault(found.id, found)
        if not known.text or (found.text and found != known):
            raise ValueError(f"{found.id} on page {page} of {doc} is not the question that was asked before: {known}")
        self.places.setdefault(found.id, []).append((doc, page))

    def lines(self) -> str:
        """Return them as a file of one JSON object a line, in the order in which they were first asked."""
        return "".join(json.dumps(self._row(question)) + "\n" for question in self.asked.values())

    def _row(self, question: Asked) -> dict[str, object]:
        places = self.places[question.id]
        doc = places[0][0]
        return {
            "id": question.id,
            "question": question.text,
            "answer": question.answer,
            "doc": doc,
            "evidence_pages": [page for name, page in places if name == doc],
            "evidence": [{"doc": name, "page": page} for name, page in places],
        }
