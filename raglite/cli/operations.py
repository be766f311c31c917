"""What the verbs that reach for services themselves share: who says so."""

import getpass

ACTOR = "raglite"


def operator() -> str:
    """Return the name under which the audit log knows who runs this command."""
    try:
        return f"{ACTOR} ({getpass.getuser()})"
    except (KeyError, OSError):  # a container may run under a user id without a name
        return ACTOR
