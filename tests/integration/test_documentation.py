"""The documentation, followed: docs/tutorial.md from an empty folder, then what other pages run on a twin.

What is committed is cloned, as a reader would. What takes minutes to install is taken over from here, and the reader's
examples (an address, an id, a document) are replaced by what there is.
"""

import os
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from tests.blocks import SHELL, Block, commands, expected_after, fences, not_printed, run_by
from tests.integration.estate import ROOT
from tests.person import Person

TUTORIAL = ROOT / "docs" / "tutorial.md"
STEPS = commands(TUTORIAL)
LAST = "Take it down"
PAGES = {
    page: [*blocks] for page, blocks in groupby((b for b in run_by("twin") if b.page != TUTORIAL), lambda b: b.page)
}
TAKEN_OVER = (".venv", ".venv-emulator", ".venv-infra")
LONG_AGO = 1_000_000_000  # older than any stamp of make
FOR_EXAMPLE = "1-67891233-abcdef012345678912345678"  # a trace that pages name

pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Somebody with an empty folder, and the address of the repository."""
    folder = tmp_path_factory.mktemp("reader")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAGLITE_", "AWS_", "MAKE"))}
    person = Person.at(folder, {**kept, "COLUMNS": "120", "REPOSITORY": str(ROOT)})
    yield person
    if person.shell.poll() is None:
        person.leaves()
    checkout = folder / "raglite"
    if (checkout / ".local").exists() and not os.environ.get("KEEP"):
        other = Person.at(checkout, kept)
        other.does("make down")
        other.leaves()


def take_over(checkout: Path) -> None:
    """Spare a new checkout the minutes of `make setup`: environments and the model are the same."""
    for path in checkout.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            os.utime(path, (LONG_AGO, LONG_AGO))
    for name in TAKEN_OVER:
        (checkout / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "build" / "model", checkout / "build" / "model")


def follow(reader: Person, block: Block) -> None:
    said = reader.does(block.text)
    print(said[-4000:])
    assert not_printed(expected_after(block), said) == []


@pytest.mark.parametrize("block", [block for block in STEPS if block.step != LAST], ids=str)
def test_the_tutorial_does_what_it_says_and_prints_what_it_shows(reader: Person, block: Block) -> None:
    follow(reader, block)
    if block.text.startswith("git clone"):
        take_over(reader.folder / "raglite")


@pytest.fixture(scope="module")
def estate(reader: Person) -> Path:
    """The checkout whose twin runs, with the documents that other pages name, one of them broken."""
    checkout = reader.folder / "raglite"
    sample = checkout / "build" / "sample"
    for name in ("report.pdf", "acme-2023.pdf"):
        shutil.copy(sample / "halvorsen-tidewater-10k-2023.pdf", checkout / name)
    shutil.copy(sample / "questions.jsonl", checkout)
    reader.does('export PATH="$PWD/.venv/bin:$PWD/.venv-infra/bin:$PATH"')
    reader.does("raglite upload build/sample/*.pdf build/sample/*.html build/sample/*.csv --wait")
    reader.does("raglite upload acme-2023.pdf --prefix reports --wait")
    reader.does("printf nonsense > acme-10k.pdf; ! raglite upload acme-10k.pdf --prefix reports --wait")
    reader.does(
        "trace_id=$(raglite query --json 'What was total revenue?' | grep -oE '1-[0-9a-f]{8}-[0-9a-f]{24}' | head -1)"
    )
    reader.does("export trace_id; export -p > exported.sh")
    return checkout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_runs_on_a_twin_runs(estate: Path, page: Path) -> None:
    person = Person.at(estate, {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]})
    person.does("source exported.sh")
    person.does("raglite documents --watch 2>&1")  # what the page before set going has come to rest
    for block in PAGES[page]:
        print(person.does(block.text.replace(FOR_EXAMPLE, "$trace_id"))[-4000:])
    person.leaves()


@pytest.mark.parametrize("block", [block for block in STEPS if block.step == LAST], ids=str)
def test_the_tutorial_ends_with_nothing_that_runs(reader: Person, block: Block) -> None:
    follow(reader, block)


def test_every_step_of_the_tutorial_is_followed() -> None:
    assert {block.language for block in fences(TUTORIAL)} <= {SHELL, "text", "json"}
    assert {block.runner for block in STEPS} == {"twin"}
    assert LAST in {block.step for block in STEPS}
