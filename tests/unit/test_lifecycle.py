"""The table of states: what may follow what."""

import pytest

from raglite.errors import ForbiddenTransition
from raglite.model import TRANSITIONS, VersionState, allowed_before
from raglite.ports import refuse_transition


def test_every_state_can_be_reached_and_left() -> None:
    reached = {state for after in TRANSITIONS.values() for state in after}
    assert reached == set(VersionState)
    assert set(TRANSITIONS) == {None, *VersionState}
    assert all(TRANSITIONS.values())


@pytest.mark.parametrize("state", VersionState)
def test_a_state_may_be_written_again(state: VersionState) -> None:
    refuse_transition(state, state)


@pytest.mark.parametrize("state", VersionState)
def test_nothing_becomes_searchable_without_having_been_worked_on(state: VersionState) -> None:
    assert (state in allowed_before(VersionState.SEARCHABLE)) == (
        state in {VersionState.PROCESSING, VersionState.SEARCHABLE}
    )


def test_a_forbidden_step_is_refused_in_a_sentence() -> None:
    with pytest.raises(ForbiddenTransition, match="quarantined cannot become searchable"):
        refuse_transition(VersionState.QUARANTINED, VersionState.SEARCHABLE)
    with pytest.raises(ForbiddenTransition, match="not recorded yet cannot become quarantined"):
        refuse_transition(None, VersionState.QUARANTINED)
