"""What a run is to be, read once from the environment; an empty variable is as good as none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from raglite.errors import ConfigurationError
from raglite.model import Frozen

ROOT = Path(__file__).resolve().parents[3]
SLO = ROOT / "dashboards" / "slo.json"
VARIABLES = {
    "profile": "PROFILE", "seconds": "DURATION", "rate": "RATE", "seed": "SEED", "questions": "QUESTIONS",
    "timeout": "TIMEOUT", "at_least": "AT_LEAST", "late_ms": "LATE_MS", "cpu_percent": "CPU_PERCENT",
    "folder": "LOAD_FOLDER", "api_key": "RAGLITE_API_KEY",
}  # fmt: skip

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
ProfileName = Literal["steady", "ramp", "spike", "soak"]


class Plan(Frozen):
    """The defaults are the specification's load: ten users for ten minutes, each asking every two seconds.

    `late_ms` and `cpu_percent` bound the generator, not the service: they say whether its numbers mean anything.
    """

    profile: ProfileName = "steady"
    seconds: Positive | None = None  # the profile's own, unless it is said
    rate: Positive = 0.5  # questions a second of each user
    seed: int = 1
    questions: Path | None = None  # the sample corpus's, unless it is said
    timeout: Positive = 60  # seconds from when a question was due: who asked has gone by then
    at_least: Annotated[int, Field(ge=1)] = 100  # answers, or nothing is judged
    late_ms: Positive = 100  # p95 of how late the generator may come to a question
    cpu_percent: Positive = 90  # p95 of the generator's share of one core
    folder: Path = ROOT / "build" / "load"
    api_key: Annotated[str, Field(pattern=r"^[!-~]*$", repr=False)] = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Plan":
        """Read it; ConfigurationError names the variable that is wrong."""
        given = {field: environment[name] for field, name in VARIABLES.items() if environment.get(name)}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            faults = "; ".join(f"{VARIABLES[str(one['loc'][0])]}: {one['msg']}" for one in error.errors())
            raise ConfigurationError(f"The load cannot be read from the environment. {faults}.") from error
