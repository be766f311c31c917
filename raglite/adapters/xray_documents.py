"""Segment documents as X-Ray wants them, and their way to the daemon in datagrams.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html: a document has at most 64 kB, an
annotation's text at most 1000 characters; what is too large goes in parts, each subsegment naming its parent.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from raglite.adapters.xray_sdk import PROTOCOL_DELIMITER, PROTOCOL_HEADER, UDPEmitter

LARGEST = 60_000  # bytes; a datagram carries 65,507 with the header line
FLAGS = ("fault", "error", "throttle")
PARTS = ("annotations", "http", "aws", "cause")

log = logging.getLogger(__name__)


class Emitter(UDPEmitter):  # type: ignore[misc]  # the SDK ships no types
    """Sends to AWS_XRAY_DAEMON_ADDRESS and waits for nobody. What cannot be sent is lost, and logged."""

    def __init__(self, remotes: Mapping[str, str]) -> None:
        super().__init__()
        self.remotes = remotes

    def send(self, entity: Any) -> None:
        """Send a segment or a subsegment of one that is still open, in as many documents as it needs."""
        for document in documents(entity):
            try:
                self._send_data(f"{PROTOCOL_HEADER}{PROTOCOL_DELIMITER}{document}")
            except OSError as error:
                log.warning(
                    "A part of a trace (%d bytes) could not be sent to X-Ray's daemon: %s", len(document), error
                )


def documents(entity: Any) -> Iterator[str]:
    """Yield a segment or subsegment as one document if it fits, else its parts each for itself."""
    text = _text({**described(entity), **_place(entity)})
    if len(text) <= LARGEST or not entity.subsegments:
        yield text
        return
    for child in entity.subsegments:
        yield from documents(child)
    yield _text({**_own(entity), **_place(entity)})


def described(entity: Any) -> dict[str, Any]:
    """Return a segment or subsegment with all that is below it."""
    below = [described(child) for child in entity.subsegments]
    return {**_own(entity), "subsegments": below} if below else _own(entity)


def _own(entity: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"id": entity.id, "name": entity.name, "start_time": entity.start_time}
    told |= {"in_progress": True} if entity.in_progress else {"end_time": entity.end_time}
    told |= {part: value for part in PARTS if (value := getattr(entity, part))}
    told |= {flag: True for flag in FLAGS if getattr(entity, flag, False)}
    if getattr(entity, "namespace", "local") != "local":
        told["namespace"] = entity.namespace
    return told


def _place(entity: Any) -> dict[str, Any]:
    """Return what a document needs that is not part of another: which trace, and below what."""
    segment = getattr(entity, "parent_segment", entity)
    place = {"trace_id": segment.trace_id}  # a subsegment's own is what it was when it began
    if segment is not entity:
        place["type"] = "subsegment"
    else:
        place["service"] = entity.service
    return place | ({"parent_id": entity.parent_id} if entity.parent_id else {})


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))
