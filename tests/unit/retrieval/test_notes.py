"""What an answer says of the documents behind it: unread pages, and a newer version that could not be indexed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.ingestion.synchronize import synchronize
from raglite.model import Answer, FigureAnswer, Filters, NotIndexed, ParsedDocument, VersionState
from raglite.retrieval.figures.finder import FigureRequest
from raglite.retrieval.figures.query import FigureQuery
from raglite.retrieval.notes import MOST_RUNS, _runs
from raglite.retrieval.query import Retriever, query
from raglite.retrieval.requests import Question
from tests.fakes.parser import BROKEN, FakeParser, report
from tests.fakes.services import ANALYST, POLICY, World
from tests.fakes.watched import Watched
from tests.unit.retrieval.stated import statements

KEY = "red/mills.pdf"
UNREAD = "(unread)"
WHOLE = report("Orchard Mills, Inc.", 2022, "Revenue was 100 million.")
PARTIAL = report("Orchard Mills, Inc.", 2022, "Revenue was 100 million.", UNREAD, "Debt was 7.", UNREAD)
NOTE = (
    f"Orchard Mills, Inc., 10-K FY2022, {KEY}: 2 of 5 pages of this document could not be read and are not searched: "
    "3, 5."
)


def recorded(world: World, version_id: str, chunks: int) -> None:
    """Let the registry say that a version has so many points."""
    record = world.registry.records[KEY, version_id]
    world.registry.records[KEY, version_id] = record.model_copy(update={"chunks": chunks})


class HalfBlindParser(FakeParser):
    """Does not get at the pages that say UNREAD."""

    def parse(self, path: Path, name: str) -> ParsedDocument:
        parsed = super().parse(path, name)
        read = [page for page in parsed.pages if page.text != UNREAD]
        failed = [page.number for page in parsed.pages if page.text == UNREAD]
        return parsed.model_copy(update={"pages": tuple(read), "pages_failed": tuple(failed)})


@pytest.fixture
def world() -> World:
    return World(parser=HalfBlindParser())


def ask(world: World, text: str = "What was revenue?", as_of: str | None = None, **limits: object) -> Answer:
    filters = Filters.model_validate(limits)
    return query(Question(query=text, as_of=as_of, filters=filters), world.services(), ANALYST)


def test_a_partial_document_is_flagged_in_every_result_and_noted_once(world: World) -> None:
    world.ingest(KEY, PARTIAL)
    world.ingest("lines.pdf", report("Harbor Lines, Inc.", 2022, "Revenue was 3 million."))
    answer = ask(world)
    flags = {(r.document.key, r.document.pages_total, r.document.pages_missing) for r in answer.results}
    assert flags == {(KEY, 5, (3, 5)), ("lines.pdf", 2, ())}
    assert len([result for result in answer.results if result.document.key == KEY]) > 1
    assert answer.notes == (NOTE,)


def test_abstaining_names_the_unread_pages_of_the_company_asked_about_though_nothing_of_it_is_cited(
    world: World,
) -> None:
    world.ingest(KEY, PARTIAL)
    world.ingest("lines.pdf", report("Harbor Lines, Inc.", 2022, "Revenue was 3 million."))
    world.index.discard(KEY, "v1")  # as if the page with the answer were not read
    recorded(world, "v1", 0)
    asked = "Is Zebediah Quux with {}?"
    assert ask(world, asked.format("Orchard Mills")).notes == (NOTE,)
    for text, limits in (
        (asked.format("Orchard Mills"), {"forms": ("10-Q",)}),  # what the caller leaves out is not missed
        (asked.format("Harbor Lines"), {}),
        (asked.format("us"), {}),
    ):
        answer = ask(world, text, **limits)
        assert (answer.abstained, answer.notes) == (True, ())


def test_where_an_answer_is_found_other_documents_unread_pages_are_no_matter(world: World) -> None:
    world.ingest(KEY, PARTIAL)
    world.ingest("red/seals.pdf", report("Orchard Mills, Inc.", 2023, "The seal is vermilion, the seal is round."))
    question = Question(query="Which colour is the vermilion seal of Orchard Mills?", top_k=1)
    answer = query(question, world.services(), ANALYST)
    assert [result.document.key for result in answer.results] == ["red/seals.pdf"]
    assert (answer.abstained, answer.withheld, answer.notes) == (False, (), ())


def test_a_document_that_only_a_figure_is_taken_from_is_noted_too(world: World) -> None:
    version = world.ingest(KEY, PARTIAL)
    world.documents.save_figures(KEY, version.version_id, statements())
    cover = next(identity for identity, one in world.index.stored.items() if one.point.chunk.page == 1)
    world.index.stored = {cover: world.index.stored[cover]}
    recorded(world, version.version_id, 1)
    world.ingest("red/words.pdf", report("Orchard Mills, Inc.", 2022, "Revenue is revenue."))
    question = Question(query="What was the revenue of Orchard Mills in fiscal 2022?", top_k=1)
    answer = query(question, world.services(), ANALYST)
    assert [result.document.key for result in answer.results] == ["red/words.pdf"]
    assert (len(answer.figures), answer.notes) == (1, (NOTE,))


def test_a_partial_document_of_another_group_is_not_told_of(world: World) -> None:
    world.ingest(KEY, PARTIAL)
    stranger = type(ANALYST)("blue", ANALYST.scopes, ("blue",))
    assert query("What was the goodwill of Orchard Mills?", world.services(), stranger).notes == ()


def test_figures_tell_of_unread_pages_where_they_rest_on_them_and_where_one_is_withheld(world: World) -> None:
    version = world.ingest(KEY, PARTIAL)
    world.documents.save_figures(KEY, version.version_id, statements())
    given, withheld = figure(world, "revenue"), figure(world, "goodwill")
    assert (len(given.figures), given.notes) == (1, (NOTE,))
    assert (len(withheld.withheld), withheld.notes) == (1, (NOTE,))


def figure(world: World, metric: str) -> FigureAnswer:
    retriever = Retriever(world.services())
    request = FigureRequest(company="Orchard Mills", metric=metric, period="FY2022")
    return FigureQuery(world.services(), retriever.catalog, retriever.figures, retriever.wholeness).answer(
        request, ANALYST
    )


def test_a_version_that_was_published_after_the_records_were_listed_is_flagged_all_the_same(world: World) -> None:
    world.ingest(KEY, WHOLE)
    calls: list[str] = []
    retriever = Retriever(world.services(registry=Watched(world.registry, calls.append)))
    retriever.query("What was revenue?", ANALYST)
    world.ingest(KEY, PARTIAL)
    calls.clear()
    answer = retriever.query("What was revenue?", ANALYST)
    assert {result.document.pages_missing for result in answer.results} == {(3, 5)}
    assert answer.notes == (NOTE,)
    assert (calls.count("documents"), calls.count("find")) == (0, 1)


def test_what_the_registry_does_not_know_is_cited_without_flags(world: World) -> None:
    world.ingest(KEY, PARTIAL)
    world.registry.records.clear()
    first = ask(world).results[0].document
    assert first.company == "Orchard Mills, Inc."
    assert (first.superseded, first.pages_total, first.pages_missing, first.newer) == (False, 0, (), None)


# --- a newer version that could not be indexed --------------------------------------------------------------------


def test_an_older_version_says_that_a_newer_one_could_not_be_indexed_and_why(world: World) -> None:
    old = world.ingest(KEY, WHOLE).version_id
    then = world.clock.now().isoformat()
    new = world.ingest(KEY, BROKEN)
    answer = ask(world)
    sentence = f"{KEY} cannot be read: save it anew and upload it again."
    assert {(result.document.version_id, result.document.newer) for result in answer.results} == {
        (
            old,
            NotIndexed(version_id=new.version_id, uploaded=new.last_modified, reason="unreadable", sentence=sentence),
        )
    }
    (note,) = answer.notes
    assert note == (
        f"Orchard Mills, Inc., 10-K FY2022, {KEY}: a newer version of 2026-01-01T00:00:02Z could not be indexed "
        f"(unreadable), so that the version before it is answered from. {sentence}"
    )
    assert ask(world, as_of=then).notes == ()


def test_a_broken_version_that_was_mended_since_is_told_of_only_as_of_then(world: World) -> None:
    world.ingest(KEY, WHOLE)
    world.ingest(KEY, BROKEN)
    then = world.clock.now().isoformat()
    world.ingest(KEY, WHOLE)
    assert ask(world).notes == ()
    assert ["unreadable" in note for note in ask(world, as_of=then).notes] == [True]


def test_of_several_broken_versions_the_newest_is_told_of_even_if_the_bucket_dates_them_alike(world: World) -> None:
    world.ingest(KEY, WHOLE)
    world.ingest(KEY, BROKEN)
    newest = world.ingest(KEY, b"").version_id
    same_second = {
        identity: one.model_copy(update={"uploaded": world.clock.now()})
        for identity, one in world.registry.records.items()
        if one.state in {VersionState.SEARCHABLE, VersionState.QUARANTINED}
    }
    assert len(same_second) == 2
    world.registry.records |= same_second
    newer = ask(world).results[0].document.newer
    assert newer is not None
    assert (newer.version_id, newer.reason) == (newest, "empty")


def test_a_version_that_can_no_longer_be_indexed_is_not_newer_than_itself(world: World) -> None:
    world.ingest(KEY, WHOLE)
    then = world.clock.now().isoformat()
    world.clock.advance(1)
    world.documents.bodies[KEY, "v1"] = BROKEN
    world.documents.parsed.clear()
    world.index.stored.popitem()  # so that it is indexed again
    synchronize(KEY, world.services(), POLICY)
    assert world.states(KEY) == {"v1": VersionState.QUARANTINED}
    answer = ask(world, as_of=then)
    assert {result.document.version_id for result in answer.results} == {"v1"}
    assert answer.notes == ()


def test_a_version_that_was_mended_after_the_records_were_listed_is_flagged_as_it_is_now(world: World) -> None:
    world.ingest(KEY, WHOLE)
    world.ingest(KEY, BROKEN)
    retriever = Retriever(world.services())
    assert "could not be indexed" in retriever.query("What was revenue?", ANALYST).notes[0]
    (broken,) = (one for one in world.registry.history(KEY) if one.state is VersionState.QUARANTINED)
    world.registry.record(broken.model_copy(update={"state": VersionState.RECEIVED, "reason": None}))
    world.documents.bodies[KEY, broken.version_id] = PARTIAL
    synchronize(KEY, world.services(), POLICY)
    world.clock.advance(1)
    answer = retriever.query("What was revenue?", ANALYST)
    assert {result.document.version_id for result in answer.results} == {broken.version_id}
    assert answer.notes == (NOTE,)


# --- pages in a sentence ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pages", "shown"),
    [((7,), "7"), ((7, 8, 40), "7, 8, 40"), ((1, 2, 3, 9), "1-3, 9"), (tuple(range(1, 121)), "1-120")],
)
def test_pages_are_listed_as_people_write_them(pages: tuple[int, ...], shown: str) -> None:
    assert _runs(pages) == shown


@given(st.sets(st.integers(1, 3000)).map(sorted))
def test_a_list_of_pages_says_which_and_stays_short(pages: list[int]) -> None:
    shown = _runs(pages)
    listed = [part for part in shown.split(", ") if part and part != "..."]
    spans = [range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1) for part in listed]
    told = [page for span in spans for page in span]
    assert told == pages[: len(told)]
    assert (told == pages) == (not shown.endswith("..."))
    assert len(listed) <= 2 * MOST_RUNS
