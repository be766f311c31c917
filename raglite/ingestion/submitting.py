"""The use cases of bringing a document in: store it once, however often it is asked for, and tell how far it is."""

import base64
import binascii
import hashlib
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from raglite.errors import AccessDenied, InvalidRequest, NotFound, ResourceBusy
from raglite.ingestion.accounting import Account, accounts_of
from raglite.model import IngestionStatus, Job, UploadLink, VersionState, document_id, group_of
from raglite.model.value import Frozen
from raglite.ports import Principal, Services, Submission

INLINE_BYTES = 700_000  # of a file: base64 makes 4 of 3, and a request may have 1 MiB
LONGEST_NAMED = 200  # characters of what was asked that a sentence repeats
LINK_SECONDS = 900
STORING = timedelta(seconds=30)  # a submission that is not stored by then was left by who made it
LONGEST_KEY = 1024  # bytes of UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
FOLLOW = "Ask get_ingestion_status for it in some seconds: most documents are searchable within a minute."

Key = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_KEY,
        description="Where to store it, such as reports/acme-10k-2023.pdf. The first segment is the access group, the "
        "ending tells the format. A key that is in use gets a new version, which replaces the one before.",
    ),
]
Contents = Annotated[
    str | None,
    Field(
        description=f"The file's bytes in base64, at most {INLINE_BYTES:,} of them. Leave it out for a larger file: "
        "the answer says where to PUT it."
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Field(
        max_length=200,
        description="Any string of yours for this request. Whoever repeats it with the same file gets the same job, "
        "and nothing is stored twice.",
    ),
]

SubmittedVersion = Annotated[
    str | None, Field(max_length=1100, description="As ingest_document gave it. Left out: the newest.")
]

LONGEST_WAIT = 20  # seconds: a task that is told to stop drains longer, so that no wait is cut off
Wait = Annotated[
    int,
    Field(
        ge=0,
        le=LONGEST_WAIT,
        description="Wait so many seconds for it to be done before answering with how far it is. Over MCP a caller "
        "that gives a progressToken hears of each step meanwhile.",
    ),
]


class IngestRequest(Frozen):
    """What is to be brought in."""

    key: Key
    content_base64: Contents = None
    idempotency_key: IdempotencyKey = None


class StatusRequest(Frozen):
    """Of which document the state is asked, and of which version (None: of the newest); and how long to wait for it."""

    key: Key
    version_id: SubmittedVersion = None
    wait_seconds: Wait = 0


class Reception:
    """Takes documents in and tells what became of them, as a principal may."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def ingest(self, request: IngestRequest, principal: Principal) -> Job:
        """Store the contents, or say where they may be put. Indexing follows by itself, from the bucket's event.

        Raises AccessDenied outside the principal's groups; InvalidRequest if the key or the contents are none, or if
        the idempotency key was used for another file; ResourceBusy while the same request is being served.
        """
        key = _checked(request.key)
        _refuse_foreign(key, principal)
        if request.content_base64 is None:
            return self._link(key)
        return self._stored(key, _decoded(request.content_base64), request.idempotency_key, principal)

    def status(self, request: StatusRequest, principal: Principal) -> IngestionStatus:
        """Return how far a version has come; NotFound if there is none that the principal may see."""
        key = request.key
        visible = principal.groups is None or group_of(key) in principal.groups
        known = accounts_of(key, self._services.documents, self._services.registry) if visible else []
        if not known:
            raise NotFound(
                f"There is nothing at the key {key[:LONGEST_NAMED]!r}: ingest_document brings a document in."
            )
        wanted = [one for one in known if request.version_id in {None, one.version.version_id}]
        if not wanted:
            asked, newest = str(request.version_id)[:LONGEST_NAMED], known[0].version.version_id
            raise NotFound(f"The key {key} has no version {asked!r}: leave version_id out for its newest, {newest}.")
        return status_of(wanted[0])

    def _link(self, key: str) -> Job:
        url = self._services.documents.upload_link(key, LINK_SECONDS)
        expires = self._services.clock.now() + timedelta(seconds=LINK_SECONDS)
        return Job(
            document_id=document_id(key),
            key=key,
            upload=UploadLink(url=url, expires=expires),
            advice=f"PUT the file's bytes to the URL, without other headers. {FOLLOW}",
        )

    def _stored(self, key: str, body: bytes, idempotency_key: str | None, principal: Principal) -> Job:
        if idempotency_key is None:
            return self._job(key, self._services.documents.store(key, body), repeated=False)
        now = self._services.clock.now()
        own = Submission(
            token=hashlib.sha256(f"{principal.name}\0{idempotency_key}".encode()).hexdigest(),
            key=key,
            sha256=hashlib.sha256(body).hexdigest(),
            claimed=now,
        )
        found = self._services.submissions.claim(own, now - STORING)
        if (found.key, found.sha256) != (own.key, own.sha256):
            raise InvalidRequest(
                f"The idempotency_key was used for another file, at {found.key}: take a new one for this."
            )
        if found.version_id is not None:
            return self._job(key, found.version_id, repeated=True)
        if found != own:
            raise ResourceBusy("The same request is being served at this moment: repeat it in a second.")
        version_id = self._services.documents.store(key, body)
        self._services.submissions.complete(own.model_copy(update={"version_id": version_id}))
        return self._job(key, version_id, repeated=False)

    def _job(self, key: str, version_id: str, *, repeated: bool) -> Job:
        known = accounts_of(key, self._services.documents, self._services.registry)
        found = next((one for one in known if one.version.version_id == version_id), None)
        status = status_of(found) if found else None
        advice = status.advice if status and status.done else FOLLOW
        return Job(
            document_id=document_id(key),
            key=key,
            version_id=version_id,
            status=status,
            repeated=repeated,
            advice=advice,
        )


def status_of(account: Account) -> IngestionStatus:
    """Return what is told of a version."""
    version = account.version
    return IngestionStatus(
        document_id=version.document_id,
        key=version.key,
        version_id=version.version_id,
        state=version.state,
        done=version.state not in {VersionState.RECEIVED, VersionState.PROCESSING},
        searchable=version.state is VersionState.SEARCHABLE,
        reason=version.reason,
        reason_sentence=version.reason_sentence,
        uploaded=version.uploaded,
        searchable_after_seconds=account.upload_to_searchable_seconds,
        attempts=version.attempts,
        pages_total=version.pages_total,
        pages_missing=version.pages_missing,
        chunks=version.chunks,
        stage_seconds=version.stage_seconds,
        advice=_ADVICE[version.state],
    )


_ADVICE = {
    VersionState.RECEIVED: "It waits for a task. Ask again in some seconds.",
    VersionState.PROCESSING: "It is being indexed. Ask again in some seconds.",
    VersionState.SEARCHABLE: "It is answered from: ask query_financial_documents.",
    VersionState.QUARANTINED: "It cannot be indexed as it is: do what the reason says, and bring it in again.",
    VersionState.SUPERSEDED: "A newer version of it is answered from.",
    VersionState.DELETED: "It is gone. Bring it in again if it is wanted.",
}


def _checked(key: str) -> str:
    """Return a key that people and tools can use; InvalidRequest says what is wrong with another."""
    wrong = None
    if len(key.encode("utf-8", "replace")) > LONGEST_KEY:
        wrong = f"it has more than {LONGEST_KEY} bytes"
    elif not key.isprintable():
        wrong = "it has characters that do not show"
    elif key.startswith("/") or key.endswith("/") or {"", ".", ".."} & {part.strip() for part in key.split("/")}:
        wrong = "it has an empty part, or one of dots"
    if wrong:
        raise InvalidRequest(f"The key cannot be used: {wrong}. Take one such as reports/acme-10k-2023.pdf.")
    return key


def _refuse_foreign(key: str, principal: Principal) -> None:
    if principal.groups is not None and group_of(key) not in principal.groups:
        own = ", ".join(f"{group}/..." for group in principal.groups) or "no key at all"
        raise AccessDenied(
            f"{principal.name} may bring in {own}, not the key {key}: its first segment is the access group."
        )


def _decoded(content: str) -> bytes:
    try:
        body = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("content_base64 is no base64: encode the file's bytes, without line ends.") from error
    if not body:
        raise InvalidRequest("The file is empty: send its bytes, or leave content_base64 out to be told where to PUT.")
    if len(body) > INLINE_BYTES:
        raise InvalidRequest(
            f"The file has {len(body):,} bytes; {INLINE_BYTES:,} fit here. Leave content_base64 out and PUT it instead."
        )
    return body
