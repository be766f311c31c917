"""A new collection beside the live one: what it holds, who answers from which, and the way back."""

from dataclasses import replace
from typing import Any

import pytest

from raglite.errors import ConfigurationError, InvalidRequest, LeaseLost
from raglite.ingestion.reconciling import reconcile
from raglite.ingestion.synchronize import synchronize
from raglite.model import EmbeddingSpec
from raglite.ports import Phase, Services
from raglite.retrieval.query import query
from raglite.retrieval.requests import Question as Asked
from raglite.telemetry import AuditAction
from tests.fakes.embedder import SPEC
from tests.fakes.index import FakeIndex
from tests.fakes.services import ANALYST, POLICY, World
from tests.fakes.watched import Watched
from tests.unit.ingestion.two_collections import CUT, KEYS, MODEL, Release, digest, history, states, text

OTHERS = pytest.mark.parametrize("spec", [CUT, MODEL], ids=["other chunks", "another model"])


@pytest.fixture
def old() -> Release:
    release = Release(World(), SPEC)
    history(release)
    return release


def new(old: Release, spec: EmbeddingSpec = CUT, **parts: Any) -> Release:
    return Release(old.world, spec, parts)


def versions(services: Services, question: str = "What is the seal like, all over?") -> set[tuple[str, str]]:
    answer = query(Asked(query=question, top_k=50), services, ANALYST)
    return {(result.document.key, result.document.version_id) for result in answer.results}


def excerpts(services: Services) -> set[str]:
    found = query(Asked(query="What is the rim of the plain seal like?", top_k=50), services, ANALYST).results
    return {result.excerpt for result in found if "seal" in result.excerpt}


@OTHERS
def test_a_new_collection_holds_what_a_clean_rebuild_does_and_the_same_states(
    old: Release, spec: EmbeddingSpec
) -> None:
    before = states(old.world, SPEC)
    done = new(old, spec).reindex()
    clean = Release(World(), spec)
    clean.world.index.drop(clean.world.index.name)
    history(clean)
    assert (done.switched, done.faults) == (True, ())
    assert states(old.world, spec) == before == states(old.world, SPEC)
    assert digest(old.world, spec) == digest(clean.world, spec)


@OTHERS
def test_after_it_bucket_registry_and_index_agree_and_nothing_is_indexed_again(
    old: Release, spec: EmbeddingSpec
) -> None:
    release = new(old, spec)
    release.reindex()
    old.world.clock.advance(1000)
    assert reconcile(release.operator()).findings == ()
    commit = old.world.registry.commit_number()
    for key in KEYS:
        release.look(key)
    assert old.world.registry.commit_number() == commit


def test_only_texts_without_a_vector_are_embedded(old: Release) -> None:
    headers = SPEC.model_copy(update={"chunker_version": 2})
    assert new(old, headers).reindex().embedded == 0
    new(old).operator()
    assert new(Release(old.world, headers), MODEL).services


def test_a_running_service_follows_where_the_model_is_the_same(old: Release) -> None:
    service = old.service()
    before = excerpts(service)
    new(old).reindex()
    after = excerpts(service)
    assert before & after == set()
    assert after == excerpts(new(old).service())


def test_a_running_service_of_another_model_answers_from_what_it_can_compare_until_it_is_replaced(old: Release) -> None:
    release = new(old, MODEL)
    with pytest.raises(ConfigurationError, match="another embedding spec"):
        release.service()
    service = old.service()
    before = excerpts(service)
    release.reindex()
    assert excerpts(service) == before
    assert service.index.built() != release.service().index.built()
    assert versions(release.service()) == versions(service)
    service.index.check(SPEC)


def test_what_is_uploaded_replaced_deleted_and_erased_during_the_build_is_in_the_new_collection(old: Release) -> None:
    waiting = [
        lambda: old.ingest("d/new.pdf", text("new", 2024, "teal")),
        lambda: old.ingest(KEYS[2], text("plain", 2024, "teal")),
        lambda: old.delete(KEYS[0]),
        lambda: old.erase(KEYS[0], old.world.documents.versions(KEYS[0])[-1].version_id),
        lambda: old.delete(KEYS[4]),
    ]

    def meanwhile(call: str) -> None:
        if call == "load_parsed" and waiting:
            waiting.pop(0)()

    release = new(old, documents=Watched(old.world.documents, after=meanwhile))
    assert release.reindex().switched
    assert waiting == []
    assert states(old.world, CUT) == states(old.world, SPEC)
    assert versions(new(old).service()) >= {("d/new.pdf", old.world.documents.versions("d/new.pdf")[0].version_id)}


@pytest.mark.parametrize("look", [1, 2, 3])
def test_what_is_published_after_any_look_at_the_commits_is_in_the_new_collection(old: Release, look: int) -> None:
    looks: list[str] = []

    def meanwhile(call: str) -> None:
        if call == "changes":
            looks.append(call)
            if len(looks) == look:
                old.ingest("d/new.pdf", text("new", 2024, "teal"))

    assert new(old, registry=Watched(old.world.registry, after=meanwhile)).reindex().switched
    assert len(looks) > 3
    assert states(old.world, CUT) == states(old.world, SPEC)
    assert any(one.startswith("d/new.pdf") for one in states(old.world, CUT))


def test_every_commit_says_which_key_it_changed(old: Release) -> None:
    changed = [change.key for change in old.world.registry.changes(0)]
    assert changed[::-1] == [*KEYS, KEYS[0], KEYS[1], KEYS[3], KEYS[3], KEYS[4]]


def test_a_build_that_is_only_prepared_is_caught_up_with_later(old: Release) -> None:
    assert not new(old).reindex(switching=False).switched
    assert versions(old.service())
    old.ingest("d/new.pdf", text("new", 2024, "teal"))
    assert states(old.world, CUT) != states(old.world, SPEC)
    assert new(old).reindex().switched
    assert states(old.world, CUT) == states(old.world, SPEC)


def test_what_is_erased_while_nobody_follows_is_gone_from_both_at_once(old: Release) -> None:
    new(old).reindex(switching=False)
    first = old.world.documents.versions(KEYS[0])[-1].version_id
    old.erase(KEYS[0], first)
    assert not [one for one in states(old.world, CUT) if first in one.split()]


# --- who may publish ----------------------------------------------------------------------------------------------


def test_a_task_of_the_release_before_publishes_nothing_after_the_switch_and_leaves_its_key_waiting(
    old: Release,
) -> None:
    task = old.task()
    new(old).reindex()
    before = states(old.world, CUT), states(old.world, SPEC), old.world.registry.commit_number()
    old.world.upload("d/new.pdf", text("new", 2024, "teal"))
    with pytest.raises(ConfigurationError, match=r"live collection .* another embedding spec"):
        synchronize("d/new.pdf", task, POLICY)
    assert (states(old.world, CUT), states(old.world, SPEC), old.world.registry.commit_number()) == before
    assert "d/new.pdf" in old.world.registry.waiting()
    new(old).look("d/new.pdf")
    assert ("d/new.pdf", "v9") in {tuple(one.split()[:2]) for one in states(old.world, CUT)} or versions(
        new(old).service(), "What is the seal of new like?"
    )


@pytest.mark.parametrize("call", ["rollback", "publish", "supersede", "count"])
def test_a_task_that_oversleeps_the_switch_in_its_turn_publishes_nowhere(old: Release, call: str) -> None:
    def overslept(name: str) -> None:
        if name == call and not slept:
            slept.append(name)
            old.world.clock.advance(POLICY.lease_seconds + 1)
            slept.append(new(old).reindex().switched)

    slept: list[object] = []
    task = old.task()
    old.world.upload(KEYS[2], text("plain", 2024, "teal"))
    with pytest.raises((LeaseLost, ConfigurationError)):
        synchronize(KEYS[2], replace(task, index=Watched(task.index, before=overslept)), POLICY)
    assert slept == [call, True]
    shown = versions(new(old).service(), "What is the rim of the plain seal like?")
    assert {version for key, version in shown if key == KEYS[2]} == {
        old.world.documents.versions(KEYS[2])[1].version_id
    }
    new(old).look(KEYS[2])
    shown = versions(new(old).service(), "What is the rim of the plain seal like?")
    assert {version for key, version in shown if key == KEYS[2]} == {
        old.world.documents.versions(KEYS[2])[0].version_id
    }


def test_a_second_reindex_is_refused_while_one_is_at_work(old: Release) -> None:
    refused: list[type[BaseException]] = []

    def second(call: str) -> None:
        if call == "load_parsed" and not refused:
            with pytest.raises(LeaseLost, match="Another reindex is at work") as error:
                new(old).reindexer("second").forward()
            refused.append(error.type)

    assert new(old, documents=Watched(old.world.documents, before=second)).reindex().switched
    assert refused == [LeaseLost]


def test_a_third_collection_is_refused_until_the_one_beside_is_gone(old: Release) -> None:
    new(old).reindex(switching=False)
    with pytest.raises(InvalidRequest, match="--abandon"):
        new(old, MODEL).reindex()
    new(old).reindexer().drop(Phase.BUILDING)
    assert new(old, MODEL).reindex().switched
    with pytest.raises(InvalidRequest, match="--drop-old"):
        new(old).reindex()
    new(old, MODEL).reindexer().drop(Phase.KEPT)
    assert new(old).reindex().switched


# --- back, and the end --------------------------------------------------------------------------------------------


def test_going_back_answers_as_before_with_what_was_deleted_since_gone(old: Release) -> None:
    service = old.service()
    before = excerpts(service)
    release = new(old)
    release.reindex()
    release.delete(KEYS[4])
    assert release.reindexer().back().switched
    assert excerpts(service) == {one for one in before if "erased" not in one}
    assert KEYS[4] not in {key for key, _ in versions(service)}
    old.ingest("d/new.pdf", text("new", 2024, "teal"))


def test_going_back_brings_what_was_published_since_if_its_release_does_it(old: Release) -> None:
    release = new(old)
    release.reindex()
    release.ingest("d/new.pdf", text("new", 2024, "teal"))
    release.ingest(KEYS[2], text("plain", 2024, "teal"))
    done = release.reindexer().back()
    assert not done.switched
    assert all("only the release of the other collection" in fault for fault in done.faults)
    assert old.reindexer().back().switched
    assert states(old.world, SPEC) == states(old.world, CUT)
    assert new(old).reindexer().back().switched  # and forward again


def test_a_collection_that_is_kept_goes_on_showing_a_document_until_what_replaced_it_is_there(old: Release) -> None:
    service, release = old.service(), new(old, MODEL)
    release.reindex()
    first = old.world.documents.versions(KEYS[2])[0].version_id
    second = release.ingest(KEYS[2], text("plain", 2024, "teal"))
    asked = "What is the rim of the plain seal like?"
    assert {version for key, version in versions(service, asked) if key == KEYS[2]} == {first}
    assert {version for key, version in versions(release.service(), asked) if key == KEYS[2]} == {second}


def test_what_is_deleted_is_gone_from_a_collection_that_is_kept_at_once(old: Release) -> None:
    service, release = old.service(), new(old, MODEL)
    release.reindex()
    assert KEYS[2] in {key for key, _ in versions(service)}
    release.delete(KEYS[2])
    assert KEYS[2] not in {key for key, _ in versions(service)} | {key for key, _ in versions(release.service())}


def test_the_old_collection_is_removed_and_nothing_misses_it(old: Release) -> None:
    release = new(old)
    release.reindex()
    release.reindexer().drop(Phase.KEPT)
    assert old.world.index.beside(old.world.index.name).built() is None
    release.delete(KEYS[2])
    with pytest.raises(InvalidRequest, match="No collection is kept"):
        release.reindexer().back()
    with pytest.raises(InvalidRequest, match="nothing to remove"):
        release.reindexer().drop(Phase.KEPT)
    actions = [AuditAction.COLLECTION_SWITCHED, AuditAction.COLLECTION_DROPPED]
    assert [action for action, *_ in old.world.audit.records if action in actions] == actions


def test_an_estate_without_a_collection_has_nothing_to_reindex() -> None:
    world = World()
    world.index.drop(world.index.name)
    with pytest.raises(InvalidRequest, match="first document creates it"):
        Release(world, CUT).reindex()


def test_a_release_whose_collection_is_live_has_nothing_to_do(old: Release) -> None:
    done = old.reindex()
    assert (done.switched, done.verified, done.after.spec) == (True, None, SPEC)


def test_a_fake_index_of_a_task_works_on_its_collection_by_name(old: Release) -> None:
    task = old.task()
    new(old).reindex()
    assert isinstance(task.index, FakeIndex)
    assert task.index.spec == SPEC
