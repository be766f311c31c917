"""What must hold in any estate, so that it works and is safe: rules that `terraform validate` does not know.

A rule reads an Estate and yields what it finds, each finding a sentence that begins with an address or a role.
"""

from collections.abc import Callable, Iterator, Mapping

from tests.unit.infra.estate import Estate
from tests.unit.infra.rules import access, events, functions, network, observability, storage

Rule = Callable[[Estate], Iterator[str]]

RULES: Mapping[str, Rule] = {
    rule.__name__: rule for room in (events, functions, network, access, storage, observability) for rule in room.RULES
}


def findings(estate: Estate) -> dict[str, list[str]]:
    """Everything that is found, by the rule that found it."""
    return {name: found for name, rule in RULES.items() if (found := list(rule(estate)))}
