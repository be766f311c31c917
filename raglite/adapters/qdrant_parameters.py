"""Settings of a collection as Qdrant takes them; what is not set is not sent, so that Qdrant's own defaults hold.

`on_disk` and `always_ram` rather than `memory`, which replaces them in 1.20: servers a version older know only these.
"""

from typing import Any

from qdrant_client import models

from raglite.model import CollectionParameters

DEFAULTS = CollectionParameters()


def creation(parameters: CollectionParameters) -> dict[str, Any]:
    """Return what create_collection is told beside the vectors."""
    cluster = parameters.model_dump(include={"shard_number", "replication_factor", "write_consistency_factor"})
    return {**cluster, "hnsw_config": _hnsw(parameters), "quantization_config": _quantization(parameters)}


def dense(size: int, parameters: CollectionParameters) -> models.VectorParams:
    """Return the dense vector's parameters."""
    return models.VectorParams(size=size, distance=models.Distance.COSINE, on_disk=parameters.vectors_on_disk)


def searching(parameters: CollectionParameters) -> models.SearchParams | None:
    """Return what goes with every dense search; None leaves it to Qdrant."""
    asked = parameters.model_dump(include={"rescore", "oversampling"}, exclude_none=True)
    quantization = models.QuantizationSearchParams(**asked) if asked else None
    if quantization is None and parameters.hnsw_ef is None:
        return None
    return models.SearchParams(hnsw_ef=parameters.hnsw_ef, quantization=quantization)


def _hnsw(parameters: CollectionParameters) -> models.HnswConfigDiff | None:
    m, ef_construct, on_disk = parameters.hnsw_m, parameters.hnsw_ef_construct, parameters.hnsw_on_disk
    if (m, ef_construct, on_disk) == (None, None, None):
        return None
    return models.HnswConfigDiff(m=m, ef_construct=ef_construct, on_disk=on_disk)


def _quantization(parameters: CollectionParameters) -> models.ScalarQuantization | None:
    if not parameters.scalar_quantization:
        return None
    scalar = models.ScalarQuantizationConfig(
        type=models.ScalarType.INT8, quantile=parameters.quantile, always_ram=parameters.quantized_always_ram
    )
    return models.ScalarQuantization(scalar=scalar)
