"""The console: pages for people, made here, on the same application and by the same use cases as MCP and HTTP.

Its paths begin with PATH; every one needs a credential but those that show how to sign in.
"""

PATH = "/console"
SIGN_IN, SIGN_OUT = f"{PATH}/sign-in", f"{PATH}/sign-out"
STYLE, SCRIPT = f"{PATH}/console.css", f"{PATH}/console.js"
PAGE, IMAGE = f"{PATH}/page", f"{PATH}/image"
DOCUMENTS, DOCUMENT, REPLAY = f"{PATH}/documents", f"{PATH}/document", f"{PATH}/replay"
FEEDBACK, TRACE, OBJECTIVES = f"{PATH}/feedback", f"{PATH}/trace", f"{PATH}/objectives"

ASSETS = frozenset({STYLE, SCRIPT})
