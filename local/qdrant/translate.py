"""The client's request models to the engine's objects, field by field; what has no counterpart is refused."""

from contextlib import suppress
from functools import cached_property
from typing import Any
from uuid import UUID

import qdrant_edge as edge
from qdrant_client.http import models

from local.qdrant.refusal import Refusal, only

DISTANCES = {
    models.Distance.COSINE: edge.Distance.Cosine,
    models.Distance.DOT: edge.Distance.Dot,
    models.Distance.EUCLID: edge.Distance.Euclid,
    models.Distance.MANHATTAN: edge.Distance.Manhattan,
}
DEFAULT_LIMIT = 10  # Qdrant's own


class Filter(models.Filter):
    """A filter that is asked with again and again: the engine's own is made of it once."""

    @cached_property
    def translated(self) -> edge.Filter:
        """The engine's own."""
        return required_filter(self)


def point_id(value: int | str | UUID) -> int | UUID | str:
    """Return an id as the engine takes it: an unsigned integer or a UUID."""
    if isinstance(value, int):
        return value
    try:
        return UUID(str(value))
    except ValueError as error:
        raise Refusal(
            f"value {value} is not a valid point ID, valid values are either an unsigned integer or a UUID"
        ) from error


def config(request: models.CreateCollection) -> edge.EdgeConfig:
    """Return a shard's configuration, write-ahead log on: without it a killed process loses every write."""
    only(
        request,
        "vectors",
        "sparse_vectors",
        "metadata",
        "shard_number",
        "replication_factor",
        "write_consistency_factor",
        "hnsw_config",
        "quantization_config",
        "on_disk_payload",
        "strict_mode_config",
    )
    _scalar_only(request.quantization_config)
    if not isinstance(request.vectors, dict):
        raise Refusal("CreateCollection.vectors must be a map of named vectors in this stand-in for Qdrant.")
    return edge.EdgeConfig(
        vectors={name: _dense(params) for name, params in request.vectors.items()},
        sparse_vectors={name: _sparse(params) for name, params in (request.sparse_vectors or {}).items()},
        wal_enabled=True,
        max_search_threads=1,
    )


def _scalar_only(given: Any) -> None:
    if given is not None and not isinstance(given, models.ScalarQuantization):
        raise Refusal(f"{type(given).__name__} is not supported by this stand-in for Qdrant.")


def _dense(params: models.VectorParams) -> edge.EdgeVectorParams:
    only(params, "size", "distance", "on_disk", "hnsw_config")
    return edge.EdgeVectorParams(size=params.size, distance=DISTANCES[params.distance])


def _sparse(params: models.SparseVectorParams) -> edge.EdgeSparseVectorParams:
    only(params, "modifier", "index")
    idf = edge.Modifier.Idf if params.modifier == models.Modifier.IDF else None
    return edge.EdgeSparseVectorParams(modifier=idf)


def vector(value: Any) -> Any:
    """Return one vector: a list of floats or a sparse vector."""
    if isinstance(value, models.SparseVector):
        return edge.SparseVector(indices=value.indices, values=value.values)
    if isinstance(value, list):
        with suppress(TypeError):  # a list of vectors
            return list(map(float, value))
    raise Refusal(f"A vector of type {type(value).__name__} is not supported by this stand-in for Qdrant.")


def point(given: models.PointStruct) -> edge.Point:
    """Return a point with its named vectors."""
    if not isinstance(given.vector, dict):
        raise Refusal("PointStruct.vector must be a map of named vectors in this stand-in for Qdrant.")
    named = {name: vector(value) for name, value in given.vector.items()}
    return edge.Point(id=point_id(given.id), vector=named, payload=given.payload)


def filtering(given: models.Filter | None) -> edge.Filter | None:
    """Return a filter, or None for none."""
    if isinstance(given, Filter):
        return given.translated
    return None if given is None else required_filter(given)


def required_filter(given: models.Filter) -> edge.Filter:
    """Return a filter."""
    only(given, "must", "should", "must_not")
    clauses: dict[str, Any] = {
        name: [_condition(entry) for entry in (clause if isinstance(clause, list) else [clause])]
        for name in ("must", "should", "must_not")
        if (clause := getattr(given, name)) is not None
    }
    return edge.Filter(**clauses)


def _condition(given: Any) -> Any:
    match given:
        case models.Filter():
            return required_filter(given)
        case models.HasIdCondition():
            return edge.HasIdCondition({point_id(value) for value in given.has_id})
        case models.IsEmptyCondition():
            return edge.IsEmptyCondition(given.is_empty.key)
        case models.IsNullCondition():
            return edge.IsNullCondition(given.is_null.key)
        case models.HasVectorCondition():
            return edge.HasVectorCondition(given.has_vector)
        case models.FieldCondition():
            return _field(given)
    raise Refusal(f"The condition {type(given).__name__} is not supported by this stand-in for Qdrant.")


def _field(given: models.FieldCondition) -> edge.FieldCondition:
    only(given, "key", "match", "range", "is_empty", "is_null")
    chosen: dict[str, Any] = {
        name: value for name in ("is_empty", "is_null") if (value := getattr(given, name)) is not None
    }
    if given.match is not None:
        chosen["match"] = _match(given.match)
    if given.range is not None:
        chosen["range"] = _range(given.range)
    return edge.FieldCondition(key=given.key, **chosen)


def _match(given: Any) -> Any:
    match given:
        case models.MatchValue():
            return edge.MatchValue(given.value)
        case models.MatchAny():
            return edge.MatchAny(given.any)
        case models.MatchExcept():
            return edge.MatchExcept(given.except_)
    raise Refusal(f"{type(given).__name__} is not supported by this stand-in for Qdrant.")


def _range(given: Any) -> Any:
    if not isinstance(given, models.Range):
        raise Refusal(f"{type(given).__name__} is not supported by this stand-in for Qdrant.")
    return edge.RangeFloat(gte=given.gte, gt=given.gt, lte=given.lte, lt=given.lt)


def params(given: models.SearchParams | None) -> edge.SearchParams | None:
    """Return search parameters; every search of this stand-in is exact, by the original vectors, anyway."""
    if given is None:
        return None
    only(given, "exact", "hnsw_ef", "quantization", *([] if given.indexed_only else ["indexed_only"]))
    return edge.SearchParams(exact=bool(given.exact), hnsw_ef=given.hnsw_ef)


def scoring(given: Any, using: str | None) -> Any:
    """Return what results are ranked by: a vector, or a fusion of prefetches."""
    match given:
        case None:
            return None
        case models.FusionQuery(fusion=models.Fusion.DBSF):
            return edge.Fusion.Dbsf()
        case models.FusionQuery(fusion=models.Fusion.RRF):
            return edge.Fusion.Rrf(k=2)  # Qdrant's default
        case models.RrfQuery():
            return edge.Fusion.Rrf(k=given.rrf.k if given.rrf.k is not None else 2, weights=given.rrf.weights)
        case models.NearestQuery():
            only(given, "nearest")
            return edge.Query.Nearest(vector(given.nearest), using=using)
    return edge.Query.Nearest(vector(given), using=using)


def prefetch(given: models.Prefetch) -> edge.Prefetch:
    """Return one prefetch stage with its own."""
    only(given, "prefetch", "query", "using", "filter", "params", "score_threshold", "limit")
    return edge.Prefetch(
        limit=given.limit or DEFAULT_LIMIT,
        query=scoring(given.query, given.using),
        prefetches=prefetches(given.prefetch),
        params=params(given.params),
        filter=filtering(given.filter),
        score_threshold=given.score_threshold,
    )


def prefetches(given: Any) -> list[edge.Prefetch] | None:
    """Return the stages, whether one or several are given."""
    if given is None:
        return None
    return [prefetch(entry) for entry in (given if isinstance(given, list) else [given])]


def query(given: models.QueryRequest) -> edge.QueryRequest:
    """Return a query with its prefetch tree."""
    only(
        given,
        "prefetch",
        "query",
        "using",
        "filter",
        "params",
        "score_threshold",
        "limit",
        "offset",
        "with_vector",
        "with_payload",
    )
    return edge.QueryRequest(
        limit=given.limit or DEFAULT_LIMIT,
        offset=given.offset,
        query=scoring(given.query, given.using),
        prefetches=prefetches(given.prefetch),
        with_vector=given.with_vector or False,
        with_payload=payload_choice(given.with_payload),
        filter=filtering(given.filter),
        score_threshold=given.score_threshold,
        params=params(given.params),
    )


def payload_choice(given: Any) -> bool | list[str]:
    """Return whether, or which fields of, the payload is wanted."""
    if given is None or isinstance(given, bool):
        return bool(given)
    if isinstance(given, list):
        return [str(name) for name in given]
    raise Refusal(f"with_payload of type {type(given).__name__} is not supported by this stand-in for Qdrant.")


def schema(given: Any) -> tuple[edge.PayloadSchemaType, str]:
    """Return a payload index's type for the engine, and its name for the collection's description."""
    if not isinstance(given, models.PayloadSchemaType):
        only(given, "type", "is_tenant", "is_principal")
    name = str(getattr(given, "type", given).value)
    kinds = {
        kind: getattr(edge.PayloadSchemaType, kind.capitalize())
        for kind in ("keyword", "integer", "float", "bool", "datetime", "uuid")
    }
    if name not in kinds:
        raise Refusal(f"A payload index of type {name} is not supported by this stand-in for Qdrant.")
    return kinds[name], name
