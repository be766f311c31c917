"""Requests to ingest that may be made twice: by a caller that had no answer, or by two at once."""

from datetime import datetime
from typing import Protocol

from raglite.model import Frozen


class Submission(Frozen):
    """What a token was used for: a file with this sha256 (hex) for a key. `version_id` is None until it is stored.

    `claimed` is when the storing began that is under way, or was.
    """

    token: str
    key: str
    sha256: str
    claimed: datetime
    version_id: str | None = None


class Submissions(Protocol):
    """What was submitted, by token."""

    def claim(self, submission: Submission, abandoned: datetime) -> Submission:
        """Return the token's submission: this one if there is none, and if the one there is was left unstored.

        Unstored and claimed before `abandoned`, it is its caller's no longer. Exactly one of several callers is given
        its own.
        """

    def complete(self, submission: Submission) -> None:
        """Keep that a claimed submission was stored as its `version_id`; a no-op if somebody else has claimed it."""
