"""What makes one collection hold of a key what another holds: rules only, nothing is read or written here.

A state is copied, not re-enacted: the same editions with the same stamps, so that `as_of` means the same in both.
A loss is not: what the source does not hold is asked of the registry, which knows what was published and what erased.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from raglite.ingestion.shelf import edition_of
from raglite.model import DocumentVersion, EmbeddingSpec, VersionState
from raglite.ports import Edition, Holding, is_erased


@dataclass(frozen=True, slots=True)
class Stamps:
    """The commit numbers from which on, and until which, an edition is answered from."""

    committed: int
    superseded: int | None


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """What is to be done in the target.

    `missing` editions are written and `surplus` ones removed, `stamps` set, nothing of `erased` versions kept, nor
    points that nobody has published (`leftovers`). `torn` editions bear several stamps in the source: they cannot be
    copied. `strange` ones are in the target alone, and the registry does not know who published them.
    """

    missing: tuple[Edition, ...]
    surplus: tuple[Edition, ...]
    stamps: Mapping[Edition, Stamps]
    erased: tuple[str, ...]
    leftovers: bool
    torn: tuple[Edition, ...]
    strange: tuple[Edition, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing is to be done."""
        to_do = self.missing or self.surplus or self.stamps or self.erased or self.leftovers
        return not (to_do or self.torn or self.strange)


def plan(
    source: Iterable[Holding],
    target: Iterable[Holding],
    commit: int,
    records: Iterable[DocumentVersion],
    *,
    alike: bool,
) -> KeyPlan:
    """Return what makes the target hold what the source ought to at a commit number; all are of one key.

    `alike`: both cut documents into the same chunks, so that no edition has fewer points in the target. It may have
    more, where the source has lost some.
    """
    known = {one.version_id: one for one in records}
    wanted, torn, points = _published(source, commit)
    held = _by_edition(target)
    shows = any(stamps.superseded is None for stamps in wanted.values())
    lost = ({} if shows else _answered_from(known.values(), commit)) | _spared(held, known, commit)
    wanted |= {edition: stamps for edition, stamps in lost.items() if edition not in wanted}
    erased = {edition.version_id for edition in held if _is_erased(edition, known)}
    broken = {edition for edition in wanted if edition in held and not _is_whole(held[edition])}
    if alike:
        broken |= {one for one in points if one in held and sum(part.points for part in held[one]) < points[one]}
    surplus = {edition for edition in held if edition not in wanted and _is_stamped(held[edition])} | {
        edition for edition in broken if _is_stamped(held[edition])
    }
    missing = {edition for edition in wanted if edition not in held} | broken
    kept = {edition.version_id for edition in wanted}
    return KeyPlan(
        missing=_sorted(missing),
        surplus=_sorted(one for one in surplus if one.version_id in kept),
        stamps={
            one: wanted[one] for one in _sorted(wanted) if one in missing or _stamps(held[one], commit) != {wanted[one]}
        },
        erased=tuple(sorted(erased - kept)),
        leftovers=any(part.committed is None for parts in held.values() for part in parts),
        torn=_sorted(torn),
        strange=_sorted(one for one in surplus if one.version_id not in kept | erased),
    )


def are_alike(one: EmbeddingSpec, other: EmbeddingSpec) -> bool:
    """Whether two specs cut a document into the same chunks."""
    return _cut(one) == _cut(other)


def share_vectors(one: EmbeddingSpec, other: EmbeddingSpec) -> bool:
    """Whether the same text has the same vector under both."""
    return one.space == other.space and one.max_tokens == other.max_tokens


def _cut(spec: EmbeddingSpec) -> tuple[object, ...]:
    return spec.tokenizer_sha256, spec.max_tokens, spec.header_version, spec.chunker_version


def _published(
    holdings: Iterable[Holding], commit: int
) -> tuple[dict[Edition, Stamps], set[Edition], dict[Edition, int]]:
    """Return the published editions with their stamps, those that bear several, and how many points each has.

    What is above the commit number was left by a publisher that died, or is another's who is not done.
    """
    found: dict[Edition, Stamps] = {}
    torn: set[Edition] = set()
    points: defaultdict[Edition, int] = defaultdict(int)
    for held in holdings:
        if held.committed is None or held.committed > commit:
            continue
        stamps = Stamps(held.committed, _until(held, commit))
        points[held.edition] += held.points
        if found.setdefault(held.edition, stamps) != stamps:
            torn.add(held.edition)
    return found, torn, points


def _answered_from(records: Iterable[DocumentVersion], commit: int) -> dict[Edition, Stamps]:
    """Return the editions that are answered from, by the registry."""
    return {
        edition_of(one): Stamps(one.committed, None)
        for one in records
        if one.state is VersionState.SEARCHABLE and one.committed is not None and one.in_force(commit)
    }


def _spared(
    held: Mapping[Edition, Sequence[Holding]], known: Mapping[str, DocumentVersion], commit: int
) -> dict[Edition, Stamps]:
    """Return the editions that the registry says were answered from, and until when: no loss is copied to them."""
    found: dict[Edition, Stamps] = {}
    for edition, parts in held.items():
        record, numbers = known.get(edition.version_id), {part.committed for part in parts}
        committed = next(iter(numbers)) if len(numbers) == 1 else None
        if record is None or committed is None or committed > commit or is_erased(record):
            continue
        windows = {one.committed: one.superseded for one in record.earlier} | {record.committed: record.superseded}
        if committed in windows:
            found[edition] = Stamps(committed, windows[committed])
    return found


def _is_erased(edition: Edition, known: Mapping[str, DocumentVersion]) -> bool:
    record = known.get(edition.version_id)
    return record is not None and is_erased(record)


def _stamps(held: Iterable[Holding], commit: int) -> set[Stamps | None]:
    return {None if one.committed is None else Stamps(one.committed, _until(one, commit)) for one in held}


def _until(held: Holding, commit: int) -> int | None:
    return held.superseded if held.superseded is not None and held.superseded <= commit else None


def _by_edition(holdings: Iterable[Holding]) -> dict[Edition, list[Holding]]:
    found: defaultdict[Edition, list[Holding]] = defaultdict(list)
    for held in holdings:
        found[held.edition].append(held)
    return dict(found)


def _is_whole(held: Iterable[Holding]) -> bool:
    """An edition is stamped when all of its points are there, all at once."""
    return all(one.committed is not None for one in held)


def _is_stamped(held: Iterable[Holding]) -> bool:
    return any(one.committed is not None for one in held)


def _sorted(editions: Iterable[Edition]) -> tuple[Edition, ...]:
    return tuple(sorted(editions, key=lambda one: (one.version_id, one.number)))
