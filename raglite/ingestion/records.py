"""What a version's record says after each step of its life: rules only, nothing is written here."""

from datetime import datetime

from raglite.errors import DocumentRejected, EndCode, ReasonCode
from raglite.model import DocumentVersion, ObjectVersion, VersionState, Window
from raglite.ports import is_rejected

ON_ITS_WAY = {VersionState.RECEIVED, VersionState.PROCESSING}


def received(version: ObjectVersion) -> DocumentVersion:
    """Return the record of a version that nobody has worked on."""
    return DocumentVersion(
        key=version.key,
        version_id=version.version_id,
        state=VersionState.RECEIVED,
        size=version.size,
        uploaded=version.last_modified,
        transitions={VersionState.RECEIVED: version.last_modified},
    )


def started(known: DocumentVersion, edition: int, trace_id: str) -> DocumentVersion:
    """Return the record at the start of an attempt; only attempts that did not come to rest are counted on."""
    before = known.attempts if known.state is VersionState.PROCESSING else 0
    update = {"attempts": before + 1, "edition": edition, "trace_id": trace_id, "reason": None, "reason_sentence": None}
    return known.model_copy(update={**update, "state": VersionState.PROCESSING})


def searchable(version: DocumentVersion, committed: int) -> DocumentVersion:
    """Return the record of a version whose edition was published; the window of the edition before is kept."""
    earlier = version.earlier
    if version.committed is not None and version.committed != committed:
        earlier = (*earlier, Window(committed=version.committed, superseded=version.superseded or committed))
    update = {"committed": committed, "superseded": None, "earlier": earlier}
    return version.model_copy(update={**update, "state": VersionState.SEARCHABLE})


def quarantined(version: DocumentVersion, rejection: DocumentRejected) -> DocumentVersion:
    """Return the record of a version that cannot be indexed."""
    reason = {"reason": rejection.reason.value, "reason_sentence": str(rejection)}
    return version.model_copy(update={**reason, "state": VersionState.QUARANTINED})


def hidden(version: DocumentVersion, commit: int | None) -> DocumentVersion:
    """Return the record of a version that is answered from no longer from a commit number on; None: it was not."""
    if commit is None or version.committed is None or version.superseded is not None:
        return version
    return version.model_copy(update={"superseded": commit})


def ended(version: DocumentVersion, after: ObjectVersion | None, commit: int) -> DocumentVersion:
    """Return the record of a version that something came after, or (None) that the bucket holds no longer.

    `commit` is the number from which on it is not answered from. Why it once was rejected is kept.
    """
    state = VersionState.SUPERSEDED if after and not after.is_delete_marker else VersionState.DELETED
    update: dict[str, object] = {"state": state}
    if after is None or not is_rejected(version):
        code, sentence = _ending(after)
        update |= {"reason": code.value, "reason_sentence": sentence}
    return hidden(version, commit).model_copy(update=update)


def entered(version: DocumentVersion, moment: datetime) -> DocumentVersion:
    """Return the record with the time at which it came into its state."""
    return version.model_copy(update={"transitions": {**version.transitions, version.state: moment}})


def has_come_to_rest(version: DocumentVersion) -> bool:
    """Return whether it ever was more than on its way: then its upload is not what it was worked on for."""
    return not version.transitions.keys() <= ON_ITS_WAY


def refuse_hopeless(version: DocumentVersion, max_attempts: int, max_bytes: int) -> None:
    """Raise DocumentRejected if another attempt would end as those before, or the file is too large to begin with."""
    if version.attempts > max_attempts:
        sentence = (
            f"Indexing was tried {max_attempts} times and each time ended without a word, as if "
            "killed. Look at the task's log, then upload the document again, in parts if it is large."
        )
        raise DocumentRejected(ReasonCode.TOO_MANY_ATTEMPTS, sentence)
    if version.size > max_bytes:
        sentence = f"The file has {version.size:,} bytes; {max_bytes:,} are allowed. Split it, or raise the limit."
        raise DocumentRejected(ReasonCode.TOO_LARGE, sentence)


def _ending(after: ObjectVersion | None) -> tuple[EndCode, str]:
    if after is None:
        return EndCode.ERASED, "The bucket no longer holds this version: it was deleted for good, or its time was up."
    if after.is_delete_marker:
        return EndCode.DELETE_MARKER, f"It was deleted: the delete marker {after.version_id} came after it."
    return EndCode.REPLACED, f"The version {after.version_id} came after it."
