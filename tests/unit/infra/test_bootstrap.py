"""What an account needs before anything else: a place for the state that nobody else reads, and who may deploy."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.unit.infra.estate import MODULE, ROOT, Estate, Statement, listed, matches, statements, terraform
from tests.unit.infra.rules import access, storage

BOOTSTRAP = ROOT / "infra" / "bootstrap"
GITHUB = "token.actions.githubusercontent.com"
DEPLOYING = ("raglite-plan", "raglite-deploy")
HOLDING = {"dynamodb", "logs", "sqs", "xray"}
HARMLESS = [
    *(f"{service}:{verb}*" for service in HOLDING for verb in ("Describe", "List")),
    *("logs:Stop*", "logs:TestMetricFilter", "sqs:Get*", "xray:CancelTraceRetrieval"),
]
# By the beginning of a resource's type; whatever begins otherwise is EC2's.
PREFIXES = {
    "appautoscaling": "application-autoscaling",
    "backup": "backup",
    "cloudwatch_event": "events",
    "cloudwatch_log": "logs",
    "cloudwatch": "cloudwatch",
    "dynamodb": "dynamodb",
    "ecr": "ecr",
    "ecs": "ecs",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda",
    "lb": "elasticloadbalancing",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    home = tmp_path_factory.mktemp("terraform")
    terraform(BOOTSTRAP, home, "init", "-backend=false", "-input=false", "-lockfile=readonly")
    return Estate.tested(BOOTSTRAP, home, "tests/account.tftest.hcl")


def test_the_states_bucket_keeps_every_rule_of_storage(account: Estate) -> None:
    rules = (*storage.RULES, access.wildcards_have_a_reason, access.nobody_is_let_in_from_elsewhere)
    found = [finding for rule in rules for finding in rule(account)]
    assert [finding for finding in found if not finding.startswith("raglite-deploy may ")] == []  # see below


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


@pytest.mark.parametrize("role", DEPLOYING)
def test_who_deploys_reads_no_documents_no_questions_no_secrets_and_no_objects_but_the_state(
    account: Estate, role: str
) -> None:
    [content, objects] = [s for s in account.identity_policies[role] if s["Sid"].startswith("ReadNo")]
    assert (content["Effect"], content["Resource"]) == ("Deny", "*")
    assert [action for action in reading() if not matches(content["Action"], action)] == []
    assert (objects["Effect"], objects["Action"]) == ("Deny", "s3:GetObject*")
    assert objects["NotResource"] == f"{account['module.state.aws_s3_bucket.private']['arn']}/*"


def reading() -> list[str]:
    """What AWS's ReadOnlyAccess grants on services that hold content, but for what only describes and lists."""
    policy = json.loads(aws_managed_policies_data)["ReadOnlyAccess"]["Document"]
    granted = {action for statement in policy["Statement"] for action in listed(statement["Action"])}
    found = [action for action in granted if action.partition(":")[0] in HOLDING and not matches(HARMLESS, action)]
    assert len(found) > len(HOLDING)
    return [*found, "secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"]


def test_who_plans_writes_images_and_the_states_lock_and_nothing_else(account: Estate) -> None:
    allowed = [s for s in account.identity_policies["raglite-plan"] if s["Effect"] == "Allow"]
    changing = {
        s["Sid"] for s in allowed if any(re.search(r":(Put|Delete|Upload|Initiate|Complete)", a) for a in s["Action"])
    }
    assert changing == {"PushImages", "HoldTheLock"}
    [lock] = [s["Resource"] for s in allowed if s["Sid"] == "HoldTheLock"]
    assert lock.endswith("/*.tflock")


def test_who_applies_may_use_the_services_that_the_estate_is_built_of_and_no_others(
    account: Estate, estate: Estate
) -> None:
    types = {found[1] for address in estate.resources if (found := re.search(r"\baws_(\w+)\.", address))}
    needed = {service(one) for one in types} - {"iam"}
    [built] = granted(account, "BuildTheEstate")
    assert {*built["Action"]} == {f"{one}:*" for one in needed | {"backup-storage"}}  # a vault needs the last


def test_who_applies_makes_the_estates_roles_and_hands_them_to_the_services_they_are_for(
    account: Estate, estate: Estate
) -> None:
    [made], [handed], [attached] = (
        granted(account, sid) for sid in ("MakeItsRoles", "HandOverItsRoles", "AttachWhatAwsWritesForBackups")
    )
    roles = estate.all("aws_iam_role").values()
    assert made["Resource"] == handed["Resource"] == "arn:aws:iam::123456789012:role/raglite-*"
    assert [role["name"] for role in roles if not role["name"].startswith("raglite-")] == []
    trusted = {statements(role["assume_role_policy"])[0]["Principal"].get("Service") for role in roles}
    assert {*handed["Condition"]["StringEquals"]["iam:PassedToService"]} == trusted - {None}
    for one in estate.all("aws_iam_role_policy_attachment").values():
        assert matches(attached["Condition"]["ArnLike"]["iam:PolicyARN"], one["policy_arn"])
        assert attached["Resource"].endswith(f"/{one['role']}")


def test_who_applies_can_change_neither_who_deploys_nor_where_the_state_lies_nor_a_secrets_value(
    account: Estate,
) -> None:
    denied = [s for s in account.identity_policies["raglite-deploy"] if s["Effect"] == "Deny"]

    def refused(action: str, resource: str) -> bool:
        return any(matches(s["Action"], action) and matches(s.get("Resource", ()), resource) for s in denied)

    bucket, key = account["module.state.aws_s3_bucket.private"]["arn"], account["aws_kms_key.state"]["arn"]
    for role in DEPLOYING:
        assert refused("iam:PutRolePolicy", f"arn:aws:iam::123456789012:role/{role}")
    assert all(
        refused(action, bucket) for action in ("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutBucketVersioning")
    )
    assert all(refused(action, key) for action in ("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy"))
    assert refused("secretsmanager:PutSecretValue", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a")


def test_only_who_plans_has_a_policy_that_aws_writes(account: Estate) -> None:
    [attached] = account.all("aws_iam_role_policy_attachment").values()
    assert (attached["role"], attached["policy_arn"]) == ("raglite-plan", "arn:aws:iam::aws:policy/ReadOnlyAccess")


def granted(account: Estate, sid: str) -> list[Statement]:
    policy = account.identity_policies["raglite-deploy"]
    return [statement for statement in policy if (statement["Effect"], statement["Sid"]) == ("Allow", sid)]


def service(kind: str) -> str:
    return next((prefix for name, prefix in PREFIXES.items() if kind.startswith(f"{name}_") or kind == name), "ec2")


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
