"""Request bodies as the client's own models: whatever these do not know is refused."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json
from qdrant_client.http import models


def checked(raw: bytes, model: Any) -> Any:
    """Return a body as `model`; ValidationError if it is none.

    The dense vectors of a query are looked at apart: the models try seven shapes for each, number by number, for longer
    than the search takes.
    """
    if model is not models.QueryRequest:
        return _adapter(model).validate_json(raw)
    try:
        given = from_json(raw)
    except ValueError:
        return _adapter(model).validate_json(raw)  # which says where the JSON is broken
    request: models.QueryRequest = _adapter(model).validate_python(_without_vectors(given))
    _put_back(request, given)
    return request


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _without_vectors(stage: Any) -> Any:
    """Return a query, or a stage of one, with something short in the place of each dense vector."""
    if not isinstance(stage, dict):
        return stage
    stages = stage.get("prefetch")
    return (
        stage
        | ({"query": [0.0]} if _is_dense(stage.get("query")) else {})
        | ({"prefetch": [_without_vectors(one) for one in stages]} if isinstance(stages, list) else {})
    )


def _is_dense(query: Any) -> bool:
    return isinstance(query, list) and bool(query) and all(type(number) in {float, int} for number in query)


def _put_back(request: Any, given: dict[str, Any]) -> None:
    if _is_dense(given.get("query")):
        request.query = given["query"]
    stages = given.get("prefetch")
    for stage, one in zip(request.prefetch or (), stages, strict=True) if isinstance(stages, list) else ():
        _put_back(stage, one)
