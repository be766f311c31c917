"""A backup may be killed between any two calls: there is none then, the next one is whole, nothing is kept twice.

Pruning may run at any of these moments, and may be killed itself: a backup that stays goes on being whole.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from raglite.errors import TransientError
from raglite.recovery.manifest import MANIFEST, SIGNATURE, Manifest
from raglite.recovery.pruning import prune
from raglite.recovery.verifying import verify
from tests.fakes.backups import FakeBackupStore
from tests.fakes.watched import Watched
from tests.unit.recovery.backed_up import DAY, PARTS, BackedUp, estate


class Died(BaseException):
    """The process is gone: nothing after this is done by it."""


def dying(at: int) -> Callable[[str], None]:
    """Return a `before` that kills at a call, and refuses whatever the dead would still do."""
    calls = [0]

    def before(_: str) -> None:
        calls[0] += 1
        if calls[0] >= at:
            raise Died

    return before


def watched(held: BackedUp, before: Callable[[str], None]) -> dict[str, Any]:
    return {name: Watched(getattr(held.recovery, name), before) for name in PARTS}


def calls_of_a_backup() -> int:
    heard: list[str] = []
    held = estate()
    held.back_up(**watched(held, heard.append))
    return len(heard)


def described(manifest: Manifest) -> dict[str, Any]:
    """What does not depend on when it was made: locks end later, the later it is."""
    parts = {one.name: (one.sha256, one.entries) for one in manifest.parts if not one.name.startswith("contents")}
    same = manifest.model_dump(exclude={"id", "began", "completed", "parts"})
    return same | {"parts": parts}


def faults(held: BackedUp, backup: str) -> tuple[str, ...]:
    return verify(held.recovery, backup, held.world.clock.now(), deep=True).faults


def test_wherever_it_is_killed_there_is_no_backup_or_a_whole_one_and_the_next_is_whole() -> None:
    number = calls_of_a_backup()
    assert number > 50
    whole = 0
    for at in range(1, number + 1):
        held = estate()
        with suppress(Died):
            held.back_up(**watched(held, dying(at)))
        done = list(held.store.complete())
        assert [faults(held, backup) for backup in done] == [()] * len(done), at
        whole += bool(done)
        kept = {sha256: one.since for sha256, one in held.store.kept.items()}
        made = held.back_up()
        assert faults(held, made.manifest.id) == (), at
        assert kept.items() <= {sha256: one.since for sha256, one in held.store.kept.items()}.items(), at
        held.store = FakeBackupStore(held.world.clock)
        assert described(made.manifest) == described(held.back_up().manifest), at
    assert 0 < whole < 5  # only after the manifest is there


def test_what_was_kept_before_a_kill_is_not_kept_again() -> None:
    held = estate()
    with suppress(Died):
        held.back_up(store=Watched(held.store, refusing("put")))
    assert len(held.store.kept) == 9
    made = held.back_up()
    assert (made.tally.new, made.tally.new_bytes) == (0, 0)


def refusing(call: str) -> Callable[[str], None]:
    def before(name: str) -> None:
        if name == call:
            raise Died

    return before


def test_a_backup_without_manifest_or_signature_is_none() -> None:
    for name in (MANIFEST, SIGNATURE):
        held = estate()
        made = held.back_up().manifest
        del held.store.parts[made.id, name]
        assert list(held.store.complete()) == []
        assert name in faults(held, made.id)[0]


# --- pruning ------------------------------------------------------------------------------------------------------


def aged() -> tuple[BackedUp, str, str]:
    """Return an estate with an expired backup, whose contents are unlocked and not all needed, and one that stays."""
    held = estate()
    old = held.back_up().manifest.id
    held.world.documents.erase("a/replaced.txt", "v1")
    held.world.ingest("a/replaced.txt", b"Acme Corp 10-K 2023\nThe rim is olive.")
    held.world.clock.advance(61 * DAY)
    held.store.locked = {place: held.world.clock.now() for place in held.store.locked}
    return held, old, held.back_up().manifest.id


def pruned(held: BackedUp, before: Callable[[str], None] = lambda _: None) -> None:
    recovery = held.recovery
    prune(replace(recovery, store=Watched(recovery.store, before)), 30, held.world.clock.now(), held.heard.append)


def test_wherever_pruning_is_killed_what_stays_is_whole_and_the_next_run_ends_as_an_undisturbed_one() -> None:
    undisturbed, _, _ = aged()
    heard: list[str] = []
    pruned(undisturbed, heard.append)
    left = set(undisturbed.store.kept)
    for at in range(1, len(heard) + 1):
        held, _, stays = aged()
        with suppress(Died):
            pruned(held, dying(at))
        assert faults(held, stays) == (), at
        pruned(held)
        assert (list(held.store.begun()), set(held.store.kept)) == ([stays], left), at
        assert faults(held, stays) == (), at


@pytest.mark.parametrize("age", [0, 61])
def test_pruning_at_any_call_of_a_backup_takes_nothing_from_it(age: int) -> None:
    """The estate had a document, and has it again: its content is old, and no backup that stays needs it."""

    def begun() -> BackedUp:
        held, _, _ = aged()
        held.world.clock.advance(age * DAY)
        held.world.ingest("a/replaced.txt", b"Acme Corp 10-K 2021\nThe rim is vermilion.")
        return held

    heard: list[str] = []
    held = begun()
    held.back_up(**watched(held, heard.append))
    for at in range(1, len(heard) + 1, 4):
        held = begun()
        calls = [0]

        def before(_: str, held: BackedUp = held, at: int = at, calls: list[int] = calls) -> None:
            calls[0] += 1
            if calls[0] == at:
                pruned(held)

        try:
            made = held.back_up(**watched(held, before))
        except TransientError:
            made = held.back_up()
        assert faults(held, made.manifest.id) == (), at
        pruned(held)
        assert faults(held, made.manifest.id) == (), at
