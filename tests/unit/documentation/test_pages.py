"""Pages that are made are what the code says; links lead somewhere; headings keep to the house's words."""

import json
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from raglite.observability import slo
from raglite.settings import Settings
from raglite.telemetry import METRICS
from scripts.reference import alarms, estate, graphs, mcp, metrics, rest, settings
from scripts.reference.__main__ import makers
from scripts.reference.markdown import ROOT
from tests.blocks import PAGES

MAKERS = {maker.__name__.rpartition(".")[2]: maker for maker in makers()}
DRAWN_BY_GRIMP = {"architecture"}
# Of docs/glossary.md; "processor" and "engine" are words for hardware and vendors' programs, too.
FORBIDDEN = re.compile(r"\b(managers?|helpers?|util\w*|data|info|common|misc\w*)\b", re.IGNORECASE)
MARKDOWN = MarkdownIt("commonmark").enable("table")


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS.keys())
def test_a_page_that_is_made_is_what_the_code_says(maker: ModuleType) -> None:
    if maker.__name__.rpartition(".")[2] in DRAWN_BY_GRIMP:
        pytest.importorskip("grimp", reason="grimp comes with the lint group: make check runs this")
    assert maker.PAGE.read_text() == maker.page(), "run `make reference`"


def test_the_reference_leaves_nothing_out() -> None:
    assert {"mcp", "rest", "settings", "metrics", "alarms", "architecture", "honesty"} <= MAKERS.keys()
    assert settings.meant().keys() == Settings.model_fields.keys(), "say beside a setting what it means"
    assert all(f"| `{metric.name}` |" in metrics.page() for metric in METRICS)
    stated = slo.load(alarms.FILE)
    assert all(f"[{name}](" in alarms.page() for name in (*stated.alarms, *stated.burn_alarms))


@pytest.mark.parametrize("made", [mcp.page, rest.page, settings.page], ids=["mcp", "rest", "settings"])
def test_every_shape_that_a_page_names_has_a_section(made) -> None:
    page = made()
    sections = {anchor(line.lstrip("# ")) for line in page.splitlines() if line.startswith("#")}
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= sections


def test_a_drawing_leaves_out_what_others_imply_and_nothing_else() -> None:
    graph = {"a": {"b", "c"}, "b": {"c"}, "d": {"c"}}
    assert graphs.reduced(graph) == {"a": ["b"], "b": ["c"], "d": ["c"]}
    smaller = {begin: set(ends) for begin, ends in graphs.reduced(graph).items()}
    assert all(graphs.reached(smaller, one) == graphs.reached(graph, one) for one in graph)


def test_the_drawing_of_the_estate_has_no_cycle_but_what_it_says_goes_back() -> None:
    needs = estate.needs()
    forward = {name: {one for one in ends if (name, one) not in estate.BACK} for name, ends in needs.items()}
    assert [name for name in forward if name in graphs.reached(forward, name)] == []
    assert all(end in needs[begin] for begin, end in estate.BACK)
    assert needs.keys() == {name for names in estate.GROUPS.values() for name in names}


def test_the_widgets_that_a_page_names_are_drawn() -> None:
    bodies = [json.loads(path.read_text()) for path in (ROOT / "dashboards").glob("*.json") if path.stem != "slo"]
    titles = [one["properties"].get("title", "").lower() for body in bodies for one in body["widgets"]]
    named = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", (ROOT / "docs" / "how-to" / "dashboards.md").read_text())
    assert len(named) > 5
    assert [one for one in named if not any(title.startswith(one.lower()) for title in titles)] == []


def anchor(heading: str) -> str:
    """Return a heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def headings(page: Path) -> list[str]:
    tokens = MARKDOWN.parse(page.read_text())
    return [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]


def links(page: Path) -> list[str]:
    inline = (child for token in MARKDOWN.parse(page.read_text()) for child in token.children or ())
    return [str(child.attrs["href"]) for child in inline if child.type == "link_open"]


def faults_of(link: str, page: Path) -> list[str]:
    """Return why a relative link leads nowhere, if it does."""
    where, _, fragment = unquote(link).partition("#")
    target = (page.parent / where).resolve() if where else page
    if not target.is_file():
        return [f"{link}: there is no such file"]
    known = {anchor(heading) for heading in headings(target)} if target.suffix == ".md" else set()
    return [] if not fragment or fragment in known else [f"{link}: there is no such heading"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """`make docs` asks the same of docs/; this asks it of README.md too, and without a site."""
    relative = [link for link in links(page) if "://" not in link]
    assert [fault for link in relative for fault in faults_of(link, page)] == []
    assert [
        link for link in links(page) if "://" in link and not re.match(r"(https|raglite)://[\w-]+(\.[\w-]+)+/", link)
    ] == []


@pytest.mark.parametrize("link", ["nowhere.md", "docs/glossary.md#no-such", "raglite/nothing.py", "#nowhere"])
def test_a_link_that_leads_nowhere_would_be_noticed(link: str) -> None:
    assert faults_of(link, ROOT / "README.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_headings_keep_to_the_words_of_the_house(page: Path) -> None:
    assert [one for one in headings(page) if FORBIDDEN.search(re.sub(r"`[^`]*`", "", one))] == []
