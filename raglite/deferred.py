"""Vendors' pydantic models, built when they are first used instead of all at import.

Qdrant's client defines 344 models and MCP's types come in three releases; a service uses some thirty of them. To build
one means to generate its schema and compile it: half a second and 20 MB for all. pydantic builds a model late that says
`defer_build` (https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.defer_build), once, whichever
thread comes first. Vendors do not say so: here it is said for what is imported inside.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel


@contextmanager
def deferred_build() -> Iterator[None]:
    """Have the models that are defined inside built when they are first used. Not to be entered by two threads at once.

    A vendor's own `model_rebuild()` is left out inside: it is there to resolve names that were not known yet, and what
    builds a model later finds them by itself. A model whose class sets `defer_build` keeps what it says.
    """
    rebuild = BaseModel.__dict__["model_rebuild"]

    def rebuild_if_used(model: type[BaseModel], /, **given: Any) -> bool | None:
        """pydantic, which builds what is used, gives arguments; a call for all that there is has none."""
        return rebuild.__get__(None, model)(**given) if given else None

    config = BaseModel.model_config
    before = config.get("defer_build", False)
    config["defer_build"] = True
    BaseModel.model_rebuild = classmethod(rebuild_if_used)  # type: ignore[assignment, method-assign]  # put back below
    try:
        yield
    finally:
        config["defer_build"] = before
        BaseModel.model_rebuild = rebuild  # type: ignore[method-assign]  # as it was
