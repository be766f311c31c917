"""The twin's two keys, made once and kept: one for people and clients, one between service and vector store."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field

from local.files import write_json
from local.twin.layout import Layout, read_json


@dataclass(frozen=True)
class Keys:
    """Never printed by accident: neither key is part of the record's representation."""

    api_key: str = field(repr=False)
    qdrant_api_key: str = field(repr=False)

    def api_keys_secret(self) -> str:
        """Return what the service's secret holds: the key's hash and all its rights, never the key."""
        digest = hashlib.sha256(self.api_key.encode()).hexdigest()
        scopes = ["read", "ingest", "admin"]
        return json.dumps({"keys": [{"name": "local", "sha256": digest, "scopes": scopes, "groups": None}]})


def keys_of(layout: Layout) -> Keys:
    """Return the twin's keys, made now if there are none."""
    kept = read_json(layout.keys)
    if not kept:
        kept = asdict(Keys(secrets.token_urlsafe(32), secrets.token_urlsafe(32)))
        write_json(layout.keys, kept)
    return Keys(**kept)
