"""The twin's keys, made once and kept: for people and clients, for the canary, and between service and vector store."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field, fields
from typing import Any

from local.files import write_json
from local.twin.layout import Layout, read_json


@dataclass(frozen=True)
class Keys:
    """Never printed by accident: no key is part of the record's representation."""

    api_key: str = field(repr=False)
    qdrant_api_key: str = field(repr=False)
    canary_key: str = field(repr=False)

    def api_keys_secret(self) -> str:
        """Return what the service's secret holds: the keys' hashes and rights, never a key."""
        known = [
            _known("local", self.api_key, "read", "ingest", "admin"),
            _known("canary", self.canary_key, "read", "canary"),
        ]
        return json.dumps({"keys": known})


def _known(name: str, key: str, *scopes: str) -> dict[str, Any]:
    return {"name": name, "sha256": hashlib.sha256(key.encode()).hexdigest(), "scopes": scopes, "groups": None}


def keys_of(layout: Layout) -> Keys:
    """Return the twin's keys; those that are missing are made now."""
    kept = read_json(layout.keys)
    made = {one.name: kept.get(one.name) or secrets.token_urlsafe(32) for one in fields(Keys)}
    if made != kept:
        write_json(layout.keys, made)
    return Keys(**made)
