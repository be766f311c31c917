"""Backups go when their time is over, contents when no backup needs them; never the newest, nothing that is locked."""

import pytest

from raglite.errors import InvalidBackup
from raglite.recovery.listing import listed
from raglite.recovery.manifest import CONTENTS, MANIFEST
from raglite.recovery.pruning import Pruned, prune
from raglite.recovery.verifying import verify
from tests.unit.recovery.backed_up import DAY, BackedUp, estate


def pruned(held: BackedUp, days: float = 30) -> Pruned:
    return prune(held.recovery, days, held.world.clock.now(), held.heard.append)


def unlocked(held: BackedUp) -> None:
    held.store.locked = {place: held.world.clock.now() for place in held.store.locked}


def test_expired_backups_go_with_the_contents_that_no_other_needs() -> None:
    held = estate()
    old = held.back_up().manifest.id
    size = len(held.world.documents.bodies["a/replaced.txt", "v1"])
    held.world.documents.erase("a/replaced.txt", "v1")
    held.world.clock.advance(31 * DAY)
    new = held.back_up().manifest.id
    unlocked(held)
    assert pruned(held) == Pruned(removed=(old,), contents=1, bytes=size)
    assert list(held.store.begun()) == [new]
    assert verify(held.recovery, new, held.world.clock.now(), deep=True).faults == ()
    assert pruned(held) == Pruned()


def test_the_newest_backup_stays_however_old_it_is() -> None:
    held = estate()
    only = held.back_up().manifest.id
    held.world.clock.advance(400 * DAY)
    assert pruned(held) == Pruned()
    assert list(held.store.complete()) == [only]


def test_the_newest_that_can_be_read_stays_if_a_newer_one_cannot() -> None:
    held = estate()
    good = held.back_up().manifest.id
    bad = held.back_up().manifest.id
    held.store.parts[bad, MANIFEST] = b"damaged"
    held.world.clock.advance(400 * DAY)
    assert pruned(held).removed == (bad,)
    assert list(held.store.complete()) == [good]


def test_what_is_locked_stays_and_is_told() -> None:
    held = estate()
    old = held.back_up().manifest.id
    held.world.clock.advance(20 * DAY)
    held.world.documents.erase("a/replaced.txt", "v1")
    held.back_up()
    done = pruned(held, days=10)
    assert (done.removed, done.locked, done.contents) == ((), (old,), 0)
    assert any(f"{old} is locked" in sentence for sentence in held.heard)
    held.world.clock.advance(11 * DAY)
    done = pruned(held, days=10)
    assert (done.removed, done.locked_contents) == ((old,), 1)


def test_what_was_never_completed_goes_after_a_day() -> None:
    held = estate()
    held.back_up()
    begun = held.back_up().manifest.id
    del held.store.parts[begun, MANIFEST]
    unlocked(held)
    assert pruned(held) == Pruned()
    held.world.clock.advance(DAY + 1)
    unlocked(held)
    assert pruned(held).removed == (begun,)


def test_contents_younger_than_a_day_stay_for_a_backup_that_is_being_made() -> None:
    held = estate()
    held.back_up()
    held.store.parts = {place: body for place, body in held.store.parts.items() if place[1] != MANIFEST}
    unlocked(held)
    assert pruned(held).contents == 0
    held.world.clock.advance(DAY + 1)
    assert pruned(held).contents == 9


def test_no_content_goes_while_nobody_knows_what_a_backup_needs() -> None:
    for part in (CONTENTS, MANIFEST):
        held = estate()
        held.back_up()
        damaged = held.back_up().manifest.id
        held.store.parts[damaged, part] = b"damaged"
        held.world.documents.erase("a/replaced.txt", "v1")
        held.back_up()
        held.world.clock.advance(2 * DAY)
        unlocked(held)
        with pytest.raises(InvalidBackup, match=damaged):
            pruned(held)
        assert len(held.store.kept) == 9


def test_a_folder_that_is_no_backup_is_left_alone() -> None:
    held = estate()
    held.back_up()
    held.store.parts["notes", "readme"] = b"somebody's"
    held.store.locked["notes", "readme"] = held.world.clock.now()
    held.world.clock.advance(400 * DAY)
    assert pruned(held).removed == ()


def test_backups_are_listed_newest_first_with_what_is_wrong_with_them() -> None:
    held = estate()
    first, second, third = (held.back_up().manifest for _ in range(3))
    del held.store.parts[second.id, MANIFEST]
    held.store.parts[third.id, MANIFEST] = third.model_copy(update={"commit": 9}).signed()
    found = list(listed(held.recovery))
    assert [one.backup for one in found] == [third.id, second.id, first.id]
    assert [one.manifest for one in found] == [None, None, first]
    assert ["not signed" in (found[0].fault or ""), found[1].fault, found[2].fault] == [
        True,
        "it was not completed",
        None,
    ]
    assert found[2].locked_until == held.store.locked[first.id, MANIFEST]
    assert found[2].begun == first.began
