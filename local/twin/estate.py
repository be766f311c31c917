"""Bring the twin up and take it down."""

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.localstack import target
from local.localstack.services import LOCALSTACK
from local.twin import engines, faults
from local.twin import programs as parts
from local.twin.keys import Keys, keys_of
from local.twin.layout import Layout, TwinError, say
from local.twin.phases import Phases
from local.twin.ports import choose, is_free
from local.twin.processes import MARK, Program, Running, end
from local.twin.programs import Programs
from local.twin.readiness import await_ready
from local.twin.roster import GRACE, Roster
from local.twin.snapshot import Snapshot, empty, fingerprint
from local.twin.terraform import VALUES, Terraform

SERVES_WITHIN = 30.0  # seconds until a process answers
TAIL = 2000  # characters of a log worth showing
AUDIT = ("audit_records_group", "audit_texts_group", "audit_bucket")  # outputs, and settings of ours
STORES = ("documents_bucket", "parsed_bucket", "registry_table", "collection", "backups_bucket", "backups_key")  # both


@dataclass(frozen=True)
class Twin:
    """One home's twin with its keys: what `up`, `down` and the other verbs work on."""

    layout: Layout
    keys: Keys
    roster: Roster

    @classmethod
    def of(cls, layout: Layout) -> "Twin":
        """Return the home's twin as it was written down."""
        layout.make()
        return cls(layout, keys_of(layout), Roster.read(layout))

    @property
    def programs(self) -> Programs:
        """What it is made of, on its present ports."""
        return Programs(self.layout, self.keys, self.roster.ports)

    @property
    def terraform(self) -> Terraform:
        """Terraform against this twin."""
        environment = self.programs.aws_environment() | {MARK: str(self.layout.home)}
        return Terraform(self.layout.terraform, self.layout.logs / "terraform.log", environment)

    @property
    def runs(self) -> bool:
        """Whether what cannot be replaced runs: the emulator's memory and the tasks."""
        return all(self.roster.lives(name) for name in ("aws", self.programs.gateway, "engine"))

    @property
    def session(self) -> boto3.Session:
        """boto3 with the twin's credentials; clients still need its endpoint."""
        return boto3.Session(
            aws_access_key_id=parts.CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=parts.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=parts.REGION,
        )

    @property
    def outputs(self) -> dict[str, Any]:
        """What Terraform says of it now: somebody may have switched generations since it started."""
        return self.terraform.outputs() or self.roster.outputs

    def facts(self) -> dict[str, Any]:
        """Return how to reach it."""
        outputs = self.outputs
        api = f"{self.programs.url('aws')}/_alb/{outputs['load_balancer_name']}"
        return {
            "mcp_url": f"{api}/mcp",
            "api_url": api,
            "api_key": self.keys.api_key,
            "aws_endpoint_url": self.programs.url(self.programs.gateway),
            "xray_endpoint_url": self.programs.url("xray"),
            "qdrant_url": self.programs.qdrant_url,
            **{name: outputs[name] for name in (*STORES, *AUDIT, "dashboard_name")},
        }

    def environment(self) -> dict[str, str]:
        """Return what the CLI and any AWS SDK need in their environment to reach it."""
        facts = self.facts()
        names = (*STORES, *AUDIT, "api_url", "api_key", "qdrant_url")
        ours = {f"RAGLITE_{name.upper()}": facts[name] for name in names}
        rest = {
            "RAGLITE_QDRANT_API_KEY": self.keys.qdrant_api_key,
            "RAGLITE_MODEL_DIR": str(parts.MODEL),
            "RAGLITE_ENVIRONMENT": "local",
            "RAGLITE_TERRAFORM": json.dumps(self.terraform.command),
            "RAGLITE_TERRAFORM_VARIABLES": json.dumps([VALUES, str(self.terraform.generations)]),
        }
        return self.programs.aws_environment() | ours | rest | faults.environment(self.programs)


def up(layout: Layout, engine: str | None = None, aws: str | None = None, *, faulty: bool = False) -> dict[str, Any]:
    """Make the twin run, whatever state it was in, and return how to reach it and how long each phase took.

    `engine` is where tasks run; without one, where they already do, or as processes. `aws` is who serves AWS; without
    one, who already does, or the emulator. `faulty` puts an unreliable network before the vector store.
    """
    if sentence := parts.missing():
        raise TwinError(sentence)
    phases = Phases()
    with layout.locked():
        twin = Twin.of(layout)
        if twin.runs:
            engines.refuse_another(twin.roster, engine)
            target.refuse_another(twin.programs, aws)
            faults.refuse_late(twin.programs, faulty)
            _mend(twin, phases)
        else:
            try:
                _begin(twin, phases, engine, aws, faulty=faulty)
            except BaseException:
                twin.roster.stop()
                raise
        with phases.phase("ready", "waiting until every task of the service is ready"):
            await_ready(twin)
    return {**twin.facts(), "timings": phases.seconds}


def down(layout: Layout) -> int:
    """Stop the twin, tasks first, and give its data up; returns how many processes there were."""
    with layout.locked():
        roster = Roster.read(layout)
        count = roster.stop()
        engines.clear(roster)
        Terraform(layout.terraform, layout.logs / "terraform.log", {}).go_back()  # there may have been no twin yet
        empty(layout.live)
        empty(layout.scratch)
        return count


def apply(layout: Layout, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Set Terraform variables from now on, beside those that were set before, apply, and return the outputs."""
    with layout.locked():
        twin = Twin.of(layout)
        if not twin.runs:
            raise TwinError("the twin does not run: start it with `make up`.")
        twin.terraform.switch(variables)
        twin.terraform.apply()
        twin.roster.outputs = twin.terraform.outputs()
        twin.roster.write()
        return twin.roster.outputs


def _begin(twin: Twin, phases: Phases, engine: str | None, aws: str | None, *, faulty: bool = False) -> None:
    if twin.roster.stop():
        say("- stopped what an earlier twin had left")
    engines.clear(twin.roster)
    if engine == engines.DOCKER:
        engines.prepare(twin.roster, os.environ, is_root=os.geteuid() == 0)
    empty(twin.layout.scratch)
    twin.roster.ports = choose(twin.roster.ports, target.preferred_ports(aws) | faults.ports(faulty))
    twin.terraform.go_back()
    if aws == LOCALSTACK:
        _begin_beside_localstack(twin, phases)
        return
    mark = fingerprint(twin.roster.ports["aws"], twin.keys)
    snapshot = Snapshot(twin.layout, mark)
    if not (snapshot.fits and twin.terraform.prepared):
        with phases.phase("apply", "applying infra/terraform for the first time (about 2 minutes)"):
            _build(twin, snapshot)
            if twin.roster.docker:  # one that was started for this twin has been stopped with everything else
                engines.prepare(twin.roster, os.environ, is_root=os.geteuid() == 0)
    with phases.phase("start", "starting from the snapshot of the applied estate"):
        snapshot.restore()
        twin.roster.fingerprint, twin.roster.outputs = mark, snapshot.outputs
        made = twin.programs
        _start(twin, [*made.store(), made.xray(), made.autoscaling(), _engine(twin)])
        _start(twin, [made.emulator(with_tasks=True)])  # last: tasks that find no engine would only be written down


def _begin_beside_localstack(twin: Twin, phases: Phases) -> None:
    """Apply and go on: LocalStack keeps nothing that a snapshot could be made of. Only the emulator starts again."""
    made = twin.programs
    twin.roster.fingerprint = fingerprint(twin.roster.ports["aws"], twin.keys)
    with phases.phase("apply", "applying infra/terraform to LocalStack and the emulator (about 2 minutes)"):
        twin.roster.outputs = _applied(twin, made.localstack())
        end([one.process for one in twin.roster.processes if one.name == "aws" and one.process], GRACE["aws"])
    with phases.phase("start", "starting the tasks"):
        _start(twin, [*made.store(), _engine(twin)])
        _start(twin, [made.emulator(with_tasks=True)])
        _start(twin, [made.relay()])


def _engine(twin: Twin) -> Program:
    docker = twin.roster.docker
    return twin.programs.docker(docker) if docker else twin.programs.engine()


def _build(twin: Twin, snapshot: Snapshot) -> None:
    """Apply and keep the result."""
    outputs = _applied(twin)
    twin.roster.stop()
    snapshot.save(outputs)


def _applied(twin: Twin, *others: Program) -> dict[str, Any]:
    """Apply to an emulator that runs no tasks, and set what Terraform leaves to people; return the outputs."""
    made = twin.programs
    empty(twin.layout.live)
    twin.terraform.log.unlink(missing_ok=True)
    _start(twin, [*others, made.xray(), made.autoscaling(), made.emulator(with_tasks=False)])
    twin.terraform.forget()
    twin.terraform.prepare()
    twin.terraform.apply()
    outputs = twin.terraform.outputs()
    _set_secrets(twin, outputs)
    return outputs


def _set_secrets(twin: Twin, outputs: Mapping[str, Any]) -> None:
    """Set what Terraform leaves to people."""
    values = {
        "api_keys_secret": twin.keys.api_keys_secret(),
        "canary_key_secret": twin.keys.canary_key,
        "qdrant_secret": twin.keys.qdrant_api_key,
    }
    secrets = twin.session.client("secretsmanager", endpoint_url=twin.programs.url(twin.programs.gateway))
    for output, value in values.items():
        secrets.put_secret_value(SecretId=outputs[output], SecretString=value)


def _mend(twin: Twin, phases: Phases) -> None:
    """Restart what died and lost nothing; apply what has changed in the files since."""
    dead = [program for program in twin.programs.replaceable() if not twin.roster.lives(program.name)]
    if dead:
        with phases.phase("start", f"starting again: {', '.join(program.name for program in dead)}"):
            _start(twin, dead)
    mark = fingerprint(twin.roster.ports["aws"], twin.keys)
    if mark != twin.roster.fingerprint:
        with phases.phase("apply", "applying what has changed since the twin started"):
            twin.terraform.prepare()
            twin.terraform.apply()
            twin.roster.outputs, twin.roster.fingerprint = twin.terraform.outputs(), mark
            _set_secrets(twin, twin.roster.outputs)
            twin.roster.write()


def _start(twin: Twin, wanted: list[Program]) -> None:
    for running in twin.roster.start(wanted):
        if (where := twin.layout.socket if running.name == "engine" else running.port) is not None:
            _await(running, where)


def _await(running: Running, where: Path | int) -> None:
    deadline = time.monotonic() + SERVES_WITHIN
    while not (running.listens(where) if isinstance(where, int) else _connects(where)):
        if not running.alive or time.monotonic() > deadline:
            said = Path(running.log).read_text(errors="replace")[-TAIL:].strip()
            ended = "did not answer in time" if running.alive else "ended at once"
            if isinstance(where, int) and not is_free(where):
                ended += f", and somebody else has its port {where} by now: try again, and it gets another one"
            raise TwinError(f"{running.name} {ended}. It said ({running.log}):\n{said}")
        time.sleep(0.02)


def _connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
