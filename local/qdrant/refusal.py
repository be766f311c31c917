"""What a request is answered with when it cannot be served; never a field silently ignored."""

from pydantic import BaseModel


class Refusal(Exception):
    """An error answer in Qdrant's shape."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


def only(model: BaseModel, *supported: str) -> None:
    """Refuse `model` if a field is set that this stand-in does not serve."""
    unsupported = sorted(
        name for name in model.model_fields_set if name not in supported and getattr(model, name) is not None
    )
    if unsupported:
        raise Refusal(f"{type(model).__name__}.{', '.join(unsupported)} is not supported by this stand-in for Qdrant.")
