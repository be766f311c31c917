"""An account where everything is as Terraform makes it, until a test says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class FakeSetup:
    absent: tuple[str, ...] = ()
    now: datetime | None = None
    versions: bool = True
    announces: bool = True
    off: dict[str, str] = field(default_factory=dict)
    dead: int = 0
    secret: bool = True
    refused: dict[str, Exception] = field(default_factory=dict)  # by the method's name

    def unset(self) -> tuple[str, ...]:
        self._refuse("unset")
        return self.absent

    def caller(self) -> str:
        self._refuse("caller")
        return "arn:aws:iam::000000000000:user/analyst"

    def time(self) -> datetime | None:
        self._refuse("time")
        return self.now

    def keeps_versions(self, _bucket: str) -> bool:
        self._refuse("keeps_versions")
        return self.versions

    def tells_events(self, _bucket: str) -> bool:
        self._refuse("tells_events")
        return self.announces

    def deaf_rules(self) -> Mapping[str, str]:
        self._refuse("deaf_rules")
        return self.off

    def dead_letters(self) -> int:
        self._refuse("dead_letters")
        return self.dead

    def ingest_task(self) -> str:
        self._refuse("ingest_task")
        return "arn:aws:ecs:us-east-1:000000000000:task-definition/raglite-ingest:7"

    def has_value(self, _secret: str) -> bool:
        self._refuse("has_value")
        return self.secret

    def _refuse(self, method: str) -> None:
        if method in self.refused:
            raise self.refused[method]
