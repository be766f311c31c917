"""Our estate keeps every rule; and every rule finds something where it is broken."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.infra.estate import Estate, Values
from tests.unit.infra.rules import RULES, findings
from tests.unit.infra.specification import REJECTED

TARGET = "aws_cloudwatch_event_target.task has no queue for what cannot be delivered"
# What a rule finds in our estate and is meant to be so, each with its reason.
EXCEPTIONS = {
    "module.canary.aws_cloudwatch_event_target.canary has no queue for what cannot be delivered": (
        "a question that could not be put is not put later: the next is a minute away, and a missing run is an alarm"
    ),
    **{
        f'module.backup.module.schedule["{duty}"].{TARGET}': (
            "what could not be started is not done later: the next time comes soon, and a missing backup is an alarm"
        )
        for duty in ("backup", "prune")
    },
    "module.canary.aws_lambda_function.canary loses what it fails at": (
        "the same; what fails is counted by the canary itself, and the alarm on its silence finds the rest"
    ),
    'module.documents["1"].module.parsed.aws_s3_bucket.private forgets what is overwritten': (
        "it only repeats what the documents bucket says, and is written anew from it"
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_our_estate_keeps_the_rule(estate: Estate, name: str) -> None:
    assert [finding for finding in RULES[name](estate) if finding not in EXCEPTIONS] == []


def test_no_exception_has_outlived_its_finding(estate: Estate) -> None:
    assert EXCEPTIONS.keys() - {finding for found in findings(estate).values() for finding in found} == set()


Change = Callable[[dict[str, Any]], object]
FUNCTION = "raglite-ingestion-trigger"


def of(address: str, **values: Any) -> Change:
    return lambda resources: resources[address].update(values)


def without(address: str) -> Change:
    return lambda resources: resources.pop(address)


def extended(address: str, **values: Any) -> Change:
    """One more resource, as another but for some values."""
    return lambda resources: resources.update({f"{address}_too": {**resources[address], **values}})


def rewritten(address: str, name: str, old: str, new: str) -> Change:
    def change(resources: dict[str, Any]) -> None:
        assert old in resources[address][name]
        resources[address][name] = resources[address][name].replace(old, new)

    return change


def gateway_for_tasks(resources: dict[str, Any]) -> None:
    """Route the tasks' subnets as the load balancer's."""
    public = resources["module.network.aws_route_table.public"]["id"]
    for address, association in resources.items():
        if ".aws_route_table_association.private" in address:
            association["route_table_id"] = public


NETWORK, SERVICE, INGESTION = "module.network", "module.service", "module.ingestion"
POLICY = f"{INGESTION}.aws_iam_role_policy.function"
QUEUE = f"{INGESTION}.aws_sqs_queue.ingestion"
FROM_BALANCER = f"{NETWORK}.aws_vpc_security_group_ingress_rule.from_load_balancer"
REGISTRY = 'module.registry["1"].aws_dynamodb_table.registry'
TASK = f"{INGESTION}.module.task.aws_ecs_task_definition.task"
BUCKET_POLICY = 'module.documents["1"].module.documents.aws_s3_bucket_policy.private'
AUDITOR = "module.audit.aws_iam_role.auditor"
KEY = "module.secrets.aws_kms_key.raglite"
TOPIC = "module.observability.aws_sns_topic.alerts"
ATTACHED = 'module.backup.aws_iam_role_policy_attachment.backup["AWSBackupServiceRolePolicyForS3Backup"]'

# One fault for each rule that nothing in the specification breaks, or that ours could break in another way.
FAULTS: tuple[tuple[str, Change], ...] = (
    ("targets_let_their_rule_in", rewritten(QUEUE, "policy", "events.amazonaws.com", "sns.amazonaws.com")),
    ("queues_hand_over_what_fails", of(QUEUE, redrive_policy=None)),
    ("queues_hand_over_what_fails", of(QUEUE, visibility_timeout_seconds=60)),
    ("fargate_services_have_their_network", of(f"{SERVICE}.aws_ecs_service.raglite", network_configuration=[])),
    ("fargate_services_have_their_network", gateway_for_tasks),
    ("tasks_have_a_way_out", without(f'{NETWORK}.aws_route_table_association.private["eu-central-1a"]')),
    ("tasks_have_a_way_out", of(f'{NETWORK}.aws_nat_gateway.zone["eu-central-1a"]', subnet_id="another")),
    ("fargate_tasks_have_a_size_and_an_address", of(TASK, network_mode="bridge")),
    ("fargate_tasks_have_a_size_and_an_address", of(TASK, memory="2048")),
    ("target_groups_are_listened_for", of(f"{SERVICE}.aws_lb_target_group.service", target_type="instance")),
    ("load_balancers_reach_their_tasks", without(FROM_BALANCER)),
    ("load_balancers_reach_their_tasks", of(FROM_BALANCER, from_port=8001, to_port=8001)),
    ("load_balancers_reach_their_tasks", without(f"{NETWORK}.aws_vpc_security_group_egress_rule.to_service")),
    ("only_the_load_balancer_is_open_to_anybody", extended(FROM_BALANCER, cidr_ipv4="0.0.0.0/0")),
    (
        "only_the_load_balancer_is_open_to_anybody",
        extended(f"{NETWORK}.aws_vpc_security_group_ingress_rule.https", from_port=22),
    ),
    (
        "only_the_load_balancer_is_open_to_anybody",
        of(f"{NETWORK}.aws_security_group.ingest", ingress=[{"cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": []}]),
    ),
    ("what_the_code_calls_is_granted", rewritten(POLICY, "policy", "dynamodb:UpdateItem", "dynamodb:PutItem")),
    (
        "what_is_granted_is_called",
        rewritten(POLICY, "policy", '"s3:ListBucketVersions"', '["s3:ListBucketVersions", "s3:GetObject"]'),
    ),
    ("every_role_has_its_code", rewritten(f"{INGESTION}.aws_iam_role.function", "name", FUNCTION, "another")),
    ("wildcards_have_a_reason", rewritten(POLICY, "policy", "ecs:ListTasks", "ecs:*")),
    ("wildcards_have_a_reason", rewritten(POLICY, "policy", "ecs:ListTasks", "ecs:StopTask")),
    ("wildcards_have_a_reason", rewritten(KEY, "policy", "kms:ReEncrypt*", "kms:Create*")),
    ("managed_policies_have_a_reason", extended(ATTACHED, policy_arn="arn:aws:iam::aws:policy/AdministratorAccess")),
    ("nobody_is_let_in_from_elsewhere", rewritten(BUCKET_POLICY, "policy", '"Deny"', '"Allow"')),
    ("nobody_is_let_in_from_elsewhere", rewritten(KEY, "policy", "123456789012:root", "999999999999:root")),
    ("nobody_is_let_in_from_elsewhere", rewritten(KEY, "policy", '"AWS":"*"', '"AWS":["*","999999999999"]')),
    ("nobody_is_let_in_from_elsewhere", rewritten(AUDITOR, "assume_role_policy", "123456789012", "999999999999")),
    ("buckets_answer_over_tls_only", rewritten(BUCKET_POLICY, "policy", '"s3:*"', '"s3:Get*"')),
    (
        "fargate_services_have_their_network",
        of(f"{SERVICE}.aws_ecs_service.raglite", launch_type=None, network_configuration=[]),
    ),
    ("what_the_code_calls_is_granted", rewritten(POLICY, "policy", '"Allow"', '"Deny"')),
    (
        "starters_pass_the_roles_of_what_they_start",
        rewritten(POLICY, "policy", "role/raglite-ingest-task", "role/raglite-service-task"),
    ),
    (
        "starters_pass_the_roles_of_what_they_start",
        rewritten(POLICY, "policy", "iam:PassedToService", "aws:PrincipalTag/x"),
    ),
    (
        "tasks_may_read_the_secrets_they_are_given",
        rewritten(TASK, "container_definitions", 'valueFrom":"', 'valueFrom":"another-'),
    ),
    ("buckets_keep_versions", without('module.documents["1"].aws_s3_bucket_versioning.documents')),
    ("log_groups_end_and_are_encrypted", of("module.audit.aws_cloudwatch_log_group.records", retention_in_days=0)),
    ("log_groups_end_and_are_encrypted", of("module.audit.aws_cloudwatch_log_group.records", kms_key_id=None)),
    ("tables_can_be_turned_back", of(REGISTRY, point_in_time_recovery=[{"enabled": False}])),
    ("tables_are_encrypted_with_our_key", of(REGISTRY, server_side_encryption=[])),
    ("queues_are_encrypted", of(QUEUE, sqs_managed_sse_enabled=False)),
    ("topics_are_encrypted_with_our_key", of(TOPIC, kms_master_key_id="alias/aws/sns")),
    ("keys_are_rotated", of(KEY, enable_key_rotation=False)),
    ("no_secret_has_a_value", lambda resources: resources.update({"aws_secretsmanager_secret_version.qdrant": {}})),
    (
        "alarms_watch_what_is_sent",
        of('module.observability.aws_cloudwatch_metric_alarm.slo["raglite-high-latency"]', metric_name="Latency"),
    ),
    (
        "alarms_tell_a_topic_of_ours",
        of('module.observability.aws_cloudwatch_metric_alarm.slo["raglite-high-latency"]', alarm_actions=[]),
    ),
)


@pytest.mark.parametrize(("rule", "fault"), FAULTS)
def test_a_rule_finds_its_fault(estate: Estate, rule: str, fault: Change) -> None:
    broken = deepcopy(dict(estate.resources))
    fault(broken)
    assert [found for found in RULES[rule](replace(estate, resources=broken)) if found not in EXCEPTIONS] != []


def test_no_rule_passes_because_there_is_nothing_to_judge(estate: Estate) -> None:
    missing: set[tuple[str, str]] = set()

    class Watched(Estate):
        def kind(self, kind: str) -> dict[str, Values]:
            if not (found := super().kind(kind)):
                missing.add((rule, kind))
            return found

    for rule in RULES:
        list(RULES[rule](Watched(estate.resources, estate.calls)))
    assert {rule for rule, _ in missing} == {"no_secret_has_a_value"}  # it asks for what must not be there


def test_no_rule_is_idle() -> None:
    assert {rule for rule, _ in FAULTS} | {mend.rule for mend in REJECTED} == RULES.keys()
