"""What a backup and a bucket hold of the same key, side by side; neither is ever in memory as a whole."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from raglite.ports.recovery import StoredObject


@dataclass(frozen=True, slots=True)
class Pair:
    """The versions and markers of one key, the oldest first: those of the backup and those of the bucket."""

    key: str
    wanted: tuple[StoredObject, ...]
    held: tuple[StoredObject, ...]


def pairs(wanted: Iterable[StoredObject], held: Iterable[StoredObject]) -> Iterator[Pair]:
    """Yield every key that either holds, in order; both are given by key, the oldest of a key first."""
    tagged = (((one.key, 0, one) for one in wanted), ((one.key, 1, one) for one in held))
    merged = heapq.merge(*tagged, key=itemgetter(0))
    for key, group in groupby(merged, key=itemgetter(0)):
        sides: tuple[list[StoredObject], list[StoredObject]] = ([], [])
        for _, side, one in group:
            sides[side].append(one)
        yield Pair(key, tuple(sides[0]), tuple(sides[1]))
