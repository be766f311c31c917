"""What an account needs before anything else: a place for the state that nobody else reads, and who may deploy."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.infra.estate import MODULE, ROOT, Estate, statements, terraform
from tests.unit.infra.rules import access, storage

BOOTSTRAP = ROOT / "infra" / "bootstrap"
GITHUB = "token.actions.githubusercontent.com"
READING = ("dynamodb:GetItem", "dynamodb:Scan", "logs:GetLogEvents", "logs:StartQuery", "xray:BatchGetTraces")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    home = tmp_path_factory.mktemp("terraform")
    terraform(BOOTSTRAP, home, "init", "-backend=false", "-input=false", "-lockfile=readonly")
    return Estate.tested(BOOTSTRAP, home, "tests/account.tftest.hcl")


def test_the_states_bucket_keeps_every_rule_of_storage(account: Estate) -> None:
    rules = (*storage.RULES, access.wildcards_have_a_reason, access.nobody_is_let_in_from_elsewhere)
    assert [finding for rule in rules for finding in rule(account)] == []


@pytest.mark.parametrize(
    ("role", "environment"), [("raglite-plan", "production-plan"), ("raglite-deploy", "production")]
)
def test_a_role_is_taken_only_by_jobs_of_its_own_environment(account: Estate, role: str, environment: str) -> None:
    taken = {one["name"]: statements(one["assume_role_policy"]) for one in account.all("aws_iam_role").values()}
    [trust] = taken[role]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": f"repo:example/raglite:environment:{environment}",
        }
    }


def test_who_plans_reads_no_documents_no_questions_and_no_other_objects_than_the_state(account: Estate) -> None:
    denied = {s["Sid"]: s for s in account.identity_policies["raglite-plan"] if s["Effect"] == "Deny"}
    assert {*READING} <= {*denied["ReadNoDocumentsAndNoQuestions"]["Action"]}
    [bucket] = [one for name, one in account.all("aws_s3_bucket").items() if ".state." in f".{name}"]
    objects = denied["ReadNoObjectsButTheState"]
    assert objects["NotResource"] == f"{bucket['arn']}/*"
    assert {*objects["Action"]} == {"s3:GetObject", "s3:GetObjectVersion"}


def test_who_plans_writes_images_and_the_states_lock_and_nothing_else(account: Estate) -> None:
    allowed = [s for s in account.identity_policies["raglite-plan"] if s["Effect"] == "Allow"]
    changing = {
        s["Sid"] for s in allowed if any(re.search(r":(Put|Delete|Upload|Initiate|Complete)", a) for a in s["Action"])
    }
    assert changing == {"PushImages", "HoldTheLock"}
    [lock] = [s["Resource"] for s in allowed if s["Sid"] == "HoldTheLock"]
    assert lock.endswith("/*.tflock")


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_an_environments_state_lies_in_its_own_bucket_of_its_own_region(environment: str) -> None:
    place, variables = (_values(MODULE / "environments" / f"{environment}.{kind}") for kind in ("tfbackend", "tfvars"))
    assert place == {"bucket": f"raglite-state-{variables['bucket_suffix']}", "region": variables["region"]}


def test_the_state_is_locked_while_somebody_works_on_it() -> None:
    backend = re.search(r'backend "s3" \{(.+?)\}', (MODULE / "versions.tf").read_text(), re.DOTALL)
    assert backend
    assert "use_lockfile = true" in backend[1]
    assert "dynamodb_table" not in backend[1]


def test_both_roots_pin_the_same_provider() -> None:
    assert (BOOTSTRAP / ".terraform.lock.hcl").read_text() == (MODULE / ".terraform.lock.hcl").read_text()


def _values(path: Path) -> dict[str, Any]:
    return {
        name: json.loads(value) for name, value in re.findall(r'^(\w+)\s*=\s*(".*?")', path.read_text(), re.MULTILINE)
    }
