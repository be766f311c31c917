"""The page of states is the table that the registry keeps."""

from raglite.model import TRANSITIONS, VersionState
from scripts import states


def test_the_page_in_the_repository_is_what_the_table_says() -> None:
    assert states.PAGE.read_text() == states.page(), "run `python -m scripts.states`"


def test_the_page_draws_and_explains_every_step_and_every_state() -> None:
    lines = states.page().splitlines()
    steps = [(before, after, when) for before, following in TRANSITIONS.items() for after, when in following.items()]
    assert {f"    {before or '[*]'} --> {after}" for before, after, _ in steps} <= set(lines)
    assert sum(line.startswith("    ") for line in lines) == len(steps)
    told = {f"| {f'`{before}`' if before else 'no record yet'} | `{after}` | {when} |" for before, after, when in steps}
    assert told <= set(lines)
    assert set(states.MEANINGS) == set(VersionState)
