"""What a check is, and what it raises."""

from collections.abc import Callable
from dataclasses import dataclass

from raglite.cli.checks.faults import KINDS, Fault
from raglite.cli.outside import Outside


class Found(Exception):
    """A fault: what is wrong, in a sentence, and the command that puts it right."""

    def __init__(self, fault: Fault, sentence: str, fix: str) -> None:
        super().__init__(sentence)
        self.fault = fault
        self.fix = fix


@dataclass(frozen=True)
class Check:
    """`look` returns what was found to be right, or raises what is wrong; it is skipped if one it needs is not right.

    An error that `look` lets pass is the fault `wrong`, or `silent` if it may pass by itself.
    """

    name: str
    look: Callable[[Outside], str]
    wrong: Fault
    silent: Fault = Fault.NO_ANSWER
    needs: tuple[str, ...] = ()


def fault(fault: Fault, sentence: object, reach: Outside, **named: str) -> Found:
    """Return a fault with its fix, filled in with settings and what is named."""
    return Found(fault, str(sentence), KINDS[fault].fix.format(settings=reach.settings, **named))
