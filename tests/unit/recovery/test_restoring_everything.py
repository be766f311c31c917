"""Everything comes back from a backup into empty stores of other names, as it was."""

from raglite.recovery.restoring.everything import EverythingRestore
from raglite.recovery.restoring.target import Restored
from raglite.telemetry import AuditAction
from tests.unit.recovery.estates import Estate, Stores, answer


def restore(estate: Estate, stores: Stores, **which: object) -> Restored:
    with estate.opened(**which) as backup:
        return EverythingRestore(backup, stores.target(estate.world)).run()


def history(stores: Stores) -> dict[str, list[tuple[str, bool]]]:
    return {
        versions[0].key: [(one.version_id, one.is_delete_marker) for one in versions]
        for versions in stores.documents.inventory()
    }


def test_an_estate_comes_back_with_its_versions_records_and_answers() -> None:
    estate = Estate().fill()
    estate.back_up()
    before = answer(estate.stores.services(estate.world))
    into = Stores.empty(estate.world, "w")
    done = restore(estate, into)
    assert done.faults == ()
    assert done.mended.synchronized == ()
    assert history(into) == history(estate.stores)
    assert into.documents.bodies == estate.world.documents.bodies
    assert into.documents.parsed == estate.world.documents.parsed
    assert into.registry.records == estate.world.registry.records
    assert into.registry.commit_number() == estate.world.registry.commit_number()
    assert answer(into.services(estate.world)) == before != []


def test_who_restored_what_is_in_the_audit_log() -> None:
    estate = Estate().fill()
    estate.back_up()
    done = restore(estate, Stores.empty(estate.world, "w"))
    [(actor, told)] = [
        (actor, told) for action, actor, told in estate.world.audit.records if action is AuditAction.RESTORED
    ]
    assert (actor, told["backup"], told["commit"]) == ("operator", done.backup, done.commit)
