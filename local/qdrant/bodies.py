"""Request bodies as the client's own models: whatever these do not know is refused."""

from functools import cache, lru_cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json
from qdrant_client.http import models

from local.qdrant.translate import Filter

FILTERS = 1024  # that are kept: the questions of one company and period ask with the same ones
NUMBERS = {float, int}


def checked(raw: bytes, model: Any) -> Any:
    """Return a body as `model`; ValidationError if it is none.

    The dense vectors and the filters of a query are looked at apart: the models try seven shapes for each vector,
    number by number, for longer than the search takes, and most filters were asked with before.
    """
    if model is not models.QueryRequest:
        return _adapter(model).validate_json(raw)
    try:
        given = from_json(raw)
        request: models.QueryRequest = _adapter(model).validate_python(_lighter(given))
    except ValueError:
        return _adapter(model).validate_json(raw)  # which says where it is wrong
    _put_back(request, given)
    return request


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


@lru_cache(FILTERS)
def _filter(text: bytes) -> Filter:
    return Filter.model_validate_json(text)


def _lighter(stage: Any) -> Any:
    """Return a query, or a stage of one, its filter as the model, with something short in the place of its vector."""
    if not isinstance(stage, dict):
        return stage
    stages, chosen = stage.get("prefetch"), stage.get("filter")
    return (
        stage
        | ({"query": [0.0]} if _is_dense(stage.get("query")) else {})
        | ({"filter": _filter(to_json(chosen))} if isinstance(chosen, dict) else {})
        | ({"prefetch": [_lighter(one) for one in stages]} if isinstance(stages, list) else {})
    )


def _is_dense(query: Any) -> bool:
    return isinstance(query, list) and bool(query) and NUMBERS.issuperset(map(type, query))


def _put_back(request: Any, given: dict[str, Any]) -> None:
    if _is_dense(given.get("query")):
        request.query = given["query"]
    stages = given.get("prefetch")
    for stage, one in zip(request.prefetch or (), stages, strict=True) if isinstance(stages, list) else ():
        _put_back(stage, one)
