"""Whatever is wrong with a backup is said in a sentence that names the part."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from raglite.recovery import manifest as names
from raglite.recovery.lines import write_lines
from raglite.recovery.manifest import Manifest
from raglite.recovery.verifying import verify
from tests.fakes.backups import FakeSigner
from tests.unit.recovery.backed_up import BackedUp, estate


def made() -> tuple[BackedUp, Manifest]:
    held = estate()
    return held, held.back_up().manifest


def faults(held: BackedUp, backup: str, deep: bool = False) -> list[str]:
    return list(verify(held.recovery, backup, held.world.clock.now(), deep).faults)


def rewritten(
    held: BackedUp, manifest: Manifest, name: str, change: Callable[[list[Any]], list[Any]], tmp: Any
) -> None:
    """Change a list, and let manifest and signature agree with it: what a faulty release would write."""
    rows = [json.loads(line) for line in gzip.decompress(held.store.parts[manifest.id, name]).splitlines()]
    entries = write_lines(tmp / "rows", change(rows))
    body = (tmp / "rows").read_bytes()
    held.store.parts[manifest.id, name] = body
    part = manifest.part(name).model_copy(
        update={"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "entries": entries}
    )
    parts = tuple(part if one.name == name else one for one in manifest.parts)
    signed(held, manifest.model_copy(update={"parts": parts}))


def signed(held: BackedUp, manifest: Manifest) -> None:
    held.store.parts[manifest.id, names.MANIFEST] = manifest.signed()
    held.store.parts[manifest.id, names.SIGNATURE] = held.recovery.signer.sign(manifest.signed())


def test_a_whole_backup_has_no_faults_however_closely_it_is_looked_at() -> None:
    held, manifest = made()
    assert verify(held.recovery, manifest.id, held.world.clock.now(), deep=True).manifest == manifest
    assert faults(held, manifest.id) == faults(held, manifest.id, deep=True) == []


def test_every_part_that_is_missing_is_named() -> None:
    held, manifest = made()
    for part in manifest.parts:
        body = held.store.parts.pop((manifest.id, part.name))
        assert any(f"{part.name} is missing" in fault for fault in faults(held, manifest.id)), part.name
        held.store.parts[manifest.id, part.name] = body
    assert faults(held, manifest.id) == []


def test_one_byte_that_is_another_is_found_in_whatever_part_it_is() -> None:
    held, manifest = made()
    for part in manifest.parts:
        body = held.store.parts[manifest.id, part.name]
        middle = len(body) // 2
        held.store.parts[manifest.id, part.name] = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        (fault,) = faults(held, manifest.id)
        assert fault.startswith(f"Backup {manifest.id}: {part.name} is damaged")
        held.store.parts[manifest.id, part.name] = body


def test_all_damages_are_told_at_once() -> None:
    held, manifest = made()
    for name in (names.DOCUMENTS, names.ESTATE):
        held.store.parts[manifest.id, name] = b""
    assert len(faults(held, manifest.id)) == 2


def test_a_manifest_that_another_key_has_signed_is_not_believed() -> None:
    held, manifest = made()
    other = replace(held.recovery, signer=FakeSigner(b"another"))
    (fault,) = verify(other, manifest.id, held.world.clock.now()).faults
    assert "is not signed by the key of our backups" in fault


def test_a_manifest_that_was_changed_is_not_believed() -> None:
    held, manifest = made()
    changed = manifest.model_copy(update={"commit": 99})
    held.store.parts[manifest.id, names.MANIFEST] = changed.signed()
    assert "is not signed" in faults(held, manifest.id)[0]


def test_an_older_manifest_in_the_place_of_a_newer_one_is_found() -> None:
    held, old = made()
    held.world.ingest("late.txt", b"Eve SA 10-K 2021\nThe rim is late.")
    new = held.back_up().manifest
    for name in (names.MANIFEST, names.SIGNATURE):
        held.store.parts[new.id, name] = held.store.parts[old.id, name]
    (fault,) = faults(held, new.id)
    assert f"its manifest.json is that of backup {old.id}" in fault


def test_a_manifest_of_another_format_is_not_read() -> None:
    held, manifest = made()
    signed(held, manifest.model_copy(update={"format": 2}))
    assert "has format 2, this release reads 1" in faults(held, manifest.id)[0]


def test_a_backup_that_is_too_old_is_told() -> None:
    held, manifest = made()
    held.world.clock.advance(25 * 3600)
    (fault,) = verify(held.recovery, manifest.id, held.world.clock.now(), max_age=timedelta(hours=24)).faults
    assert "25.0 h old, 24.0 h are allowed" in fault


def test_a_content_that_is_missing_is_named_by_its_document() -> None:
    held, manifest = made()
    lost = hashlib.sha256(held.world.documents.bodies["plain.txt", "v5"]).hexdigest()
    del held.store.bodies[lost], held.store.kept[lost]
    (fault,) = faults(held, manifest.id)
    assert "the content of plain.txt in version v5 is missing" in fault


def test_a_content_of_another_size_is_as_good_as_missing() -> None:
    held, manifest = made()
    lost = hashlib.sha256(held.world.documents.bodies["plain.txt", "v5"]).hexdigest()
    held.store.kept[lost] = replace(held.store.kept[lost], size=1)
    assert "the content of plain.txt in version v5 is missing" in faults(held, manifest.id)[0]


def test_a_content_that_is_damaged_is_found_by_reading_it() -> None:
    held, manifest = made()
    lost = next(iter(held.store.bodies))
    held.store.bodies[lost] = b"x" * len(held.store.bodies[lost])
    assert faults(held, manifest.id) == []
    (fault,) = faults(held, manifest.id, deep=True)
    assert f"the content {lost} is damaged" in fault


def test_a_document_that_was_silently_skipped_is_found(tmp_path: Any) -> None:
    held, manifest = made()
    rewritten(
        held, manifest, names.DOCUMENTS, lambda rows: [row for row in rows if row["key"] != "plain.txt"], tmp_path
    )
    found = faults(held, manifest.id)
    assert any("plain.txt in version v5 is called searchable and has no document" in fault for fault in found)
    assert any("it has 2 keys, the manifest says 3" in fault for fault in found)


def test_a_parse_that_was_silently_skipped_is_found(tmp_path: Any) -> None:
    held, manifest = made()
    rewritten(held, manifest, names.PARSED, lambda rows: rows[:-2], tmp_path)
    assert any("has no parsed document" in fault for fault in faults(held, manifest.id))


def test_items_of_another_commit_are_found(tmp_path: Any) -> None:
    held, manifest = made()
    signed(held, manifest.model_copy(update={"commit": 7}))
    assert any("is of commit 4, the manifest of 7" in fault for fault in faults(held, manifest.id))


def test_a_record_that_nobody_can_read_is_found(tmp_path: Any) -> None:
    held, manifest = made()

    def broken(rows: list[Any]) -> list[Any]:
        return [row | {"record": "{}"} if row["sk"] == "version#v5" else row for row in rows]

    rewritten(held, manifest, names.REGISTRY, broken, tmp_path)
    found = faults(held, manifest.id)
    assert any("has a record of document#plain.txt that nobody can read" in fault for fault in found)


def test_a_content_that_is_not_named_would_be_pruned_and_is_found(tmp_path: Any) -> None:
    held, manifest = made()
    rewritten(held, manifest, names.CONTENTS, lambda rows: rows[1:], tmp_path)
    assert any("contents.jsonl.gz does not name the content of" in fault for fault in faults(held, manifest.id))


def test_a_collection_without_a_snapshot_is_found() -> None:
    held, manifest = made()
    bare = manifest.collections[0].model_copy(update={"snapshots": ()})
    signed(held, manifest.model_copy(update={"collections": (bare,)}))
    assert any("has no snapshot" in fault for fault in faults(held, manifest.id))


@pytest.mark.parametrize(
    "name", ["versions", "markers", "parsed", "items", "searchable", "points", "contents", "bytes"]
)
def test_every_count_is_counted_again(name: str) -> None:
    held, manifest = made()
    counts = manifest.counts.model_copy(update={name: 77})
    signed(held, manifest.model_copy(update={"counts": counts}))
    assert [f"{name}, the manifest says 77" in fault for fault in faults(held, manifest.id)] == [True]


def test_what_is_no_backup_is_told() -> None:
    assert "manifest.json is missing" in faults(estate(), "20260101T000000Z-00000000")[0]
