"""The order of a deployment, and when it is taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

# Seconds: new tasks load a model, old ones drain, and ECS calls it done when it has watched the alarms for ten minutes.
ROLLS_OUT_WITHIN = 1800.0
LOOK_EVERY = 5.0  # seconds


class Refused(Exception):
    """The deployment did not hold. The sentence says what was found and what runs now."""


class Rolling(StrEnum):
    """How far the service's newest deployment has come, in ECS's words."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Account(Protocol):
    """One environment: its Terraform state and what runs there."""

    def image_tag(self) -> str | None:
        """Return the tag of the images that run; None where nothing was deployed yet."""

    def planned_tag(self, plan: Path) -> str | None:
        """Return the tag of the images that a saved plan deploys."""

    def apply(self, plan: Path) -> None:
        """Apply a saved plan; Refused if the state has changed since it was made, or half of it was applied."""

    def apply_image(self, tag: str) -> None:
        """Apply the present configuration with another image."""

    def rolling(self) -> Rolling:
        """Return how far the service's newest deployment has come."""

    def answers(self) -> bool:
        """Ask one question from outside, through the load balancer, and judge the answer."""

    def alarms(self) -> tuple[str, ...]:
        """Return the names of the alarms that say users fare badly now; none where nothing was deployed yet."""


@dataclass(frozen=True)
class Clock:
    """Seconds since some moment, and how to let them pass."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class Rollout:
    """Deploys to one account. `watch` is for how many seconds users must fare well afterwards."""

    account: Account
    clock: Clock
    watch: float

    def deploy(self, plan: Path, commit: str) -> str:
        """Apply a commit's plan and return a sentence once it serves; Refused, with the former images back, if not.

        Alarms that ring before are not asked afterwards: what they ring for may be why there is a new version.
        """
        if (planned := self.account.planned_tag(plan)) != commit:
            raise Refused(f"The plan deploys {planned}, not the promoted {commit}: `make plan`, and review that.")
        before, ringing = self.account.image_tag(), self.account.alarms()
        try:
            self.account.apply(plan)
            trouble = self._trouble({*ringing})
        except Refused as refusal:
            if self.account.image_tag() == before:  # nothing of it was applied, or there is nothing else to go back to
                raise
            trouble = str(refusal)
        if trouble:
            raise Refused(f"{trouble} {self._back_to(before)}")
        asked = f"no alarm but {', '.join(ringing)}, which rang before," if ringing else "no alarm"
        unwatched = " ECS watched none, as always when one rings at the beginning." if ringing else ""
        return f"It serves: the canary was answered, and {asked} rang for {self.watch:.0f} s.{unwatched}"

    def _trouble(self, known: set[str]) -> str | None:
        """Return what is wrong with what was deployed, as soon as it is; `known` alarms tell once they have ended."""
        state = self._rolled_out()
        if state is not Rolling.COMPLETED:
            return f"The new tasks did not take over: the deployment is {state.value}."
        until = self.clock.now() + self.watch
        while True:
            if not self.account.answers():
                return "The canary's question was not answered rightly."
            ringing = {*self.account.alarms()}
            if began := sorted(ringing - known):
                return f"Alarms ring: {', '.join(began)}."
            known &= ringing  # one that ended and rings again is about the new version
            if self.clock.now() >= until:
                return None
            self.clock.sleep(LOOK_EVERY)

    def _rolled_out(self) -> Rolling:
        until = self.clock.now() + ROLLS_OUT_WITHIN
        while (state := self.account.rolling()) is Rolling.IN_PROGRESS and self.clock.now() < until:
            self.clock.sleep(LOOK_EVERY)
        return state

    def _back_to(self, tag: str | None) -> str:
        if tag is None:
            return "There is nothing to go back to: this was the first deployment."
        try:
            self.account.apply_image(tag)
            state = self._rolled_out()
        except Refused as refusal:
            return f"Going back to {tag} failed, and a person must do it: {refusal}"
        if state is not Rolling.COMPLETED:
            return f"Going back to {tag} was applied and did not come to rest: look at the service's events."
        return f"{tag} runs again."
