"""Templates and books into the text of documents."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from scripts.sample.books import Column, read_books

CONTENT = Path(__file__).parent / "content"


def documents() -> list[dict[str, Any]]:
    """Return what corpus.toml lists: file, template, books and what else the template asks for."""
    return list(tomllib.loads((CONTENT / "corpus.toml").read_text(encoding="utf-8"))["documents"])


def written(document: Mapping[str, Any]) -> str:
    """Return a document's text: markup, or HTML or CSV with `? ` lines in it."""
    context = dict(document)
    if "books" in document:
        path = CONTENT / f"{document['books']}.toml"
        books = read_books(path)
        about = tomllib.loads(path.read_text(encoding="utf-8"))["about"]
        # Annual books are asked for by the year's number.
        context |= {"about": about, "books": books | {int(name): books[name] for name in books if name.isdigit()}}
    return _environment().get_template(document["template"]).render(context)


def figure(column: Column, name: str) -> str:
    """Return a figure as statements print it; `-name` is an outflow, parentheses mean less than nothing."""
    value = -column[name[1:]] if name.startswith("-") else column[name]
    digits = 2 if name.startswith("eps") else 1 if name.startswith("shares") else 0
    if not value:
        return "-"
    return f"({-value:,.{digits}f})" if value < 0 else f"{value:,.{digits}f}"


def growth(column: Column, before: Column, name: str) -> str:
    """Return by how much a figure rose or fell, without sign."""
    return f"{abs(100 * (column[name] / before[name] - 1)):.1f}%"


def change(value: float, before: float) -> str:
    """Return a change as tables print it."""
    percent = 100 * (value / before - 1)
    return f"({-percent:.1f}%)" if percent < 0 else f"{percent:.1f}%"


def share(column: Column, part: str, whole: str) -> str:
    """Return one figure as a percentage of another."""
    return f"{100 * column[part] / column[whole]:.1f}%"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(CONTENT),
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  it writes markup for paper, from our own templates alone
    )
    environment.filters |= {"figure": figure, "growth": growth, "change": change, "share": share}
    return environment
