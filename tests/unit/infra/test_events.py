"""From an upload to a task: whether the parts are connected, which `terraform validate` does not see."""

import json
import zipfile

from ingestion_trigger import INVENTORY, RECONCILE
from ingestion_trigger import Settings as TriggerSettings

from raglite.adapters.eventbridge_tasks import SOURCE
from tests.unit.infra.estate import MODULE, Estate


def test_every_rule_about_documents_sends_to_the_queue(estate: Estate) -> None:
    queue, dead_letters = (estate[f"module.ingestion.aws_sqs_queue.{name}"] for name in ("ingestion", "dead_letters"))
    targets = [one for name, one in estate.all("aws_cloudwatch_event_target").items() if ".ingestion." in name]
    assert len(targets) == 6
    for target in targets:
        assert (target["arn"], target["dead_letter_config"][0]["arn"]) == (queue["arn"], dead_letters["arn"])


def test_uploads_and_deletions_of_documents_are_heard_and_nothing_of_the_parsed_ones(estate: Estate) -> None:
    bucket = estate['module.documents["1"].module.documents.aws_s3_bucket.private']["bucket"]
    notifying = estate.all("aws_s3_bucket_notification").values()
    assert [(one["bucket"], one["eventbridge"]) for one in notifying] == [(bucket, True)]
    patterns = {
        name: json.loads(estate[f"module.ingestion.aws_cloudwatch_event_rule.{name}"]["event_pattern"])
        for name in ("document_upload", "document_deleted")
    }
    of_bucket = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    assert patterns == {
        "document_upload": of_bucket | {"detail-type": ["Object Created"]},
        "document_deleted": of_bucket | {"detail-type": ["Object Deleted"]},
    }


def test_the_end_of_an_ingest_task_in_any_revision_is_heard(estate: Estate, arns: dict[str, str]) -> None:
    rule = estate["module.ingestion.aws_cloudwatch_event_rule.ingest_task_stopped"]
    detail = json.loads(rule["event_pattern"])["detail"]
    assert detail["lastStatus"] == ["STOPPED"]
    assert detail["clusterArn"] == [estate["module.service.aws_ecs_cluster.raglite"]["arn"]]
    assert detail["taskDefinitionArn"] == [{"prefix": arns["ingest task"] + ":"}]


def test_the_hourly_event_is_the_one_that_the_function_takes_for_a_comparison_of_everything(estate: Estate) -> None:
    rules = {name: estate[f"module.ingestion.aws_cloudwatch_event_rule.{name}"] for name in ("inventory", "reconcile")}
    targets = estate.all("aws_cloudwatch_event_target")
    told = {target["rule"]: target["input"] for name, target in targets.items() if ".ingestion." in name}
    assert json.loads(told.pop(rules["inventory"]["name"])) == {"source": INVENTORY}
    assert set(told.values()) == {None}  # the other rules hand on the event itself
    assert (rules["inventory"]["schedule_expression"], rules["reconcile"]["schedule_expression"]) == (
        "rate(1 hour)",
        "rate(5 minutes)",
    )


def test_who_makes_keys_wait_is_heard(estate: Estate) -> None:
    rule = estate["module.ingestion.aws_cloudwatch_event_rule.keys_wait"]
    assert json.loads(rule["event_pattern"]) == {"source": [SOURCE]}
    assert SOURCE == RECONCILE


def test_the_function_is_fed_by_the_queue_and_gives_back_only_what_failed(estate: Estate) -> None:
    function = estate["module.ingestion.aws_lambda_function.ingestion_trigger"]
    mapping = estate["module.ingestion.aws_lambda_event_source_mapping.queue"]
    queue = estate["module.ingestion.aws_sqs_queue.ingestion"]
    dead_letters = estate["module.ingestion.aws_sqs_queue.dead_letters"]
    assert (mapping["event_source_arn"], mapping["function_name"]) == (queue["arn"], function["arn"])
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]
    assert json.loads(queue["redrive_policy"])["deadLetterTargetArn"] == dead_letters["arn"]
    assert json.loads(dead_letters["redrive_allow_policy"])["sourceQueueArns"] == [queue["arn"]]
    assert dead_letters["message_retention_seconds"] > queue["message_retention_seconds"]


def test_the_function_finds_its_handler_and_its_settings(estate: Estate) -> None:
    function = estate["module.ingestion.aws_lambda_function.ingestion_trigger"]
    module, _, handler = function["handler"].partition(".")
    with zipfile.ZipFile(MODULE / function["filename"]) as package:
        assert set(package.namelist()) == {f"{module}.py", "delivery.py", "lines.py", "tracing.py"}
        assert f"def {handler}(" in package.read(f"{module}.py").decode()
    settings = TriggerSettings.from_environment(function["environment"][0]["variables"])
    assert settings.container == "raglite-ingest"
    assert settings.documents_bucket == "raglite-documents-production-example"
    assert settings.registry_table == "raglite-registry"
    assert settings.max_tasks == 4
    assert settings.environment == "production"
    assert set(settings.subnets) == {subnet["id"] for subnet in estate.private_subnets()}
