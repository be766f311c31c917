"""An environment's account, by Terraform and boto3 with whatever credentials the standard environment gives."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

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

    def planned_tag(self, plan: Path) -> str | None:
        """Return the variable that the plan was made with."""
        shown = json.loads(_good(self._run("show", "-json", str(plan.resolve()))).stdout)
        tag = shown.get("variables", {}).get("image_tag", {}).get("value")
        return None if tag is None else str(tag)

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
        """Return the rollout state of the newest task definition of the service."""
        outputs = self._outputs()
        with _answering():
            ecs = boto3.client("ecs")
            found = ecs.describe_services(cluster=outputs["cluster_name"], services=[outputs["service_name"]])
            deployments = found["services"][0]["deployments"]
            family = _primary(deployments)["taskDefinition"].rpartition("/")[2].partition(":")[0]
            newest = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]["taskDefinitionArn"]
        return state_of(deployments, newest)

    def answers(self) -> bool:
        """Run the canary once: it counts a failure, 0 or 1, of every question that it asked."""
        name = self._outputs()["canary_function_name"]
        with _answering():
            answer = boto3.client("lambda").invoke(FunctionName=name, LogType="Tail")
        said = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        return [line["CanaryFailures"] for line in _json_lines(said) if "CanaryFailures" in line] == [0]

    def alarms(self) -> tuple[str, ...]:
        """Return which of the alarms that send a release back ring."""
        names = self._outputs().get("rollback_alarms")
        if not names:  # CloudWatch takes an empty list for all there are
            return ()
        with _answering():
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


def state_of(deployments: Sequence[Mapping[str, Any]], newest: str) -> Rolling:
    """Return how far a task definition has come, by a service's deployments.

    Where ECS takes a version back, the primary deployment is of the one before, and completes: that is no success.
    """
    primary = _primary(deployments)
    return Rolling(primary["rolloutState"]) if primary["taskDefinition"] == newest else Rolling.FAILED


def _primary(deployments: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next(one for one in deployments if one["status"] == "PRIMARY")


@contextmanager
def _answering() -> Iterator[None]:
    """Refused if AWS fails: what nobody can see is not taken for a version that serves."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Refused(f"AWS did not tell how the new version fares ({error}).") from error


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
