"""How Qdrant keeps a collection: Qdrant's own names where it has one. Nothing set is what Qdrant does by itself."""

from typing import Self

from pydantic import Field, model_validator

from raglite.model.value import Frozen

OF_QUANTIZATION = ("quantile", "quantized_always_ram", "rescore", "oversampling")


class CollectionParameters(Frozen):
    """What a collection is made with; `hnsw_ef`, `rescore` and `oversampling` go with every question instead.

    Bounds are Qdrant's own (its REST models, 1.20). When to set what: docs/explanation/sizing.md.
    """

    shard_number: int | None = Field(default=None, ge=1)
    replication_factor: int | None = Field(default=None, ge=1)
    write_consistency_factor: int | None = Field(default=None, ge=1)  # replicas that must have a write
    vectors_on_disk: bool | None = None  # the originals
    hnsw_m: int | None = Field(default=None, ge=0)  # edges a node; 0 builds no graph
    hnsw_ef_construct: int | None = Field(default=None, ge=4)
    hnsw_on_disk: bool | None = None
    scalar_quantization: bool = False  # int8 beside the originals
    quantile: float | None = Field(default=None, ge=0.5, le=1)
    quantized_always_ram: bool | None = None

    hnsw_ef: int | None = Field(default=None, ge=1)
    rescore: bool | None = None  # by the originals
    oversampling: float | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _replicas_can_agree(self) -> Self:
        """Qdrant would take every write for failed."""
        replicas, agreeing = self.replication_factor or 1, self.write_consistency_factor or 1
        if agreeing > replicas:
            raise ValueError(f"write_consistency_factor is {agreeing}: there are {replicas} replicas, set at most that")
        return self

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        """A setting that changes nothing would be taken for one that does."""
        idle = [name for name in OF_QUANTIZATION if getattr(self, name) is not None and not self.scalar_quantization]
        if idle:
            raise ValueError(f"{' and '.join(idle)} need scalar_quantization: set it to true")
        return self
