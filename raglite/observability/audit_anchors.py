"""Anchors: where a chain ended at a moment, written down where nobody can change it, so that a missing end shows.

All that counts stands in the key, which nobody can change, so that whoever checks only has to list.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from raglite.observability.audit import Head

PREFIX = "audit-anchors/"
_KEY = re.compile(PREFIX + r"\d{4}-\d\d-\d\d/(?P<chain>.+)/(?P<number>\d{12,})-(?P<hash>[0-9a-f]{64})\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class Anchor:
    """That a chain had this record, and when that was written down."""

    chain: str
    number: int
    hash: str
    written: datetime

    @classmethod
    def of(cls, head: Head, now: datetime) -> "Anchor":
        """Return the anchor of a chain's head."""
        return cls(head.chain, head.number, head.hash, now)

    @classmethod
    def read(cls, key: str, written: datetime) -> "Anchor":
        """Return the anchor that an object's key is; ValueError if it is none."""
        found = _KEY.fullmatch(key)
        if found is None:
            raise ValueError(f"{key} is no anchor's key.")
        return cls(found["chain"], int(found["number"]), found["hash"], written)

    @property
    def key(self) -> str:
        """Where it is kept: by day, so that those since a day are listed together."""
        return f"{PREFIX}{self.written:%Y-%m-%d}/{self.chain}/{self.number:012d}-{self.hash}.json"

    def described(self) -> str:
        """Return it as JSON, for whoever opens the object."""
        written = self.written.isoformat(timespec="milliseconds")
        return json.dumps({"chain": self.chain, "number": self.number, "hash": self.hash, "written": written})
