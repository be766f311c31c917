"""What a run is to be: the specification's load, unless the environment says otherwise."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.errors import ConfigurationError
from tests.load.crowds.plan import ROOT, VARIABLES, Plan
from tests.load.crowds.profiles import PROFILES, Profile

shares = st.floats(0, 2)
bases = st.integers(1, 1000)
PAGE = (ROOT / "docs" / "how-to" / "load.md").read_text(encoding="utf-8")
profiles = st.sampled_from(list(PROFILES.values()))


def height(profile: Profile, base: int) -> int:
    return max(1, round(max(times for _, times in profile.stages) * base))


def test_without_a_word_it_is_the_load_of_the_specification() -> None:
    plan = Plan.from_environment({})
    assert plan == Plan()
    assert (plan.profile, PROFILES[plan.profile].seconds, PROFILES[plan.profile].users(0.5, 10)) == ("steady", 600, 10)


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Plan.from_environment(dict.fromkeys(VARIABLES.values(), "")) == Plan()


def test_the_environment_says_otherwise() -> None:
    plan = Plan.from_environment({"PROFILE": "spike", "DURATION": "30", "RATE": "2.5", "SEED": "7", "AT_LEAST": "9"})
    assert plan == Plan(profile="spike", seconds=30, rate=2.5, seed=7, at_least=9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROFILE", "wave"),
        ("DURATION", "0"),
        ("RATE", "-1"),
        ("RATE", "inf"),
        ("SEED", "a"),
        ("AT_LEAST", "0"),
        ("TIMEOUT", "nan"),
        ("RAGLITE_API_KEY", "a\nb"),
    ],
)
def test_what_is_wrong_is_named_and_not_quoted(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"environment\. {name}: ") as caught:
        Plan.from_environment({name: value})
    assert name != "RAGLITE_API_KEY" or value not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(Plan.from_environment({"RAGLITE_API_KEY": "secret"}))


@given(profiles, shares, bases)
def test_somebody_asks_until_the_time_is_over_and_nobody_after(profile: Profile, share: float, base: int) -> None:
    users = profile.users(share, base)
    assert (users is None) == (share >= 1)
    assert users is None or 1 <= users <= height(profile, base)


@given(profiles, bases)
def test_every_profile_reaches_its_height(profile: Profile, base: int) -> None:
    found = [profile.users(n / 1000, base) for n in range(1000)]
    assert max(users or 0 for users in found) == height(profile, base)


@given(shares.filter(lambda share: share < 1), bases)
def test_steady_and_soak_keep_the_same_users(share: float, base: int) -> None:
    assert PROFILES["steady"].users(share, base) == PROFILES["soak"].users(share, base) == base


def test_a_ramp_only_rises_and_a_spike_goes_as_it_came() -> None:
    ramp = [PROFILES["ramp"].users(n / 100, 10) or 0 for n in range(100)]
    spike = [PROFILES["spike"].users(n / 100, 10) for n in range(100)]
    assert ramp == sorted(ramp)
    assert (ramp[0], ramp[-1]) == (3, 30)
    assert spike == [10] * 40 + [40] * 20 + [10] * 40


def test_a_crowd_comes_at_once_and_others_one_by_one() -> None:
    assert PROFILES["spike"].spawn_rate(40, 2) == 40
    assert PROFILES["steady"].spawn_rate(10, 2) == 2


def test_the_how_to_has_every_profile_as_it_is() -> None:
    rows = {f"| `{name}` | {one.meaning} | {one.seconds:g} |" for name, one in PROFILES.items()}
    assert rows <= set(PAGE.splitlines())


def test_the_how_to_has_every_variable_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| .* \|(.*)\|$", PAGE, re.MULTILINE))
    assert rows.keys() == set(VARIABLES.values())
    told = {field: rows[name].strip() for field, name in VARIABLES.items() if field not in {"seconds", "questions"}}
    assert Plan.model_validate({**told, "folder": ROOT / told["folder"]}) == Plan()
