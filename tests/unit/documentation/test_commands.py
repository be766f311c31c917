"""Every command of the documentation is read, and somebody runs it or it says why nobody does."""

import os
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.blocks import PAGES, ROOT, RUNNERS, Block, commands, expected_after, fences, not_printed, run_by
from tests.person import Person
from tests.unit.documentation.claims import of_a_block, of_a_remark, remarks
from tests.unit.documentation.shell import functions_in

BLOCKS = [block for page in PAGES for block in commands(page)]
FOLLOWED = {ROOT / "docs" / "how-to" / "deploy.md", ROOT / "docs" / "how-to" / "rotate-keys.md"}


def functions_of(page: Path) -> set[str]:
    """Functions are for the whole page; deploy.md makes `terraform` one, and restore.md sends there for it."""
    texts = [block.text for one in {page, *FOLLOWED} for block in commands(one)]
    return {name for text in texts for name in functions_in(text)}


def test_there_are_commands() -> None:
    assert len(BLOCKS) > 50
    assert {block.runner for block in BLOCKS} == RUNNERS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_says_which_language_it_is_in(page: Path) -> None:
    other = {"console", "bash", "shell", "sh-session", ""}
    assert [block.where for block in fences(page) if block.language in other] == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.where)
def test_a_block_names_what_there_is_and_what_can_be_called(block: Block) -> None:
    assert of_a_block(block.text, functions_of(block.page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_prose_names_what_there_is(page: Path) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text())
    assert [fault for text in remarks(tokens) for fault in of_a_remark(text)] == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.where)
def test_somebody_runs_a_block_or_it_says_why_nobody_does(block: Block) -> None:
    assert block.runner in RUNNERS, "put `<!-- commands: RUNNER -->` before it: tests/blocks.py says what there is"
    assert bool(block.because) is (block.runner == "read")
    assert block.runner != "first-deploy" or block.page in FOLLOWED


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("raglite doctr", "raglite has no doctr"),
        ("raglite doctor --jsn", "--jsn"),
        ("raglite trace --document", "requires an argument"),
        ("raglite query", "Missing"),
        ("echo $(.venv/bin/raglite slo --windw 7d)", "--windw"),
        ("for one in a b; do raglite replai $one; done", "raglite has no replai"),
        ("make e2f", "no target e2f"),
        ("make e2e ENGIN=docker", "ENGIN="),
        ("PROFIL=spike make load", "PROFIL="),
        ("python -m scripts.sample_corpse --out build/sample", "no module scripts.sample_corpse"),
        (".venv/bin/python -m scripts.sample_corpus --into build/sample", "has no --into"),
        ("python -m locl up", "no module locl"),
        ("ls tests/data/alarm/burn.toml", "`tests/data/alarm/burn.toml` is not there"),
        ("terraform -chdir=infra/teraform plan", "`infra/teraform` is not there"),
        ("export RAGLITE_API_ULR=x", "no setting RAGLITE_API_ULR"),
        ("raglit doctor", "no page says what raglit is"),
        ("if true; then", "unexpected end of file"),
    ],
)
def test_a_command_that_is_wrong_would_be_noticed(text: str, complaint: str) -> None:
    assert complaint in "\n".join(of_a_block(text, {"terraform", "ls"}))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("raglite documents --al", "no --al"),
        ("raglite backup crate", "no crate"),
        ("make gates", "no target gates"),
        ("make gate DOC=~/reports", "DOC="),
        ("python -m local.capability", "no module local.capability"),
        ("raglite/release/polices.py", "is not there"),
        ("tests/load/baseline/CLASS.json", "is not there"),
        ("RAGLITE_QDRANT_KEY", "no setting"),
    ],
)
def test_a_remark_that_is_wrong_would_be_noticed(text: str, complaint: str) -> None:
    assert complaint in "\n".join(of_a_remark(text))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with everything of the repository but what was made in it."""
    for path in ROOT.iterdir():
        if path.name not in {"build", ".git", ".local"}:
            (tmp_path / path.name).symlink_to(path)
    return tmp_path


@pytest.mark.parametrize("block", run_by("here"), ids=lambda block: block.where)
def test_a_block_that_needs_nothing_runs(block: Block, checkout: Path) -> None:
    virtual = str(Path(sys.executable).parent)
    shell = Person.at(checkout, {**os.environ, "PATH": f"{virtual}:{os.environ['PATH']}"})
    shell.does(block.text)
    shell.leaves()


def test_what_a_page_shows_and_was_not_printed_would_be_noticed() -> None:
    said = "it took 12.5 s\nfirst\nbetween\nlast of 1-67891233-abcdef012345678912345678\n"
    assert not_printed(["it took 3 s", "...", "last of 1-00000000-000000000000000000000000"], said) == []
    assert not_printed(["first", "other"], said) == ["other"]
    assert not_printed(["between", "first"], said) == ["first"]


def test_what_a_block_prints_stands_below_it() -> None:
    shown = {block.step: expected_after(block) for block in commands(ROOT / "docs" / "tutorial.md")}
    assert shown["Get it"] == []
    assert shown["Ask for a figure"][0] == "3.018779 ratio"
