"""Lists in parts: a cursor names the last version that was shown, so that nothing is shown twice or left out."""

import base64
import binascii
import json
from collections.abc import Sequence

from raglite.errors import InvalidRequest
from raglite.model import DocumentVersion


def part(
    listed: Sequence[DocumentVersion], limit: int, cursor: str | None
) -> tuple[Sequence[DocumentVersion], str | None]:
    """Return what follows the version that `cursor` names, even if it is no longer listed, and the next cursor.

    `listed` is by key. Raises InvalidRequest if the cursor is not one of ours.
    """
    after = _decoded(cursor) if cursor else None
    start = 0 if after is None else _place_after(listed, after)
    shown = listed[start : start + limit]
    more = start + limit < len(listed)
    return shown, _encoded(shown[-1]) if more else None


def _place_after(listed: Sequence[DocumentVersion], after: tuple[str, str]) -> int:
    for place, version in enumerate(listed):
        if (version.key, version.version_id) == after:
            return place + 1
    return sum(version.key <= after[0] for version in listed)


def _encoded(version: DocumentVersion) -> str:
    return base64.urlsafe_b64encode(json.dumps([version.key, version.version_id]).encode()).decode()


def _decoded(cursor: str) -> tuple[str, str]:
    try:
        key, version_id = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise InvalidRequest("The cursor is not one of ours: take it from the page before.") from error
    return str(key), str(version_id)
