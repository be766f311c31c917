"""Versions of one document through the real estate: replaced, deleted, brought back, and asked about as of then."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from reportlab.pdfgen.canvas import Canvas

from raglite.model import document_id
from tests.integration.estate import Estate, eventually
from tests.integration.journal import Journal

COLOURS = ("vermilion", "turquoise", "ochre", "magenta")
PAGES = 4
ASKERS = 4
TASKS = 2  # of the service, which answer in turn
ANSWERED = 120  # seconds from an upload until it is answered from, task start included
LISTED = 10  # seconds until a task has listed the registry again
FEWEST_ANSWERS = 50

pytestmark = pytest.mark.timeout(1200)


def report(name: str, colour: str) -> bytes:
    """Return a PDF each page of which says of which colour this version is."""
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in range(1, PAGES + 1):
        canvas.drawString(72, 700, f"{name} annual report for fiscal 2022, part {page}.")
        canvas.drawString(72, 680, f"The colour of the auditor's seal on part {page} is {colour}.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@dataclass(frozen=True)
class Seen:
    """One answer: when its question was put and when it came, at which commit number, from which versions."""

    asked: datetime
    came: datetime
    commit: int
    versions: frozenset[str]
    colours: frozenset[str]


@dataclass(frozen=True)
class Paper:
    """One document and the question about it."""

    estate: Estate
    key: str
    name: str

    def ask(self, as_of: str | None = None) -> dict[str, Any]:
        body = {
            "query": f"What is the colour of the auditor's seal of {self.name}?",
            "top_k": 2 * PAGES,
            "filters": {"document_ids": [str(document_id(self.key))]},
            "as_of": as_of,
        }
        response = self.estate.post("/api/query", body)
        assert response.status_code == 200, response.text
        return response.json()

    def look(self, as_of: str | None = None) -> Seen:
        asked = datetime.now(UTC)
        answer = self.ask(as_of)
        text = " ".join(result["excerpt"] for result in answer["results"])
        return Seen(
            asked,
            datetime.now(UTC),
            answer["index_commit"],
            frozenset(result["document"]["version_id"] for result in answer["results"]),
            frozenset(colour for colour in COLOURS if colour in text),
        )

    def put(self, colour: str) -> str:
        """Upload a version and wait until it is answered from."""
        version = self.estate.put(self.key, report(self.name, colour))
        eventually(by_every_task(lambda: self.look().versions == {version}), ANSWERED, f"{colour} answered from")
        return version

    def delete(self) -> str:
        """Delete the document and wait until it is not answered from any more."""
        marker = self.estate.delete(self.key)
        eventually(by_every_task(lambda: not self.look().versions), ANSWERED, "the deleted document gone")
        return marker


@dataclass
class Askers:
    """Threads that ask without a pause."""

    paper: Paper
    seen: list[Seen] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)
    _enough: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def asking(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask) for _ in range(ASKERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._enough.set()
            for thread in threads:
                thread.join(60)

    def _ask(self) -> None:
        while not self._enough.is_set():
            try:
                self.seen.append(self.paper.look())
            except (AssertionError, httpx.HTTPError, KeyError, ValueError) as error:
                self.failed.append(error)


def test_while_a_document_is_replaced_and_deleted_every_answer_is_from_exactly_one_version(
    estate: Estate, journal: Journal
) -> None:
    paper = Paper(estate, "versions/turnstile.pdf", "Turnstile Holdings")
    versions = {paper.put(COLOURS[0]): COLOURS[0]}
    askers = Askers(paper)
    with journal.phase("ask while a document is replaced and deleted"), askers.asking():
        versions |= {paper.put(colour): colour for colour in COLOURS[1:]}
        deleting = datetime.now(UTC)
        paper.delete()
        deleted = datetime.now(UTC)
    seen = sorted(askers.seen, key=lambda one: one.commit)
    journal.sections.setdefault("measures", {})["answers while a document was replaced and deleted"] = len(seen)
    assert askers.failed == []
    assert len(seen) >= FEWEST_ANSWERS
    assert {len(one.versions) for one in seen if one.came < deleting} == {1}
    assert [one for one in seen if one.colours != {versions[version] for version in one.versions}] == []
    by_commit = defaultdict(set)
    for one in seen:
        by_commit[one.commit].add(one.versions)
    assert [commit for commit, found in by_commit.items() if len(found) > 1] == []
    in_turn = list(dict.fromkeys(one.versions for one in seen))
    assert in_turn == [*({version} for version in versions), frozenset()]
    # The number an answer is read at is a second old at most.
    assert [one for one in seen if one.versions and (one.asked - deleted).total_seconds() > 2] == []


def test_as_of_a_noted_time_the_version_of_then_is_answered_from(estate: Estate) -> None:
    paper = Paper(estate, "versions/waypoint.pdf", "Waypoint Industries")
    before = now()
    first = paper.put(COLOURS[0])
    of_first = now()
    second = paper.put(COLOURS[1])
    of_second = now()
    marker = paper.delete()
    of_none = now()
    estate.erase(paper.key, marker)
    back = by_every_task(lambda: paper.look().versions == {second})
    eventually(back, ANSWERED, "the document back without its delete marker")
    seen = {moment: paper.look(moment).versions for moment in (before, of_first, of_second, of_none, None)}
    assert seen == {before: set(), of_first: {first}, of_second: {second}, of_none: set(), None: {second}}
    past = paper.ask(of_first)
    assert {result["document"]["superseded"] for result in past["results"]} == {True}
    assert all("superseded since)" in result["citation"]["label"] for result in past["results"])
    assert all(f"/versions/{first}/" in result["citation"]["uri"] for result in past["results"])

    def current() -> bool:
        return {result["document"]["superseded"] for result in paper.ask(of_second)["results"]} == {False}

    eventually(by_every_task(current), LISTED, "the document that came back called current")


def test_as_of_a_time_whose_version_is_erased_since_the_answer_says_so(estate: Estate) -> None:
    paper = Paper(estate, "versions/erasure.pdf", "Palimpsest Partners")
    first = paper.put(COLOURS[0])
    then = now()
    second = paper.put(COLOURS[1])
    assert paper.ask(then)["erased"] == []
    estate.erase(paper.key, first)

    def gone() -> bool:
        return [one["version_id"] for one in paper.ask(then)["erased"]] == [first]

    eventually(by_every_task(gone), ANSWERED, "the erased version named")
    answer = paper.ask(then)
    assert answer["results"] == []
    assert first in " ".join(answer["notes"])
    assert paper.look().versions == {second}


def by_every_task(holds: Callable[[], bool]) -> Callable[[], bool]:
    """Ask so often that every task of the service answers: each learns of a commit within a second by itself."""
    return lambda: all(holds() for _ in range(2 * TASKS))


def now() -> str:
    return datetime.now(UTC).isoformat()
