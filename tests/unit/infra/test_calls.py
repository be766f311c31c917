"""Which IAM actions code needs, read from its calls of boto3."""

from pathlib import Path

import pytest

from tests.unit.infra.estate import ROOT
from tests.unit.infra.rules import calls
from tests.unit.infra.rules.calls import Function, called_by
from tests.unit.infra.rules.roles import calls_by_role, processes

MADE = "import boto3\ns3, ecs, table = boto3.client('s3'), boto3.client('ecs'), boto3.resource('dynamodb').Table('t')\n"
DRILLS = ("api_keys", "aws_disasters", "ecs_levers", "s3_vandal")  # whose owner breaks what a drill then mends


@pytest.mark.parametrize(
    ("call", "actions"),
    [
        ("s3.get_object(Bucket='b', Key='k')", {"s3:GetObject"}),
        ("s3.head_object(Bucket='b', Key='k', VersionId='v')", {"s3:GetObjectVersion"}),
        ("s3.get_paginator('list_object_versions').paginate(Bucket='b')", {"s3:ListBucketVersions"}),
        ("ecs.run_task(cluster='c')", {"ecs:RunTask", "iam:PassRole"}),
        ("table.scan()", {"dynamodb:Scan"}),
        ("s3.nothing_of_the_kind()", set()),
        ("sqs.send_message(QueueUrl='q')", set()),  # no client of SQS is made in this file
    ],
)
def test_a_call_needs_its_actions(call: str, actions: set[str]) -> None:
    assert called_by(MADE + call).keys() == actions


def test_whatever_an_adapter_calls_is_reached_from_some_role_but_for_what_only_people_do() -> None:
    reached = {function for process in processes().values() for function in process.reached}
    mine = [one for one in adapters() if one.module.rpartition(".")[2] not in DRILLS]
    left = {action for one in mine if one not in reached for action in actions(one)}
    assert left <= {
        "s3:ListBucket",  # raglite restore
        "s3:GetObject",  # raglite backup list
        "s3:PutObject",  # raglite upload
        "s3:GetObjectVersion",
        "s3:DeleteObject",  # of a document
        "xray:BatchGetTraces",  # raglite trace
        "xray:GetTraceSummaries",
        "cloudwatch:GetMetricData",  # raglite slo
        "dynamodb:Query",  # raglite reindex
    }


def test_every_role_that_runs_code_calls_something() -> None:
    assert {role for role, needed in calls_by_role().items() if not needed} == {"raglite-backup"}  # AWS's own


def adapters() -> list[Function]:
    files = sorted(Path(ROOT / "raglite" / "adapters").glob("*.py"))
    return [function for path in files for function in calls._functions(f"raglite.adapters.{path.stem}")]


def actions(function: Function) -> set[str]:
    return {action for action, _ in calls._calls(function.node, calls._services_of(function.module), "")}
