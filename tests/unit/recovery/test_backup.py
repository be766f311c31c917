"""A backup holds the whole estate as it was at one commit number, or there is none."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from raglite.errors import DependencyUnavailable, InvalidBackup
from raglite.ports.recovery import RESTORED_ID, NamedObject, StoredObject
from raglite.recovery import manifest as names
from raglite.recovery.lines import object_of
from raglite.recovery.manifest import Manifest, moment_of
from raglite.recovery.opened import Backups, Which, opened
from raglite.recovery.verifying import verify
from raglite.telemetry import AuditAction
from tests.fakes.archives import FakeDocumentsArchive, FakeIndexArchive, FakeParsedArchive, FakeRegistryArchive
from tests.fakes.backups import FakeBackupStore, FakeSigner
from tests.fakes.watched import Watched, failing
from tests.unit.recovery.backed_up import DAY, BackedUp, estate


def rows(held: BackedUp, manifest: Manifest, name: str) -> list[Any]:
    backups = Backups(held.store, held.recovery.signer)
    with opened(backups, Which(id=manifest.id), held.world.clock.now()) as one:
        return list(one.rows(name))


def faults(held: BackedUp, manifest: Manifest) -> tuple[str, ...]:
    return verify(held.recovery, manifest.id, held.world.clock.now(), deep=True).faults


def test_it_holds_every_version_marker_parse_item_and_point() -> None:
    held = estate()
    made = held.back_up().manifest
    documents = [object_of(row) for row in rows(held, made, names.DOCUMENTS)]
    assert [replace(one, sha256=None, metadata={}, content_type=None) for one in documents] == list(
        held.recovery.documents.objects()
    )
    assert {one.sha256 for one in documents if not one.is_delete_marker} <= held.store.bodies.keys()
    items = sorted(held.recovery.registry.items(), key=lambda item: (item["pk"], item["sk"]))
    assert rows(held, made, names.REGISTRY) == items
    assert [row["name"] for row in rows(held, made, names.PARSED)] == [
        one.name for one in held.recovery.parsed.objects()
    ]
    counts = made.counts
    assert (counts.keys, counts.versions, counts.markers, counts.parsed) == (3, 4, 1, 8)
    assert (counts.items, counts.searchable, counts.points) == (len(items), 3, 8)
    assert (made.commit, made.collections[0].digest) == (4, held.world.index.digest(4))
    assert faults(held, made) == ()


def test_what_uploaders_have_told_of_a_document_is_kept_but_not_the_id_that_a_restore_noted() -> None:
    held = estate()
    held.world.documents.described["plain.txt", "v5"] = {"company": "Cog", "content-type": "text/x", RESTORED_ID: "v9"}
    (plain,) = (row for row in rows(held, held.back_up().manifest, names.DOCUMENTS) if row["key"] == "plain.txt")
    assert (plain["metadata"], plain["content_type"], plain["version_id"]) == ({"company": "Cog"}, "text/x", "v5")


def test_it_tells_the_secrets_versions_and_the_settings_and_no_value_of_a_secret() -> None:
    held = estate()
    made = held.back_up().manifest
    told = json.loads(held.store.parts[made.id, names.ESTATE])
    assert told == {
        "secrets": [{"name": "raglite/api-keys", "version_id": "s1"}],
        "settings": {"collection": "live"},
    }


def test_the_manifest_is_signed_and_written_last() -> None:
    held, calls = estate(), list[str]()

    class Store(FakeBackupStore):
        def put(self, backup: str, name: str, path: Any) -> None:
            calls.append(name)
            super().put(backup, name, path)

    held.store = Store(held.world.clock)
    made = held.back_up().manifest
    assert calls[-2:] == [names.SIGNATURE, names.MANIFEST]
    assert set(calls[:-2]) == {part.name for part in made.parts}
    assert moment_of(made.id) == made.began.replace(microsecond=0)
    assert made.signed() == held.store.parts[made.id, names.MANIFEST]


def test_it_is_counted_and_told_in_the_audit_log() -> None:
    held = estate()
    made = held.back_up().manifest
    action, actor, told = held.world.audit.records[-1]
    assert (action, actor, told["backup"]) == (AuditAction.BACKUP_MADE, "raglite (somebody)", made.id)
    assert [name for name, _ in held.world.telemetry.metrics[-2:]] == ["BackupTime", "Backups"]


def test_the_next_backup_reads_only_what_is_new() -> None:
    held = estate()
    held.back_up()
    held.world.ingest("new.txt", b"Dot plc 10-K 2021\nThe rim is new.")
    fetched: list[str] = []
    watched = Watched(held.recovery.documents, fetched.append)
    made = held.back_up(documents=watched)
    assert fetched == ["objects", "described", "fetch"]
    assert made.tally.new == 2  # the document and its parse; its figures, none, are kept already
    assert faults(held, made.manifest) == ()


def test_what_many_documents_have_in_common_is_kept_once_however_many_are_read_at_once() -> None:
    held, calls = estate(), list[str]()
    for number in range(40):
        held.world.documents.put(f"copies/{number}.txt", b"the same in all of them")
    made = held.back_up(store=Watched(held.store, calls.append))
    assert (calls.count("keep"), made.tally.new, made.manifest.counts.contents) == (10, 10, 10)


def test_a_parse_that_was_made_anew_is_read_anew() -> None:
    held = estate()
    held.back_up()
    key = ("plain.txt", "v5")
    parsed = held.world.documents.parsed[key]
    held.world.documents.parsed[key] = parsed.model_copy(update={"parser_version": parsed.parser_version[::-1] + "2"})
    made = held.back_up()
    assert made.tally.new == 1
    assert faults(held, made.manifest) == ()


def test_a_damaged_backup_or_a_foreign_folder_does_not_hide_the_good_one_before_it() -> None:
    held = estate()
    good = held.back_up().manifest
    held.world.clock.advance(DAY)
    damaged = held.back_up().manifest
    held.store.parts[damaged.id, names.SIGNATURE] = b"forged"
    for part in (names.MANIFEST, names.SIGNATURE):
        held.store.parts["zzz", part] = b"put there by somebody"
    with opened(Backups(held.store, FakeSigner()), Which(as_of=good.completed), held.world.clock.now()) as found:
        assert found.manifest == good
    fetched: list[str] = []
    held.world.clock.advance(DAY)
    held.back_up(documents=Watched(held.recovery.documents, fetched.append))
    assert fetched == ["objects"]


def test_a_content_that_came_back_otherwise_is_written_anew_by_the_next_run() -> None:
    held = estate()

    class Spoiling(FakeBackupStore):
        spoiled = False

        def keep(self, sha256: str, path: Any, until: Any) -> None:
            super().keep(sha256, path, until)
            if not self.spoiled:
                self.spoiled = True
                self.bodies[sha256] = b"other bytes"

    held.store = Spoiling(held.world.clock)
    with pytest.raises(DependencyUnavailable, match="gives other bytes back"):
        held.back_up()
    made = held.back_up().manifest
    assert verify(held.recovery, made.id, held.world.clock.now(), deep=True).faults == ()


def test_a_damaged_last_backup_is_told_and_nothing_of_it_believed() -> None:
    held = estate()
    last = held.back_up().manifest
    held.store.parts[last.id, names.DOCUMENTS] = b"damaged"
    made = held.back_up()
    assert any("documents.jsonl.gz" in sentence for sentence in held.heard)
    assert any("Everything is read" in sentence for sentence in held.heard)
    assert (made.tally.new, faults(held, made.manifest)) == (0, ())


def test_a_content_that_was_lost_is_kept_again() -> None:
    held = estate()
    held.back_up()
    lost = next(iter(held.store.bodies))
    del held.store.bodies[lost], held.store.kept[lost], held.store.locked["", lost]
    made = held.back_up()
    assert (made.tally.new, faults(held, made.manifest)) == (1, ())


def test_every_content_is_locked_for_as_long_as_any_backup_that_needs_it() -> None:
    held = estate()
    for _ in range(12):
        made = held.back_up().manifest
        needed = {row["sha256"] for row in rows(held, made, names.CONTENTS)}
        left = [(held.store.locked["", one] - held.world.clock.now()).total_seconds() for one in needed]
        assert min(left) >= 30 * DAY - 60
        held.world.clock.advance(10 * DAY)


def test_locks_are_prolonged_now_and_then_and_not_with_every_backup() -> None:
    held, prolonged = estate(), list[str]()
    for _ in range(10):
        held.back_up(store=Watched(held.store, prolonged.append))
        held.world.clock.advance(12 * 3600)
    assert prolonged.count("prolong") == 0
    held.world.clock.advance(30 * DAY)
    before = {content: held.store.locked["", content] for content in held.store.bodies}
    held.back_up(store=Watched(held.store, prolonged.append))
    assert prolonged.count("prolong") >= len(before)  # two threads may meet with the same content
    assert [content for content, until in before.items() if held.store.locked["", content] <= until] == []


def test_an_estate_without_anything_has_a_backup() -> None:
    held = BackedUp()
    made = held.back_up().manifest
    assert (made.commit, made.committed_at, made.counts.keys) == (0, None, 0)
    assert faults(held, made) == ()


# --- a backup of a disaster is none -------------------------------------------------------------------------------


def refused(held: BackedUp, **replaced: Any) -> str:
    with pytest.raises(InvalidBackup) as fault:
        held.back_up(**replaced)
    assert list(held.store.complete()) == []
    return str(fault.value)


def test_a_lost_index_is_refused_unless_it_is_to_be_left_out() -> None:
    held = estate()
    held.world.index.drop(held.recovery.index.live().name)  # type: ignore[union-attr]  # the estate has one
    assert "The index is lost" in refused(held)
    made = held.back_up(without_index=True).manifest
    assert (made.collections, made.counts.points, faults(held, made)) == ((), 0, ())


def test_a_registry_that_is_behind_the_index_is_refused() -> None:
    held = estate()
    held.world.registry.number, held.world.registry.times = 2, held.world.registry.times[:2]
    held.world.registry.keys = held.world.registry.keys[:2]
    assert "registry is older than the index: it is at commit 2" in refused(held)


def test_an_index_that_has_lost_points_is_refused_by_the_documents_name() -> None:
    held = estate()
    held.world.index.discard("plain.txt", "v5")
    sentence = refused(held)
    assert "plain.txt shows 0 of 2 points" in sentence
    assert held.paused == [10.0, 10.0]


def test_a_document_that_the_bucket_has_lost_is_named() -> None:
    held = estate()
    held.world.documents.erase("plain.txt", "v5")
    assert "plain.txt in version v5 is called searchable and has no document" in refused(held)


def test_a_parsed_document_that_is_lost_is_named() -> None:
    held = estate()
    held.world.documents.forget("a/replaced.txt", "v2")
    assert "a/replaced.txt in version v2 is called searchable and has no parsed document" in refused(held)


# --- an estate that goes on changing ------------------------------------------------------------------------------


class Changing:
    """Does something at one call of an archive, once."""

    def __init__(self, part: Any, call: str, change: Callable[[], object]) -> None:
        self.part, self.call, self.change, self.done = part, call, change, False

    def __getattr__(self, name: str) -> Any:
        member = getattr(self.part, name)
        if name == self.call and not self.done:
            self.done = True
            self.change()
        return member


def test_what_is_published_while_the_registry_is_read_belongs_to_the_backup() -> None:
    held = estate()
    change = lambda: held.world.ingest("late.txt", b"Eve SA 10-K 2021\nThe rim is late.")  # noqa: E731  a change

    class Slow(FakeRegistryArchive):
        def items(self) -> Any:
            found = list(super().items())
            change()
            return iter(found)

    made = held.back_up(registry=Slow(held.world.registry)).manifest
    assert (made.commit, made.counts.searchable, made.counts.keys) == (5, 4, 4)
    publishing = ("document#", "work")  # whose lease nobody needs
    kept = {(item["pk"], item["sk"]): item for item in rows(held, made, names.REGISTRY)}
    there = {(item["pk"], item["sk"]): item for item in held.recovery.registry.items()}
    assert kept | {publishing: None} == there | {publishing: None}
    assert faults(held, made) == ()


@pytest.mark.parametrize(
    ("part", "call"),
    [("documents", "objects"), ("parsed", "objects"), ("index", "live"), ("index", "snapshot"), ("index", "digest")],
)
def test_what_is_published_later_does_not_show_at_the_backups_commit(part: str, call: str) -> None:
    held = estate()
    archive = getattr(held.recovery, part)
    change = Changing(archive, call, lambda: held.world.ingest("plain.txt", b"Cog Ltd 10-K 2022\nThe rim is late."))
    before = held.world.index.digest(4)
    made = held.back_up(**{part: change}).manifest
    assert (made.commit, made.collections[0].digest, faults(held, made)) == (4, before, ())


def erased(held: BackedUp) -> Callable[[], None]:
    """Return what erases a searchable version for good, seen to as the ingest task would."""

    def change() -> None:
        held.world.documents.erase("plain.txt", "v5")
        held.world.ingest("plain.txt", b"Cog Ltd 10-K 2022\nThe rim is later.")

    return change


@pytest.mark.parametrize(
    ("part", "call"),
    [
        ("documents", "objects"),
        ("documents", "described"),
        ("parsed", "objects"),
        ("index", "live"),
        ("index", "digest"),
    ],
)
def test_what_is_erased_meanwhile_is_looked_at_again_and_the_backup_fits_together(part: str, call: str) -> None:
    held = estate()
    made = held.back_up(**{part: Changing(getattr(held.recovery, part), call, erased(held))})
    assert faults(held, made.manifest) == ()


def test_a_version_that_vanishes_before_it_is_read_is_left_out_only_if_it_is_gone() -> None:
    held = estate()

    class Vanishing(FakeDocumentsArchive):
        def fetch(self, stored: StoredObject, into: Any) -> str:
            if stored.version_id == "v1":
                self.documents.erase(stored.key, stored.version_id)
            return super().fetch(stored, into)

    made = held.back_up(documents=Vanishing(held.world.documents))
    assert made.tally.vanished == ["a/replaced.txt in version v1"]
    assert (made.manifest.counts.versions, faults(held, made.manifest)) == (3, ())


def test_a_version_that_is_listed_and_cannot_be_read_is_no_omission_but_a_failure() -> None:
    held = estate()
    del held.world.documents.bodies["a/replaced.txt", "v1"]
    with pytest.raises(DependencyUnavailable, match=r"lists a/replaced\.txt in version v1 and does not give it"):
        held.back_up()
    assert list(held.store.complete()) == []


def test_an_estate_that_never_comes_to_rest_is_to_be_tried_again() -> None:
    held = estate()
    held.world.documents.erase("plain.txt", "v5")
    held.world.registry.request("plain.txt")
    with pytest.raises(DependencyUnavailable, match="changes faster than it can be copied"):
        held.back_up()


def test_what_settles_while_it_is_waited_for_ends_in_a_backup() -> None:
    held = estate()
    held.world.documents.erase("plain.txt", "v5")
    made = held.back_up(pause=lambda _: held.world.ingest("plain.txt", b"Cog Ltd 10-K 2022\nThe rim is later."))
    assert (made.rounds, faults(held, made.manifest)) == (2, ())


# --- what the bucket gives back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["fetch", "take"])
def test_a_bucket_that_gives_other_bytes_back_has_no_backup(call: str) -> None:
    held = estate()

    class Lying(FakeBackupStore):
        def fetch(self, backup: str, name: str, into: Any) -> str:
            return "0" * 64 if call == "fetch" and name == names.REGISTRY else super().fetch(backup, name, into)

        def take(self, sha256: str, into: Any) -> str:
            return "0" * 64 if call == "take" else super().take(sha256, into)

    held.store = Lying(held.world.clock)
    with pytest.raises(DependencyUnavailable, match="gives other bytes back"):
        held.back_up()
    assert list(held.store.complete()) == []


@pytest.mark.parametrize("call", ["contents", "keep", "take", "put", "fetch"])
def test_a_bucket_that_does_not_answer_is_tried_again_by_the_next_run(call: str) -> None:
    held = estate()
    with pytest.raises(DependencyUnavailable):
        held.back_up(store=Watched(held.store, failing(call)))
    assert faults(held, held.back_up().manifest) == ()


def test_fewer_bytes_than_were_listed_are_no_document() -> None:
    held = estate()

    class Short(FakeParsedArchive):
        def objects(self) -> Any:
            return (NamedObject(one.name, one.size + 1, one.tag) for one in super().objects())

    class ShortDocuments(FakeDocumentsArchive):
        def objects(self, prefix: str = "") -> Any:
            return (replace(one, size=one.size + 1) for one in super().objects(prefix))

    assert held.back_up(parsed=Short(held.world.documents)).manifest.counts.parsed == 8  # written anew meanwhile
    held.store = FakeBackupStore(held.world.clock)
    with pytest.raises(DependencyUnavailable, match=r"of .* bytes of a/replaced\.txt"):
        held.back_up(documents=ShortDocuments(held.world.documents))


def test_snapshots_are_removed_from_the_disk_one_by_one(tmp_path: Any) -> None:
    held, seen = estate(), list[int]()

    class TwoNodes(FakeIndexArchive):
        def snapshot(self, name: str, folder: Any) -> Any:  # noqa: ARG002  the port's
            for number in range(2):
                seen.append(len(list(folder.iterdir())))
                path = folder / f"{number}.snapshot"
                path.write_bytes(b"snapshot %d" % number)
                yield path

    made = held.back_up(index=TwoNodes(held.world.index.server)).manifest
    assert (seen, len(made.collections[0].snapshots)) == ([0, 0], 2)
