"""A drill that cannot fail proves nothing: whatever is spoiled on purpose turns it red, by its own name.

`make drill-sabotage`, on one estate. Each drill mends what was spoiled, so that the next one begins on a whole estate.
The table lies in build/drill/sabotages.md.
"""

import pytest

from raglite.recovery.drills.sabotages import SABOTAGES
from tests.dr.conftest import RED, Played

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("name", SABOTAGES)
def test_it_turns_the_drill_red_and_is_named(name: str, sabotaged: Played) -> None:
    sabotage = SABOTAGES[name]
    code, report = sabotaged.drill(sabotage.scenario, name)
    assert (code, report["green"]) == (RED, False)
    assert sabotage.says in " ".join(report["faults"])
