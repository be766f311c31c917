"""What the verbs reach, all replaceable in tests."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import httpx
import typer

from raglite.bootstrap import audit_trail, bootstrap, metric_counts, recovery, setup, traces
from raglite.cli.service import Service
from raglite.cli.terminal import answers_apart
from raglite.observability.audit_trail import AuditTrail
from raglite.observability.budget import Counter
from raglite.observability.traces import TraceStore
from raglite.ports import Services
from raglite.ports.drills import Estate, Names
from raglite.ports.recovery import Recovery
from raglite.ports.setup import Setup
from raglite.recovery.drills.bootstrap import drill_estate
from raglite.settings import Settings


@dataclass(frozen=True)
class Outside:
    """Built from the environment when a verb first asks for it, so that `--help` needs no settings."""

    connect: Callable[[Settings], Services] = bootstrap
    transport: httpx.BaseTransport | None = None  # None is the network
    pause: Callable[[float], None] = time.sleep
    count_by: Callable[[Settings], Counter] = metric_counts
    traces_by: Callable[[], TraceStore] = traces
    trail_by: Callable[[Settings], AuditTrail] = audit_trail
    recovery_by: Callable[[Settings], Recovery] = recovery
    drill_by: Callable[[Settings, Names | None], Estate] = drill_estate
    setup_by: Callable[[], Setup] = setup
    read: Callable[[], Settings] = Settings.from_environment

    @cached_property
    def settings(self) -> Settings:
        """The environment's settings; ConfigurationError if they are unusable."""
        return self.read()

    @cached_property
    def services(self) -> Services:
        """What the use cases need."""
        return self.connect(self.settings)

    @cached_property
    def metrics(self) -> Counter:
        """What counts events."""
        return self.count_by(self.settings)

    @cached_property
    def audit_trail(self) -> AuditTrail:
        """What the audit log has left."""
        return self.trail_by(self.settings)

    @cached_property
    def recovery(self) -> Recovery:
        """What backups are made of, and where they lie."""
        return self.recovery_by(self.settings)

    @cached_property
    def traces(self) -> TraceStore:
        """Where traces are kept."""
        return self.traces_by()

    @cached_property
    def setup(self) -> Setup:
        """What AWS says of the installation."""
        return self.setup_by()

    @cached_property
    def service(self) -> Service:
        """The running service."""
        key = self.settings.api_key
        return Service(self.settings.api_url, key.get_secret_value() if key else None, self.transport)


def outside(ctx: typer.Context) -> Outside:
    """Return what this run of the command line reaches; from here on stdout is for its answer alone."""
    ctx.find_root().with_resource(answers_apart())
    return reached(ctx)


def reached(ctx: typer.Context) -> Outside:
    """Return the same where nothing is answered."""
    return ctx.obj if isinstance(ctx.obj, Outside) else Outside()
