"""Questions with their gold pages, and what a run of them found. Both are files of one JSON object a line.

A page is the 1-based physical page. Of a document only the base name without .pdf counts, whatever its case.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from raglite.errors import InvalidRequest
from raglite.model import Frozen

Place = tuple[str, int]  # a document's bare name and a page
Line = TypeVar("Line", bound=BaseModel)
SHOWN = 5  # ids in an error sentence


class RankedPage(Frozen):
    """One page of one document."""

    doc: str
    page: int

    @property
    def place(self) -> Place:
        """What makes two pages the same."""
        return bare(self.doc), self.page


class RunLine(Frozen):
    """What one question found, best first. `citations` are the pages that its answer cites, where it has one."""

    id: str
    ranked: tuple[RankedPage, ...] = ()
    latency_ms: float | None = None
    citations: tuple[RankedPage, ...] | None = None
    abstained: bool | None = None


class GoldPage(RankedPage):
    """A page that answers a question; what else stands beside it is not ours."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Question(BaseModel):
    """A question and its gold pages, as `evidence` or as `doc` with `evidence_pages`; other fields are not ours."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    evidence: tuple[GoldPage, ...] = ()
    doc: str = ""
    evidence_pages: tuple[int, ...] = ()
    evidence_mode: Literal["all_needed", "any_sufficient"] = "all_needed"
    answerable: bool = True

    @property
    def gold(self) -> frozenset[Place]:
        """The pages that answer the question; InvalidRequest if it is answerable and names none."""
        pages = [page.place for page in self.evidence] or [(bare(self.doc), page) for page in self.evidence_pages]
        if self.answerable and not pages:
            raise InvalidRequest(f"Question {self.id} names no gold page: give it `evidence` or `answerable: false`.")
        return frozenset(pages)


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
        raise InvalidRequest(f"The run answers questions that were not asked: {_some(unknown)}.")
    return unique(lines)


def unique(lines: Iterable[Line]) -> list[Line]:
    """Return questions or run lines, or InvalidRequest if an id occurs twice."""
    kept = list(lines)
    twice = [found for found, times in Counter(getattr(line, "id", None) for line in kept).items() if times > 1]
    if twice:
        raise InvalidRequest(f"These ids occur more than once: {_some(twice)}. Keep one line for each.")
    return kept


def _some(ids: Sequence[Any]) -> str:
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
