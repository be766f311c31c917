"""A function must be found, seen, and told where it starts tasks; and what it fails at must be kept."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.unit.infra.estate import Estate, Values, listed, matches


def functions_find_their_handler(estate: Estate) -> Iterator[str]:
    for address, function in estate.kind("aws_lambda_function").items():
        module, _, name = function["handler"].rpartition(".")
        if f"def {name}(" not in _source(estate.folder / function["filename"], f"{module}.py"):
            yield f"{address}: there is no {function['handler']} in {function['filename']}"


def functions_log_into_a_group_of_ours(estate: Estate) -> Iterator[str]:
    """Lambda makes the group that is missing: without a key, and for ever."""
    groups = {group["name"] for group in estate.kind("aws_cloudwatch_log_group").values()}
    for address, function in estate.kind("aws_lambda_function").items():
        if f"/aws/lambda/{function['function_name']}" not in groups:
            yield f"{address} has no log group"


def functions_are_traced(estate: Estate) -> Iterator[str]:
    for address, function in estate.kind("aws_lambda_function").items():
        if [tracing["mode"] for tracing in function["tracing_config"] or ()] != ["Active"]:
            yield f"{address} is not traced"


def functions_keep_what_they_fail_at(estate: Estate) -> Iterator[str]:
    """Fed by a queue, they give it back; else they need a queue, or a topic, of their own for what they fail at."""
    fed = {mapping["function_name"] for mapping in estate.kind("aws_lambda_event_source_mapping").values()}
    invoked = estate.kind("aws_lambda_function_event_invoke_config").values()
    kept = {one["function_name"] for one in invoked if any(d["on_failure"] for d in one["destination_config"] or ())}
    for address, function in estate.kind("aws_lambda_function").items():
        if not ({function["arn"], function["function_name"]} & (fed | kept) or function["dead_letter_config"]):
            yield f"{address} loses what it fails at"


def starters_of_tasks_know_the_network(estate: Estate) -> Iterator[str]:
    subnets = {subnet["id"] for subnet in estate.kind("aws_subnet").values()}
    groups = {group["id"] for group in estate.kind("aws_security_group").values()}
    for address, function in estate.kind("aws_lambda_function").items():
        if matches(_actions(estate, function), "ecs:RunTask"):
            told = {value for text in _environment(function).values() for value in text.split(",")}
            for what, known in (("subnet", subnets), ("security group", groups)):
                if not told & known:
                    yield f"{address} starts tasks and is told no {what} for them"


RULES = (
    functions_find_their_handler,
    functions_log_into_a_group_of_ours,
    functions_are_traced,
    functions_keep_what_they_fail_at,
    starters_of_tasks_know_the_network,
)


def _source(package: Path, name: str) -> str:
    """A file of a package; empty if it is not in there."""
    with zipfile.ZipFile(package) as opened:
        return opened.read(name).decode() if name in opened.namelist() else ""


def _environment(function: Values) -> dict[str, str]:
    return {name: value for given in function["environment"] or () for name, value in given["variables"].items()}


def _actions(estate: Estate, function: Values) -> list[str]:
    roles = {role["arn"]: role["name"] for role in estate.kind("aws_iam_role").values()}
    granted = estate.identity_policies[roles[function["role"]]]
    return [action for statement in granted for action in listed(statement["Action"])]
