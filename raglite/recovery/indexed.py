"""The index into a backup: the live collection's snapshots, and all that they omit."""

from raglite.errors import InvalidBackup
from raglite.ports.recovery import CollectionState, Recovery
from raglite.recovery.agreeing import MOST_NAMED, points_expected, points_missing, searchable
from raglite.recovery.ledger import Ledger
from raglite.recovery.manifest import Collection
from raglite.recovery.parts import Writer

RUNBOOK = "docs/how-to/restore.md"


class Changed(Exception):
    """What was read does not fit together, as its sentence says. `lasting`: a second look has found the same."""

    def __init__(self, sentence: str, *, lasting: bool) -> None:
        super().__init__(sentence)
        self.lasting = lasting


def collections(estate: Recovery, ledger: Ledger, commit: int, writer: Writer) -> tuple[Collection, ...]:
    """Keep snapshots of the live collection and return what it is; () if nothing was ever published.

    InvalidBackup if the index is lost or the registry behind it: what would be kept is a disaster. Changed if it shows
    less than the records say.
    """
    live = estate.index.live()
    if live is None:
        if commit == 0 and next(searchable(ledger), None) is None:
            return ()
        raise InvalidBackup(
            f"The index is lost: no collection is live, and the registry is at commit {commit}. Restore it "
            f"({RUNBOOK}), or make the backup by --without-index."
        )
    _refuse_behind(estate, live)
    before = _visible(estate, ledger, live, commit)
    (writer.folder / "index").mkdir(exist_ok=True)
    digest = estate.index.digest(live.name, commit)  # before anything is kept that is locked for a month
    snapshots = []
    for number, path in enumerate(estate.index.snapshot(live.name, writer.folder / "index")):
        snapshots.append(writer.keep(f"index/{live.name}/{number}.snapshot", path).name)
    if estate.index.visible(live.name, commit) != before:
        sentence = f"points of commit {commit} were removed from {live.name} while it was copied"
        raise Changed(sentence, lasting=False)
    return (
        Collection(
            name=live.name,
            spec=live.spec,
            points=live.points,
            visible=before,
            digest=digest,
            aliases=live.aliases,
            payload_indexes=dict(live.payload_indexes),
            parameters=dict(live.parameters),
            snapshots=tuple(snapshots),
        ),
    )


def _refuse_behind(estate: Recovery, live: CollectionState) -> None:
    """A publisher stamps one ahead of the number. Stamps beyond that are of a registry that is no more."""
    newest = estate.index.newest_stamp(live.name)
    commit = estate.registry.commit()
    if newest > commit + 1:
        raise InvalidBackup(
            f"The registry is older than the index: it is at commit {commit}, and {live.name} has points of {newest}. "
            f"Restore it first: {RUNBOOK}."
        )


def _visible(estate: Recovery, ledger: Ledger, live: CollectionState, commit: int) -> int:
    visible = estate.index.visible(live.name, commit)
    expected = points_expected(ledger, live.spec.digest)
    if visible < expected:
        lost = [
            fault
            for _, fault in zip(range(MOST_NAMED), points_missing(ledger, estate, live.name, commit), strict=False)
        ]
        named = f": {'; '.join(lost)}" if lost else ""
        sentence = f"{live.name} shows {visible} of {expected} points that are on record{named}"
        raise Changed(sentence, lasting=bool(lost))
    return visible
