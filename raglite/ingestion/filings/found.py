"""What was read, the words it was read from, and how far to trust them."""

from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

CERTAIN = 1.0  # the uploader says so
SAID = 0.9  # the document says so in the place made for it
INFERRED = 0.6  # it follows from what the document says elsewhere
GUESSED = 0.3  # it is usual, or the file's name hints at it
PASSED_OVER = 0.0  # what the uploader says and nobody can read


class Found(NamedTuple, Generic[T]):
    """A value with the words it was read from; their confidence is one of the levels above."""

    value: T
    words: str
    confidence: float = SAID
