"""The emulator's private names, read without their underscore where many of them are used."""

from types import ModuleType
from typing import Any


class Theirs:
    """Reads a module's names as they are at that moment, so that other corrections count; all are asserted first."""

    def __init__(self, module: ModuleType, names: str) -> None:
        """`names` are separated by blanks and have no underscore.

        Raises:
            SystemExit: the module lacks one of them.
        """
        self._module = module
        for name in names.split():
            if self._place(name) is None:
                raise SystemExit(
                    f"{module.__name__} has no {name}: this emulator is not the pinned one, see local/constraints.txt."
                )

    def __getattr__(self, name: str) -> Any:
        """Return the module's `_name`, else its `name`."""
        return getattr(self._module, self._place(name) or name)

    def _place(self, name: str) -> str | None:
        return next((place for place in (f"_{name}", name) if hasattr(self._module, place)), None)
