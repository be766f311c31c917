"""One function makes registry and index agree with the bucket, whatever has happened to a key."""

import pytest

from raglite.errors import DependencyUnavailable
from raglite.ingestion.synchronize import Outcome
from raglite.model import VersionState
from raglite.telemetry import AuditAction
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing
from tests.unit.ingestion.one_key import KEY, NEW, OLD, found, record, sync, upload, visible

SEARCHABLE, QUARANTINED, SUPERSEDED, DELETED = (
    VersionState.SEARCHABLE,
    VersionState.QUARANTINED,
    VersionState.SUPERSEDED,
    VersionState.DELETED,
)
STAGES = ["wait", "look", "record", "fetch", "parse", "chunk", "embed", "index", "publish"]


@pytest.fixture
def world() -> World:
    return World()


# --- what a key may go through ------------------------------------------------------------------------------------


def test_a_new_document_becomes_searchable(world: World) -> None:
    version = upload(world, NEW)
    world.clock.advance(9)
    assert sync(world) is Outcome.AGREED
    assert found(world.services())[0] == "Revenue was 200 million."
    done = record(world, version)
    assert (done.state, done.committed, done.pages_total, done.attempts) == (SEARCHABLE, 1, 3, 1)
    assert done.chunks == world.index.count(KEY, version, 1) > 0
    assert (done.filing.company, done.filing.form, done.filing.fiscal_year) == ("Orchard Mills, Inc.", "10-K", 2023)
    assert list(done.stage_seconds) == STAGES
    assert list(done.transitions) == [VersionState.RECEIVED, VersionState.PROCESSING, SEARCHABLE]
    assert world.documents.load_parsed(KEY, version).pages_total == 3
    assert world.registry.waiting() == ()


def test_ingestion_reports_what_it_did(world: World) -> None:
    version = upload(world, NEW)
    world.registry.request(KEY, "Root=1-abc;Parent=2;Sampled=1")
    world.clock.advance(9)
    sync(world)
    chunks = record(world, version).chunks
    assert world.telemetry.metrics == [
        ("DocumentsIndexed", 1),
        ("ChunksIndexed", chunks),
        ("EmbeddingsReused", 0),
        ("IngestionLatency", 9),
        *[("StageTime", pytest.approx(9 if stage == "wait" else 0, abs=0.5)) for stage in STAGES],
    ]
    assert world.telemetry.traces == [
        ("ingest", "Root=1-abc;Parent=2;Sampled=1", {"document": KEY, "version": version})
    ]
    assert record(world, version).trace_id == "1-abc"
    assert world.audit.records == [
        (AuditAction.DOCUMENT_INDEXED, "ingestion", {"document": KEY, "version": version, "commit": 1})
    ]


def test_only_the_first_way_from_upload_to_searchable_is_timed(world: World) -> None:
    upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    sync(world)
    broken = upload(world, BROKEN)
    sync(world)
    world.telemetry.metrics.clear()
    world.clock.advance(90 * 24 * 3600)
    world.documents.erase(KEY, broken)
    world.documents.erase(KEY, new)  # the older one is indexed anew
    sync(world)
    counted = [name for name, _ in world.telemetry.metrics]
    assert "DocumentsIndexed" in counted
    assert "IngestionLatency" not in counted


def test_a_replaced_document_is_answered_from_its_new_version_only(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    sync(world)
    assert found(world.services())[0] == "Revenue was 200 million."
    assert visible(world) == {new}
    assert world.states(KEY) == {old: SUPERSEDED, new: SEARCHABLE}
    assert (record(world, old).superseded, record(world, new).committed) == (2, 2)


def test_of_two_uploads_in_quick_succession_only_the_later_is_indexed(world: World) -> None:
    old, new = upload(world, OLD), upload(world, NEW)
    sync(world)
    assert world.states(KEY) == {old: SUPERSEDED, new: SEARCHABLE}
    assert world.parser.parsed == [KEY]


def test_a_deleted_document_is_no_longer_found(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    world.documents.delete(KEY)
    assert sync(world) is Outcome.AGREED
    assert world.audit.records[-1] == (AuditAction.DOCUMENT_REMOVED, "ingestion", {"document": KEY, "commit": 2})
    assert found(world.services()) == []
    assert (record(world, version).state, record(world, version).superseded) == (DELETED, 2)


def test_a_document_deleted_before_anybody_looked_costs_nothing(world: World) -> None:
    version = upload(world, NEW)
    world.documents.delete(KEY)
    sync(world)
    assert (world.registry.commit_number(), world.parser.parsed, world.audit.records) == (0, [], [])
    assert world.states(KEY) == {version: DELETED}


def test_a_key_that_the_bucket_never_held_is_agreed_on(world: World) -> None:
    assert sync(world, "never.pdf") is Outcome.AGREED
    assert world.registry.history("never.pdf") == ()


def test_a_document_whose_deletion_is_undone_is_found_again_without_computing(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    world.documents.delete(KEY)
    marker = world.documents.versions(KEY)[0].version_id
    sync(world)
    world.documents.erase(KEY, marker)
    sync(world)
    assert found(world.services())[0] == "Revenue was 200 million."
    again = record(world, version)
    assert (again.state, again.committed, again.superseded) == (SEARCHABLE, 3, None)
    assert again.embeddings_computed == 0


def test_an_older_version_that_is_the_latest_again_is_answered_from(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    new = upload(world, NEW)
    sync(world)
    world.documents.erase(KEY, new)
    sync(world)
    assert found(world.services())[0] == "Revenue was 100 million."
    assert world.states(KEY) == {old: SEARCHABLE, new: DELETED}
    assert record(world, old).embeddings_computed == 0


def test_a_version_erased_for_good_leaves_no_text_in_the_index(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    world.documents.erase(KEY, version)
    sync(world)
    assert world.index.count(KEY) == 0
    assert world.states(KEY) == {version: DELETED}


def test_a_superseded_version_erased_for_good_leaves_no_text_in_the_index(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    upload(world, NEW)
    sync(world)
    world.documents.erase(KEY, old)
    sync(world)
    assert world.index.count(KEY, old) == 0
    assert record(world, old).state is DELETED


@pytest.mark.parametrize("times", [1, 2])
def test_duplicate_and_late_events_change_nothing(world: World, times: int) -> None:
    upload(world, OLD)
    sync(world)
    upload(world, NEW)
    sync(world)
    before = (dict(world.registry.records), {i: (s.committed, s.superseded) for i, s in world.index.stored.items()})
    for _ in range(times):
        world.clock.advance(1)
        world.registry.request(KEY)
        assert sync(world) is Outcome.AGREED
    after = (dict(world.registry.records), {i: (s.committed, s.superseded) for i, s in world.index.stored.items()})
    assert after == before
    assert len(world.parser.parsed) == 2


def test_the_same_content_again_computes_no_embedding(world: World) -> None:
    first = upload(world, NEW)
    sync(world)
    second = upload(world, NEW)
    sync(world)
    embedded = record(world, first).embeddings_computed
    assert embedded > 0
    assert (record(world, second).embeddings_computed, record(world, second).embeddings_reused) == (0, embedded)
    assert record(world, second).content_sha256 == record(world, first).content_sha256


def test_a_changed_page_computes_only_what_changed(world: World) -> None:
    upload(world, report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt was 9 million."))
    sync(world)
    second = upload(world, report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt was 8 million."))
    sync(world)
    assert record(world, second).embeddings_computed == 1


def test_an_index_that_lost_its_points_is_filled_again(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    world.index.stored.clear()
    sync(world)
    assert found(world.services())[0] == "Revenue was 200 million."
    assert record(world, version).state is SEARCHABLE


def test_a_request_during_the_work_is_looked_at_before_the_key_comes_to_rest(world: World) -> None:
    old = upload(world, OLD)
    added: list[str] = []

    def another(call: str) -> None:
        if call == "publish" and not added:
            added.append(upload(world, NEW))

    assert sync(world, index=Watched(world.index, after=another)) is Outcome.AGREED
    assert world.states(KEY) == {old: SUPERSEDED, added[0]: SEARCHABLE}
    assert world.registry.waiting() == ()


# --- documents that cannot be indexed -----------------------------------------------------------------------------


def test_an_unreadable_document_is_quarantined_with_its_reason(world: World) -> None:
    version = upload(world, BROKEN)
    assert sync(world) is Outcome.AGREED
    done = record(world, version)
    assert (done.state, done.reason) == (QUARANTINED, "unreadable")
    assert done.reason_sentence == f"{KEY} cannot be read: save it anew and upload it again."
    assert list(done.stage_seconds) == ["wait", "look", "record", "fetch", "parse"]
    assert [name for name, _ in world.telemetry.metrics] == ["DocumentsQuarantined", *["StageTime"] * 5]
    assert world.audit.records == [
        (
            AuditAction.DOCUMENT_QUARANTINED,
            "ingestion",
            {"document": KEY, "version": version, "reason": "unreadable"},
        )
    ]
    assert world.index.count(KEY) == 0


def test_a_quarantined_document_is_not_tried_again(world: World) -> None:
    upload(world, BROKEN)
    sync(world)
    sync(world)
    assert world.parser.parsed == [KEY]


def test_broken_versions_behind_a_broken_one_are_not_tried_again(world: World) -> None:
    old, first, second = upload(world, OLD), upload(world, BROKEN), upload(world, BROKEN)
    sync(world)
    tried = len(world.parser.parsed)
    world.registry.request(KEY)
    sync(world)
    assert len(world.parser.parsed) == tried == 3
    assert world.states(KEY) == {old: SEARCHABLE, first: SUPERSEDED, second: QUARANTINED}


def test_a_document_that_can_be_indexed_no_longer_is_not_answered_from_in_part(world: World) -> None:
    version = upload(world, NEW)
    sync(world)
    world.index.stored.pop(next(iter(world.index.stored)))
    world.documents.bodies[KEY, version] = BROKEN
    sync(world)
    assert (visible(world), world.states(KEY)) == (set(), {version: QUARANTINED})
    assert [record(world, version).in_force(commit) for commit in (0, 1, 2)] == [False, True, False]


def test_an_oversized_document_is_quarantined_without_being_fetched(world: World) -> None:
    version = upload(world, b"x" * 10_001)
    sync(world, documents=Watched(world.documents, failing("fetch", error=AssertionError("fetched"))))
    assert record(world, version).reason == "too_large"
    assert "10,001 bytes; 10,000 are allowed" in str(record(world, version).reason_sentence)


def test_a_broken_replacement_leaves_the_version_before_it_answering(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    broken = upload(world, BROKEN)
    sync(world)
    assert found(world.services())[0] == "Revenue was 100 million."
    assert world.states(KEY) == {old: SEARCHABLE, broken: QUARANTINED}


def test_a_broken_replacement_that_comes_at_once_does_not_lose_the_version_before_it(world: World) -> None:
    old, broken = upload(world, OLD), upload(world, BROKEN)
    sync(world)
    assert (visible(world), world.states(KEY)) == ({old}, {old: SEARCHABLE, broken: QUARANTINED})


def test_an_undone_deletion_brings_back_the_version_before_a_broken_one(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    broken = upload(world, BROKEN)
    world.documents.delete(KEY)
    sync(world)
    assert visible(world) == set()
    world.documents.erase(KEY, world.documents.versions(KEY)[0].version_id)
    sync(world)
    assert (visible(world), world.states(KEY)) == ({old}, {old: SEARCHABLE, broken: QUARANTINED})


def test_a_broken_file_does_not_bring_back_what_was_deleted_before_it(world: World) -> None:
    upload(world, OLD)
    sync(world)
    world.documents.delete(KEY)
    upload(world, BROKEN)
    sync(world)
    assert visible(world) == set()


def test_a_quarantined_document_that_is_fixed_becomes_searchable(world: World) -> None:
    old = upload(world, OLD)
    sync(world)
    broken = upload(world, BROKEN)
    sync(world)
    fixed = upload(world, NEW)
    sync(world)
    assert visible(world) == {fixed}
    assert world.states(KEY) == {old: SUPERSEDED, broken: SUPERSEDED, fixed: SEARCHABLE}
    assert record(world, broken).reason == "unreadable"


def test_a_quarantined_document_that_is_deleted_is_not_listed_any_longer(world: World) -> None:
    version = upload(world, BROKEN)
    sync(world)
    world.documents.delete(KEY)
    sync(world)
    assert world.states(KEY) == {version: DELETED}


def test_a_version_whose_task_died_is_indexed_behind_a_broken_one(world: World) -> None:
    died = upload(world, OLD)
    with pytest.raises(DependencyUnavailable):
        sync(world, index=Watched(world.index, failing("write")))
    upload(world, BROKEN)
    sync(world)
    assert (record(world, died).state, visible(world)) == (SEARCHABLE, {died})
