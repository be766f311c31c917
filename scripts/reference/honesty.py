"""The lists in docs/explanation/honesty.md: what of AWS is not real here, what is waived, what was not reached."""

import tomllib
from collections import Counter
from collections.abc import Iterator

from local.capabilities import read
from scripts.reference.markdown import ROOT, code, table
from scripts.reference.marked import Parts, filled

PAGE = ROOT / "docs" / "explanation" / "honesty.md"
WAIVERS = ROOT / "local" / "waivers.toml"
MEASURED = ("performance.md", "sizing.md")
LEVELS = ("real", "shape", "absent")


def levels() -> list[str]:
    """Return how many behaviours of AWS are of which level in the twin as `make up` starts it."""
    counted = Counter(entry["level"] for entry in read().values())
    return table(("level", "behaviours"), [(level, str(counted[level])) for level in LEVELS])


def unreal() -> list[str]:
    """Return the behaviours that are no more than a shape, or absent."""
    found = [(name, entry) for level in LEVELS[1:] for name, entry in sorted(read().items()) if entry["level"] == level]
    return table(
        ("behaviour", "level", "what to know"), [(code(name), one["level"], one["note"]) for name, one in found]
    )


def waived() -> list[str]:
    """Return the shapes that evidence may rest on until a day."""
    waivers = tomllib.loads(WAIVERS.read_text(encoding="utf-8"))["waiver"]
    rows = [(code(one["capability"]), str(one["date"]), str(one["expires"]), one["reason"]) for one in waivers]
    return table(("behaviour", "since", "until", "why"), rows)


def not_reached() -> list[str]:
    """Return the rows of the measured pages that say so of themselves, with the section that they stand in."""
    return table(("what", "measured; should be", "where"), (row for name in MEASURED for row in _missed(name)))


def _missed(name: str) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in (PAGE.parent / name).read_text(encoding="utf-8").splitlines():
        section = line.removeprefix("## ") if line.startswith("## ") else section
        what, *found, verdict = [cell.strip() for cell in line.strip("|").split("|")] if "|" in line else ["", ""]
        if verdict.startswith("not reached"):
            anchor = section.lower().replace(" ", "-")
            yield what, "; ".join(found), f"[{section}]({name}#{anchor})"


PARTS: Parts = {"levels": levels, "unreal": unreal, "waived": waived, "missed": not_reached}


def page() -> str:
    """Return the page."""
    return filled(PAGE, PARTS)
