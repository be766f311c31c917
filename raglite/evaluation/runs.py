"""Questions with their gold pages, and what a run of them found. Both are files of one JSON object a line.

A page is the 1-based physical page. Of a document only the base name without .pdf counts, whatever its case.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from raglite.errors import InvalidRequest
from raglite.model import Figure, Frozen, Withheld

Place = tuple[str, int]  # a document's bare name and a page
Line = TypeVar("Line", bound=BaseModel)
SHOWN = 5  # ids in an error sentence


class RankedPage(Frozen):
    """One page of one document, and how the answer showed it."""

    doc: str
    page: int
    label: str | None = None
    excerpt: str | None = None
    why: dict[str, float] | None = None  # the parts that its score is the sum of

    @property
    def place(self) -> Place:
        """What makes two pages the same."""
        return bare(self.doc), self.page


class RunLine(Frozen):
    """What one question found, best first. `citations` are the pages that its answer rests on, where it has one.

    `latency_ms` is what the asker waited, `took_ms` what the service says it needed. `failed` says why there is no
    answer.
    """

    id: str
    ranked: tuple[RankedPage, ...] = ()
    latency_ms: float | None = None
    citations: tuple[RankedPage, ...] | None = None
    abstained: bool | None = None
    abstained_because: str | None = None
    figures: tuple[Figure, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    interpreted_as: dict[str, Any] | None = None
    index_commit: int | None = None
    took_ms: float | None = None
    failed: str | None = None


class Passage(BaseModel):
    """The words of a gold page that the question's author pointed at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    page: int
    text: str


class GoldPage(RankedPage):
    """A page that answers a question; what else stands beside it is not ours."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Question(BaseModel):
    """A question and its gold pages, as `evidence` or as `doc` with `evidence_pages`; other fields are not ours."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: str
    question: str = ""
    answer: str | None = None
    unit: str | None = None  # of the answer, where it is a number: "USD millions", "percent" ...
    evidence: tuple[GoldPage, ...] | None = None
    doc: str | None = None
    evidence_pages: tuple[int, ...] | None = None
    evidence_text: tuple[Passage, ...] | None = None
    evidence_mode: Literal["all_needed", "any_sufficient"] = "all_needed"
    answerable: bool = True
    doc_type: str | None = None
    question_type: str | None = None
    source: str | None = None
    company_named: bool | None = None

    @property
    def gold_pages(self) -> tuple[RankedPage, ...]:
        """The pages that answer the question, as the file names them."""
        return self.evidence or tuple(RankedPage(doc=self.doc or "", page=page) for page in self.evidence_pages or ())

    @property
    def gold(self) -> frozenset[Place]:
        """The same pages as places; InvalidRequest if it is answerable and names none."""
        pages = self.gold_pages
        if self.answerable and not pages:
            raise InvalidRequest(f"Question {self.id} names no gold page: give it `evidence` or `answerable: false`.")
        return frozenset(page.place for page in pages)


def bare(doc: str) -> str:
    """Return the base name without .pdf, in lower case."""
    return doc.rpartition("/")[2].strip().lower().removesuffix(".pdf")


def read_questions(path: Path) -> list[Question]:
    """Return a file's questions; InvalidRequest names the line that is none, or the ids that occur twice."""
    return unique(_lines(path, Question))


def read_run(path: Path, questions: Iterable[Question]) -> list[RunLine]:
    """Return a run of these questions; InvalidRequest names the line that is none, and ids twice or unknown."""
    return checked(_lines(path, RunLine), questions)


def write_run(path: Path, lines: Iterable[RunLine]) -> None:
    """Write a run file; InvalidRequest if an id occurs twice."""
    text = "".join(line.model_dump_json(exclude_none=True) + "\n" for line in unique(list(lines)))
    path.write_text(text, encoding="utf-8")


def checked(lines: Sequence[RunLine], questions: Iterable[Question]) -> list[RunLine]:
    """Return the lines, or InvalidRequest if an id occurs twice or belongs to no question."""
    asked = {question.id for question in questions}
    unknown = [line.id for line in lines if line.id not in asked]
    if unknown:
        raise InvalidRequest(f"The run answers questions that were not asked: {some(unknown)}.")
    return unique(lines)


def unique(lines: Iterable[Line]) -> list[Line]:
    """Return questions or run lines, or InvalidRequest if an id occurs twice."""
    kept = list(lines)
    twice = [found for found, times in Counter(getattr(line, "id", None) for line in kept).items() if times > 1]
    if twice:
        raise InvalidRequest(f"These ids occur more than once: {some(twice)}. Keep one line for each.")
    return kept


def some(ids: Sequence[Any]) -> str:
    """Return the first few of a list for a sentence, and how many more there are."""
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return ", ".join(map(str, ids[:SHOWN])) + more


def _lines(path: Path, kind: type[Line]) -> list[Line]:
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            try:
                found.append(kind.model_validate_json(line))
            except ValidationError as error:
                fault = error.errors()[0]
                where = ".".join(map(str, fault["loc"])) or "the line"
                raise InvalidRequest(f"{path}, line {number}: {where}: {fault['msg']}.") from error
    return found
