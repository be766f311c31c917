"""The tool that takes a rating of an answer."""

from typing import Annotated

from mcp_types import CallToolResult

from raglite.observability.feedback import Comment, Feedback, Rating, Receipt, Replaced, TraceId
from raglite.server.desk import Desk
from raglite.server.scopes import READERS
from raglite.server.tools.offered import Manner, Offered, described, result
from raglite.telemetry import AuditAction

FEEDBACK = "submit_feedback"
FEEDBACK_DESCRIPTION = """Keep what the user says of an answer: a rating from 1 to 10, and a comment if there is one. \
Only the user's own judgement, never yours; ask for it if the user praises or corrects an answer. trace_id is in the \
answer that is rated."""


def rating(desk: Desk) -> tuple[Offered, ...]:
    """Return this tool."""

    async def submit_feedback(
        trace_id: TraceId, rating: Rating, comment: Comment = "", replaced_manual_search: Replaced = None
    ) -> Annotated[CallToolResult, Receipt]:
        given = Feedback(
            trace_id=trace_id, rating=rating, comment=comment, replaced_manual_search=replaced_manual_search
        )
        taken = await desk.feedback(given)
        return result(taken.message, taken)

    manner = Manner("Rate an answer", reads_only=False)
    tool = described(submit_feedback, FEEDBACK, FEEDBACK_DESCRIPTION, manner)
    return (Offered(tool, READERS, AuditAction.FEEDBACK_GIVEN),)
