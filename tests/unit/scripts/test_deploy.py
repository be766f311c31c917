"""A deployment: applied as reviewed, watched, and taken back when users would suffer."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scripts.deploy.account import _json_lines, state_of
from scripts.deploy.rollout import LOOK_EVERY, ROLLS_OUT_WITHIN, Clock, Refused, Rolling, Rollout

PLAN = Path("build/plan/staging.tfplan")
WATCH = 20.0


@dataclass
class FakeAccount:
    """An account whose service runs `runs`; the new image is `new`, and `rollings` is how its deployment goes."""

    runs: str | None = "old"
    rollings: dict[str, list[Rolling]] = field(default_factory=dict)
    answered: list[bool] = field(default_factory=list)
    ringing: list[tuple[str, ...]] = field(default_factory=lambda: [()])  # before it is applied, and after
    planned: str | None = "new"
    is_stale: bool = False
    breaks: tuple[str, ...] = ()  # which of plans and tags are applied by half
    is_silent: bool = False
    applied: list[str] = field(default_factory=list)

    def image_tag(self) -> str | None:
        return self.runs

    def planned_tag(self, plan: Path) -> str | None:
        return self.planned if plan == PLAN else None

    def apply(self, plan: Path) -> None:
        if self.is_stale:
            raise Refused("stale")
        self._apply(plan.name, "new")

    def apply_image(self, tag: str) -> None:
        self._apply(tag, tag)

    def _apply(self, what: str, tag: str) -> None:
        self.applied.append(what)
        self.runs = tag
        if what in self.breaks:
            raise Refused(f"terraform apply failed on {what}.")

    def rolling(self) -> Rolling:
        left = self.rollings.get(self.runs or "", [])
        return (left.pop(0) if len(left) > 1 else left[0]) if left else Rolling.COMPLETED

    def answers(self) -> bool:
        if self.is_silent and self.runs == "new":
            raise Refused("AWS did not tell.")
        return self.answered.pop(0) if self.answered else True

    def alarms(self) -> tuple[str, ...]:
        return self.ringing.pop(0) if self.ringing else ()


class FakeTime:
    def __init__(self) -> None:
        self.seconds = 0.0

    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def passed() -> FakeTime:
    return FakeTime()


def deploy(account: FakeAccount, passed: FakeTime) -> str:
    return Rollout(account, passed.clock(), WATCH).deploy(PLAN, "new")


def test_a_version_that_serves_is_left_there(passed: FakeTime) -> None:
    account = FakeAccount(rollings={"new": [Rolling.IN_PROGRESS, Rolling.IN_PROGRESS, Rolling.COMPLETED]})
    assert "no alarm rang for 20 s" in deploy(account, passed)
    assert account.applied == ["staging.tfplan"]
    assert passed.seconds == 10 + WATCH


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"rollings": {"new": [Rolling.FAILED]}}, "the deployment is FAILED"),
        ({"rollings": {"new": [Rolling.IN_PROGRESS]}}, "the deployment is IN_PROGRESS"),
        ({"answered": [True, False]}, "The canary's question was not answered rightly"),
        ({"ringing": [(), (), (), ("raglite-high-latency",)]}, "Alarms ring: raglite-high-latency"),
        ({"breaks": ("staging.tfplan",)}, "terraform apply failed on staging.tfplan"),
        ({"is_silent": True}, "AWS did not tell"),
    ],
)
def test_a_version_that_does_not_serve_is_taken_back(passed: FakeTime, faults: dict[str, object], said: str) -> None:
    account = FakeAccount(**faults)  # type: ignore[arg-type]  fields by name
    with pytest.raises(Refused, match=f"{said}.* old runs again"):
        deploy(account, passed)
    assert account.applied == ["staging.tfplan", "old"]
    assert passed.seconds <= ROLLS_OUT_WITHIN + WATCH


def test_what_never_comes_to_rest_is_given_up_there_and_back(passed: FakeTime) -> None:
    account = FakeAccount(rollings={tag: [Rolling.IN_PROGRESS] for tag in ("new", "old")})
    with pytest.raises(Refused, match="did not come to rest"):
        deploy(account, passed)
    assert passed.seconds <= 2 * (ROLLS_OUT_WITHIN + LOOK_EVERY)


def test_a_version_that_cannot_be_taken_back_is_told(passed: FakeTime) -> None:
    account = FakeAccount(rollings={"new": [Rolling.FAILED], "old": [Rolling.FAILED]})
    with pytest.raises(Refused, match="Going back to old was applied and did not come to rest"):
        deploy(account, passed)


def test_what_was_wrong_is_told_even_if_going_back_fails(passed: FakeTime) -> None:
    account = FakeAccount(answered=[False], breaks=("old",))
    with pytest.raises(Refused, match=r"canary's question .* Going back to old failed, .* failed on old"):
        deploy(account, passed)


def test_a_plan_of_another_commit_is_not_applied(passed: FakeTime) -> None:
    account = FakeAccount(planned="another")
    with pytest.raises(Refused, match="deploys another, not the promoted new: `make plan`"):
        deploy(account, passed)
    assert account.applied == []


def test_what_mends_a_version_that_fails_its_users_is_not_taken_back_for_the_alarms_of_that(passed: FakeTime) -> None:
    rang = ("raglite-high-error-rate",)
    assert "no alarm but raglite-high-error-rate, which rang before," in deploy(
        FakeAccount(ringing=[rang, rang, ()]), passed
    )
    for others in ([(*rang, "raglite-high-latency")], [rang, (), ("raglite-high-latency",)]):
        with pytest.raises(Refused, match=r"Alarms ring: raglite-high-latency\."):
            deploy(FakeAccount(ringing=[rang, *others]), passed)
    with pytest.raises(Refused, match=r"Alarms ring: raglite-high-error-rate\."):
        deploy(FakeAccount(ringing=[rang, rang, (), rang]), passed)


def deployments(*states: tuple[str, str, str]) -> list[dict[str, str]]:
    return [dict(zip(("status", "taskDefinition", "rolloutState"), one, strict=True)) for one in states]


def test_a_version_that_ecs_took_back_by_itself_has_not_taken_over() -> None:
    failed = ("ACTIVE", "service:8", "FAILED")
    assert state_of(deployments(("PRIMARY", "service:7", "IN_PROGRESS"), failed), "service:8") is Rolling.FAILED
    assert state_of(deployments(("PRIMARY", "service:7", "COMPLETED")), "service:8") is Rolling.FAILED
    rolling = deployments(("ACTIVE", "service:7", "COMPLETED"), ("PRIMARY", "service:8", "IN_PROGRESS"))
    assert state_of(rolling, "service:8") is Rolling.IN_PROGRESS
    assert state_of(deployments(("PRIMARY", "service:8", "COMPLETED")), "service:8") is Rolling.COMPLETED


def test_a_first_version_that_does_not_serve_has_nothing_to_go_back_to(passed: FakeTime) -> None:
    account = FakeAccount(runs=None, answered=[False])
    with pytest.raises(Refused, match="nothing to go back to"):
        deploy(account, passed)
    assert account.applied == ["staging.tfplan"]


def test_a_plan_that_is_no_longer_true_is_not_applied_and_nothing_is_taken_back(passed: FakeTime) -> None:
    account = FakeAccount(is_stale=True)
    with pytest.raises(Refused, match="stale"):
        deploy(account, passed)
    assert account.applied == []


def test_the_canarys_count_is_read_from_between_other_lines() -> None:
    metric = {"CanaryFailures": 0, "_aws": {}}
    text = f'START RequestId\n{json.dumps(metric)}\n[INFO] {{"level": "INFO"}}\n{{broken\n"{{}}"'
    assert _json_lines(text) == [metric, {"level": "INFO"}]
