"""What a collection says of itself, in the shape the pinned client reads."""

from typing import Any

import qdrant_edge as edge

from local.qdrant.collections import Collection, Collections, engine

# Qdrant's own, of a single node.
PARAMETERS = {"shard_number": 1, "replication_factor": 1, "write_consistency_factor": 1, "on_disk_payload": True}
HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000}


def info(collection: Collection) -> dict[str, Any]:
    """Return a collection's CollectionInfo: its settings as they were asked for, Qdrant's defaults for the others.

    Nothing here uses them: there is one shard, no graph and nothing quantized, and no vector counts as indexed.
    """
    created = collection.created.model_dump(mode="json", exclude_none=True)
    count = engine(collection.shard.count, edge.CountRequest(exact=True))
    return {
        "status": "green",
        "optimizer_status": "ok",
        "points_count": count,
        "indexed_vectors_count": 0,
        "segments_count": collection.shard.info().segments_count,
        "payload_schema": {name: {"data_type": kind, "points": count} for name, kind in collection.indexes.items()},
        "config": {
            "params": {name: created[name] for name in ("vectors", "sparse_vectors") if name in created}
            | {name: created.get(name, default) for name, default in PARAMETERS.items()},
            "hnsw_config": HNSW | created.get("hnsw_config", {}),
            "quantization_config": created.get("quantization_config"),
            "optimizer_config": {
                "deleted_threshold": 0.2,
                "vacuum_min_vector_number": 1000,
                "default_segment_number": 0,
                "flush_interval_sec": 5,
            },
            "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0},
            "metadata": created.get("metadata"),
        },
    }


def aliases(collections: Collections, name: str | None) -> dict[str, Any]:
    """Return all aliases, or those of one collection."""
    pairs = [(alias, target) for alias, target in sorted(collections.aliases.items()) if name in {None, target}]
    return {"aliases": [{"alias_name": alias, "collection_name": target} for alias, target in pairs]}
