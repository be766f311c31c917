"""Looking documents up: the list in parts, outlines and pages, each as one principal sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import InvalidRequest, NotFound
from raglite.ingestion.synchronize import synchronize
from raglite.model import Block, BlockKind, DocumentVersion, OutlinedHeading, Page, VersionState
from raglite.ports import Principal
from raglite.retrieval.catalog import Catalog
from raglite.retrieval.library import PAGE_CHARACTERS, Library, ListRequest, OutlineRequest, PageRequest
from raglite.retrieval.outlining import MOST_HEADINGS, shallowest
from raglite.retrieval.paging import part
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import ANALYST, POLICY, World

RED = Principal("red", frozenset({"read"}), ("red",))


@pytest.fixture
def world() -> World:
    made = World()
    made.ingest("red/orchard.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt."))
    made.ingest("blue/harbor.pdf", report("Harbor Lines, Inc.", 2022, "Revenue was 5 million."))
    made.clock.advance(60)
    return made


@pytest.fixture
def library(world: World) -> Library:
    services = world.services()
    return Library(services, Catalog(services.registry, services.clock))


def keys(library: Library, principal: Principal = ANALYST, **request: object) -> list[str]:
    return [one.key for one in library.documents(ListRequest.model_validate(request), principal).documents]


def test_documents_are_listed_as_the_principal_sees_them(library: Library) -> None:
    assert keys(library) == ["blue/harbor.pdf", "red/orchard.pdf"]
    assert keys(library, RED) == ["red/orchard.pdf"]
    assert library.documents(ListRequest(), RED).total == 1


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ({"company": "orchard"}, ["red/orchard.pdf"]),
        ({"company": " HARBOR lines "}, ["blue/harbor.pdf"]),
        ({"company": "nobody"}, []),
        ({"fiscal_year": 2022}, ["blue/harbor.pdf"]),
        ({"form": "10-k"}, ["blue/harbor.pdf", "red/orchard.pdf"]),
        ({"form": "8-K"}, []),
    ],
)
def test_a_list_is_narrowed_by_what_the_documents_say_they_are(
    library: Library, request_: dict[str, object], found: list[str]
) -> None:
    assert keys(library, **request_) == found


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_part_of_no_size_or_of_too_large_a_one_is_refused(library: Library, limit: int) -> None:
    with pytest.raises(InvalidRequest, match=f"limit is {limit}; ask for 1 to 200"):
        library.documents(ListRequest(limit=limit), ANALYST)


def record(number: int) -> DocumentVersion:
    return DocumentVersion(key=f"k{number:03}", version_id="v", state=VersionState.SEARCHABLE)


@given(total=st.integers(0, 40), limit=st.integers(1, 12), gone=st.sets(st.integers(0, 39)))
def test_parts_show_every_document_once_whatever_disappears_meanwhile(total: int, limit: int, gone: set[int]) -> None:
    every = [record(number) for number in range(total)]
    left = [record(number) for number in range(total) if number not in gone]
    seen, cursor = part(every, limit, None)
    shown = [one.key for one in seen]
    while cursor:
        seen, cursor = part(left, limit, cursor)
        shown += [one.key for one in seen]
    assert len(shown) == len(set(shown))
    assert {one.key for one in left} <= set(shown)


def test_a_page_is_shown_with_its_citation_and_its_neighbours(library: Library) -> None:
    seen = library.page(PageRequest(document="red/orchard.pdf", page=2), ANALYST)
    assert seen.text == "Revenue was 200 million."
    assert seen.citation == "Orchard Mills, Inc., 10-K FY2023, p. 2"
    assert seen.uri == f"{seen.document.uri}/pages/2"
    assert (seen.previous_page, seen.next_page, seen.pages_total) == (1, 3, 3)
    by_id = library.page(PageRequest(document=str(seen.document.id), page=2), ANALYST)
    assert by_id == seen


def test_a_long_page_comes_in_parts_that_make_the_whole(world: World, library: Library) -> None:
    text = "".join(f"Line {number} of many.\n" for number in range(4000))
    world.ingest("red/long.pdf", b"Short.")
    (found,) = world.registry.history("red/long.pdf")
    parsed = world.documents.load_parsed(found.key, found.version_id)
    long = parsed.model_copy(update={"pages": (Page(number=1, text=text),)})
    world.documents.save_parsed(found.key, found.version_id, long)
    world.clock.advance(60)
    offset: int | None = 0
    got = ""
    while offset is not None:
        seen = library.page(PageRequest(document="red/long.pdf", page=1, offset=offset), ANALYST)
        assert len(seen.text) <= PAGE_CHARACTERS
        got, offset = got + seen.text, seen.next_offset
    assert got == text
    assert seen.characters == len(text)
    with pytest.raises(InvalidRequest, match="page 1 has"):
        library.page(PageRequest(document="red/long.pdf", page=1, offset=len(text) + 1), ANALYST)


@pytest.mark.parametrize(("page", "sentence"), [(0, "no page 0"), (4, "from 1 to 3"), (-1, "no page -1")])
def test_a_page_that_there_is_not_is_said_to_be_none(library: Library, page: int, sentence: str) -> None:
    with pytest.raises(NotFound, match=sentence):
        library.page(PageRequest(document="red/orchard.pdf", page=page), ANALYST)


def test_what_a_principal_may_not_see_is_refused_in_the_words_for_what_there_is_not(library: Library) -> None:
    for name in ("blue/harbor.pdf", "nothing.pdf"):
        with pytest.raises(NotFound) as refused:
            library.page(PageRequest(document=name, page=1), RED)
        assert str(refused.value) == f"There is no document {name!r} to look into: list_documents lists what there is."
        with pytest.raises(NotFound, match="There is no document"):
            library.outline(OutlineRequest(document=name), RED)


def test_an_older_version_is_shown_if_it_is_named_and_the_newest_if_none_is(world: World, library: Library) -> None:
    first = world.documents.versions("red/orchard.pdf")[0].version_id
    world.ingest("red/orchard.pdf", report("Orchard Mills, Inc.", 2023, "Restated."))
    world.clock.advance(60)
    assert library.page(PageRequest(document="red/orchard.pdf", page=2), ANALYST).text == "Restated."
    then = library.page(PageRequest(document="red/orchard.pdf", page=2, version_id=first), ANALYST)
    assert then.text == "Revenue was 200 million."
    with pytest.raises(NotFound, match="never answered from in version 'v999'"):
        library.page(PageRequest(document="red/orchard.pdf", page=2, version_id="v999"), ANALYST)


def test_a_document_that_could_not_be_indexed_says_why(world: World, library: Library) -> None:
    world.ingest("red/broken.pdf", BROKEN)
    world.clock.advance(60)
    with pytest.raises(NotFound, match=r"is quarantined: .*save it anew"):
        library.page(PageRequest(document="red/broken.pdf", page=1), ANALYST)


def test_a_deleted_document_is_not_shown_as_if_it_were_there(world: World, library: Library) -> None:
    world.documents.delete("red/orchard.pdf")
    synchronize("red/orchard.pdf", world.services(), POLICY)
    world.clock.advance(60)
    with pytest.raises(NotFound, match="is not answered from now, it is deleted"):
        library.outline(OutlineRequest(document="red/orchard.pdf"), ANALYST)


def test_an_erased_version_says_that_nothing_is_left(world: World, library: Library) -> None:
    version = world.documents.versions("red/orchard.pdf")[0].version_id
    world.documents.erase("red/orchard.pdf", version)
    synchronize("red/orchard.pdf", world.services(), POLICY)
    world.clock.advance(60)
    with pytest.raises(NotFound, match="was erased"):
        library.page(PageRequest(document="red/orchard.pdf", page=1, version_id=version), ANALYST)


def test_a_document_is_shown_as_soon_as_it_is_searchable(world: World, library: Library) -> None:
    library.page(PageRequest(document="red/orchard.pdf", page=1), ANALYST)
    newest = world.ingest("red/new.pdf", report("Orchard Mills, Inc.", 2024, "Just in."))
    (found,) = world.registry.history("red/new.pdf")
    for name in ("red/new.pdf", str(found.document_id)):
        for version in (None, newest.version_id):
            shown = library.page(PageRequest(document=name, page=2, version_id=version), ANALYST)
            assert shown.text == "Just in."
    again = world.ingest("red/new.pdf", report("Orchard Mills, Inc.", 2024, "Restated."))
    named = PageRequest(document="red/new.pdf", page=2, version_id=again.version_id)
    assert library.page(named, ANALYST).text == "Restated."


def test_a_page_that_could_not_be_read_says_so(world: World, library: Library) -> None:
    (found,) = world.registry.history("red/orchard.pdf")
    world.registry.record(found.model_copy(update={"pages_missing": (2,)}))
    world.clock.advance(60)
    assert "could not be read" in str(library.page(PageRequest(document="red/orchard.pdf", page=2), ANALYST).note)


def test_an_outline_has_headings_with_their_pages_and_is_read_once(world: World, library: Library) -> None:
    body = "Item 1. Business Overview\nWe sell.\fItem 7. Management Discussion\nWe discuss."
    world.ingest("red/plain.pdf", body.encode())
    world.clock.advance(60)
    outlined = library.outline(OutlineRequest(document="red/plain.pdf"), ANALYST)
    assert [(one.text, one.level, one.page) for one in outlined.headings] == [
        ("Item 1. Business Overview", 2, 1),
        ("Item 7. Management Discussion", 2, 2),
    ]
    world.documents.parsed.clear()
    assert library.outline(OutlineRequest(document="red/plain.pdf"), ANALYST) == outlined


@given(levels=st.lists(st.integers(1, 6), max_size=500))
def test_headings_are_left_out_from_the_least_on_and_never_too_many_shown(levels: list[int]) -> None:
    every = [OutlinedHeading(text=str(place), level=level, page=1) for place, level in enumerate(levels)]
    shown = shallowest(every)
    assert len(shown) <= MOST_HEADINGS
    assert bool(shown) == bool(every)
    if shown:
        deepest = max(one.level for one in shown)
        above = [one for one in every if one.level < deepest]
        assert all(one in shown for one in above)


def test_what_the_parser_did_not_mark_is_a_heading_where_it_reads_like_a_part_an_item_or_a_note(
    world: World, library: Library
) -> None:
    lines = (
        "PART II",
        "Risk",
        "See Note 4.",
        "ITEM 7.    DISCUSSION AND ANALYSIS",
        "NOTE 10 - INCOME TAXES",
        "Some Words",
    )
    text = "\n".join(lines)
    (found,) = world.registry.history("red/orchard.pdf")
    parsed = world.documents.load_parsed(found.key, found.version_id)
    marked = Page(number=1, text=text, blocks=(Block(kind=BlockKind.HEADING, text="Risk", level=1),))
    world.documents.save_parsed(found.key, found.version_id, parsed.model_copy(update={"pages": (marked,)}))
    outlined = library.outline(OutlineRequest(document=found.key), ANALYST)
    assert [(one.text, one.level) for one in outlined.headings] == [
        ("PART II", 1),
        ("Risk", 4),
        ("ITEM 7. DISCUSSION AND ANALYSIS", 2),
        ("NOTE 10 - INCOME TAXES", 3),
    ]


def test_an_outline_names_the_pages_of_tables_and_marked_headings(world: World, library: Library) -> None:
    (found,) = world.registry.history("red/orchard.pdf")
    parsed = world.documents.load_parsed(found.key, found.version_id)
    marked = Page(number=1, text="Risk", blocks=(Block(kind=BlockKind.HEADING, text="Risk", level=1),))
    world.documents.save_parsed(found.key, found.version_id, parsed.model_copy(update={"pages": (marked,)}))
    outlined = library.outline(OutlineRequest(document=found.key), ANALYST)
    assert [(one.text, one.page) for one in outlined.headings] == [("Risk", 1)]
    assert outlined.pages_with_tables == ()
