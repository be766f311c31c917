"""What users say of answers.

A rating is an audit record that names the trace of the answer it is about. Nothing else keeps it, so that it is as
durable, and as hard to forge, as the record of the question. observability/satisfaction.py reads them.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from raglite.model import Frozen
from raglite.ports import AuditField

TRACE_ID = r"^1-[0-9a-f]{8}-[0-9a-f]{24}$"

TraceId = Annotated[str, Field(pattern=TRACE_ID, description="trace_id of the answer that is rated.")]
Rating = Annotated[StrictInt, Field(ge=1, le=10, description="1: useless, 10: exactly what was needed, rightly cited.")]
Comment = Annotated[str, Field(max_length=2000, description="What was good, wrong or missing, in the user's words.")]
Replaced = Annotated[
    StrictBool | None,
    Field(description="Whether it spared the user looking the answer up by hand. Left out: the user did not say."),
]


class Feedback(Frozen):
    """What a user says of one answer."""

    trace_id: TraceId
    rating: Rating
    comment: Comment = ""
    replaced_manual_search: Replaced = None

    @property
    def fields(self) -> Mapping[str, AuditField]:
        """What its audit record says of it."""
        said: dict[str, AuditField] = {"rated": self.trace_id, "rating": self.rating}
        return said if self.replaced_manual_search is None else said | {"replaced": self.replaced_manual_search}


class Receipt(Frozen):
    """That a rating was taken."""

    trace_id: str
    rating: int
    message: str


def receipt(given: Feedback) -> Receipt:
    """Return what the one who rated is told."""
    message = "Thank you: the rating is kept with the question's record."
    return Receipt(trace_id=given.trace_id, rating=given.rating, message=message)
