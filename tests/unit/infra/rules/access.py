"""Every role may do what its code does, and no more."""

import json
import re
from collections.abc import Iterator

from tests.unit.infra.estate import Estate, Statement, listed, matches, statements

# Where a statement says every resource, and why it cannot say less. Columns "Resource types" and "Condition keys" of
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
UNBOUNDED = {
    "ecr:GetAuthorizationToken": "takes no resource: the token is for the registry",
    "ecs:ListTasks": "takes container instances only; a condition narrows it to the cluster",
    "secretsmanager:ListSecrets": "takes no resource",
    "cloudwatch:GetMetricData": "takes no resource",
    "xray:BatchGetTraces": "takes no resource",
    "xray:PutTraceSegments": "takes no resource",
    "xray:PutTelemetryRecords": "takes no resource",
}
# Policies of keys, buckets and queues stand in what they protect: their * is that one thing, or denies.
OWNED = {
    "kms:*": "the account's root, which hands the decision to IAM: else nobody could ever change the key",
    "kms:Describe*": "the administration of the key, without its use",
    "kms:Disable*": "the administration of the key, without its use",
    "kms:Enable*": "the administration of the key, without its use",
    "kms:Get*": "the administration of the key, without its use",
    "kms:List*": "the administration of the key, without its use",
    "kms:Update*": "the administration of the key, without its use",
    "kms:GenerateDataKey*": "with and without the plain text: CloudWatch Logs says so in its documentation",
    "kms:ReEncrypt*": "from and to the key: CloudWatch Logs says so in its documentation",
}

# Policies that AWS writes may grant more tomorrow than today.
MANAGED = {
    "service-role/AWSBackupServiceRolePolicyForBackup": "what AWS Backup needs changes with it; not to restore",
    "AWSBackupServiceRolePolicyForS3Backup": "the same, for buckets",
}


def what_the_code_calls_is_granted(estate: Estate) -> Iterator[str]:
    for role, calls in estate.calls.items():
        granted = _actions(estate.identity_policies[role])
        yield from (
            f"{role} may not {action}: {where}" for action, where in calls.items() if not matches(granted, action)
        )


def what_is_granted_is_called(estate: Estate) -> Iterator[str]:
    for role, policy in estate.identity_policies.items():
        unused = set(_actions(policy)) - set(estate.calls.get(role, ()))
        yield from (f"{role} may {action}, and no code of its does" for action in sorted(unused))


def every_role_has_its_code(estate: Estate) -> Iterator[str]:
    unknown = estate.identity_policies.keys() - estate.calls.keys()
    yield from (f"nothing says what {role} is for" for role in sorted(unknown) if estate.identity_policies[role])


def wildcards_have_a_reason(estate: Estate) -> Iterator[str]:
    for role, policy in estate.identity_policies.items():
        for statement in policy:
            actions = listed(statement["Action"]) if statement["Effect"] == "Allow" else []
            yield from (f"{role} may {action}" for action in actions if "*" in action)
            if "*" in listed(statement.get("Resource", "*")):
                yield from (f"{role} may {action} everywhere" for action in actions if action not in UNBOUNDED)
    for address, statement in _owned(estate):
        if statement["Effect"] == "Allow":
            wild = {action for action in listed(statement["Action"]) if "*" in action} - OWNED.keys()
            yield from (f"{address} allows {action}" for action in sorted(wild))


def managed_policies_have_a_reason(estate: Estate) -> Iterator[str]:
    for address, attached in estate.kind("aws_iam_role_policy_attachment").items():
        if attached["policy_arn"].partition(":policy/")[2] not in MANAGED:
            yield f"{address} attaches {attached['policy_arn']}"


def nobody_is_let_in_from_elsewhere(estate: Estate) -> Iterator[str]:
    """A policy that speaks to everybody must say which account, or which roles, it means; and none names another's."""
    ours = {account for role in estate.kind("aws_iam_role").values() for account in ACCOUNT.findall(role["arn"])}
    for address, statement in (*_owned(estate), *_trusts(estate)):
        named = {key for condition in statement.get("Condition", {}).values() for key in condition}
        if statement["Effect"] == "Allow":
            let_in = _principals(statement)
            if "*" in let_in and not named & CALLERS:
                yield f"{address} lets everybody in"
            yield from (f"{address} lets {one} in" for one in let_in if {*ACCOUNT.findall(one)} - ours)


def starters_pass_the_roles_of_what_they_start(estate: Estate) -> Iterator[str]:
    """Exactly those, and to ECS only: with any other a starter could run its own code under another's role."""
    for role, policy in estate.identity_policies.items():
        started = _resources(policy, "ecs:RunTask")
        if started:
            needed = {arn for task in _tasks(estate, started) for arn in task}
            passed = _resources(policy, "iam:PassRole")
            if passed != needed:
                yield f"{role} passes {sorted(passed)}, and what it starts needs {sorted(needed)}"
        for statement in policy:
            if matches(statement["Action"], "iam:PassRole") and _passed_to(statement) != ["ecs-tasks.amazonaws.com"]:
                yield f"{role} passes roles to more than ECS"


def tasks_may_read_the_secrets_they_are_given(estate: Estate) -> Iterator[str]:
    roles = {role["arn"]: role["name"] for role in estate.kind("aws_iam_role").values()}
    for address, task in estate.kind("aws_ecs_task_definition").items():
        containers = json.loads(task["container_definitions"])
        for secret in (secret for container in containers for secret in container.get("secrets", ())):
            if not estate.may(roles[task["execution_role_arn"]], "secretsmanager:GetSecretValue", secret["valueFrom"]):
                yield f"{address} may not read {secret['valueFrom']} for {secret['name']}"


RULES = (
    what_the_code_calls_is_granted,
    what_is_granted_is_called,
    every_role_has_its_code,
    wildcards_have_a_reason,
    managed_policies_have_a_reason,
    nobody_is_let_in_from_elsewhere,
    starters_pass_the_roles_of_what_they_start,
    tasks_may_read_the_secrets_they_are_given,
)
CALLERS = {"kms:CallerAccount", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceAccount", "aws:SourceArn"}
ACCOUNT = re.compile(r"^(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})\b")
POLICIES = ("aws_kms_key", "aws_s3_bucket_policy", "aws_sqs_queue", "aws_sns_topic_policy")


def _actions(policy: list[Statement]) -> list[str]:
    allowing = (statement for statement in policy if statement["Effect"] == "Allow")
    return [action for statement in allowing for action in listed(statement["Action"])]


def _resources(policy: list[Statement], action: str) -> set[str]:
    return {
        arn for statement in policy if matches(statement["Action"], action) for arn in listed(statement["Resource"])
    }


def _passed_to(statement: Statement) -> list[str]:
    return listed(statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService", []))


def _tasks(estate: Estate, started: set[str]) -> Iterator[tuple[str, str]]:
    """The two roles of each task definition that may be started."""
    for task in estate.kind("aws_ecs_task_definition").values():
        if matches([*started], f"{task['arn_without_revision']}:1"):
            yield task["task_role_arn"], task["execution_role_arn"]


def _principals(statement: Statement) -> list[str]:
    """Whoever a statement speaks to, of whatever kind."""
    said = statement["Principal"]
    return [said] if isinstance(said, str) else [one for named in said.values() for one in listed(named)]


def _trusts(estate: Estate) -> Iterator[tuple[str, Statement]]:
    """The statements that say who may take a role."""
    for address, role in estate.kind("aws_iam_role").items():
        yield from ((address, statement) for statement in statements(role["assume_role_policy"]))


def _owned(estate: Estate) -> Iterator[tuple[str, Statement]]:
    """The statements of policies that stand in what they protect."""
    for kind in POLICIES:
        for address, resource in estate.kind(kind).items():
            for statement in json.loads(resource["policy"] or '{"Statement": []}')["Statement"]:
                yield address, statement
