"""The second reader of HTML: the text between the tags that a browser would show."""

from html.parser import HTMLParser

from raglite.errors import DocumentRejected, ReasonCode

MOST_NESTED = 256  # elements inside one another; docling's walk is recursive, and HTML that people read stays far below
# Elements that need no end tag (HTML standard, 13.1.2.4), or have none, and so cannot be counted by their ends.
_UNCLOSED = frozenset(
    "area base br col embed hr img input link meta param source track wbr "
    "html head body li dt dd p rt rp optgroup option colgroup caption thead tbody tfoot tr td th".split()
)
_INSIDE_A_WORD = frozenset("a abbr b big bdo code em font i ins mark s small span strong sub sup tt u".split())
_NOT_SHOWN = frozenset("noscript script style template title".split())


def text_of_html(source: str) -> str:
    """Return the text; DocumentRejected if elements are nested too deeply."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._depth = 0
        self._hidden = ""  # the element that hides what it holds
        self._hidden_depth = 0  # how many of the same name are open in it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            self._hidden_depth += tag == self._hidden
        elif tag not in _UNCLOSED and (tag in _NOT_SHOWN or _hides(attrs)):
            self._hidden, self._hidden_depth = tag, 1
        self._part(tag)
        if tag in _UNCLOSED:
            return
        self._depth += 1
        if self._depth > MOST_NESTED:
            sentence = f"More than {MOST_NESTED} elements of the page are nested in one another. Save it anew, simpler."
            raise DocumentRejected(ReasonCode.UNREADABLE, sentence)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs  # <br/>
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        if tag not in _UNCLOSED:
            self._depth = max(0, self._depth - 1)
        if tag == self._hidden:
            self._hidden_depth -= 1
            if not self._hidden_depth:
                self._hidden = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)

    def _part(self, tag: str) -> None:
        if tag not in _INSIDE_A_WORD and ":" not in tag:  # those with a colon are inline XBRL's
            self.pieces.append("\n")


def _hides(attributes: list[tuple[str, str | None]]) -> bool:
    return any(
        name == "hidden" or (name == "style" and "display:none" in (value or "").replace(" ", "").lower())
        for name, value in attributes
    )
