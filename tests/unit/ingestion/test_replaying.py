"""What was quarantined is tried again as if for the first time."""

from typing import Any

import pytest

from raglite.errors import DependencyUnavailable, InvalidRequest, NotFound
from raglite.ingestion.replaying import Replayer, nearest
from raglite.ingestion.synchronize import synchronize
from raglite.model import DocumentVersion, VersionState
from raglite.telemetry import AuditAction
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World
from tests.fakes.watched import Watched, failing

GOOD = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


@pytest.fixture
def world() -> World:
    made = World()
    made.ingest("good.pdf", GOOD)
    made.ingest("reports/broken.pdf", BROKEN)
    return made


def replayer(world: World, **replaced: Any) -> Replayer:
    return Replayer(world.services(**replaced), "replay", 60, "tester")


def latest(world: World, key: str) -> DocumentVersion:
    found = world.registry.find(key, world.documents.versions(key)[0].version_id)
    assert found is not None
    return found


def test_a_quarantined_version_waits_again_without_attempts_or_reason(world: World) -> None:
    version = latest(world, "reports/broken.pdf")
    world.registry.record(version.model_copy(update={"attempts": 3}))
    world.clock.advance(60)

    done = replayer(world).one("reports/broken.pdf")

    now = latest(world, "reports/broken.pdf")
    assert (now.state, now.attempts, now.reason, now.reason_sentence) == (VersionState.RECEIVED, 0, None, None)
    assert now.transitions[VersionState.RECEIVED] == world.clock.now()
    assert now.transitions[VersionState.QUARANTINED] == version.transitions[VersionState.QUARANTINED]
    assert (done.replayed, done.busy, done.asleep) == ((now,), (), None)
    assert (world.registry.waiting(), world.tasks.woken) == (("reports/broken.pdf",), 1)
    assert world.audit.records[-1] == (
        AuditAction.DOCUMENT_REPLAYED,
        "tester",
        {"document": "reports/broken.pdf", "version": version.version_id},
    )


def test_what_has_become_indexable_is_searchable_after_its_replay(world: World) -> None:
    version = latest(world, "reports/broken.pdf")
    world.documents.bodies["reports/broken.pdf", version.version_id] = GOOD  # as if the parser had learnt to read it
    replayer(world).one("reports/broken.pdf")
    synchronize("reports/broken.pdf", world.services(), POLICY)
    assert latest(world, "reports/broken.pdf").state is VersionState.SEARCHABLE


def test_an_older_version_that_was_rejected_gets_another_chance_too(world: World) -> None:
    older = latest(world, "reports/broken.pdf").version_id
    world.ingest("reports/broken.pdf", BROKEN)
    world.documents.bodies["reports/broken.pdf", older] = GOOD  # as if the parser had learnt to read this one
    replayer(world).one("reports/broken.pdf")
    synchronize("reports/broken.pdf", world.services(), POLICY)
    states = set(world.states("reports/broken.pdf").items())
    assert (older, VersionState.SEARCHABLE) in states
    assert latest(world, "reports/broken.pdf").state is VersionState.QUARANTINED


def test_what_is_still_broken_is_quarantined_again(world: World) -> None:
    replayer(world).one("reports/broken.pdf")
    synchronize("reports/broken.pdf", world.services(), POLICY)
    assert latest(world, "reports/broken.pdf").state is VersionState.QUARANTINED
    assert world.registry.waiting() == ()


def test_all_that_is_quarantined_is_replayed_at_once_and_nothing_else(world: World) -> None:
    world.ingest("empty.pdf", b"")
    before = latest(world, "good.pdf")
    done = replayer(world).every()
    assert [one.key for one in done.replayed] == ["empty.pdf", "reports/broken.pdf"]
    assert world.tasks.woken == 1
    assert latest(world, "good.pdf") == before


def test_a_key_that_a_task_works_on_is_left_alone(world: World) -> None:
    world.registry.acquire("reports/broken.pdf", "task", 60)
    before = latest(world, "reports/broken.pdf")
    done = replayer(world).every()
    assert (done.replayed, done.busy) == ((), ("reports/broken.pdf",))
    assert latest(world, "reports/broken.pdf") == before
    assert world.tasks.woken == 0


def test_a_key_of_which_nothing_is_quarantined_is_refused_with_its_states(world: World) -> None:
    with pytest.raises(InvalidRequest, match=r"No version of good.pdf is quarantined \(searchable\)"):
        replayer(world).one("good.pdf")


def test_an_unknown_key_is_refused_with_keys_like_it(world: World) -> None:
    with pytest.raises(NotFound, match=r"Nobody knows reports/brokn.pdf. Is it reports/broken.pdf\?"):
        replayer(world).one("reports/brokn.pdf")
    with pytest.raises(NotFound, match="`raglite documents` lists what there is"):
        replayer(world).one("zzzzzzzz")


def test_a_key_that_nobody_has_looked_at_yet_is_sent_to_the_reconciler(world: World) -> None:
    world.documents.put("new.pdf", GOOD)
    with pytest.raises(InvalidRequest, match="raglite reconcile --repair"):
        replayer(world).one("new.pdf")


def test_a_replay_that_breaks_off_gives_the_lease_back_and_leaves_the_key_waiting(world: World) -> None:
    refusing = Watched(world.registry, before=failing("record"))
    with pytest.raises(DependencyUnavailable):
        replayer(world, registry=refusing).one("reports/broken.pdf")
    assert world.registry.waiting() == ("reports/broken.pdf",)
    synchronize("reports/broken.pdf", world.services(), POLICY)
    assert (latest(world, "reports/broken.pdf").state, world.registry.waiting()) == (VersionState.QUARANTINED, ())


def test_what_was_replaced_just_before_is_left_alone_and_goes_on_waiting(world: World) -> None:
    def replace_meanwhile(call: str) -> None:
        if call == "acquire":
            world.ingest("reports/broken.pdf", GOOD)
            world.registry.request("reports/broken.pdf")

    done = replayer(world, registry=Watched(world.registry, before=replace_meanwhile)).one("reports/broken.pdf")
    assert (done.replayed, done.busy, world.tasks.woken) == ((), (), 0)
    assert latest(world, "reports/broken.pdf").state is VersionState.SEARCHABLE
    assert world.registry.waiting() == ("reports/broken.pdf",)


def test_a_task_that_cannot_be_woken_spoils_no_replay(world: World) -> None:
    deaf = Watched(world.tasks, before=failing("wake"))
    done = replayer(world, tasks=deaf).one("reports/broken.pdf")
    assert len(done.replayed) == 1
    assert "the schedule starts one within five minutes" in (done.asleep or "")


def test_the_likest_keys_are_offered_best_first() -> None:
    known = ["acme/10-K 2022.pdf", "acme/10-K 2023.pdf", "other.pdf", "ACME/10-k 2021.PDF", "acme/10-K 2020.pdf"]
    assert nearest("acme/10K 2023.pdf", known)[0] == "acme/10-K 2023.pdf"
    assert len(nearest("acme/10K 2023.pdf", known)) == 3
    assert nearest("acme/10-k 2021.pdf", known)[0] == "ACME/10-k 2021.PDF"
