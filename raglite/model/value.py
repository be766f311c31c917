"""What every model is made of."""

from collections.abc import Iterable
from functools import cache

from pydantic import BaseModel, ConfigDict

# Of values that are kept by the ten thousand: as dataclasses with slots they take half of what a Frozen does.
SLOTTED = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Frozen(BaseModel):
    """A value: compared by content, never changed, unknown fields refused.

    Its errors go into logs, and quote nothing of the document or question that it was made from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def lean(values: Iterable[Frozen]) -> None:
    """Let values that are kept in great numbers share the set of the fields they were made with.

    Each has its own otherwise, a third of what a small one takes. All their fields count as given then.
    """
    for one in values:
        object.__setattr__(one, "__pydantic_fields_set__", _all_fields(type(one)))


@cache
def _all_fields(model: type[Frozen]) -> set[str]:
    return set(model.model_fields)
