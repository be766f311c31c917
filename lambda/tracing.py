"""X-Ray segments by UDP to the daemon that Lambda runs beside the function where active tracing is on.

A segment holds the AWS calls made while it is open, each with its operation and status and without what was asked or
answered. Nothing here raises: a trace that cannot be sent is lost. Standard library only.

    with tracing.segment("trigger", tracing.begun()) as segment:
        segment.annotate(document=key)
        hand_on(segment.header)
"""

import json
import os
import re
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

FAILED = "failed"
DAEMON = "AWS_XRAY_DAEMON_ADDRESS"
PREAMBLE = b'{"format": "json", "version": 1}\n'
IDENTITY = 24  # hex digits that tell apart the traces of one second
LONGEST = 1000  # characters of an annotation's value that X-Ray takes
CLIENT_FAULT, THROTTLED, SERVER_FAULT = 400, 429, 500
HEADER = {"Root": "1-[0-9a-f]{8}-[0-9a-f]{24}", "Parent": "[0-9a-f]{16}", "Sampled": "[01]"}
THROTTLES = {"ThrottlingException", "Throttling", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}
Annotation = str | float | bool
Client = TypeVar("Client")


def begun(moment: float | None = None, identity: str | None = None) -> str:
    """Return the header of a new trace: of the same moment and identity always the same one."""
    seconds = int(time.time() if moment is None else moment)
    return f"Root=1-{seconds:08x}-{identity or secrets.token_hex(IDENTITY // 2)};Sampled=1"


@dataclass
class Segment:
    """One function's part in a trace."""

    name: str
    origin: Mapping[str, str]  # what it continues: Root, perhaps Parent and Sampled
    began: float  # seconds since 1970, as everywhere in X-Ray
    identity: str = field(default_factory=lambda: secrets.token_hex(8))
    annotations: dict[str, Annotation] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def trace_id(self) -> str:
        """The trace it belongs to."""
        return self.origin["Root"]

    @property
    def header(self) -> str:
        """What whoever goes on from here is handed."""
        return f"Root={self.trace_id};Parent={self.identity};Sampled={self.origin.get('Sampled', '1')}"

    def annotate(self, **annotations: Annotation | None) -> None:
        """Add annotations; those without a value are left out."""
        given = {name: value for name, value in annotations.items() if value is not None}
        self.annotations |= {name: v[:LONGEST] if isinstance(v, str) else v for name, v in given.items()}

    def adopt(self, header: str) -> None:
        """Continue another trace after all; a header that names none changes nothing."""
        self.origin = _parts(header) or self.origin

    def fail(self, error: BaseException) -> None:
        """Mark it as failed by an error that goes no further."""
        self.error = error
        self.annotate(outcome=FAILED)

    def document(self) -> dict[str, Any]:
        """Return it as X-Ray takes it, ended now; of an error only the type, since its text may quote anything."""
        whole: dict[str, Any] = {
            "name": self.name,
            "id": self.identity,
            "trace_id": self.trace_id,
            "start_time": self.began,
            "end_time": time.time(),
            "annotations": self.annotations,
            "subsegments": self.calls,
        }
        if "Parent" in self.origin:
            whole["parent_id"] = self.origin["Parent"]
        return whole if self.error is None else whole | {"fault": True, "cause": _cause(self.error)}


_open: ContextVar[Segment | None] = ContextVar("open", default=None)


@contextmanager
def segment(
    name: str, header: str, only_with: str | None = None, **annotations: Annotation | None
) -> Iterator[Segment]:
    """Open a segment that continues `header`, and send it at the end.

    With `only_with` it is sent only if it has an annotation of that name by then.
    """
    opened = Segment(name, _parts(header) or _parts(begun()), time.time())
    opened.annotate(**annotations)
    token = _open.set(opened)
    try:
        yield opened
    except BaseException as error:
        opened.fail(error)
        raise
    finally:
        _open.reset(token)
        if opened.origin.get("Sampled") != "0" and (only_with is None or only_with in opened.annotations):
            _send(opened.document())


def _parts(header: str) -> dict[str, str]:
    """Return what is as it should be of a header; nothing of one that names no trace."""
    given = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    parts = {name: given[name] for name, like in HEADER.items() if re.fullmatch(like, given.get(name, ""))}
    return parts if "Root" in parts else {}


def watch(client: Client) -> Client:
    """Record the calls of a boto3 client, each in the segment that is open then; returns the client."""
    events = cast("Any", client).meta.events
    events.register("before-parameter-build", _calling)
    events.register("after-call", _called)
    events.register("after-call-error", _broken)
    return client


def _calling(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    table = {"table_name": params["TableName"]} if "TableName" in params else {}
    context["traced"] = {
        "id": secrets.token_hex(8),
        "name": model.service_model.endpoint_prefix,  # as the SDK's recorder names it
        "namespace": "aws",
        "start_time": time.time(),
        "aws": {"operation": model.name, "region": context["client_region"], **table},
    }


def _called(http_response: Any, parsed: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    call, status = context["traced"], http_response.status_code
    call["http"] = {"response": {"status": status}}
    if request := parsed.get("ResponseMetadata", {}).get("RequestId"):
        call["aws"]["request_id"] = request
    if status == THROTTLED or parsed.get("Error", {}).get("Code") in THROTTLES:
        call |= {"throttle": True, "error": True}
    elif status >= CLIENT_FAULT:
        call["fault" if status >= SERVER_FAULT else "error"] = True
    _keep(call)


def _broken(exception: Exception, context: dict[str, Any], **_: Any) -> None:
    _keep(context["traced"] | {"fault": True, "cause": _cause(exception)})


def _keep(call: dict[str, Any]) -> None:
    if (opened := _open.get()) is not None:
        opened.calls.append(call | {"end_time": time.time()})


def _cause(error: BaseException) -> dict[str, Any]:
    return {"exceptions": [{"id": secrets.token_hex(8), "type": type(error).__name__}]}


def _send(document: Mapping[str, Any]) -> None:
    host, _, port = os.environ.get(DAEMON, "").rpartition(":")
    with suppress(OSError, ValueError, OverflowError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.sendto(PREAMBLE + json.dumps(document).encode(), (host, int(port)))
