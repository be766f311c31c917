"""`python -m scripts.reference`: write every page that a module of this package makes."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import scripts.reference
from scripts import states
from scripts.evidence import page as evidence

ROOT = Path(__file__).resolve().parents[2]


def makers() -> Iterator[ModuleType]:
    """Yield every module that makes a page: those of this package, and two older ones."""
    names = (found.name for found in pkgutil.iter_modules(scripts.reference.__path__) if found.name != "__main__")
    modules = [importlib.import_module(f"scripts.reference.{name}") for name in names]
    yield from (one for one in modules if hasattr(one, "PAGE"))
    yield from (states, evidence)


def main() -> None:
    """Write the pages and say which."""
    for maker in makers():
        maker.PAGE.write_text(maker.page(), encoding="utf-8")
        print(maker.PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
