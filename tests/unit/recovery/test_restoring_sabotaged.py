"""What is wrong with a backup, or with what was made of it, is said in a sentence; nothing is passed over."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from raglite.errors import ConfigurationError, InvalidBackup
from raglite.recovery.lines import write_lines
from raglite.recovery.manifest import DOCUMENTS, MANIFEST, PARSED, REGISTRY, SIGNATURE, Part
from raglite.recovery.restoring.everything import EverythingRestore
from raglite.recovery.restoring.lost_index import LostIndex
from raglite.recovery.restoring.target import Restored
from tests.fakes.backups import FakeSigner
from tests.fakes.index import FakeServer
from tests.unit.recovery.estates import BACK, PLAIN, REPLACED, Estate, Stores


def restore(estate: Estate, into: Stores, *, with_index: bool = True, **which: object) -> Restored:
    with estate.opened(**which) as backup:
        return EverythingRestore(backup, into.target(estate.world), with_index=with_index).run()


def backed_up() -> tuple[Estate, str]:
    estate = Estate().fill()
    return estate, estate.back_up()


def spoil(estate: Estate, backup: str, ending: str, change: Callable[[bytes], bytes] | None) -> None:
    """Change a part, or remove it."""
    of = next(one for one in estate.store.parts if one[0] == backup and one[1].endswith(ending))
    if change is None:
        del estate.store.parts[of]
    else:
        estate.store.parts[of] = change(estate.store.parts[of])


def turned(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


@pytest.mark.parametrize("part", [DOCUMENTS, PARSED, REGISTRY, ".snapshot"])
def test_a_part_with_one_bit_turned_is_named_and_nothing_can_be_read_from_it(part: str) -> None:
    estate, backup = backed_up()
    spoil(estate, backup, part, turned)
    with pytest.raises(InvalidBackup, match=rf"Backup {backup}: .*{part} is damaged: its sha256 is another"):
        restore(estate, Stores.empty(estate.world, "w"))


@pytest.mark.parametrize("part", [DOCUMENTS, PARSED, REGISTRY, MANIFEST, SIGNATURE, ".snapshot"])
def test_a_part_that_is_missing_is_named(part: str) -> None:
    estate, backup = backed_up()
    spoil(estate, backup, part, None)
    with pytest.raises(InvalidBackup, match=rf"Backup {backup}: .*{part} is missing"):
        restore(estate, Stores.empty(estate.world, "w"), id=backup)


def test_a_damaged_registry_is_noticed_by_who_needs_only_the_index() -> None:
    estate, backup = backed_up()
    spoil(estate, backup, REGISTRY, turned)
    stores = replace(estate.stores, server=FakeServer())
    with estate.opened() as opened, pytest.raises(InvalidBackup, match=f"{REGISTRY} is damaged"):
        LostIndex(opened, stores.target(estate.world), "again").run()


def test_a_content_that_is_missing_or_damaged_is_named_by_its_document() -> None:
    for change in (None, turned):
        estate, _ = backed_up()
        sha256 = next(sha256 for sha256, body in estate.store.bodies.items() if b"teal" in body and b"UNITED" in body)
        if change is None:
            del estate.store.bodies[sha256]
        else:
            estate.store.bodies[sha256] = change(estate.store.bodies[sha256])
        with pytest.raises(InvalidBackup, match=rf"the content of {BACK} is (missing|damaged)"):
            restore(estate, Stores.empty(estate.world, "w"))


def test_a_manifest_signed_by_another_key_is_not_believed() -> None:
    estate, backup = backed_up()
    object.__setattr__(estate, "signer", FakeSigner(b"another"))
    with pytest.raises(InvalidBackup, match=f"Backup {backup}: {MANIFEST} is not signed by the key of our backups"):
        restore(estate, Stores.empty(estate.world, "w"))


def test_an_older_manifest_in_the_place_of_a_newer_one_is_not_believed() -> None:
    estate, first = backed_up()
    second = estate.back_up()
    for name in (MANIFEST, SIGNATURE):
        estate.store.parts[second, name] = estate.store.parts[first, name]
    with pytest.raises(InvalidBackup, match=f"Backup {second}: its {MANIFEST} is that of backup {first}"):
        restore(estate, Stores.empty(estate.world, "w"))


def test_a_backup_older_than_allowed_is_refused_unless_it_is_named() -> None:
    estate, backup = backed_up()
    estate.world.clock.advance(30 * 3600)
    day = timedelta(hours=24)
    with pytest.raises(InvalidBackup, match=r"is the newest and 30\.0 h old; 24\.0 h are allowed"):
        restore(estate, Stores.empty(estate.world, "w"), max_age=day)
    assert restore(estate, Stores.empty(estate.world, "x"), max_age=day, id=backup).faults == ()
    assert restore(estate, Stores.empty(estate.world, "y"), max_age=day, as_of=estate.world.clock.now()).faults == ()


def test_as_of_a_moment_means_the_backup_that_was_the_newest_then() -> None:
    estate, first = backed_up()
    moment = estate.world.clock.now() + timedelta(seconds=30)
    estate.world.clock.advance(60)
    estate.back_up()
    with estate.opened(as_of=moment) as opened:
        assert opened.manifest.id == first
    with pytest.raises(InvalidBackup, match="There is no backup that was complete at"):
        restore(estate, Stores.empty(estate.world, "w"), as_of=moment - timedelta(days=1))


def test_an_index_of_another_model_is_refused_before_anything_is_written() -> None:
    estate, _ = backed_up()
    other = estate.world.embedder.spec.model_copy(update={"model": "other"})
    object.__setattr__(estate.world.embedder, "_spec", other)
    into = Stores.empty(estate.world, "w")
    with pytest.raises(ConfigurationError, match="another embedding spec"):
        restore(estate, into)
    assert (into.documents.bodies, into.registry.records) == ({}, {})


def test_without_the_index_it_is_built_anew_from_the_documents() -> None:
    estate, backup = backed_up()
    spoil(estate, backup, ".snapshot", turned)
    into = Stores.empty(estate.world, "w")
    done = restore(estate, into, with_index=False)
    assert done.faults == ()
    assert set(done.mended.synchronized) >= {PLAIN, BACK, REPLACED}


# --- what was made of it ---------------------------------------------------------------------------------------------


def whole() -> tuple[Estate, Stores]:
    estate, _ = backed_up()
    into = Stores.empty(estate.world, "w")
    assert restore(estate, into).faults == ()
    return estate, into


def faults(estate: Estate, into: Stores) -> list[str]:
    with estate.opened() as backup:
        return list(EverythingRestore(backup, into.target(estate.world)).faults())


def live(stores: Stores) -> str:
    return stores.server.aliases["live"]


def lose_alias(into: Stores) -> None:
    del into.server.aliases["live"]


def lose_space_alias(into: Stores) -> None:
    del into.server.aliases[next(one for one in into.server.aliases if one != "live")]


def lose_payload_index(into: Stores) -> None:
    del into.server.indexes[live(into)]["committed"]


def change_payload_index(into: Stores) -> None:
    into.server.indexes[live(into)]["committed"] = "float"


def lose_points(into: Stores) -> None:
    points = into.server.collections[live(into)]
    del points[next(one for one, stamped in points.items() if stamped.point.key == PLAIN)]


def change_spec(into: Stores) -> None:
    spec = into.server.specs[live(into)]
    into.server.specs[live(into)] = spec.model_copy(update={"model": "another"})


def lose_document(into: Stores) -> None:
    into.documents.erase(PLAIN, into.documents.versions(PLAIN)[0].version_id)


def change_bytes(into: Stores) -> None:
    of = next(of for of in into.documents.bodies if of[0] == PLAIN)
    into.documents.bodies[of] = b"changed"


def change_order(into: Stores) -> None:
    into.documents._held[REPLACED].reverse()


def lose_parsed(into: Stores) -> None:
    del into.documents.parsed[next(of for of in into.documents.parsed if of[0] == PLAIN)]


def lose_map(into: Stores) -> None:
    into.documents.restored = None


def lose_record(into: Stores) -> None:
    del into.registry.records[next(of for of in into.registry.records if of[0] == PLAIN)]


def lower_commit(into: Stores) -> None:
    into.registry.number -= 1


def lose_roster(into: Stores) -> None:
    into.registry._roster = into.registry._roster.model_copy(update={"live": None})


@pytest.mark.parametrize(
    ("sabotage", "sentence"),
    [
        (lose_alias, "The alias live leads to no collection."),
        (lose_space_alias, "does not lead to the collection"),
        (lose_payload_index, "has no payload index of committed."),
        (change_payload_index, "The payload index of committed"),
        (lose_points, f"{PLAIN}, version v3: The index shows 6 points of it; 7 were"),
        (change_spec, "built with another embedding spec"),
        (lose_document, f"{PLAIN}, version v3: is missing in the bucket"),
        (change_bytes, f"{PLAIN}, version v3: has other bytes in the bucket"),
        (change_order, f"{REPLACED}: its versions are in another order."),
        (lose_parsed, "document: is missing in the bucket parsed."),
        (lose_map, "was not restored to its end"),
        (lose_record, f"lacks document#{PLAIN} / version#v3."),
        (lower_commit, "is at commit"),
        (lose_roster, "does not say which collection is the live one"),
    ],
)
def test_what_is_wrong_with_what_was_made_is_said(sabotage: Callable[[Stores], None], sentence: str) -> None:
    estate, into = whole()
    sabotage(into)
    found = faults(estate, into)
    assert any(sentence in one for one in found), json.dumps(found, indent=1)


def test_a_document_that_was_left_out_of_a_backup_is_said(tmp_path: Path) -> None:
    """Whoever has all rights may have signed what is not whole."""
    estate, backup = backed_up()
    without(estate, backup, PLAIN, tmp_path)
    found = restore(estate, Stores.empty(estate.world, "w")).faults
    assert f"{PLAIN}, version v3: was answered from, and is not in the backup." in found


def without(estate: Estate, backup: str, key: str, folder: Path) -> None:
    """Leave a document out of a backup, and sign that."""
    with estate.opened() as opened:
        manifest = opened.manifest
        rows = [row for row in opened.rows(DOCUMENTS) if row["key"] != key]
    path = folder / "rows"
    entries = write_lines(path, rows)
    body = path.read_bytes()
    made = Part(name=DOCUMENTS, sha256=hashlib.sha256(body).hexdigest(), size=len(body), entries=entries)
    parts = tuple(made if one.name == DOCUMENTS else one for one in manifest.parts)
    signed = manifest.model_copy(update={"parts": parts}).signed()
    of = {DOCUMENTS: body, MANIFEST: signed, SIGNATURE: estate.signer.sign(signed)}
    estate.store.parts.update({(backup, name): body for name, body in of.items()})


def test_an_index_that_shows_other_points_than_were_counted_is_not_taken(tmp_path: Path) -> None:
    for changed, sentence in (
        ({"visible": 1}, "shows 21 points, and 1 were counted"),
        ({"digest": "0"}, "other points"),
    ):
        estate, backup = backed_up()
        with estate.opened() as opened:
            collection = opened.manifest.collections[0].model_copy(update=changed)
            signed = opened.manifest.model_copy(update={"collections": (collection,)}).signed()
        estate.store.parts |= {(backup, MANIFEST): signed, (backup, SIGNATURE): estate.signer.sign(signed)}
        into = Stores.empty(estate.world, "w")
        with pytest.raises(InvalidBackup, match=f"{sentence}.*--without-index"):
            restore(estate, into)
        assert into.registry.records == {}
