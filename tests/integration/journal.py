"""What the e2e run saw, written as build/e2e/report.json and, for people, report.html."""

import json
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2

TEMPLATE = Path(__file__).with_name("report.html.j2")


@dataclass
class Journal:
    """Sections are filled by the tests as they go, so that a failed run still leaves a report of what it reached."""

    directory: Path
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    phases: dict[str, float] = field(default_factory=dict)
    outcomes: list[dict[str, str]] = field(default_factory=list)
    sections: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase (wall seconds), even when it fails."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.phases[name] = round(self.phases.get(name, 0.0) + time.monotonic() - begun, 2)

    def write(self) -> Path:
        """Write both reports and return the readable one."""
        self.directory.mkdir(parents=True, exist_ok=True)
        report = {
            "started": self.started.isoformat(timespec="seconds"),
            "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            "phases_seconds": self.phases,
            "outcomes": self.outcomes,
            **self.sections,
        }
        (self.directory / "report.json").write_text(json.dumps(report, indent=1, default=str))
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        page = self.directory / "report.html"
        page.write_text(environment.from_string(TEMPLATE.read_text()).render(report=report))
        return page
