"""A VectorIndex in a dictionary, ranking by the same reciprocal-rank formula."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from raglite.errors import ConfigurationError
from raglite.model import EmbeddingSpec, Filters, document_id
from raglite.ports import (
    Built,
    CollectionMissing,
    Edition,
    FoundChunk,
    Holding,
    IndexPoint,
    Leg,
    SearchRequest,
    SparseVector,
)


@dataclass
class Stamped:
    point: IndexPoint
    committed: int | None = None
    superseded: int | None = None

    def visible(self, commit: int) -> bool:
        hidden = self.superseded is not None and self.superseded <= commit
        return self.committed is not None and self.committed <= commit and not hidden


@dataclass
class FakeServer:
    """Collections by name, what they are built with, and the aliases that lead to them."""

    collections: dict[str, dict[UUID, Stamped]] = field(default_factory=dict)
    specs: dict[str, EmbeddingSpec] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, dict[str, str]] = field(default_factory=dict)  # payload indexes by collection

    def of(self, name: str) -> dict[UUID, Stamped]:
        found = self.collections.get(self.aliases.get(name, name))
        if found is None:
            raise CollectionMissing("Fake", "the collection is gone.")
        return found


class FakeIndex:
    def __init__(self, server: FakeServer | None = None, name: str = "live") -> None:
        self.server = server or FakeServer()
        self.name = name
        self.taken: str | None = None  # as the live one

    @property
    def stored(self) -> dict[UUID, Stamped]:
        return self.server.of(self.name)

    @stored.setter
    def stored(self, points: dict[UUID, Stamped]) -> None:
        self.server.collections[self.server.aliases.get(self.name, self.name)] = points

    @property
    def spec(self) -> EmbeddingSpec | None:
        found = self.built()
        return found.spec if found else None

    def prepare(self, spec: EmbeddingSpec) -> None:
        live = self._live()
        if live.spec != spec:
            raise ConfigurationError("The collection was built with another embedding spec.")
        self.name = self.taken = live.name

    def strays(self) -> bool:
        return self.taken is not None and self.server.aliases.get("live") != self.taken

    def serve(self, spec: EmbeddingSpec) -> None:
        live = self._live()
        if live.spec.space == spec.space:
            self.server.aliases.setdefault(f"for {spec.space}", live.name)
        self.name = f"for {spec.space}"
        self.check(spec)

    def begin(self, spec: EmbeddingSpec) -> Built:
        made = self.create(spec, f"points {spec.digest}")
        self.switch(made)
        return made

    def check(self, spec: EmbeddingSpec) -> None:
        aliases = self.server.aliases
        name = aliases.get(f"for {spec.space}") or aliases.get("live")
        if name is None:
            raise CollectionMissing("Fake", "the collection is gone.")
        if self.server.specs[name].space != spec.space:
            raise ConfigurationError("The collection was built with another embedding spec.")

    def built(self) -> Built | None:
        name = self.server.aliases.get(self.name, self.name)
        return Built(name=name, spec=self.server.specs[name]) if name in self.server.specs else None

    def beside(self, name: str) -> "FakeIndex":
        return FakeIndex(self.server, name)

    def create(self, spec: EmbeddingSpec, name: str | None = None) -> Built:
        made = Built(name=name or self._unknown(spec), spec=spec)
        if self.server.specs.get(made.name, spec) != spec:
            raise ConfigurationError("The name is that of a collection with another embedding spec.")
        self.server.collections.setdefault(made.name, {})
        self.server.specs[made.name] = spec
        return made

    def switch(self, to: Built) -> None:
        self.server.of(to.name)  # nobody is led to what is not there
        self.server.aliases |= {"live": to.name, f"for {to.spec.space}": to.name}

    def drop(self, name: str) -> None:
        self.server.collections.pop(name, None)
        self.server.specs.pop(name, None)
        self.server.aliases = {alias: to for alias, to in self.server.aliases.items() if to != name}

    def _unknown(self, spec: EmbeddingSpec) -> str:
        names = chain([f"points {spec.digest}"], (f"points {spec.digest} {number}" for number in count(2)))
        server = self.server
        return next(
            name
            for name in names
            if name not in server.collections
            or (name not in server.aliases.values() and server.specs[name] == spec and not server.collections[name])
        )

    def _live(self) -> Built:
        live = self.beside("live").built()
        if live is None:
            raise CollectionMissing("Fake", "the collection is gone.")
        return live

    def write(self, points: Sequence[IndexPoint]) -> None:
        published = {identity for identity, stamped in self.stored.items() if stamped.committed is not None}
        self.stored |= {point.id: Stamped(point) for point in points if point.id not in published}

    def vectors(self, key: str, content_hashes: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        own_last = sorted((s.point for s in self.stored.values()), key=lambda point: point.key == key)
        wanted = set(content_hashes)
        return {
            p.chunk.content_hash: p.dense for p in own_last if p.chunk.content_hash in wanted and p.dense is not None
        }

    def publish(self, edition: Edition, commit: int) -> None:
        for stamped in self._of(edition.key):
            if stamped.point.edition == edition and stamped.committed is None:
                stamped.committed = commit

    def supersede(self, key: str, kept: Edition | None, commit: int) -> None:
        for stamped in self._of(key):
            if stamped.point.edition != kept and stamped.visible(commit):
                stamped.superseded = commit

    def rollback(self, commit: int) -> None:
        for stamped in self.stored.values():
            if stamped.committed is not None and stamped.committed > commit:
                stamped.committed = None
            if stamped.superseded is not None and stamped.superseded > commit:
                stamped.superseded = None

    def stamp(self, edition: Edition, committed: int | None, superseded: int | None) -> None:
        for stamped in self._of(edition.key):
            if stamped.point.edition == edition:
                stamped.committed, stamped.superseded = committed, superseded

    def sweep(self, key: str) -> None:
        self._remove(s for s in self._of(key) if s.committed is None)

    def discard(self, key: str, version_id: str) -> None:
        self._remove(s for s in self._of(key) if s.point.version_id == version_id)

    def _remove(self, gone: Iterable[Stamped]) -> None:
        for identity in [stamped.point.id for stamped in gone]:
            del self.stored[identity]

    def search(self, request: SearchRequest) -> tuple[FoundChunk, ...]:
        fused: defaultdict[UUID, float] = defaultdict(float)
        for leg in request.legs:
            for rank, identity in enumerate(self._ranked(request, leg), 1):
                fused[identity] += leg.weight / (request.rrf_k + rank)
        best = sorted(fused, key=lambda identity: -fused[identity])[: request.limit]
        return tuple(self._found(identity, fused[identity]) for identity in best)

    def count(self, key: str | None = None, version_id: str | None = None, commit: int | None = None) -> int:
        return sum(
            (key is None or s.point.key == key)
            and (version_id is None or s.point.version_id == version_id)
            and (commit is None or s.visible(commit))
            for s in self.stored.values()
        )

    def ahead(self, commit: int) -> int:
        return sum(max(s.committed or 0, s.superseded or 0) > commit for s in self.stored.values())

    def shown(self, commit: int, most: int) -> Mapping[UUID, int]:
        seen = Counter(document_id(s.point.key) for s in self.stored.values() if s.visible(commit))
        return dict(seen.most_common(most))

    def holdings(self, key: str | None = None) -> tuple[Holding, ...]:
        held = self.server.collections.get(self.server.aliases.get(self.name, self.name), {})
        kept = [s for s in list(held.values()) if key is None or s.point.key == key]
        groups = Counter((s.point.edition, s.committed, s.superseded) for s in kept)
        return tuple(Holding(*group, points) for group, points in groups.items())

    def digest(self, commit: int) -> str:
        seen = sorted(_fingerprint(s.point) for s in self.stored.values() if s.visible(commit))
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()

    def _of(self, key: str) -> list[Stamped]:
        return [s for s in self.stored.values() if s.point.key == key]

    def _ranked(self, request: SearchRequest, leg: Leg) -> list[UUID]:
        allowed = [s for s in self.stored.values() if s.visible(request.commit) and _allowed(s.point, request, leg)]
        scored = [(self._score(leg, s.point), s.point.id) for s in allowed]
        kept = [pair for pair in scored if pair[0] > (0 if isinstance(leg.vector, SparseVector) else float("-inf"))]
        return [identity for _, identity in sorted(kept, key=lambda pair: -pair[0])][: leg.limit]

    def _score(self, leg: Leg, point: IndexPoint) -> float:
        if not isinstance(leg.vector, SparseVector):
            return float("-inf") if point.dense is None else float(leg.vector @ point.dense)
        weights = dict(zip(point.lexical.indices, point.lexical.values, strict=True))
        return sum(
            v * weights.get(i, 0.0) * self._idf(i) for i, v in zip(leg.vector.indices, leg.vector.values, strict=True)
        )

    def _idf(self, term: int) -> float:
        n = len(self.stored)
        df = sum(term in s.point.lexical.indices for s in self.stored.values())
        return float(np.log((n - df + 0.5) / (df + 0.5) + 1))

    def _found(self, identity: UUID, score: float) -> FoundChunk:
        point = self.stored[identity].point
        return FoundChunk(identity, point.key, point.version_id, point.filing, point.chunk, score)


def _fingerprint(point: IndexPoint) -> str:
    dense = None if point.dense is None else point.dense.tobytes().hex()
    said = [point.key, point.version_id, point.filing.model_dump_json(), point.chunk.model_dump_json()]
    return json.dumps([*said, dense, point.lexical.indices, point.lexical.values])


def _allowed(point: IndexPoint, request: SearchRequest, leg: Leg) -> bool:
    group = point.key.partition("/")[0] if "/" in point.key else ""
    return (
        point.chunk.kind in leg.kinds
        and (not leg.statements or point.chunk.statement in leg.statements)
        and (request.groups is None or group in request.groups)
        and _matches(point, request.filters)
        and _matches(point, leg.filters if point.filing.company else leg.filters.model_copy(update={"companies": ()}))
    )


def _matches(point: IndexPoint, filters: Filters) -> bool:
    filing = point.filing
    return (
        (not filters.companies or filing.company in filters.companies)
        and (not filters.forms or filing.form in filters.forms)
        and (not filters.fiscal_years or filing.fiscal_year in filters.fiscal_years)
        and (not filters.document_ids or document_id(point.key) in filters.document_ids)
    )
