"""What need not be read again, because the last backup says what it is and the bucket still has it."""

from collections.abc import Callable
from datetime import datetime

from raglite.errors import InvalidBackup
from raglite.ports.recovery import Recovery
from raglite.recovery.copying import document_name, parsed_name
from raglite.recovery.ledger import Ledger
from raglite.recovery.manifest import CONTENTS, DOCUMENTS, PARSED
from raglite.recovery.opened import Backups, Opened, Which, opened


def remember(estate: Recovery, ledger: Ledger, now: datetime, told: Callable[[str], None]) -> None:
    """Note what the newest complete backup knows, and which contents are kept. A damaged one is told, and not used."""
    try:
        with opened(Backups(estate.store, estate.signer), Which(), now) as last:
            _note(last, ledger)
    except InvalidBackup as fault:
        told(f"Everything is read: there is no former backup to go on from ({fault})")
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
