"""Pages written by hand around parts that are made, each between `<!-- made: NAME -->` and `<!-- end -->`."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

PART = re.compile(r"(?P<begin><!-- made: (?P<name>\w+) -->\n).*?(?P<end><!-- end -->\n)", re.DOTALL)
Parts = Mapping[str, Callable[[], list[str]]]


def filled(page: Path, parts: Parts) -> str:
    """Return a page as it is, with its parts made anew."""

    def made(found: re.Match[str]) -> str:
        lines = "\n".join(parts[found["name"]]()).strip("\n")
        return f"{found['begin']}\n{lines}\n\n{found['end']}"

    return PART.sub(made, page.read_text(encoding="utf-8"))
