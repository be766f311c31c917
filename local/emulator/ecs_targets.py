"""A rule whose target is a cluster starts a task there, in the target's role; the emulator drops its events."""

import json
import logging
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from local.emulator.iam.services import Services
from local.emulator.monitoring.vended import Replace
from local.emulator.theirs import Theirs

log = logging.getLogger(__name__)


def start_tasks_of_rules(events: ModuleType, ecs: ModuleType, services: Services, replace: Replace) -> None:
    """Have EventBridge ask ECS for the tasks of its rules. What is refused is told in the log, as AWS tells nobody."""
    invoke, actions = Theirs(events, "invoke_target").invoke_target, Theirs(ecs, "ACTION_MAP").ACTION_MAP

    def invoke_or_start(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], *rest: Any) -> Any:
        if "EcsParameters" not in target:
            return invoke(target, event, rule, *rest)
        asked = run_task_of(target, str(rule.get("Name")))
        if reason := services.forbid_rule(str(target.get("RoleArn")), str(rule.get("Name")), asked):
            log.warning("%s: the rule starts nothing", reason)
            return None
        status, _, answer = actions["RunTask"](asked)
        log.info("rule %s: RunTask answers %s %s", rule.get("Name"), status, answer if status >= 400 else "")  # noqa: PLR2004  HTTP's first status of an error
        return None

    replace(events, "_invoke_target", invoke_or_start)


def run_task_of(target: Mapping[str, Any], rule: str) -> dict[str, Any]:
    """Return what RunTask is asked for: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html."""
    wanted = target["EcsParameters"]
    network = wanted.get("NetworkConfiguration", {}).get("awsvpcConfiguration", {})
    return {
        "cluster": target["Arn"],
        "taskDefinition": wanted["TaskDefinitionArn"],
        "count": wanted.get("TaskCount", 1),
        "launchType": wanted.get("LaunchType", "EC2"),
        "networkConfiguration": {
            "awsvpcConfiguration": {name[0].lower() + name[1:]: network[name] for name in network}
        },
        "overrides": json.loads(target.get("Input") or "{}"),
        "startedBy": f"events-rule/{rule}"[:36],
    }
