"""Whatever bucket, registry and index disagree about is found, named, and mended by one repair."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from raglite.errors import DependencyUnavailable
from raglite.ingestion.disagreement import FindingKind
from raglite.ingestion.reconciling import (
    EXIT_CODES,
    GRACE_SECONDS,
    METRICS,
    Report,
    count_findings,
    reconcile,
    repair,
)
from raglite.ingestion.synchronize import synchronize
from raglite.model import VersionState
from raglite.ports import Edition
from raglite.retrieval.query import query
from raglite.telemetry import AuditAction
from tests.fakes.index import FakeIndex
from tests.fakes.parser import BROKEN, report
from tests.fakes.registry import FakeRegistry
from tests.fakes.services import ANALYST, POLICY, World
from tests.fakes.watched import Watched

KEY, OTHER = "reports/mills.pdf", "reports/other.pdf"
OLD = report("Orchard Mills, Inc.", 2022, "Revenue was 100 million.")
NEW = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt was 9 million.")
DAY = 86_400


@pytest.fixture
def world() -> World:
    """A document in two versions and another one, all in agreement for a day."""
    made = World()
    made.ingest(KEY, OLD)
    made.ingest(KEY, NEW)
    made.ingest(OTHER, OLD)
    made.clock.advance(DAY)
    return made


def look(world: World, **replaced: Any) -> Report:
    return reconcile(world.services(**replaced))


def kinds(world: World, **replaced: Any) -> list[tuple[FindingKind, str, str]]:
    return sorted((one.kind, one.key, one.version_id) for one in look(world, **replaced).findings)


def mend(world: World) -> None:
    """Repair, and let a task do what waits."""
    repair(look(world), world.services(), "tester")
    for key in world.registry.waiting():
        synchronize(key, world.services(), POLICY)


def versions(world: World, key: str = KEY) -> list[str]:
    return [version.version_id for version in world.documents.versions(key)]


def lose_points(world: World, version_id: str, keep: int = 0) -> None:
    held = [identity for identity, one in world.index.stored.items() if one.point.version_id == version_id]
    for identity in held[keep:]:
        del world.index.stored[identity]


# --- one fault of each kind ---------------------------------------------------------------------------------------


def upload_unheard(world: World) -> str:
    version = world.documents.put("unheard.pdf", OLD).version_id
    world.clock.advance(DAY)
    return version


def replace_unheard(world: World) -> str:
    version = world.documents.put(KEY, OLD).version_id
    world.clock.advance(DAY)
    return version


def delete_unheard(world: World) -> str:
    newest = versions(world)[0]
    world.documents.delete(KEY)
    world.clock.advance(DAY)
    return newest


def erase_unheard(world: World) -> str:
    oldest = versions(world)[1]
    world.documents.erase(KEY, oldest)
    return oldest


def undelete_unheard(world: World) -> str:
    newest = versions(world)[0]
    world.documents.delete(KEY)
    world.registry.request(KEY)
    synchronize(KEY, world.services(), POLICY)
    world.documents.erase(KEY, versions(world)[0])
    return newest


def lose_all_points(world: World) -> str:
    newest = versions(world)[0]
    lose_points(world, newest)
    return newest


def lose_some_points(world: World) -> str:
    newest = versions(world)[0]
    lose_points(world, newest, keep=1)
    return newest


def show_too_many_points(world: World) -> str:
    newest = versions(world)[0]
    record = world.registry.find(KEY, newest)
    assert record is not None
    world.registry.record(record.model_copy(update={"chunks": record.chunks - 1}))
    return newest


def show_the_old_version_too(world: World) -> str:
    oldest = versions(world)[1]
    for one in world.index.stored.values():
        one.superseded = None
    return oldest


def show_a_second_edition_too(world: World) -> str:
    newest = versions(world)[0]
    for identity, one in list(world.index.stored.items()):
        if one.point.version_id == newest:
            again = replace(one.point, edition=Edition(KEY, newest, 2))
            world.index.stored[type(identity)(int=identity.int ^ 1)] = replace(one, point=again)
    return newest


def die_while_working(world: World) -> str:
    newest = versions(world)[0]
    record = world.registry.find(KEY, newest)
    assert record is not None
    world.registry.record(record.model_copy(update={"state": VersionState.PROCESSING}))
    return newest


def leave_unpublished_points(world: World) -> str:
    newest = versions(world)[0]
    [one, *_] = [one for one in world.index.stored.values() if one.point.version_id == newest]
    identity = type(one.point.id)(int=one.point.id.int ^ 1)
    unpublished = replace(one.point, id=identity, edition=Edition(KEY, newest, 2))
    world.index.write([unpublished])
    return newest


def keep_points_of_a_stranger(world: World) -> str:
    [one, *_] = world.index.stored.values()
    stranger = replace(one.point, id=type(one.point.id)(int=1), edition=Edition("stranger.pdf", "v99", 1))
    world.index.stored[stranger.id] = replace(one, point=stranger)
    return "v99"


def keep_text_of_an_erased_version(world: World) -> str:
    """It was deleted by a marker, its text kept for whoever takes the marker away; then it was erased, unheard."""
    world.documents.delete(OTHER)
    world.registry.request(OTHER)
    synchronize(OTHER, world.services(), POLICY)
    world.clock.advance(DAY)
    deleted = versions(world, OTHER)[1]
    lose_points(world, deleted)
    world.documents.erase(OTHER, deleted)
    return deleted


def answer_from_a_quarantined_version(world: World) -> str:
    broken = world.ingest(OTHER, BROKEN).version_id
    world.clock.advance(DAY)
    [one, *_] = world.index.stored.values()
    shown = replace(one.point, id=type(one.point.id)(int=1), edition=Edition(OTHER, broken, 1))
    world.index.stored[shown.id] = replace(one, point=shown, superseded=None)
    return broken


FAULTS: tuple[tuple[Callable[[World], str], FindingKind], ...] = (
    (upload_unheard, FindingKind.LOST_EVENT),
    (replace_unheard, FindingKind.LOST_EVENT),
    (undelete_unheard, FindingKind.LOST_EVENT),
    (delete_unheard, FindingKind.GHOST),
    (erase_unheard, FindingKind.GHOST),
    (keep_points_of_a_stranger, FindingKind.GHOST),
    (answer_from_a_quarantined_version, FindingKind.GHOST),
    (show_the_old_version_too, FindingKind.DUPLICATE),
    (show_a_second_edition_too, FindingKind.DUPLICATE),
    (show_too_many_points, FindingKind.DUPLICATE),
    (lose_all_points, FindingKind.MISSING),
    (lose_some_points, FindingKind.HALF_INDEXED),
    (die_while_working, FindingKind.STUCK),
    (leave_unpublished_points, FindingKind.LEFTOVER),
    (keep_text_of_an_erased_version, FindingKind.LEFTOVER),
)


def test_every_kind_of_finding_has_a_fault_that_shows_it() -> None:
    assert {kind for _, kind in FAULTS} == set(FindingKind) == set(METRICS) == set(EXIT_CODES)


@pytest.mark.parametrize(("fault", "kind"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_fault_is_found_by_its_kind_and_mended_by_a_repair(
    world: World, fault: Callable[[World], str], kind: FindingKind
) -> None:
    assert look(world).findings == ()
    version_id = fault(world)

    found = look(world)

    assert (kind, version_id) in {(one.kind, one.version_id) for one in found.findings}
    assert found.exit_code == EXIT_CODES[kind]
    assert all(one.sentence.endswith(".") for one in found.findings)
    mend(world)
    assert kinds(world) == []
    assert look(world).exit_code == 0
    assert set(world.documents.parsed) <= {
        (key, held) for key in (KEY, OTHER, "unheard.pdf") for held in versions(world, key)
    }


def test_a_version_has_one_finding_the_gravest(world: World) -> None:
    newest = delete_unheard(world)  # the registry is behind, too, and that says less
    found = [one for one in look(world).findings if one.version_id == newest]
    assert [(one.kind, one.sentence) for one in found] == [
        (FindingKind.GHOST, "It was deleted in the bucket, and is still answered from.")
    ]


# --- what is lost as a whole --------------------------------------------------------------------------------------


def answers(world: World) -> list[tuple[str, str]]:
    asked = query("What was revenue?", world.services(), ANALYST)
    return sorted((one.document.version_id, one.excerpt) for one in asked.results)


def test_a_lost_index_is_rebuilt_as_it_was(world: World) -> None:
    world.ingest("broken.pdf", BROKEN)
    before, told = world.index.digest(world.registry.number), answers(world)
    world.clock.advance(DAY)
    world.index.stored.clear()

    assert {one.kind for one in look(world).findings} == {FindingKind.MISSING}
    mend(world)

    assert look(world).findings == ()
    assert world.index.digest(world.registry.number) == before
    assert answers(world) == told


def test_a_collection_that_is_gone_is_said_and_missed_and_neither_made_nor_waited_for(world: World) -> None:
    world.index.drop(world.index.name)
    found = look(world)
    assert {one.kind for one in found.findings} == {FindingKind.MISSING}
    assert found.loss == "Fake: the collection is gone."
    mend(world)
    assert (world.index.server.collections, world.registry.waiting(), world.tasks.woken) == ({}, (), 0)


def test_a_loss_that_no_finding_shows_is_no_agreement(world: World) -> None:
    for key in (KEY, OTHER):
        world.documents.delete(key)
        world.registry.request(key)
        synchronize(key, world.services(), POLICY)
    world.clock.advance(DAY)
    assert (look(world).findings, look(world).exit_code) == ((), 0)
    world.index.drop(world.index.name)
    assert (look(world).findings, look(world).exit_code) == ((), 75)


def test_where_nothing_was_ever_published_nothing_is_lost() -> None:
    world = World()
    world.index.drop(world.index.name)
    assert (look(world).loss, look(world).exit_code) == (None, 0)


def test_a_lost_registry_is_rebuilt_with_an_index_of_its_own_and_the_answers_are_the_same(world: World) -> None:
    world.ingest("broken.pdf", BROKEN)
    before_number = world.registry.number
    before, told = world.index.digest(before_number), answers(world)
    states = {key: world.states(key) for key in (KEY, OTHER, "broken.pdf")}
    world.clock.advance(DAY)
    object.__setattr__(world, "registry", FakeRegistry(world.clock))

    assert FindingKind.LOST_EVENT in {one.kind for one in look(world).findings}
    assert "registry: is older than the index" in (look(world).loss or "")
    mend(world)
    assert (world.index.digest(before_number), world.registry.waiting()) == (before, ())
    world.index.switch(world.index.create(world.embedder.spec, "another"))
    world.index.prepare(world.embedder.spec)
    mend(world)

    assert look(world).findings == ()
    assert {key: world.states(key) for key in states} == states
    assert world.index.digest(world.registry.number) == before
    assert answers(world) == told


# --- what is no finding -------------------------------------------------------------------------------------------


def test_a_key_that_waits_or_is_held_is_on_its_way(world: World) -> None:
    lose_all_points(world)
    world.registry.request(KEY)
    assert (kinds(world), look(world).busy) == ([], 1)
    lease = world.registry.acquire(KEY, "task", 60)
    assert lease is not None
    world.registry.work_items[KEY].requested = None
    assert (kinds(world), look(world).busy) == ([], 1)
    world.registry.abandon(lease)
    assert len(kinds(world)) == 1


def test_a_key_on_its_way_costs_no_second_look(world: World) -> None:
    lose_all_points(world)
    looks: list[str] = []
    watched = Watched(world.documents, before=looks.append)
    world.registry.request(KEY)
    look(world, documents=watched)
    assert looks == ["inventory"]


def test_a_version_younger_than_the_grace_is_on_its_way(world: World) -> None:
    world.documents.put("young.pdf", OLD)
    world.clock.advance(GRACE_SECONDS - 1)
    assert kinds(world) == []
    assert len(reconcile(world.services(), grace_seconds=60).findings) == 1
    world.clock.advance(1)
    assert len(kinds(world)) == 1


def test_a_quarantined_version_and_the_older_one_answered_from_agree(world: World) -> None:
    world.ingest(KEY, BROKEN)
    world.clock.advance(DAY)
    assert kinds(world) == []
    assert list(world.states(KEY).values()).count(VersionState.SEARCHABLE) == 1


def test_deleted_erased_and_restored_documents_agree(world: World) -> None:
    world.documents.delete(KEY)
    world.registry.request(KEY)
    synchronize(KEY, world.services(), POLICY)
    world.clock.advance(DAY)
    assert kinds(world) == []
    for version_id in versions(world):
        world.documents.erase(KEY, version_id)
    world.registry.request(KEY)
    synchronize(KEY, world.services(), POLICY)
    assert kinds(world) == []
    world.ingest(KEY, OLD)
    world.clock.advance(DAY)
    assert kinds(world) == []


def test_what_a_wide_look_saw_half_done_is_no_finding_once_it_is_done(world: World) -> None:
    """A task publishes between the look at the index and the look at the bucket."""

    def publish_meanwhile(call: str) -> None:
        if call == "inventory":
            world.ingest(KEY, OLD)
            world.clock.advance(DAY)

    watched = Watched(world.documents, before=publish_meanwhile)
    assert kinds(world, documents=watched) == []


def test_what_comes_to_be_worked_on_meanwhile_is_left_out(world: World) -> None:
    lose_all_points(world)

    def request_meanwhile(call: str) -> None:
        if call == "versions":
            world.registry.request(KEY)

    watched = Watched(world.documents, before=request_meanwhile)
    assert kinds(world, documents=watched) == []


def test_a_key_whose_records_change_while_it_is_looked_at_is_looked_at_again(world: World) -> None:
    lose_all_points(world)
    looked: list[str] = []

    class Mending(FakeIndex):
        def holdings(self, key: str | None = None) -> Any:
            seen = world.index.holdings(key)
            if key is not None:
                looked.append(key)
                if len(looked) == 1:
                    world.registry.request(KEY)
                    synchronize(KEY, world.services(), POLICY)
            return seen

    assert kinds(world, index=Mending()) == []
    assert looked == [KEY, KEY]


# --- counting, asking, telling ------------------------------------------------------------------------------------


def test_a_report_counts_keys_versions_and_what_is_on_its_way(world: World) -> None:
    world.documents.delete(OTHER)
    world.registry.request(OTHER)
    found = look(world)
    assert (found.keys, found.versions, found.busy) == (2, 3, 1)


def test_the_exit_code_is_the_gravest_kinds(world: World) -> None:
    lose_points(world, versions(world, OTHER)[0])
    show_the_old_version_too(world)
    found = look(world)
    assert {one.kind for one in found.findings} == {FindingKind.DUPLICATE, FindingKind.MISSING}
    assert found.exit_code == EXIT_CODES[FindingKind.DUPLICATE] == 11


def test_exit_codes_are_told_apart_from_those_of_errors() -> None:
    assert sorted(EXIT_CODES.values()) == [10, 11, 12, 13, 14, 15, 16]


def test_a_repair_requests_each_key_once_wakes_one_task_and_is_audited(world: World) -> None:
    show_the_old_version_too(world)
    lose_points(world, versions(world)[0], keep=1)
    before = world.registry.work_items[KEY].generation
    done = repair(look(world), world.services(), "tester")
    assert (done.requested, done.asleep) == ((KEY,), None)
    assert world.registry.work_items[KEY].generation == before + 1
    assert world.tasks.woken == 1
    action, actor, fields = world.audit.records[-1]
    assert (action, actor) == (AuditAction.RECONCILED, "tester")
    assert (fields["requested"], fields["duplicate"], fields["ghost"]) == (1, 1, 0)


def test_nothing_is_requested_or_woken_where_all_agree(world: World) -> None:
    assert repair(look(world), world.services(), "tester").requested == ()
    assert (world.tasks.woken, world.registry.waiting()) == (0, ())


def test_a_task_that_cannot_be_woken_spoils_no_repair(world: World) -> None:
    lose_all_points(world)

    class Deaf:
        def wake(self) -> None:
            raise DependencyUnavailable("EventBridge", "did not answer.")

    done = repair(look(world), world.services(tasks=Deaf()), "tester")
    assert done.requested == world.registry.waiting() == (KEY,)
    assert "within five minutes (EventBridge: did not answer.)" in (done.asleep or "")


def test_every_kind_and_every_state_is_counted_zeros_too(world: World) -> None:
    lose_all_points(world)
    world.documents.put("unheard.pdf", NEW)
    world.telemetry.metrics.clear()
    count_findings(look(world), world.services())
    findings = [(metric.name, int(metric.name == "Missing")) for metric in METRICS.values()]
    states = dict.fromkeys(VersionState, 0) | {"searchable": 2, "superseded": 1, "received": 1}
    assert world.telemetry.metrics == [*findings, *(("Documents", states[state]) for state in VersionState)]
