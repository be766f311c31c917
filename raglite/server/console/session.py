"""The page that signs in."""

from raglite.page.markup import tag
from raglite.server.console import SIGN_IN
from raglite.server.console.layout import field, page


def signing_in(then: str, refused: str = "") -> str:
    """Return the form; `then` is where to go afterwards, `refused` why the last key was not taken."""
    said = tag("p", refused, class_="problem", role="alert") if refused else None
    key = field("API key", "key", type="password", required="", autocomplete="current-password", maxlength="4096")
    form = tag(
        "form",
        key,
        tag("input", type="hidden", name="then", value=then),
        tag("button", "Sign in"),
        method="post",
        action=SIGN_IN,
        class_="sign-in",
    )
    hint = tag(
        "p",
        "The key that agents use is good for the console, too. It is forgotten when the browser is closed.",
        class_="soft",
    )
    return page("Sign in", [said, form, hint], None)
