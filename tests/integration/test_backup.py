"""The tasks that Terraform schedules make a backup that is whole, and remove none whose time is not over."""

import json
from typing import Any

import boto3
import pytest

from tests.integration.conftest import Uploaded
from tests.integration.estate import CLI, Estate, eventually, run
from tests.integration.journal import Journal

WITHIN = 180.0  # seconds until a task has started, done its work and ended
KEY = "backup/ferry.txt"
TEXT = b"Halvorsen Ferries\n\nAnnual report 2024\n\nThe fleet of Halvorsen Ferries had 37 vessels at the end of 2024.\n"
QUESTION = "How many vessels did the fleet of Halvorsen Ferries have?"

pytestmark = pytest.mark.timeout(600)


def client(estate: Estate, service: str) -> Any:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    key, secret, region = (estate.environment[name] for name in names)
    session: Any = boto3.Session(key, secret, region_name=region)
    return session.client(service, endpoint_url=estate.environment["AWS_ENDPOINT_URL"])


def started_by(estate: Estate, rule: str) -> tuple[float, int]:
    """Start what a rule would start, as it would; return the seconds until it has ended, and its exit code."""
    [target] = client(estate, "events").list_targets_by_rule(Rule=rule)["Targets"]
    wanted, ecs = target["EcsParameters"], client(estate, "ecs")
    network = wanted["NetworkConfiguration"]["awsvpcConfiguration"]
    [task] = ecs.run_task(
        cluster=target["Arn"],
        taskDefinition=wanted["TaskDefinitionArn"],
        launchType=wanted["LaunchType"],
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": network["Subnets"], "securityGroups": network["SecurityGroups"]}
        },
    )["tasks"]

    def seen() -> dict[str, Any]:
        described: dict[str, Any] = ecs.describe_tasks(cluster=target["Arn"], tasks=[task["taskArn"]])["tasks"][0]
        return described

    took = eventually(lambda: seen()["lastStatus"] == "STOPPED", WITHIN, f"the task of {rule} has ended")
    return took, next(one["exitCode"] for one in seen()["containers"] if one["name"] == rule)


def complete(estate: Estate) -> list[str]:
    listed = json.loads(estate.cli("backup", "list", "--json").stdout)["backups"]
    return [one["backup"] for one in listed if one["complete"]]


@pytest.fixture(scope="module")
def backup(estate: Estate, uploaded: Uploaded, journal: Journal) -> str:
    estate.put(KEY, TEXT)
    eventually(lambda: answers(estate), WITHIN, "the document is answered from")
    before = complete(estate)
    took, code = started_by(estate, "raglite-backup")
    assert code == 0
    journal.sections.setdefault("measures", {})["a backup by its task, s"] = round(took, 1)
    [made] = set(complete(estate)) - set(before)
    return made


def test_the_scheduled_task_makes_a_backup_that_is_whole(estate: Estate, backup: str) -> None:
    assert json.loads(estate.cli("backup", "verify", backup, "--deep", "--json").stdout)["whole"]


def test_the_weekly_task_removes_no_backup_whose_time_is_not_over(estate: Estate, backup: str) -> None:
    before = complete(estate)
    _, code = started_by(estate, "raglite-prune")
    assert code == 0
    assert complete(estate) == before


def test_a_document_that_was_deleted_comes_back_by_the_hand_of_who_may_restore_and_nothing_more(
    estate: Estate, backup: str
) -> None:
    estate.delete(KEY)
    eventually(lambda: not answers(estate), WITHIN, "the deleted document is no longer answered from")
    told = run(
        *(*CLI, "restore", "--document", KEY, "--backup", backup, "--json"),
        env=estate.environment | credentials(estate, "raglite-restore"),
    )
    assert json.loads(told.stdout)["whole"]
    eventually(lambda: answers(estate), WITHIN, "the document that came back is answered from")


def answers(estate: Estate) -> bool:
    [answer] = estate.ask(QUESTION)
    return any(one["document"]["key"] == KEY for one in answer["results"])


def credentials(estate: Estate, role: str) -> dict[str, str]:
    sts = client(estate, "sts")
    arn = f"arn:aws:iam::{sts.get_caller_identity()['Account']}:role/{role}"
    taken = sts.assume_role(RoleArn=arn, RoleSessionName=role)["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }
