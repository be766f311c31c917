"""HTML without a template language: whatever is not markup already is escaped."""

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


VOID = frozenset({"br", "img", "input", "link", "meta"})  # have no content and no end
Part = Markup | str | None | Iterable["Part"]


def tag(name: str, /, *parts: Part, **attributes: str) -> Markup:
    """Return an element; a trailing underscore of an attribute's name is dropped, other underscores become hyphens."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>" if name in VOID else f"<{name}{written}>{joined(parts)}</{name}>")


def joined(part: Part) -> Markup:
    """Return parts one after the other."""
    if isinstance(part, Markup):
        return part
    if isinstance(part, str):
        return Markup(escape(part))
    return Markup("".join(map(joined, part or ())))


def table(head: Iterable[Part], rows: Iterable[Iterable[Part]], class_: str = "") -> Markup:
    """Return a table that scrolls by itself where it is too wide. A part that is a <td> already stays one."""
    lines = [tag("tr", (_cell("th", part) for part in head))]
    lines += [tag("tr", (_cell("td", part) for part in row)) for row in rows]
    return tag("div", tag("table", lines, class_=class_), class_="wide")


def number(part: Part) -> Markup:
    """Return a table's cell whose digits line up on the right."""
    return tag("td", part, class_="n")


def heading(part: Part) -> Markup:
    """Return a header cell over numbers."""
    return tag("th", part, class_="n")


def _cell(name: str, part: Part) -> Markup:
    done = isinstance(part, Markup) and part.startswith(("<td", "<th"))
    return joined(part) if done else tag(name, part)
