"""An environment's account, by Terraform and boto3 with whatever credentials the standard environment gives."""

import base64
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from scripts.deploy.rollout import Refused, Rolling

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = (str(ROOT / "scripts" / "terraform"), f"-chdir={ROOT / 'infra' / 'terraform'}")
STALE = "Saved plan is stale"  # Terraform's own words


@dataclass(frozen=True)
class AwsAccount:
    """What `terraform init` was last run for."""

    environment: str

    def image_tag(self) -> str | None:
        """Return the state's own word for it."""
        return self._outputs().get("image_tag")

    def apply(self, plan: Path) -> None:
        """Apply a saved plan; Refused if the state has changed since, with what to do."""
        done = self._run("apply", "-input=false", str(plan.resolve()))
        if STALE in done.stderr:
            raise Refused("The state has changed since the plan was made. Nothing was applied: plan and review anew.")
        _good(done)

    def apply_image(self, tag: str) -> None:
        """Apply with another image."""
        variables = f"-var-file=environments/{self.environment}.tfvars"
        _good(self._run("apply", "-input=false", "-auto-approve", variables, "-var", f"image_tag={tag}"))

    def rolling(self) -> Rolling:
        """Return the rollout state of the service's primary deployment."""
        outputs = self._outputs()
        ecs = boto3.client("ecs")
        found = ecs.describe_services(cluster=outputs["cluster_name"], services=[outputs["service_name"]])
        primary = next(one for one in found["services"][0]["deployments"] if one["status"] == "PRIMARY")
        return Rolling(primary["rolloutState"])

    def answers(self) -> bool:
        """Run the canary once: it counts a failure, 0 or 1, of every question that it asked."""
        answer = boto3.client("lambda").invoke(FunctionName=self._outputs()["canary_function_name"], LogType="Tail")
        said = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        return [line["CanaryFailures"] for line in _json_lines(said) if "CanaryFailures" in line] == [0]

    def alarms(self) -> tuple[str, ...]:
        """Return which of the alarms that send a release back ring."""
        names = self._outputs()["rollback_alarms"]
        found = boto3.client("cloudwatch").describe_alarms(AlarmNames=names, StateValue="ALARM")
        return tuple(alarm["AlarmName"] for alarm in found["MetricAlarms"])

    def _outputs(self) -> dict[str, Any]:
        done = _good(self._run("output", "-json"))
        return {name: output["value"] for name, output in json.loads(done.stdout).items()}

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"TF_IN_AUTOMATION": "1", "NO_COLOR": "1"}
        return subprocess.run(
            [*TERRAFORM, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def _good(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    if done.returncode:
        raise Refused(f"terraform {done.args[2]} failed:\n{done.stderr.strip()[-4000:]}")
    return done


def _json_lines(text: str) -> list[dict[str, Any]]:
    lines = [line[line.find("{") :] for line in text.splitlines() if "{" in line]
    return [read for read in map(_read, lines) if isinstance(read, dict)]


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
