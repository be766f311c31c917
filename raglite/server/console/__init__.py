"""The console: pages for people, made here, on the same application and by the same use cases as MCP and HTTP.

Its pages lie beside each other below PATH and name each other by these names alone, so that they are found wherever a
load balancer puts them. Every one needs a credential but those that show how to sign in.
"""

PATH = "/console"
HOME = "./"
SIGN_IN, SIGN_OUT = "sign-in", "sign-out"
STYLE, SCRIPT, ICON = "console.css", "console.js", "icon.svg"
PAGE, IMAGE = "page", "image"
DOCUMENTS, DOCUMENT, REPLAY = "documents", "document", "replay"
FEEDBACK, TRACE, OBJECTIVES = "feedback", "trace", "objectives"


def at(name: str) -> str:
    """Return the path of a page."""
    return f"{PATH}/{name.removeprefix(HOME)}"


ASSETS = frozenset(map(at, (STYLE, SCRIPT, ICON)))
