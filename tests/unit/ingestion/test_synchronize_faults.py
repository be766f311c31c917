"""Faults outside the document and several tasks at one key: answers stay whole, and the key comes to rest."""

from collections.abc import Callable

import pytest

from raglite.errors import (
    ConfigurationError,
    DependencyUnavailable,
    DocumentRejected,
    LeaseLost,
    NotFound,
    ReasonCode,
    ResourceExhausted,
    TransientError,
)
from raglite.ingestion.synchronize import Outcome
from raglite.model import VersionState
from raglite.ports import PUBLISH_KEY
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched, failing
from tests.unit.ingestion.one_key import KEY, NEW, OLD, found, record, sync, upload, visible

SEARCHABLE, QUARANTINED, SUPERSEDED, DELETED = (
    VersionState.SEARCHABLE,
    VersionState.QUARANTINED,
    VersionState.SUPERSEDED,
    VersionState.DELETED,
)


@pytest.fixture
def world() -> World:
    return World()


# --- faults outside the document ----------------------------------------------------------------------------------

FAULTS = [
    ("documents", "fetch"),
    ("documents", "save_parsed"),
    ("parser", "parse"),
    ("embedder", "embed"),
    ("index", "vectors"),
    ("index", "write"),
    ("index", "rollback"),
    ("index", "publish"),
    ("index", "supersede"),
    ("registry", "advance"),
    ("registry", "renew"),
]


@pytest.mark.parametrize(("part", "call"), FAULTS)
def test_a_transient_fault_anywhere_leaves_the_key_waiting_and_the_old_version_answering(
    world: World, part: str, call: str
) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    with pytest.raises(DependencyUnavailable):
        sync(world, KEY, **{part: Watched(getattr(world, part), failing(call))})
    assert world.registry.waiting() == (KEY,)
    assert visible(world) == {old}
    assert found(world.services())[0] == "Revenue was 100 million."
    assert (record(world, new).state, record(world, new).attempts) == (VersionState.PROCESSING, 0)
    sync(world)
    assert (world.states(KEY), visible(world)) == ({old: SUPERSEDED, new: SEARCHABLE}, {new})
    assert record(world, new).attempts == 1
    assert world.registry.waiting() == ()


def test_a_quarantine_that_is_interrupted_is_done_again(world: World) -> None:
    version = upload(world, BROKEN)
    for _ in range(POLICY.max_attempts + 1):
        with pytest.raises(DependencyUnavailable):
            sync(world, index=Watched(world.index, failing("sweep")))
        assert world.registry.waiting() == (KEY,)
    sync(world)
    assert (world.states(KEY), record(world, version).reason) == ({version: QUARANTINED}, "unreadable")


def test_a_task_told_to_stop_during_an_outage_stops(world: World) -> None:
    upload(world, NEW)
    gone = failing("abandon", times=99)
    with pytest.raises(KeyboardInterrupt):
        sync(
            world,
            index=Watched(world.index, failing("publish", error=KeyboardInterrupt())),
            registry=Watched(world.registry, gone),
        )


@pytest.mark.parametrize(
    "error",
    [
        ResourceExhausted("The disk is full."),
        DependencyUnavailable("S3", "gone"),
        ConfigurationError("The key is wrong."),
        KeyboardInterrupt(),
    ],
)
def test_what_the_document_is_not_to_blame_for_uses_up_no_attempt(world: World, error: BaseException) -> None:
    version = upload(world, NEW)
    for _ in range(POLICY.max_attempts + 2):
        with pytest.raises(type(error)):
            sync(world, documents=Watched(world.documents, failing("fetch", error=error)))
    assert record(world, version).attempts == 0


def test_an_outage_of_any_length_uses_up_no_attempts(world: World) -> None:
    version = upload(world, NEW)
    for _ in range(POLICY.max_attempts + 2):
        with pytest.raises(DependencyUnavailable):
            sync(world, index=Watched(world.index, failing("write")))
    sync(world)
    assert (record(world, version).state, record(world, version).attempts) == (SEARCHABLE, 1)


def test_a_document_that_kills_its_task_again_and_again_ends_in_quarantine(world: World) -> None:
    version = upload(world, NEW)
    for _ in range(POLICY.max_attempts):
        with pytest.raises(MemoryError):
            sync(world, embedder=Watched(world.embedder, failing("embed", error=MemoryError())))
    sync(world)
    assert (record(world, version).state, record(world, version).reason) == (QUARANTINED, "too_many_attempts")
    assert "tried 3 times" in str(record(world, version).reason_sentence)
    assert world.index.count(KEY) == 0
    assert world.registry.waiting() == ()


def test_attempts_that_succeeded_do_not_count_against_the_next(world: World) -> None:
    version = upload(world, NEW)
    for _ in range(POLICY.max_attempts + 2):
        world.index.stored.clear()
        sync(world)
    assert (record(world, version).state, record(world, version).attempts) == (SEARCHABLE, 1)


def test_a_version_erased_while_it_is_fetched_is_settled_at_the_next_look(world: World) -> None:
    version = upload(world, NEW)

    def erase(call: str) -> None:
        if call == "fetch":
            world.documents.erase(KEY, version)

    with pytest.raises(NotFound):
        sync(world, documents=Watched(world.documents, erase))
    assert world.registry.waiting() == (KEY,)
    sync(world)
    assert world.states(KEY) == {version: DELETED}


def test_a_fault_of_our_own_gives_the_lease_back(world: World) -> None:
    upload(world, NEW)
    with pytest.raises(ZeroDivisionError):
        sync(world, parser=Watched(world.parser, failing("parse", error=ZeroDivisionError())))
    assert world.registry.waiting() == (KEY,)


# --- several tasks ------------------------------------------------------------------------------------------------


def test_of_two_tasks_at_one_key_one_does_the_work(world: World) -> None:
    upload(world, NEW)
    outcomes: list[Outcome] = []

    def meanwhile(call: str) -> None:
        if call == "parse":
            outcomes.append(sync(world))

    outcomes.append(sync(world, parser=Watched(world.parser, meanwhile)))
    assert outcomes == [Outcome.BUSY, Outcome.AGREED]
    assert world.parser.parsed == [KEY]


def takeover(world: World, at: str) -> Callable[[str], None]:
    """Let this task sleep past its lease at one call, and another task do the work meanwhile."""
    slept: list[bool] = []

    def before(call: str) -> None:
        if call == at and not slept:
            slept.append(True)
            world.clock.advance(POLICY.lease_seconds + 1)
            sync(world)

    return before


@pytest.mark.parametrize("at", ["sweep", "write", "rollback", "publish", "supersede"])
def test_a_task_that_lost_its_lease_publishes_nothing(world: World, at: str) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    with pytest.raises(LeaseLost):
        sync(world, index=Watched(world.index, takeover(world, at)))
    assert world.registry.commit_number() == 2
    assert world.states(KEY) == {old: SUPERSEDED, new: SEARCHABLE}
    assert world.registry.waiting() == (KEY,)
    sync(world)
    assert visible(world) == {new}
    assert world.index.count(KEY, new, world.registry.commit_number()) == record(world, new).chunks


@pytest.mark.parametrize("after", ["commit_number", "rollback", "publish"])
def test_a_publisher_that_overslept_its_turn_touches_nothing_that_others_published(world: World, after: str) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    other = upload(world, report("Harbor Lines, Inc.", 2023, "Revenue was 5 million."), "b.pdf")
    slept: list[str] = []

    def oversleep(call: str) -> None:
        if call == after and world.registry.work_items[PUBLISH_KEY].expires and not slept:
            slept.append(call)
            world.clock.advance(POLICY.publish_seconds + 1)
            sync(world, "b.pdf")

    watched = {
        "registry": Watched(world.registry, after=oversleep),
        "index": Watched(world.index, after=oversleep),
    }
    with pytest.raises(LeaseLost):
        sync(world, KEY, **watched)
    assert (slept, visible(world), visible(world, "b.pdf")) == ([after], {old}, {other})
    sync(world)
    assert (visible(world), visible(world, "b.pdf")) == ({new}, {other})


def test_a_late_refusal_discards_nothing_that_another_task_published(world: World) -> None:
    version = upload(world, NEW)
    take_over = takeover(world, "parse")

    def too_late(call: str) -> None:
        take_over(call)
        if call == "parse":
            raise DocumentRejected(ReasonCode.PARSE_TIME_LIMIT, "Parsing took too long. Split the document.")

    with pytest.raises(LeaseLost):
        sync(world, parser=Watched(world.parser, too_late))
    assert (visible(world), world.states(KEY)) == ({version}, {version: SEARCHABLE})


def test_a_publisher_that_died_is_taken_back_by_the_next(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    upload(world, NEW)
    with pytest.raises(DependencyUnavailable):
        sync(world, registry=Watched(world.registry, failing("advance")))
    other = upload(world, report("Harbor Lines, Inc.", 2023, "Revenue was 5 million."), "b.pdf")
    sync(world, "b.pdf")
    assert (visible(world), visible(world, "b.pdf")) == ({old}, {other})
    assert set(found(world.services())) >= {"Revenue was 100 million.", "Revenue was 5 million."}


def test_a_version_that_was_published_and_not_recorded_answers_on_behind_a_broken_one(world: World) -> None:
    published = upload(world, NEW)
    died = Watched(world.registry, failing("abandon", times=9, error=OSError("the process is gone")))
    with pytest.raises(OSError, match="gone"):
        sync(world, registry=died)
    assert (visible(world), record(world, published).state) == ({published}, VersionState.PROCESSING)
    world.clock.advance(POLICY.lease_seconds + 1)
    broken = upload(world, BROKEN)
    sync(world)
    assert world.states(KEY) == {published: SEARCHABLE, broken: QUARANTINED}
    assert record(world, published).chunks == world.index.count(KEY, published, world.registry.commit_number())


@pytest.mark.parametrize("error", [DependencyUnavailable("DynamoDB", "gone"), KeyboardInterrupt()])
def test_an_outage_right_after_publishing_changes_nothing_of_what_was_published(
    world: World, error: BaseException
) -> None:
    version = upload(world, NEW)
    published: list[str] = []

    def fail(call: str) -> None:
        if call == "record" and published:
            raise error
        if call == "advance":
            published.append(call)

    with pytest.raises(type(error)):
        sync(world, registry=Watched(world.registry, fail))
    sync(world)
    done = record(world, version)
    assert (done.state, done.edition, done.committed, done.earlier) == (SEARCHABLE, 1, 1, ())
    assert world.registry.commit_number() == 1


def test_a_publisher_waits_for_its_turn(world: World) -> None:
    version = upload(world, NEW)
    lease = world.registry.acquire(PUBLISH_KEY, "another", 30)
    assert lease is not None
    seen: list[int] = []

    def give_back(call: str) -> None:
        if call == "acquire":
            seen.append(world.registry.commit_number())
            if len(seen) == 4:
                world.registry.abandon(lease)

    sync(world, registry=Watched(world.registry, give_back))
    assert seen == [0] * 4
    assert record(world, version).state is SEARCHABLE


def test_no_answer_ever_mixes_two_versions(world: World) -> None:
    """Between any two calls that ingestion makes, a question sees one version of the document, and all of it."""
    bodies = [OLD, NEW, BROKEN, OLD]
    answers: list[tuple[int, tuple[str, ...]]] = []
    whole: dict[str, int] = {}

    def look(_: str) -> None:
        commit = world.registry.commit_number()
        shown = [s.point for s in world.index.stored.values() if s.visible(commit)]
        versions = {point.version_id for point in shown}
        assert len(versions) <= 1
        answers.append((commit, tuple(versions)))
        for version in versions:
            assert len(shown) == whole.setdefault(version, len(shown))

    for body in bodies:
        upload(world, body)
        sync(world, index=Watched(world.index, look, look), registry=Watched(world.registry, look, look))
    world.documents.delete(KEY)
    sync(world, index=Watched(world.index, look, look), registry=Watched(world.registry, look, look))
    by_commit: dict[int, set[tuple[str, ...]]] = {}
    for commit, versions in answers:
        by_commit.setdefault(commit, set()).add(versions)
    assert {commit: len(seen) for commit, seen in by_commit.items()} == dict.fromkeys(range(5), 1)
    assert by_commit[4] == {()}


def test_every_error_of_a_task_says_whether_to_try_again(world: World) -> None:
    upload(world, NEW)
    with pytest.raises(TransientError, match="try again"):
        sync(world, index=Watched(world.index, failing("write")))
