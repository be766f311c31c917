"""An event that is heard must arrive, and must not be lost if it cannot."""

import json
from collections.abc import Iterator

from tests.unit.infra.estate import Estate, Statement, Values, listed, matches, named, statements

EVENTS = "events.amazonaws.com"


def rules_have_a_target(estate: Estate) -> Iterator[str]:
    aimed = {target["rule"] for target in estate.kind("aws_cloudwatch_event_target").values()}
    for address, rule in estate.kind("aws_cloudwatch_event_rule").items():
        if rule["name"] not in aimed:
            yield f"{address} sends what it hears nowhere"


def targets_let_their_rule_in(estate: Estate) -> Iterator[str]:
    for address, target in estate.kind("aws_cloudwatch_event_target").items():
        rule = _rule(estate, target)
        places = [target["arn"], *(one["arn"] for one in target["dead_letter_config"] or ())]
        yield from (
            f"{address}: {place} does not let {rule['name']} in"
            for place in places
            if not _lets_in(estate, place, rule)
        )


def targets_keep_what_cannot_be_delivered(estate: Estate) -> Iterator[str]:
    queues = {queue["arn"] for queue in estate.kind("aws_sqs_queue").values()}
    for address, target in estate.kind("aws_cloudwatch_event_target").items():
        if not {one["arn"] for one in target["dead_letter_config"] or ()} & queues:
            yield f"{address} has no queue for what cannot be delivered"


def buckets_speak_to_the_rules_that_listen(estate: Estate) -> Iterator[str]:
    heard = {one["bucket"] for one in estate.kind("aws_s3_bucket_notification").values() if one["eventbridge"]}
    names = {
        name for bucket in estate.kind("aws_s3_bucket").values() if named(bucket) & heard for name in named(bucket)
    }
    for address, rule in estate.kind("aws_cloudwatch_event_rule").items():
        pattern = json.loads(rule["event_pattern"] or "{}")
        if "aws.s3" in pattern.get("source", ()):
            unheard = set(pattern["detail"]["bucket"]["name"]) - names
            yield from (
                f"{address} listens to bucket {bucket}, which tells EventBridge nothing" for bucket in sorted(unheard)
            )


def queues_hand_over_what_fails(estate: Estate) -> Iterator[str]:
    """A queue that feeds a function gives up in the end, and no message comes back while the function has it."""
    functions = {function["arn"]: function for function in estate.kind("aws_lambda_function").values()}
    queues = {queue["arn"]: (address, queue) for address, queue in estate.kind("aws_sqs_queue").items()}
    for mapping in estate.kind("aws_lambda_event_source_mapping").values():
        address, queue = queues[mapping["event_source_arn"]]
        redrive = json.loads(queue["redrive_policy"] or "{}")
        if redrive.get("deadLetterTargetArn") not in queues:
            yield f"{address} has no queue of dead letters"
        if queue["visibility_timeout_seconds"] < 6 * functions[mapping["function_name"]]["timeout"]:
            yield f"{address} shows a message again before six times its function's timeout"


RULES = (
    rules_have_a_target,
    targets_let_their_rule_in,
    targets_keep_what_cannot_be_delivered,
    buckets_speak_to_the_rules_that_listen,
    queues_hand_over_what_fails,
)


def _rule(estate: Estate, target: Values) -> Values:
    return next(rule for rule in estate.kind("aws_cloudwatch_event_rule").values() if rule["name"] == target["rule"])


def _lets_in(estate: Estate, place: str, rule: Values) -> bool:
    """By the function's permission, the queue's policy, or none for a cluster: there the target's own role counts.

    A place that is not in the estate lets nobody in.
    """
    policies = [queue["policy"] for queue in estate.kind("aws_sqs_queue").values() if queue["arn"] == place]
    said = [statement for policy in policies if policy for statement in statements(policy)]
    functions = {f["function_name"] for f in estate.kind("aws_lambda_function").values() if f["arn"] == place}
    if place in {cluster["arn"] for cluster in estate.kind("aws_ecs_cluster").values()}:
        return _may_start(estate, place, rule)
    return any(_may_send(statement, place, rule["arn"]) for statement in said) or any(
        permission["function_name"] in functions
        and permission["action"] == "lambda:InvokeFunction"
        and (permission["principal"], permission["source_arn"]) == (EVENTS, rule["arn"])
        for permission in estate.kind("aws_lambda_permission").values()
    )


def _may_start(estate: Estate, cluster: str, rule: Values) -> bool:
    """Whether each of the rule's targets there has a role that EventBridge takes and that may run its task."""
    roles = {role["arn"]: role for role in estate.kind("aws_iam_role").values()}
    targets = [
        target
        for target in estate.kind("aws_cloudwatch_event_target").values()
        if (target["rule"], target["arn"]) == (rule["name"], cluster)
    ]
    return all(
        target["role_arn"] in roles
        and EVENTS in roles[target["role_arn"]]["assume_role_policy"]
        and estate.may(roles[target["role_arn"]]["name"], "ecs:RunTask", one["task_definition_arn"])
        for target in targets
        for one in target["ecs_target"]
    )


def _may_send(statement: Statement, queue: str, rule: str) -> bool:
    sources = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn", [])
    return (
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": EVENTS}
        and matches(statement["Action"], "sqs:SendMessage")
        and matches(statement["Resource"], queue)
        and rule in listed(sources)
    )
