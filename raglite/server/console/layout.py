"""What all pages of the console share."""

from collections.abc import Iterator
from http import HTTPStatus

from raglite.page.markup import Markup, Part, joined, tag
from raglite.ports import Principal
from raglite.server.console import DOCUMENTS, HOME, ICON, OBJECTIVES, SCRIPT, SIGN_IN, SIGN_OUT, STYLE, TRACE
from raglite.server.scopes import Scope, permits

NAVIGATION = (
    ("Ask", HOME, Scope.READ),
    ("Documents", DOCUMENTS, Scope.READ),
    ("Traces", TRACE, Scope.ADMIN),
    ("Objectives", OBJECTIVES, Scope.ADMIN),
)


def page(title: str, body: Part, who: Principal | None, here: str = "", *, live: bool = False) -> str:
    """Return a whole page; a `live` one is read again by itself while it is looked at."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} · RAGLite"),
        tag("link", rel="stylesheet", href=STYLE),
        tag("link", rel="icon", href=ICON, type="image/svg+xml"),
        tag("script", src=SCRIPT, defer=""),
    )
    main = tag("main", tag("h1", title), body, id="main", **({"data_live": ""} if live else {}))
    skip = tag("a", "Skip to the content", href="#main", class_="skip")
    return "<!doctype html>\n" + tag("html", head, tag("body", skip, _header(who, here), main), lang="en")


def problem(status: int, message: str, who: Principal | None) -> str:
    """Return the page that says what went wrong, and what to do."""
    title = HTTPStatus(status).phrase.capitalize()
    way = tag("p", tag("a", "Back to the console", href=HOME if who else SIGN_IN))
    return page(title, [tag("p", message, class_="problem", role="alert"), way], who)


def field(label: str, name: str, **attributes: str) -> Markup:
    """Return a labelled input."""
    return tag("p", tag("label", label, for_=name), tag("input", id=name, name=name, **attributes), class_="field")


def chip(text: str, kind: str = "") -> Markup:
    """Return a short word that stands out."""
    return tag("span", text, class_=f"chip {kind}".strip())


def facts(pairs: Iterator[tuple[str, Part]] | list[tuple[str, Part]]) -> Markup:
    """Return names with what they are; those that are nothing are left out."""
    return tag("dl", ([tag("dt", name), tag("dd", value)] for name, value in pairs if joined(value)))


def _header(who: Principal | None, here: str) -> Markup:
    brand = tag("a", "RAGLite", href=HOME, class_="brand")
    if who is None:
        return tag("header", brand)
    links = [_link(name, path, here) for name, path, scope in NAVIGATION if permits(who, (scope,))]
    leave = tag("form", tag("button", "Sign out", class_="plain"), method="post", action=SIGN_OUT)
    signed = tag("div", tag("span", who.name, class_="soft"), leave, class_="who")
    return tag("header", brand, tag("nav", links, aria_label="Console"), signed)


def _link(name: str, path: str, here: str) -> Markup:
    current = {"aria_current": "page"} if path == here else {}
    return tag("a", name, href=path, **current)
