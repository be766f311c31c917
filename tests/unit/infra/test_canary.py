"""The canary: that it runs, asks whom users ask, may read its key and nothing else, and is watched closely enough."""

import json
import re
from pathlib import Path
from typing import Any

import canary
import pytest

from raglite.observability.slo import load
from tests.unit.infra.estate import ROOT, Estate, statements

ROLE = "raglite-canary"
SLO = load(ROOT / "dashboards" / "slo.json")
GUIDE = Path(ROOT / "docs" / "how-to" / "canary.md")


@pytest.fixture
def function(estate: Estate) -> Any:
    return estate["module.canary.aws_lambda_function.canary"]


@pytest.fixture
def settings(function: Any) -> canary.Settings:
    return canary.Settings.from_environment(function["environment"][0]["variables"])


def test_its_schedule_runs_it_and_may(estate: Estate, function: Any) -> None:
    rule = estate["module.canary.aws_cloudwatch_event_rule.canary"]
    target = estate["module.canary.aws_cloudwatch_event_target.canary"]
    permission = estate["module.canary.aws_lambda_permission.schedule"]
    assert (target["rule"], target["arn"]) == (rule["name"], function["arn"])
    assert (permission["function_name"], permission["action"]) == (function["function_name"], "lambda:InvokeFunction")
    assert (permission["principal"], permission["source_arn"]) == ("events.amazonaws.com", rule["arn"])


def test_a_question_that_could_not_be_put_is_not_put_later(estate: Estate, function: Any) -> None:
    [retries] = estate["module.canary.aws_cloudwatch_event_target.canary"]["retry_policy"]
    invoked = estate["module.canary.aws_lambda_function_event_invoke_config.canary"]
    assert invoked["function_name"] == function["function_name"]
    assert (retries["maximum_retry_attempts"], invoked["maximum_retry_attempts"]) == (0, 0)
    every = schedule_seconds(estate)
    assert retries["maximum_event_age_in_seconds"] <= every
    assert invoked["maximum_event_age_in_seconds"] <= every


def test_it_asks_where_users_ask_and_waits_as_long_as_they_were_promised(settings: canary.Settings) -> None:
    assert settings.service_url == "https://raglite.example.com"
    assert settings.environment == "production"
    assert settings.seconds * 1000 == SLO.promises["query-p95"].at_most


def test_it_has_the_time_to_count_an_answer_that_is_late_and_is_done_before_the_next(
    estate: Estate, function: Any, settings: canary.Settings
) -> None:
    key = canary.CLIENT_CONFIG
    fetching = key.retries["total_max_attempts"] * (key.connect_timeout + key.read_timeout)
    assert 2 * settings.seconds + fetching < function["timeout"] < schedule_seconds(estate)


def test_every_period_of_its_alarms_has_a_run(estate: Estate) -> None:
    watching = [alarm for alarm in SLO.alarms.values() if any(name.startswith("Canary") for name in alarm.metrics)]
    assert watching
    assert {alarm.period_seconds >= schedule_seconds(estate) for alarm in watching} == {True}


def test_it_stands_outside_the_network_as_users_do(function: Any) -> None:
    assert not function["vpc_config"]


def test_its_handler_exists_and_its_traces_are_on(function: Any) -> None:
    module, _, handler = function["handler"].partition(".")
    assert (module, callable(getattr(canary, handler))) == ("canary", True)
    assert function["tracing_config"][0]["mode"] == "Active"


def test_its_role_reads_its_own_key_and_no_other_secret(
    estate: Estate, arns: dict[str, str], settings: canary.Settings
) -> None:
    secret = estate["module.canary.aws_secretsmanager_secret.key"]
    assert (secret["name"], secret["kms_key_id"]) == (settings.key_secret, arns["key"])
    assert estate.may(ROLE, "secretsmanager:GetSecretValue", secret["arn"])
    assert estate.may(ROLE, "kms:Decrypt", arns["key"])
    for other in (arns["api keys"], arns["qdrant"]):
        assert not estate.may(ROLE, "secretsmanager:GetSecretValue", other)
    actions = [statement["Action"] for statement in estate.identity_policies[ROLE]]
    assert {action for one in actions for action in ([one] if isinstance(one, str) else one)} == {
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }


def test_only_lambda_takes_its_role(estate: Estate) -> None:
    [trust] = statements(estate["module.canary.aws_iam_role.function"]["assume_role_policy"])
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_its_log_is_encrypted_and_not_kept_for_ever(estate: Estate, arns: dict[str, str], function: Any) -> None:
    group = estate["module.canary.aws_cloudwatch_log_group.function"]
    assert group["name"] == f"/aws/lambda/{function['function_name']}"
    assert (group["kms_key_id"], group["retention_in_days"]) == (arns["key"], 365)


def test_the_guide_to_its_key_names_its_secret_and_gives_it_no_more_than_it_needs(settings: canary.Settings) -> None:
    text = GUIDE.read_text()
    assert settings.key_secret in text
    [entry] = re.findall(r'^\{"name": "canary".*\}$', text, re.MULTILINE)
    assert json.loads(entry)["scopes"] == ["read", "canary"]


def schedule_seconds(estate: Estate) -> int:
    expression = estate["module.canary.aws_cloudwatch_event_rule.canary"]["schedule_expression"]
    minutes = re.fullmatch(r"rate\((\d+) minutes?\)", expression)
    assert minutes
    return 60 * int(minutes[1])
