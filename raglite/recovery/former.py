"""What need not be read again, because the last backup says what it is and the bucket still has it."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice

from raglite.errors import InvalidBackup
from raglite.ports.recovery import Recovery
from raglite.recovery.copying import document_name, parsed_name
from raglite.recovery.ledger import Ledger
from raglite.recovery.manifest import CONTENTS, DOCUMENTS, PARSED, moment_of
from raglite.recovery.opened import Backups, Opened, Which, opened

MOST = 5  # former backups that are tried


def remember(estate: Recovery, ledger: Ledger, now: datetime, told: Callable[[str], None]) -> None:
    """Note what the newest complete backup knows, and which contents are kept. Damaged ones are told, and not used."""
    for backup in [one for one in islice(estate.store.complete(), MOST) if moment_of(one)]:
        try:
            with opened(Backups(estate.store, estate.signer), Which(backup), now) as last:
                _note(last, ledger)
        except InvalidBackup as fault:
            told(f"It is not gone on from: {fault}")
        else:
            break
    else:
        told("Everything is read: there is no former backup to go on from.")
    for kept in estate.store.contents():
        ledger.find(kept.sha256, kept.size)


def _note(last: Opened, ledger: Ledger) -> None:
    for row in last.rows(DOCUMENTS):
        if "sha256" in row:
            ledger.know(document_name(row["key"], row["version_id"]), row)
    for row in last.rows(PARSED):
        ledger.know(parsed_name(row["name"]), row)
    for row in last.rows(CONTENTS):
        ledger.lock(row["sha256"], row["size"], datetime.fromisoformat(row["until"]))
