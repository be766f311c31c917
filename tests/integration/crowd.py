"""Many small documents of several formats, some that can never be indexed, and earlier versions of some."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.sample import broken
from scripts.sample.markup import read
from scripts.sample.typesetting import typeset

BAD_EVERY, PDF_EVERY, TWICE_EVERY = 25, 10, 10
TOWNS = "Almery Borrow Carsington Dunmoor Eskdale Farrow Glenhope Hartle Inverness Jarrow".split()
THINGS = "ferries looms turbines orchards printing presses quarries kilns tramways observatories lighthouses".split()


@dataclass(frozen=True)
class Crowd:
    """`former` holds other bytes for some of the keys in `now`."""

    former: Path
    now: Path
    bad: frozenset[str]
    twice: frozenset[str]
    marks: dict[str, str]  # by key of a good document, a word that stands in no other


def crowd(folder: Path, count: int) -> Crowd:
    """Write `count` documents below `folder`."""
    former, now = folder / "former", folder / "now"
    bad, twice, marks = set(), set(), {}
    broken_files = sorted(broken.files().items())
    for number in range(count):
        if number % BAD_EVERY == BAD_EVERY - 1:
            name, content = broken_files[number // BAD_EVERY % len(broken_files)]
            key = f"bulk/{number:04}-{name}"
            bad.add(key)
        else:
            suffix = "pdf" if number % PDF_EVERY == 0 else ("txt", "md", "csv", "html")[number % 4]
            key, mark = f"bulk/{number:04}.{suffix}", _word(number)
            content, marks[key] = written(suffix, number, mark), mark
            if number % TWICE_EVERY == 1:
                twice.add(key)
                _put(former / key, written(suffix, number, f"former{mark}"))
        _put(now / key, content)
    return Crowd(former, now, frozenset(bad), frozenset(twice), marks)


def written(suffix: str, number: int, mark: str) -> bytes:
    """Return a document of one format that says `mark`."""
    lines = list(_sentences(number, mark))
    company = f"{TOWNS[number % 10]} {THINGS[number // 10 % 10].title()} {number} Ltd"
    if suffix == "pdf":
        return typeset(read("\n".join([f"! {company} report", f"# {company}", *lines])))
    if suffix == "csv":
        rows = [f"{TOWNS[at]},{number * 10 + at},{mark}" for at in range(10)]
        return "\n".join(["town,shipments,reference", *rows]).encode()
    if suffix == "html":
        paragraphs = "".join(f"<p>{line}</p>" for line in lines)
        return f"<html><head><title>{company}</title></head><body><h1>{company}</h1>{paragraphs}</body></html>".encode()
    return "\n\n".join([f"# {company}" if suffix == "md" else company, *lines]).encode()


def _sentences(number: int, mark: str) -> Iterator[str]:
    yield f"The reference of this report is {mark}."
    for at in range(6):
        town, thing = TOWNS[(number + at) % 10], THINGS[(number * 3 + at) % 10]
        yield f"In {town} the company sold {number * 7 + at} {thing} in fiscal 2024, against {number * 5 + at} in 2023."


def _word(number: int) -> str:
    """Return a word that is no other number's and nobody's language."""
    return "zqv" + "".join("bcdfghjklm"[int(digit)] for digit in f"{number:04}")


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
