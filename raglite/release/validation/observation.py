"""What was observed of a running environment: raw counts of people's work, which no gate can measure.

It is sealed as evidence is: the digest shows a careless edit, not who wrote the file.
"""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from raglite.model import Frozen
from raglite.release.evidence import SCHEMA_VERSION, Accuracy, Count, Drill, GitSha, Load, Seconds, Sha256


class Minutes(Frozen):
    """The minutes of the window, by what the canary found; `silent` are those in which it did not ask."""

    up: Count
    down: Count
    silent: Count

    @property
    def total(self) -> int:
        """All minutes of the window."""
        return self.up + self.down + self.silent


class Ingested(Frozen):
    """Documents that became searchable in the window; `slowest` is None if there was none."""

    documents: Count
    slowest: Seconds | None


class UnderLoad(Frozen):
    """Users who asked the environment's own service, and how many of its tasks ran meanwhile and just after."""

    began: AwareDatetime
    users: Count
    seconds: Seconds
    measured: Load
    fewest_tasks: Count | None
    most_tasks: Count | None


class Evaluated(Frozen):
    """Questions that the environment's own service was asked, and when their report was made."""

    made: AwareDatetime
    answers: Accuracy


class Drawn(Frozen):
    """A dashboard: each metric that it draws, and how many values it has had within the window."""

    name: str
    metrics: Mapping[str, Count]


class Use(Frozen):
    """What the audit log says of people's questions and ratings, `days` back; the canary is nobody."""

    days: Annotated[float, Field(gt=0)]
    questions: Count
    users: Count
    ratings: tuple[Annotated[int, Field(ge=1, le=10)], ...]


class Told(Frozen):
    """A person's tally of a time of work: financial questions that came up, and how many of them were asked here."""

    person: str = Field(min_length=1)
    questions: Count
    asked_here: Count

    @model_validator(mode="after")
    def _asked_no_more_than_there_were(self) -> Self:
        if self.asked_here > self.questions:
            raise ValueError("more were asked here than there were")
        return self


class Observation(Frozen):
    """One environment, from `since` until `started`; what nobody looked at is None, or empty."""

    schema_version: int = SCHEMA_VERSION
    environment: str
    endpoint: str = Field(description="where AWS was asked instead of AWS's own addresses; empty is AWS")
    git_sha: GitSha = Field(description="the commit that is deployed")
    deployed: AwareDatetime = Field(description="since when it has been")
    dirty: tuple[str, ...] = Field(description="paths that differ from it, where the checkout itself runs")
    since: AwareDatetime
    started: AwareDatetime
    ended: AwareDatetime
    minutes: Minutes | None = None
    ingested: Ingested | None = None
    load: UnderLoad | None = None
    accuracy: Evaluated | None = None
    drills: tuple[Drill, ...] = ()
    dashboards: tuple[Drawn, ...] = ()
    use: Use | None = None
    survey: tuple[Told, ...] = ()
    digest: Sha256
