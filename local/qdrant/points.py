"""Reads and writes of points: request models in, plain JSON values out, ids that are UUIDs left as they are."""

from typing import Any

import qdrant_edge as edge
from qdrant_client.http import models

from local.qdrant import translate
from local.qdrant.collections import Collection, engine
from local.qdrant.refusal import Refusal, only

DEFAULT_LIMIT = 10  # Qdrant's own, of scroll and of facet


def done(operation: int) -> dict[str, Any]:
    """Return the answer to a write: every write here is complete when it is acknowledged."""
    return {"operation_id": operation, "status": "completed"}


def upsert(collection: Collection, given: models.PointsList) -> dict[str, Any]:
    """Insert points, and replace those that match `update_filter` (without one: all)."""
    only(given, "points", "update_filter")
    points = [translate.point(entry) for entry in given.points]
    condition = translate.filtering(given.update_filter)
    return done(collection.update(edge.UpdateOperation.upsert_points(points, condition)))


def delete(collection: Collection, given: models.PointIdsList | models.FilterSelector) -> dict[str, Any]:
    """Delete points by id or by filter."""
    if isinstance(given, models.PointIdsList):
        only(given, "points")
        ids = [translate.point_id(value) for value in given.points]
        return done(collection.update(edge.UpdateOperation.delete_points(ids)))
    only(given, "filter")
    return done(
        collection.update(edge.UpdateOperation.delete_points_by_filter(translate.required_filter(given.filter)))
    )


def _by_ids_or_filter(name: str, given: Any, what: Any) -> Any:
    only(given, "payload", "keys", "points", "filter")
    if (given.points is None) == (given.filter is None):
        raise Refusal("Wrong input: give either points or a filter.")
    if given.points is not None:
        return getattr(edge.UpdateOperation, name)([translate.point_id(value) for value in given.points], what)
    return getattr(edge.UpdateOperation, f"{name}_by_filter")(translate.filtering(given.filter), what)


def set_payload(collection: Collection, given: models.SetPayload) -> dict[str, Any]:
    """Set payload fields, keeping the others."""
    return done(collection.update(_by_ids_or_filter("set_payload", given, given.payload)))


def overwrite_payload(collection: Collection, given: models.SetPayload) -> dict[str, Any]:
    """Replace the whole payload."""
    return done(collection.update(_by_ids_or_filter("overwrite_payload", given, given.payload)))


def delete_payload(collection: Collection, given: models.DeletePayload) -> dict[str, Any]:
    """Remove payload fields."""
    return done(collection.update(_by_ids_or_filter("delete_payload", given, given.keys)))


def retrieve(collection: Collection, given: models.PointRequest) -> list[dict[str, Any]]:
    """Return points by id, those that exist."""
    only(given, "ids", "with_payload", "with_vector")
    wanted = True if given.with_payload is None else translate.payload_choice(given.with_payload)
    ids = [translate.point_id(value) for value in given.ids]
    return [_record(r) for r in engine(collection.shard.retrieve, ids, wanted, given.with_vector or False)]


def scroll(collection: Collection, given: models.ScrollRequest) -> dict[str, Any]:
    """Return a page of points in id order."""
    only(given, "offset", "limit", "filter", "with_payload", "with_vector")
    wanted = True if given.with_payload is None else translate.payload_choice(given.with_payload)
    request = edge.ScrollRequest(
        offset=None if given.offset is None else translate.point_id(given.offset),
        limit=given.limit or DEFAULT_LIMIT,
        filter=translate.filtering(given.filter),
        with_payload=wanted,
        with_vector=given.with_vector or False,
    )
    records, following = engine(collection.shard.scroll, request)
    return {"points": [_record(r) for r in records], "next_page_offset": following}


def count(collection: Collection, given: models.CountRequest) -> dict[str, int]:
    """Count points exactly, whether asked to or not."""
    only(given, "filter", "exact")
    return {
        "count": engine(collection.shard.count, edge.CountRequest(filter=translate.filtering(given.filter), exact=True))
    }


def facet(collection: Collection, given: models.FacetRequest) -> dict[str, Any]:
    """Count points by the values of an indexed field, exactly, the most frequent first."""
    only(given, "key", "limit", "filter", "exact")
    if given.key not in collection.indexes:
        raise Refusal(f'Bad request: Index required but not found for "{given.key}".')
    request = edge.FacetRequest(
        key=given.key, limit=given.limit or DEFAULT_LIMIT, exact=True, filter=translate.filtering(given.filter)
    )
    found = engine(collection.shard.facet, request).hits
    return {"hits": [{"value": hit.value, "count": hit.count} for hit in found]}


def query(collection: Collection, given: models.QueryRequest) -> dict[str, Any]:
    """Search, fuse and rank."""
    return {"points": [_scored(point) for point in engine(collection.shard.query, translate.query(given))]}


def _vector(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _vector(part) for name, part in value.items()}
    if isinstance(value, edge.SparseVector):
        return {"indices": list(value.indices), "values": list(value.values)}
    return value


def _record(record: Any) -> dict[str, Any]:
    return {"id": record.id, "payload": record.payload, "vector": _vector(record.vector)}


def _scored(point: Any) -> dict[str, Any]:
    return {**_record(point), "version": point.version, "score": point.score}
