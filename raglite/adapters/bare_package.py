"""Packages of vendors whose modules are used, but not what their `__init__` does."""

import importlib.util
import sys


def bare(package: str) -> None:
    """Let modules of a package be imported without its `__init__`; a no-op where that has run already.

    What only `__init__` defines is not there then: who imports it gets the interpreter's own ImportError.
    """
    if package in sys.modules:
        return
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    sys.modules[package] = importlib.util.module_from_spec(spec)
