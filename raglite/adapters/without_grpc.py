"""Qdrant's client without gRPC, which nobody here speaks: 17 MB of every process, most of them one library.

The client imports it to name its classes, and calls it only where `prefer_grpc` is set.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

GRPC = "grpc"


class _Missing(type):
    """A class of gRPC's that can be named, inherited from and compared, and neither called nor made."""

    def __getattr__(cls, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return object()

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"grpc.{cls.__name__}: gRPC is left out of this process. Reach Qdrant over REST.")


class _Absent(ModuleType):
    """Stands for the package: every name in it is a class that is missing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _Absent(f"{self.__name__}.{name}") if name == "aio" else _Missing(name, (), {})
        setattr(self, name, found)
        return found


@contextmanager
def without_grpc() -> Iterator[None]:
    """Let the client that is imported inside do without gRPC; whoever imports that afterwards gets the real one."""
    if GRPC in sys.modules:
        yield
        return
    absent = sys.modules[GRPC] = _Absent(GRPC)
    try:
        yield
    finally:
        if sys.modules.get(GRPC) is absent:
            del sys.modules[GRPC]
