"""What makes one collection hold of a key what another does: done as planned, nothing is left to do."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import EndCode
from raglite.ingestion.reindex.plan import KeyPlan, Stamps, are_alike, plan, share_vectors
from raglite.model import DocumentVersion, VersionState, Window
from raglite.ports import Edition, Holding
from tests.fakes.embedder import SPEC

COMMIT = 9
E1, E2, E3 = Edition("a.pdf", "v1", 1), Edition("a.pdf", "v1", 2), Edition("a.pdf", "v2", 1)

numbers = st.integers(1, 12)
holdings = st.lists(
    st.builds(Holding, st.sampled_from([E1, E2, E3]), st.none() | numbers, st.none() | numbers, st.integers(1, 3)),
    unique_by=lambda one: (one.edition, one.committed, one.superseded),
    max_size=6,
)


def record(version_id: str, state: VersionState, **fields: Any) -> DocumentVersion:
    return DocumentVersion(key="a.pdf", version_id=version_id, state=state, **fields)


def erased(version_id: str) -> DocumentVersion:
    return record(version_id, VersionState.DELETED, reason=EndCode.ERASED.value, committed=1, superseded=2)


def made(target: Iterable[Holding], done: KeyPlan, points: dict[Edition, int]) -> list[Holding]:
    """Do what is planned: remove, write, stamp."""
    gone = {*done.surplus, *done.missing}
    kept = [
        one
        for one in target
        if one.edition not in gone and one.committed is not None and one.edition.version_id not in done.erased
    ]
    whole = {edition: points[edition] for edition in done.missing}
    for one in kept:
        whole[one.edition] = whole.get(one.edition, 0) + one.points
    as_they_are = [one for one in kept if one.edition not in done.stamps]
    stamped = [Holding(one, s.committed, s.superseded, whole[one]) for one, s in done.stamps.items()]
    return [*as_they_are, *stamped]


def visible(held: Iterable[Holding], commit: int) -> set[Edition]:
    return {one.edition for one in held if one.visible(commit)}


@given(source=holdings, target=holdings, alike=st.booleans())
def test_done_as_planned_both_show_the_same_at_every_commit_and_nothing_is_left(
    source: list[Holding], target: list[Holding], alike: bool
) -> None:
    records = [erased(version) for version in {one.edition.version_id for one in target}]
    done = plan(source, target, COMMIT, records, alike=alike)
    if done.torn:
        return
    points = dict.fromkeys((E1, E2, E3), 0)
    for one in source:
        if one.committed is not None and one.committed <= COMMIT:
            points[one.edition] += one.points
    after = made(target, done, points)
    assert plan(source, after, COMMIT, records, alike=alike).agrees
    for commit in range(COMMIT + 1):
        assert visible(after, commit) == visible(source, commit)


WHOLE = [Holding(E1, 1, 3, 2), Holding(E2, 3, 5, 2), Holding(E3, 5, None, 2)]
KNOWN = [
    record(
        "v1",
        VersionState.SUPERSEDED,
        edition=2,
        committed=3,
        superseded=5,
        earlier=(Window(committed=1, superseded=3),),
    ),
    record("v2", VersionState.SEARCHABLE, edition=1, committed=5),
]


@given(lost=st.sets(st.sampled_from(range(3))), points=st.integers(1, 2), alike=st.booleans())
def test_no_loss_of_the_source_is_copied(lost: set[int], points: int, alike: bool) -> None:
    source = [one for place, one in enumerate(WHOLE) if place not in lost or points == 1]
    source = [replace(one, points=points) if place in lost else one for place, one in enumerate(source)]
    assert plan(source, WHOLE, COMMIT, KNOWN, alike=alike).agrees


def test_what_both_have_lost_and_is_answered_from_is_made_anew() -> None:
    done = plan([], [], COMMIT, KNOWN, alike=True)
    assert (done.missing, dict(done.stamps)) == ((E3,), {E3: Stamps(5, None)})


def test_what_the_source_has_lost_is_stamped_as_the_registry_says() -> None:
    lagging = [Holding(E1, 1, None, 2), Holding(E2, 3, None, 2), Holding(E3, 5, None, 2)]
    done = plan([], lagging, COMMIT, KNOWN, alike=True)
    assert dict(done.stamps) == {E1: Stamps(1, 3), E2: Stamps(3, 5)}
    assert (done.missing, done.surplus, done.erased) == ((), (), ())


def test_only_what_the_registry_calls_erased_is_removed() -> None:
    assert plan([], WHOLE, COMMIT, [erased("v1"), KNOWN[1]], alike=True).erased == ("v1",)
    assert plan([], WHOLE, COMMIT, [KNOWN[1]], alike=True).strange == (E1, E2)


def test_an_edition_whose_points_are_stamped_otherwise_cannot_be_copied() -> None:
    assert plan([Holding(E1, 1, None, 2), Holding(E1, 2, None, 1)], [], COMMIT, (), alike=True).torn == (E1,)


def test_what_is_stamped_above_the_commit_number_is_not_published() -> None:
    ahead = [Holding(E1, 1, 10, 2), Holding(E3, 10, None, 2)]
    done = plan(ahead, [], COMMIT, (), alike=True)
    assert (done.missing, dict(done.stamps)) == ((E1,), {E1: Stamps(1, None)})


def test_where_chunks_are_alike_so_is_their_number() -> None:
    held, fewer = [Holding(E1, 1, None, 3)], [Holding(E1, 1, None, 2)]
    assert plan(fewer, held, COMMIT, (), alike=True).agrees  # the source has lost one
    assert plan(held, fewer, COMMIT, (), alike=False).agrees
    done = plan(held, fewer, COMMIT, (), alike=True)
    assert (done.missing, done.surplus) == ((E1,), (E1,))


def test_points_that_nobody_has_stamped_are_written_anew() -> None:
    done = plan([Holding(E1, 1, None, 3)], [Holding(E1, None, None, 2)], COMMIT, (), alike=False)
    assert (done.missing, done.surplus, done.leftovers) == ((E1,), (), True)


def test_what_tells_chunks_and_vectors_apart() -> None:
    def changed(**fields: object) -> tuple[bool, bool]:
        other = SPEC.model_copy(update=fields)
        return are_alike(SPEC, other), share_vectors(SPEC, other)

    assert changed(chunker_version=2) == changed(header_version=2) == (False, True)
    assert changed(max_tokens=8) == (False, False)
    assert changed(model="another") == changed(weights_sha256="2" * 64) == (True, False)
    assert changed(tokenizer_sha256="2" * 64) == (False, False)
