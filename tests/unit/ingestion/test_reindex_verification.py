"""What is wrong with a new collection is found before it is switched to."""

from dataclasses import replace
from typing import Any

import pytest

from raglite.evaluation.runs import Question
from raglite.model import EmbeddingSpec
from raglite.ports import Holding
from tests.fakes.embedder import SPEC
from tests.fakes.index import FakeIndex
from tests.fakes.services import World
from tests.unit.ingestion.two_collections import CUT, KEYS, MODEL, Release, built, history, states, text


@pytest.fixture
def old() -> Release:
    release = Release(World(), SPEC)
    history(release)
    return release


def new(old: Release, spec: EmbeddingSpec = CUT, **parts: Any) -> Release:
    return Release(old.world, spec, parts)


def test_what_cannot_be_built_is_named_and_nothing_is_switched(old: Release) -> None:
    version = old.world.documents.versions(KEYS[2])[0].version_id
    kept = old.world.documents.load_parsed(KEYS[2], version)
    old.world.documents.forget(KEYS[2], version)
    done = new(old).reindex()
    assert not done.switched
    assert [fault for fault in done.faults if KEYS[2] in fault and version in fault] == list(done.faults)
    assert old.task().index.built() == old.operator().index.built()
    old.world.documents.save_parsed(KEYS[2], version, kept)
    assert new(old).reindex().switched


def test_a_document_whose_parsed_pages_are_gone_can_be_given_up_as_the_fault_says(old: Release) -> None:
    lost = old.world.documents.versions(KEYS[2])[0].version_id
    old.world.documents.forget(KEYS[2], lost)
    newest = old.ingest(KEYS[2], text("plain", 2024, "teal"))
    done = new(old).reindex()
    assert (done.switched, f"{lost} are gone" in done.faults[0]) == (False, True)
    old.erase(KEYS[2], lost)
    assert new(old).reindex().switched
    assert f"{KEYS[2]} {newest} 1" in states(old.world, CUT)


def test_a_golden_question_that_misses_its_page_switches_nothing(old: Release) -> None:
    asked = "What is the rim of the plain seal like?"
    good = Question(id="good", question=asked, doc="plain.pdf", evidence_pages=(1,))
    bad = Question(id="bad", question=asked, doc="elsewhere.pdf", evidence_pages=(1,))
    done = new(old).reindex(golden=[good, bad])
    assert (done.switched, len(done.faults)) == (False, 1)
    assert "golden question bad" in done.faults[0]
    assert new(old).reindex(golden=[good]).switched


def test_a_collection_that_lost_points_after_it_was_filled_is_not_switched_to(old: Release) -> None:
    new(old).reindex(switching=False)
    beside = old.world.index.beside(built(old.world, CUT).name)
    commit = old.world.registry.commit_number()
    identity = next(one for one, stamped in beside.stored.items() if stamped.visible(commit))
    del beside.stored[identity]
    done = new(old).reindex()
    assert not done.switched
    assert "points, and" in done.faults[0]


def test_a_document_that_lost_points_is_found_among_many(old: Release) -> None:
    for number in range(30):
        old.ingest(f"many/{number:02}.pdf", text(f"many{number}", 2021, "vermilion"))
    new(old).reindex(switching=False)
    beside = old.world.index.beside(built(old.world, CUT).name)
    for number in range(30):
        points = [one for one, stamped in beside.stored.items() if stamped.point.key == f"many/{number:02}.pdf"]
        del beside.stored[points[0]]
    faults = new(old).reindex().faults
    assert [fault.partition(":")[0] for fault in faults] == [f"many/{number:02}.pdf" for number in range(30)]


def test_a_document_that_lost_points_meanwhile_is_not_gone_back_to_by_a_release_that_cannot_ask(old: Release) -> None:
    release = new(old, MODEL.model_copy(update={"max_tokens": 40}))
    release.reindex()
    kept = old.world.index.beside(built(old.world, SPEC).name)
    commit = old.world.registry.commit_number()
    del kept.stored[next(one for one, stamped in kept.stored.items() if stamped.visible(commit))]
    done = release.reindexer().back()
    assert (done.switched, "points, and" in "".join(done.faults)) == (False, True)


@pytest.mark.parametrize("is_mended", [False, True], ids=["as it is", "indexed anew"])
def test_what_the_live_collection_has_lost_is_whole_in_a_new_one(old: Release, is_mended: bool) -> None:
    stored, commit = old.world.index.stored, old.world.registry.commit_number()
    shown = [one for one, stamped in stored.items() if stamped.point.key == KEYS[2] and stamped.visible(commit)]
    del stored[shown[0]]
    if is_mended:  # the edition that lost a point stays, for questions about an earlier date
        old.look(KEYS[2])
    done = new(old, MODEL).reindex()
    assert (done.switched, done.faults) == (True, ())
    assert new(old, MODEL).service().index.count(KEYS[2], commit=commit) == len(shown)


def test_passages_that_their_vectors_do_not_find_switch_nothing(old: Release) -> None:
    new(old).reindex(switching=False)
    beside = old.world.index.beside(built(old.world, CUT).name)
    for stamped in beside.stored.values():
        if stamped.point.dense is not None:
            stamped.point = replace(stamped.point, dense=-stamped.point.dense)
    done = new(old).reindex()
    assert not done.switched
    assert "is not found by its own vector" in done.faults[0]


def test_what_is_erased_while_both_are_compared_is_no_fault(old: Release) -> None:
    first = old.world.documents.versions(KEYS[0])[-1].version_id
    scans: list[str] = []

    class Scanned(FakeIndex):
        def beside(self, name: str) -> "Scanned":
            return Scanned(self.server, name)

        def holdings(self, key: str | None = None) -> tuple[Holding, ...]:
            found = super().holdings(key)
            scans.append(self.name) if key is None else None
            if len(scans) == 3 and key is None:  # the live one, when all is built and compared again
                old.erase(KEYS[0], first)
            return found

    done = new(old).reindexer(index=Scanned(old.world.index.server)).forward()
    assert (done.switched, done.faults) == (True, ())
    assert first not in {one.split()[1] for one in states(old.world, CUT)}
