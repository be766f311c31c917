"""What finds passages: the model, Qdrant, the collection, and the registry beside it."""

from raglite.cli.checks.check import Found, fault
from raglite.cli.checks.faults import Fault
from raglite.cli.outside import Outside
from raglite.errors import ConfigurationError, RagliteError
from raglite.ports import CollectionMissing, RegistryBehind, is_new, refuse_behind

FILES = ("spec.json", "model.onnx", "weights.bin", "tokenizer.json")


def model(reach: Outside) -> str:
    """The model files are there and are the ones they claim to be."""
    try:
        spec = reach.services.embedder.spec
    except ConfigurationError as error:
        there = all((reach.settings.model_dir / name).exists() for name in FILES)
        raise fault(Fault.MODEL_WRONG if there else Fault.MODEL_MISSING, error, reach) from error
    return f"{spec.model}, {spec.dimensions} dimensions, spec {spec.digest[:12]}"


def qdrant(reach: Outside) -> str:
    """Qdrant answers, and takes the key."""
    reach.services.index.built()
    return f"{reach.settings.qdrant_url} answers"


def index(reach: Outside) -> str:
    """There is a collection, and it was built with this model."""
    services = reach.services
    try:
        services.index.check(services.embedder.spec)
    except CollectionMissing as error:
        raise _missing(reach, error) from error
    return f"collection {reach.settings.collection} was built with this model"


def agreement(reach: Outside) -> str:
    """The registry is not older than the index."""
    try:
        refuse_behind(reach.services.registry, reach.services.index)
    except RegistryBehind as error:
        raise fault(Fault.REGISTRY_BEHIND, error, reach) from error
    return "the registry is not older than the index"


def _missing(reach: Outside, error: CollectionMissing) -> Found:
    if _is_new(reach):
        sentence = "There is no collection yet: the first document, or the service, makes it."
        return fault(Fault.COLLECTION_MISSING, sentence, reach)
    return fault(Fault.COLLECTION_LOST, error, reach)


def _is_new(reach: Outside) -> bool:
    try:
        return is_new(reach.services.registry, reach.services.documents)
    except RagliteError:  # a fault of theirs, which another check tells
        return False
