"""What became of the questions of each stage of a profile: the verdict of a whole ramp does not say how far it held."""

from bisect import bisect_right
from collections.abc import Sequence

from raglite.model import Frozen
from raglite.observability.slo import Slo
from tests.load.crowds.measured import Asked, samples
from tests.load.crowds.profiles import Profile
from tests.load.crowds.verdict import Check, checks


class Stage(Frozen):
    """Its questions are those that were due in it, by `users`; `begin` and `end` are seconds since the run began."""

    begin: float
    end: float
    users: int
    asked: int
    checks: tuple[Check, ...]

    @property
    def in_line(self) -> str:
        """The stage in a line for a terminal."""
        found = ", ".join(_told(check) for check in self.checks if check.decides)
        return f"{self.begin:.0f} to {self.end:.0f} s, {self.users} users: {found or 'nothing was asked'}"


def stages(asked: Sequence[Asked], profile: Profile, base: int, seconds: float, slo: Slo) -> tuple[Stage, ...]:
    """Return the stages of a run of `seconds`; none of a profile that has only one."""
    ends = [until * seconds for until, _ in profile.stages]
    if len(ends) == 1:
        return ()
    groups: list[list[Asked]] = [[] for _ in ends]
    for one in asked:
        groups[min(bisect_right(ends, one.due), len(ends) - 1)].append(one)
    begins = [0.0, *ends[:-1]]
    return tuple(
        Stage(
            begin=begin,
            end=end,
            users=profile.users(begin / seconds, base) or 0,
            asked=len(group),
            checks=checks(samples(group), slo),
        )
        for begin, end, group in zip(begins, ends, groups, strict=True)
    )


def _told(check: Check) -> str:
    found = f"{check.found:.1f}" if check.unit == "%" else f"{check.found:,.0f}"
    return f"{check.name} {found} {check.unit}{'' if check.holds else ' (broken)'}"
