"""What every model is made of."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: compared by content, never changed, unknown fields refused.

    Its errors go into logs, and quote nothing of the document or question that it was made from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
