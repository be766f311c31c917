"""Writes docs/reference/requirements.md from the TOML beside it: `python -m scripts.reference.requirements`."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, model_validator

from raglite.model import Frozen
from raglite.release.evidence import Kind

ROOT = Path(__file__).resolve().parents[2]
LEDGER = ROOT / "docs" / "reference" / "requirements.toml"
PAGE = LEDGER.with_suffix(".md")
ON_AN_ESTATE = ("tests/integration/", "tests/dr/", "tests/load/")
HEAD = """# What the specification asks for, and what shows it

<!-- Written by `python -m scripts.reference.requirements` from requirements.toml beside it. -->

Every requirement, story, success criterion and GO criterion of the specification, with the tests, make targets and
kinds of [evidence](evidence.md) that show it. A status says what these show when they pass; whether they passed is
said by the evidence of a commit, of which `raglite validate` computes the GO criteria
([production](../explanation/production.md)). What has no number is named by its component and place: `3.2-T1` is the
first of what component 3.2 is to be tested by, `3.2-N1` the first of its requirements, `W16-S1` a success criterion of
week 16.
"""


class Status(StrEnum):
    """How far a requirement is shown."""

    PROVEN = "proven"
    ON_THE_TWIN = "proven on the twin"
    PARTLY = "partly"
    NOT_MEASURED = "not measured"
    DEVIATED = "deviated"


MEANS = {
    Status.PROVEN: "by tests that need no estate: of code, or of what Terraform plans",
    Status.ON_THE_TWIN: "by tests on the twin, some of them beside others; AWS was not tried",
    Status.PARTLY: "some of it; the last column says what is not shown",
    Status.NOT_MEASURED: "nothing shows it; tests are of what would measure it",
    Status.DEVIATED: "done otherwise; a decision says why",
}
SECTIONS = (
    ("Numbered requirements", r"N?FR\d+"),
    ("Requirements without a number", r"3\.\d-N\d"),
    ("What components are tested by", r"3\.\d-T\d"),
    ("Stories", r"Story 5\.\d+"),
    ("Success criteria of week 16", r"W16-S\d"),
    ("GO criteria and decision gate", r"GO\d[a-c]?|GATE-\d"),
)


class Requirement(Frozen):
    """One row. `make` and `evidence` are what a run of shows it, `missing` is what nothing of it shows."""

    id: str
    words: Annotated[str, Field(min_length=10, max_length=120)]
    status: Status
    tests: tuple[str, ...] = ()
    make: tuple[str, ...] = ()
    evidence: tuple[Kind, ...] = ()
    files: tuple[str, ...] = ()
    adrs: tuple[str, ...] = ()
    missing: str = ""

    @model_validator(mode="after")
    def _claims_no_more_than_it_shows(self) -> Self:
        on_an_estate = any(test.startswith(ON_AN_ESTATE) for test in self.tests)
        if self.status in {Status.PROVEN, Status.ON_THE_TWIN, Status.PARTLY, Status.DEVIATED} and not self.tests:
            raise ValueError(f"{self.id} is called {self.status} by no test")
        if self.status is Status.PROVEN and on_an_estate:
            raise ValueError(f"{self.id} is called proven by tests on the twin: say so")
        if self.status is Status.ON_THE_TWIN and not on_an_estate:
            raise ValueError(f"{self.id} is called proven on the twin by tests that do not run there")
        if self.status in {Status.PARTLY, Status.NOT_MEASURED} and not self.missing:
            raise ValueError(f"{self.id} is {self.status}: say what is missing")
        if self.status is Status.DEVIATED and not self.adrs:
            raise ValueError(f"{self.id} deviates without a decision")
        return self


def read(text: str) -> list[Requirement]:
    """Return the ledger's rows; ValueError says what is wrong with one."""
    return TypeAdapter(list[Requirement]).validate_python(tomllib.loads(text)["requirement"])


def ids(specification: str) -> list[str]:
    """Return the ids of everything in the specification that a row must answer for, in the ledger's order."""
    components = re.findall(r"^### (3\.\d) .*?\n(.*?)(?=^#{2,3} )", specification, re.MULTILINE | re.DOTALL)
    numbered = {*re.findall(r"^- (N?FR\d+):", specification, re.MULTILINE)}
    plain = [
        f"{number}-N{place}"
        for number, text in components
        for place, line in enumerate(_bullets(text, r"\*\*NFRs:\*\*"), 1)
        if not re.match(r"N?FR\d+:", line)
    ]
    tests = [
        f"{number}-T{place}"
        for number, text in components
        for place, _ in enumerate(_bullets(text, r"\*\*Testing:\*\*"), 1)
    ]
    stories = {*re.findall(r"Story 5\.\d+", specification)}
    weeks = [f"W16-S{place}" for place, _ in enumerate(_bullets(specification, r"\*\*Success Criteria:\*\*"), 1)]
    return [
        *sorted(numbered, key=_by_number), *plain, *tests, *sorted(stories, key=_by_number), *weeks,
        *_criteria(specification),
    ]  # fmt: skip


def _bullets(text: str, head: str) -> list[str]:
    """Return the entries of the first list below a heading."""
    found = re.search(rf"^{head}\n((?:- .*\n)+)", text, re.MULTILINE)
    return re.findall(r"^- (.*)$", found[1], re.MULTILINE) if found else []


def _criteria(specification: str) -> Iterator[str]:
    """Yield each GO criterion with its parts, and each branch of the decision gate."""
    for number, parts in re.findall(r"^(\d)\. \u2705 .*\n((?:   - .*\n)*)", specification, re.MULTILINE):
        yield f"GO{number}"
        yield from (f"GO{number}{letter}" for letter, _ in zip("abc", parts.splitlines(), strict=False))
    yield from (f"GATE-{place}" for place, _ in enumerate(re.findall(r"^- \*\*IF\*\*", specification, re.MULTILINE), 1))


def _by_number(name: str) -> tuple[str, int]:
    number = re.sub(r"\D", "", name.rpartition(".")[2])
    return name.removesuffix(number), int(number)


def page() -> str:
    """Return the page."""
    rows = read(LEDGER.read_text(encoding="utf-8"))
    counted = Counter(row.status for row in rows)
    statuses = [f"| {status} | {counted[status]} | {MEANS[status]} |" for status in Status]
    parts = [HEAD, "| status | rows | means |", "|---|---:|---|", *statuses]
    for title, pattern in SECTIONS:
        parts += ["", f"## {title}", "", *_table([row for row in rows if re.fullmatch(pattern, row.id)])]
    return "\n".join(parts) + "\n"


def _table(rows: Sequence[Requirement]) -> Iterator[str]:
    yield "| | asked for | status | shown by | not shown, or to know |"
    yield "|---|---|---|---|---|"
    yield from (f"| {row.id} | {row.words} | {row.status} | {_shown(row)} | {row.missing} |" for row in rows)


def _shown(row: Requirement) -> str:
    tests = [_test(name) for name in row.tests]
    made = [f"`make {name}`" for name in row.make]
    kinds = [f"evidence `{kind}`" for kind in row.evidence]
    files = [f"[{name}](../../{name})" for name in row.files]
    decided = [f"[{path.name[:4]}](../decisions/{path.name})" for path in map(decision, row.adrs)]
    return "<br>".join([*tests, *(", ".join(one) for one in (made, kinds, files, decided) if one)])


def _test(name: str) -> str:
    path, _, function = name.partition("::")
    words = function.removeprefix("test_").replace("_", " ")
    return f"[{words}](../../{path})"


def decision(number: str) -> Path:
    """Return a decision's file; LookupError if there is none, or several."""
    found = [*(ROOT / "docs" / "decisions").glob(f"{number}-*.md")]
    if len(found) != 1:
        raise LookupError(f"there are {len(found)} decisions {number}")
    return found[0]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
