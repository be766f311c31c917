"""What spoils a drill on purpose. One that stays green shows that the drill shows nothing."""

from collections.abc import Callable, Mapping

from raglite.ports.drills import Undo
from raglite.recovery.drills.engine import backed_up
from raglite.recovery.drills.ground import Ground, NotMended
from raglite.recovery.drills.scenario import Sabotage, Stage
from raglite.recovery.manifest import MANIFEST, REGISTRY, SIGNATURE

TOO_OLD = "0.00001"  # hours: no backup is younger


def corrupt_snapshot(ground: Ground) -> Undo:
    """Turn one bit in the middle of the snapshot."""
    return _changed(ground, _snapshot(ground), _with_a_bit_turned)


def missing_part(ground: Ground) -> Undo:
    """Hide a part."""
    backups, backup = ground.estate.levers.backups, _of(ground)
    body = backups.read(backup, REGISTRY)
    backups.remove(backup, REGISTRY)
    return lambda: backups.write(backup, REGISTRY, body)


def wrong_key(ground: Ground) -> Undo:
    """Sign the manifest, unchanged, by another key."""
    backups = ground.estate.levers.backups
    signature = backups.signed_by_another(backups.read(_of(ground), MANIFEST))
    return _changed(ground, SIGNATURE, lambda _: signature)


def stale_manifest(ground: Ground) -> Undo:
    """Put the manifest of an earlier backup, signed as it is, in the place of this one's."""
    backups = ground.estate.levers.backups
    older = next((one for one in backups.ids() if one != _of(ground)), None)
    if older is None:
        older, ground.backup = _of(ground), backed_up(ground)
    manifest, signature = (backups.read(older, name) for name in (MANIFEST, SIGNATURE))
    undone = (_changed(ground, MANIFEST, lambda _: manifest), _changed(ground, SIGNATURE, lambda _: signature))

    def undo() -> None:
        for one in undone:
            one()

    return undo


def half_restore(ground: Ground) -> None:
    """Kill the restore as soon as its collection is there, and take that for its end."""

    def has_begun() -> bool:
        return bool(ground.targets) and ground.estate.index.state(ground.targets[-1]) is not None

    ground.kill_when = has_begun


def old_backup(ground: Ground) -> None:
    """Allow no backup that is as old as the newest."""
    ground.options["restore"] = ("--max-age", TOO_OLD)


def wrong_model(ground: Ground) -> None:
    """Restore with a model that cuts documents into other chunks."""
    ground.variables["RAGLITE_MODEL_DIR"] = str(ground.estate.levers.other_model())


def missing_alias(ground: Ground) -> Undo:
    """Remove the alias that questions go by."""
    return ground.estate.levers.points.remove_alias()


def missing_payload_index(ground: Ground) -> Undo:
    """Remove a payload index: all is found, only slower and slower."""
    return ground.estate.levers.points.remove_payload_index()


def skipped_document(ground: Ground) -> Undo:
    """Leave one document out of the index, without a word."""
    ground.estate.levers.points.remove_document(ground.journal.writes[0].key)
    return lambda: _repaired(ground)


def lost_upload(ground: Ground) -> Undo:
    """Lose an upload that was acknowledged."""
    ground.estate.levers.stores.erase_document(ground.journal.writes[-1].key)
    return lambda: _repaired(ground)


def old_credentials(ground: Ground) -> Undo:
    """Bring the new key in and forget to take the leaked one away."""
    ground.kept["keep the old one"] = "yes"
    return lambda: None


def _of(ground: Ground) -> str:
    if ground.backup is None:
        raise NotMended("there is no backup to spoil.")
    return ground.backup


def _snapshot(ground: Ground) -> str:
    names = ground.estate.levers.backups.names(_of(ground))
    return next(name for name in names if name.endswith(".snapshot"))


def _with_a_bit_turned(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def _changed(ground: Ground, name: str, change: Callable[[bytes], bytes]) -> Undo:
    """Put another file in the place of one, and return what puts it back."""
    backups, backup = ground.estate.levers.backups, _of(ground)
    before = backups.read(backup, name)
    backups.write(backup, name, change(before))
    return lambda: backups.write(backup, name, before)


def _repaired(ground: Ground) -> None:
    ground.command("reconcile", "--grace", "0", "--repair", "--wait", "--json")


_INDEX = "index-lost"
SABOTAGES: Mapping[str, Sabotage] = {
    one.name: one
    for one in (
        Sabotage(
            "corrupt-snapshot",
            "one bit of the snapshot is another",
            _INDEX,
            Stage.BACKED_UP,
            corrupt_snapshot,
            ".snapshot is damaged",
        ),
        Sabotage(
            "missing-part",
            "the registry's part is hidden",
            _INDEX,
            Stage.BACKED_UP,
            missing_part,
            f"{REGISTRY} is missing",
        ),
        Sabotage(
            "wrong-key",
            "another key has signed",
            _INDEX,
            Stage.BACKED_UP,
            wrong_key,
            "is not signed by the key of our backups",
        ),
        Sabotage(
            "stale-manifest",
            "an earlier manifest lies in the place of this one's",
            _INDEX,
            Stage.BACKED_UP,
            stale_manifest,
            f"its {MANIFEST} is that of backup",
        ),
        Sabotage(
            "half-restore",
            "the restore is killed half-way",
            _INDEX,
            Stage.MENDING,
            half_restore,
            "--verify-only --json` ended with 10",
        ),
        Sabotage(
            "old-backup", "the backup is older than allowed", _INDEX, Stage.MENDING, old_backup, "is the newest and"
        ),
        Sabotage("wrong-model", "another model restores", _INDEX, Stage.MENDING, wrong_model, "another embedding spec"),
        Sabotage("missing-alias", "an alias is not brought back", _INDEX, Stage.MENDED, missing_alias, "the alias "),
        Sabotage(
            "missing-payload-index",
            "a payload index is not brought back",
            _INDEX,
            Stage.MENDED,
            missing_payload_index,
            "the payload index of ",
        ),
        Sabotage(
            "skipped-document",
            "a document is left out of the index",
            _INDEX,
            Stage.MENDED,
            skipped_document,
            "points are found, not ",
        ),
        Sabotage("lost-upload", "an acknowledged upload is lost", "task-lost", Stage.MENDED, lost_upload, "is gone"),
        Sabotage(
            "old-credentials",
            "the leaked key is not taken away",
            "secret-leaked",
            Stage.MENDING,
            old_credentials,
            "leaked key",
        ),
    )
}
