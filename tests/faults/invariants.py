"""What must hold when all is quiet again. Each invariant returns its violations as sentences; none means it holds."""

from collections import Counter
from collections.abc import Callable

from raglite.model import VersionState
from tests.faults.evidence import Evidence, Name
from tests.faults.expected import REASONS, answering_version, expected_states

Invariant = Callable[[Evidence], list[str]]


def every_version_is_in_its_state(found: Evidence) -> list[str]:
    """Each version that the bucket holds has one record, in the right state; an erased one is deleted."""
    faults = []
    counted = Counter((record.key, record.version_id) for record in found.records)
    faults += [f"{_of(name)} has {times} records" for name, times in counted.items() if times > 1]
    right: dict[Name, VersionState] = {}
    for versions in found.bucket.values():
        right |= expected_states(versions, found.uploaded)
    faults += [f"{_of(name)} has no record" for name in right if name not in counted]
    for record in found.records:
        name = (record.key, record.version_id)
        state = right.get(name, VersionState.DELETED)
        if record.state is not state:
            faults.append(f"{_of(name)} is {record.state.value}, not {state.value} ({record.reason_sentence})")
        elif state is VersionState.QUARANTINED and record.reason not in REASONS[found.uploaded[name].nature]:
            faults.append(f"{_of(name)} is quarantined as {record.reason}")
    return faults


def what_is_searchable_is_answered_from(found: Evidence) -> list[str]:
    """All parts of the version that ought to answer are visible, and a question for its own word finds it."""
    faults = []
    visible = {(*point.name, point.kind, point.ordinal) for point in found.visible}
    for name in _answering(found):
        missing = {part for part in found.rebuilt.parts if part[:2] == name} - visible
        if missing:
            faults.append(f"{_of(name)} lacks {len(missing)} points")
        word = found.uploaded[name].word
        if not any(passage.name == name and word in passage.excerpt for passage in found.answers[word]):
            faults.append(f"{_of(name)} is not found by “{word}”")
    return faults


def nothing_else_is_answered_from(found: Evidence) -> list[str]:
    """No question brings up a version that is superseded, deleted or quarantined, nor a word only those have."""
    answering = _answering(found)
    words = {found.uploaded[name].word for name in answering}
    gone = {document.word for document in found.uploaded.values()} - words
    passages = {passage for answer in found.answers.values() for passage in answer}
    faults = [f"{_of(name)} is answered from" for name in sorted({one.name for one in passages} - answering)]
    texts = {passage.excerpt for passage in passages}
    return faults + [f"“{word}” is still shown" for word in sorted(gone) if any(word in text for text in texts)]


def no_point_is_double_or_foreign(found: Evidence) -> list[str]:
    """Every visible part is there once, and every point bears a document's id and belongs to a known version."""
    parts = Counter((*point.name, point.kind, point.ordinal) for point in found.visible)
    faults = [f"{_of(part[:2])} shows {part[2]} {part[3]} {times} times" for part, times in parts.items() if times > 1]
    strangers = {point.name for point in found.points} - set(found.uploaded)
    return faults + [f"The index holds {_of(name)}, which there never was" for name in sorted(strangers)]


def the_three_stores_agree(found: Evidence) -> list[str]:
    """Registry and index say the same of every version, and neither keeps text of what the bucket has not."""
    faults = []
    held = {(version.key, version.version_id) for versions in found.bucket.values() for version in versions}
    records = {(record.key, record.version_id): record for record in found.records}
    visible = Counter((point.name, point.edition, point.committed) for point in found.visible)
    said = {
        (name, record.edition, record.committed): record.chunks
        for name, record in records.items()
        if record.state is VersionState.SEARCHABLE
    }
    faults += [
        f"{_of(entry[0])}, edition {entry[1]} of commit {entry[2]}: registry {said.get(entry, 0)} points, "
        f"index {visible.get(entry, 0)}"
        for entry in sorted({*said, *visible}, key=str)
        if said.get(entry, 0) != visible.get(entry, 0)
    ]
    faults += [f"{_of(name)} was erased, but {what}" for name, what in _texts(found) if name not in held]
    answering = _answering(found)
    return faults + [f"{_of(name)} has no parsed text" for name in sorted(answering - found.parsed)]


def nothing_is_left(found: Evidence) -> list[str]:
    """No key waits or is held, no point is unpublished, no process, file or message lies about."""
    faults = [f"{item.key} waits" for item in found.work if item.waiting]
    faults += [f"{item.key} is still held" for item in found.work if item.held]
    unpublished = Counter(point.name for point in found.points if point.committed is None)
    unpublished += Counter(point.name for point in found.points if (point.committed or 0) > found.commit)
    faults += [f"{_of(name)} has {points} unpublished points" for name, points in unpublished.items()]
    return faults + list(found.left)


def every_commit_showed_one_whole_version(found: Evidence) -> list[str]:
    """At no moment did the current commit show two versions of a document, a part of one, or none without a cause."""
    return list(found.seen)


def the_reconciler_finds_nothing(found: Evidence) -> list[str]:
    """Whoever compares the stores in production would see that they agree."""
    return list(found.findings)


def it_equals_a_clean_rebuild(found: Evidence) -> list[str]:
    """The index is what a fresh ingestion of the bucket's present content makes."""
    if found.digest == found.rebuilt.digest:
        return []
    return ["The index differs from one that is made anew from the bucket"]


INVARIANTS: tuple[Invariant, ...] = (
    every_version_is_in_its_state,
    what_is_searchable_is_answered_from,
    nothing_else_is_answered_from,
    no_point_is_double_or_foreign,
    the_three_stores_agree,
    nothing_is_left,
    every_commit_showed_one_whole_version,
    the_reconciler_finds_nothing,
    it_equals_a_clean_rebuild,
)


def violations(found: Evidence) -> dict[str, list[str]]:
    """Return the violations by the names of the invariants, only those that are violated."""
    judged = {invariant.__name__: invariant(found) for invariant in INVARIANTS}
    return {name: faults for name, faults in judged.items() if faults}


def _answering(found: Evidence) -> set[Name]:
    chosen = (answering_version(versions, found.uploaded) for versions in found.bucket.values())
    return {(version.key, version.version_id) for version in chosen if version is not None}


def _texts(found: Evidence) -> list[tuple[Name, str]]:
    indexed = sorted({point.name for point in found.points})
    return [(name, "the index holds points") for name in indexed] + [
        (name, "its parsed text is kept") for name in sorted(found.parsed)
    ]


def _of(name: tuple[str, ...]) -> str:
    return f"{name[0]} (version {name[1]})"
