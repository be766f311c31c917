"""The audit log's records: each holds the hash of the one before, so that what is changed afterwards shows.

A chain is what one process wrote. Its records are numbered from 1, and each is one line of canonical JSON: keys sorted,
no white space, ASCII, the hash last. The hash is SHA-256 over the line without it.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from raglite.ports import AuditField
from raglite.telemetry import AuditAction

MARK = "audit"  # in every record's `log`, so that it is known as one wherever its line ends up
BEGIN = "0" * 64  # stands for the hash before the first record
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
NAMES = frozenset(("log", "chain", "number", "time", "action", "actor", "fields", "texts", "previous"))
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what. `texts` are the digests of what was asked and answered, by name."""

    action: AuditAction
    actor: str
    fields: Mapping[str, AuditField]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: its last record's number, hash and time."""

    chain: str
    number: int = 0
    hash: str = BEGIN
    time: datetime = EPOCH

    def follow(self, time: datetime, deed: Deed) -> "Record":
        """Return the record that comes next, at least a millisecond later: who sorts by time gets the chain's order.

        Raises ValueError if the deed is not made of what JSON knows.
        """
        later = max(_whole(time), self.time + TICK)
        written = {
            "log": MARK,
            "chain": self.chain,
            "number": self.number + 1,
            "time": later.isoformat(timespec="milliseconds"),
            "action": deed.action.value,
            "actor": deed.actor,
            "fields": dict(deed.fields),
            "texts": dict(deed.texts),
            "previous": self.hash,
        }
        body = _canonical(written)
        hashed = _hash(body)
        return Record(Head(self.chain, self.number + 1, hashed, later), self.hash, _sealed(body, hashed), written)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a chain. `head` is where the chain ends with it, `written` what it says."""

    head: Head
    previous: str
    line: str
    written: Mapping[str, Any]

    @classmethod
    def read(cls, line: str) -> "Record":
        """Return the record of a line; ValueError if it is none, or is not, byte by byte, what its hash says."""
        try:
            written = dict(json.loads(line))
            stated = written.pop("hash", None)
            body = _canonical(written)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError("This line is no audit record.") from error
        hashed = _hash(body)
        if stated != hashed or line != _sealed(body, hashed) or not _is_whole(written):
            raise ValueError("This line is not what its hash says.")
        try:
            time = datetime.fromisoformat(written["time"]).astimezone(UTC)
        except OverflowError as error:  # the year 1, somewhere east
            raise ValueError("This line is not of any time.") from error
        return cls(Head(written["chain"], written["number"], hashed, time), written["previous"], line, written)

    @property
    def milliseconds(self) -> int:
        """When it was written, since the epoch."""
        return (self.head.time - EPOCH) // TICK


def digest(salt: str, text: str) -> str:
    """Return what a record says of a text that is kept apart.

    Without the salt, which is kept with the text, nobody can try likely questions until one fits. It is HMAC-SHA256,
    so that nothing of the text can be passed off as a part of the salt.
    """
    key, message = (part.encode("utf-8", "surrogatepass") for part in (salt, text))
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _sealed(body: str, hashed: str) -> str:
    return f'{body[:-1]},"hash":"{hashed}"}}'


def _whole(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _is_whole(written: Mapping[str, Any]) -> bool:
    strings = all(isinstance(written.get(name), str) for name in ("chain", "time", "action", "actor", "previous"))
    maps = all(isinstance(written.get(name), dict) for name in ("fields", "texts"))
    return written.keys() == NAMES and strings and maps and type(written["number"]) is int
