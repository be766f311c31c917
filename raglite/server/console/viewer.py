"""The page that shows one page of a document: its picture, what is marked on it, and what it says."""

from raglite.model import MarkedPage, PageView
from raglite.page.markup import Markup, Part, tag
from raglite.ports import Principal
from raglite.retrieval.citation import describe
from raglite.server.console import DOCUMENT
from raglite.server.console.layout import page
from raglite.server.console.picture import page_address, whole


def viewer(shown: PageView, marked: MarkedPage | None, who: Principal) -> str:
    """Return the page; where a format has no pictures, its text is all there is."""
    document = shown.document
    told = tag(
        "p", tag("a", document.company or document.key, href=f"{DOCUMENT}?key={document.key}"), " ", describe(document)
    )
    body: list[Part] = [told, _turning(shown)]
    if shown.note:
        body.append(tag("p", shown.note, class_="note"))
    if marked:
        body.append(tag("figure", whole(marked, f"{shown.citation}, as it was uploaded")))
    body.append(_text(shown, is_open=marked is None))
    body.append(_turning(shown))
    return page(shown.citation, body, who)


def _turning(shown: PageView) -> Markup:
    before, after = shown.previous_page, shown.next_page
    where = tag("span", f"Page {shown.page} of {shown.pages_total}", class_="soft")
    return tag(
        "nav", _turn(shown, before, "← Back"), where, _turn(shown, after, "On →"), class_="turn", aria_label="Pages"
    )


def _turn(shown: PageView, number: int | None, words: str) -> Part:
    document = shown.document
    return tag("a", words, href=page_address(document.key, document.version_id, number)) if number else None


def _text(shown: PageView, *, is_open: bool) -> Markup:
    more = None
    if shown.next_offset is not None:
        where = page_address(shown.document.key, shown.document.version_id, shown.page)
        more = tag("p", tag("a", "The rest of its text", href=f"{where}&offset={shown.next_offset}"))
    opened = {"open": ""} if is_open else {}
    text = tag("div", tag("pre", shown.text), class_="wide", tabindex="0", role="region", aria_label="The page's text")
    return tag("details", tag("summary", "The page as text"), text, more, **opened)
