"""What AWS's services ask for in a role's name and the emulator does in nobody's: judged before it is done."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.emulator.iam.deciding import Authorisation, Call, conditions_of, log_stream

PULLS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
WRITES = ("logs:CreateLogStream", "logs:PutLogEvents")
POLLS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
LONGEST_SESSION = 64  # characters of a session's name

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """ECS, which starts tasks in their execution role, and Lambda, which works in its functions' roles.

    `session` returns the access key of a role taken under a name, `region` that of the request or the thread.
    """

    authorisation: Authorisation
    session: Callable[[str, str], str]
    region: Callable[[], str]

    def forbid_start(self, task: Mapping[str, Any], definition: Mapping[str, Any]) -> str:
        """Return why a task cannot be started in its execution role; nothing if it can, or has none."""
        role = definition.get("executionRoleArn")
        if not role:
            return ""
        key = self.session(role, task["taskArn"].rpartition("/")[2])
        calls = [call for one in definition["containerDefinitions"] for call in self._start(key, one)]
        return self._refusal(role, calls)

    def forbid_batch(self, function: Mapping[str, Any], queue: str) -> str:
        """Return why Lambda may not take messages of a queue for a function; nothing if it may."""
        return self._of_function(function, [(action, "sqs", queue) for action in POLLS])

    def forbid_logs(self, function: Mapping[str, Any], group: str) -> str:
        """Return why Lambda may not write a function's lines; nothing if it may."""
        stream = log_stream(self._place(), group, "function")
        return self._of_function(function, [(action, "logs", stream) for action in WRITES])

    def forbid_rule(self, role: str, rule: str, asked: Mapping[str, Any]) -> str:
        """Return why EventBridge may not start a task for a rule, as RunTask is asked for it; nothing if it may."""
        call = Call(self.session(role, rule), "ecs:RunTask", "ecs", self.region(), "*")
        told = conditions_of(call.action, asked, self._place())
        return self._refusal(role, list(self.authorisation.starting(replace(call, told=told), asked)))

    def _of_function(self, function: Mapping[str, Any], asked: list[tuple[str, str, str]]) -> str:
        role, region = function["Role"], self.region()
        key = self.session(role, function["FunctionName"])
        return self._refusal(role, [Call(key, action, service, region, on) for action, service, on in asked])

    def _start(self, key: str, container: Mapping[str, Any]) -> Iterator[Call]:
        region, place = self.region(), self._place()
        registry, _, name = container["image"].partition("/")
        if ".dkr.ecr." in registry:
            repository = f"arn:aws:ecr:{place}:repository/{name.partition('@')[0].partition(':')[0]}"
            yield Call(key, "ecr:GetAuthorizationToken", "ecr", region, "*")
            yield from (Call(key, action, "ecr", region, repository) for action in PULLS)
        for secret in container.get("secrets", ()):
            arn = ":".join(secret["valueFrom"].split(":")[:7])  # a field of its value may follow
            call = Call(key, "secretsmanager:GetSecretValue", "secretsmanager", region, arn)
            yield from self.authorisation.with_its_key(call)
        if group := container.get("logConfiguration", {}).get("options", {}).get("awslogs-group"):
            stream = log_stream(place, group, container["name"])
            yield from (Call(key, action, "logs", region, stream) for action in WRITES)

    def _refusal(self, role: str, calls: list[Call]) -> str:
        for call in calls:
            if self.authorisation.first_refusal([call]) is not None:
                return f"{role} is not authorized to perform: {call.action} on resource: {call.resource}"
        return ""

    def _place(self) -> str:
        return f"{self.region()}:{self.authorisation.known.account()}"
