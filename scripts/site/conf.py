"""How Sphinx makes build/docs/site of docs/ (`make docs`). Nothing is fetched: fonts are the reader's own."""

import re
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer

HERE = Path(__file__).parent
DIAGRAM = "highlight-mermaid"
EXTERNAL = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[\w./~%+#?&=-]*)?")
elsewhere: set[tuple[str, str]] = set()

project = "RAGLite"
root_doc = "README"
extensions = ["myst_parser", "sphinx_external_toc"]
external_toc_path = str(HERE / "navigation.yml")
nitpicky = True
myst_heading_anchors = 4  # as GitHub makes them, so that a link holds on both

html_theme = "furo"
html_title = "RAGLite"
html_static_path = [str(HERE / "static"), str(HERE.parents[1] / "build" / "docs" / "scripts")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "github-dark"


def setup(app: Any) -> None:
    """Take Mermaid's text as it is, bring what draws it to the pages that have some, and look at all links."""
    app.add_lexer("mermaid", TextLexer)
    app.connect("doctree-resolved", _note)
    app.connect("html-page-context", _draw)
    app.connect("build-finished", _finish)


def _draw(app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    if DIAGRAM in context.get("body", ""):
        app.add_js_file("mermaid.min.js", loading_method="defer")
        app.add_js_file("diagrams.js", loading_method="defer")


def _note(_app: Any, doctree: Any, page: str) -> None:
    """Keep every address of another site."""
    found = (node.get("refuri", "") for node in doctree.findall(lambda node: bool(getattr(node, "attributes", None))))
    elsewhere.update((address, page) for address in found if "://" in address)


def _finish(app: Any, error: Exception | None) -> None:
    """List the addresses of other sites, refuse what is none, and let the folder's own lead to the first page."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    (out.parent / "external.txt").write_text(
        "".join(f"{to} {page}\n" for to, page in sorted(elsewhere)), encoding="utf-8"
    )
    wrong = [to for to, _ in sorted(elsewhere) if not EXTERNAL.fullmatch(to)]
    if wrong:
        raise ValueError(f"These are no addresses of another site: {', '.join(wrong)}.")
    first = (
        f'<meta charset="utf-8"><meta http-equiv="refresh" content="0; url={root_doc}.html"><title>{project}</title>'
    )
    (out / "index.html").write_text(f"<!doctype html>{first}\n", encoding="utf-8")
