"""The commands of the documentation: every block that a reader may run, and who runs it for us.

A comment before a block, which holds until the next one of its page, says which:

    <!-- commands: twin -->                       on a running twin: `make docs-run`
    <!-- commands: here -->                       without one, at once: tests/unit/documentation
    <!-- commands: first-deploy -->               on an emulated account: `make first-deploy`
    <!-- commands: read, because it takes hours -->   nobody; only read, as all others are, too
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
SHELL = "sh"
RUNNERS = frozenset({"twin", "here", "first-deploy", "read"})
_VARIABLE = re.compile(
    r"1-[0-9a-f]{8}-[0-9a-f]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}\b|127\.0\.0\.1:\d+|http://\S+|"
    r"\d+(\.\d+)?(?= m?s\b)|\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*|(?<=api_key)\s+\S.*"
)
_SAID = re.compile(r"<!-- commands: (?P<runner>[a-z-]+)(?:, because (?P<because>.+?))? -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Some commands, or what they print, under a step's heading; `runner` is "" where nobody was named."""

    page: Path
    line: int
    step: str
    language: str
    text: str
    runner: str = ""
    because: str = ""

    def __str__(self) -> str:
        return f"{self.step}: {self.text.splitlines()[0][:40]}"

    @property
    def where(self) -> str:
        """For people."""
        return f"{self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page}:{self.line}"


def fences(page: Path) -> Iterator[Block]:
    """Yield every fenced block of a page, in order."""
    step = runner = because = ""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            step = tokens[place + 1].content
        elif token.type == "html_block" and (said := _SAID.search(token.content)):
            runner, because = said["runner"], " ".join((said["because"] or "").split())
        elif token.type in {"fence", "code_block"}:
            assert token.map is not None
            yield Block(page, token.map[0] + 1, step, token.info, token.content, runner, because)


def commands(page: Path) -> list[Block]:
    """Return the blocks of a page that hold commands."""
    return [block for block in fences(page) if block.language == SHELL]


def run_by(runner: str) -> list[Block]:
    """Return all blocks that somebody runs."""
    return [block for page in PAGES for block in commands(page) if block.runner == runner]


def expected_after(block: Block) -> list[str]:
    """Return the lines that the page shows below a block of commands."""
    every = [*fences(block.page)]
    following = every[every.index(block) + 1 :][:1]
    return [line for one in following if one.language == "text" for line in one.text.splitlines()]


def _alike(text: str) -> str:
    """Return a line without what is another with every run."""
    return " ".join(_VARIABLE.sub("*", text).split())


def not_printed(expected: list[str], said: str) -> list[str]:
    """Return the lines that were not printed, in their order; `...` stands for any number of lines."""
    printed = iter([_alike(line) for line in said.splitlines()])
    return [line for line in expected if line.strip() not in {"", "..."} and _alike(line) not in printed]
