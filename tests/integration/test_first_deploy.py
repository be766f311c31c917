"""docs/how-to/deploy.md, followed: every block of it as it stands there, on an AWS account in which nothing is yet.

The account is the twin's, with tasks; its page says of some blocks that there is nothing to run them on there. A reader
replaces the example values by their own, and so does this: only the region is another.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.twin import estate
from local.twin.keys import keys_of
from local.twin.layout import Layout
from local.twin.ports import choose
from local.twin.roster import Roster
from tests.blocks import Block, commands
from tests.integration.estate import ROOT, run
from tests.person import Person

HOW_TO = ROOT / "docs" / "how-to"
DEPLOYING = commands(HOW_TO / "deploy.md")
ROTATING = commands(HOW_TO / "rotate-keys.md")
ON_AWS_ONLY = "# on AWS only\n"
PARTS = ("infra", "scripts", "lambda", "dashboards")
# ECS calls a deployment whose alarms it watches done after ten minutes more, which nobody waits for here.
UNWATCHED = """
named="--cluster raglite-cluster --service raglite-service"
aws ecs describe-services --cluster raglite-cluster --services raglite-service --output json \\
  --query 'services[0].deploymentConfiguration' |
  python3 -c 'import json, sys; had = json.load(sys.stdin); had["alarms"]["enable"] = False; print(json.dumps(had))' \\
    >unwatched.json
aws ecs update-service $named --deployment-configuration file://unwatched.json >/dev/null
"""
pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    if shutil.which("aws") is None:
        pytest.skip("there is no AWS CLI on PATH: `make first-deploy` brings one")
    home = tmp_path_factory.mktemp("account")
    checkout = _checkout(tmp_path_factory.mktemp("checkout"))
    layout = Layout(home)
    layout.make()
    roster = Roster(layout, ports=choose({}))
    twin = estate.Twin(layout, keys_of(layout), roster)
    made = twin.programs
    try:
        estate._start(twin, [made.qdrant(), made.xray(), made.autoscaling(), made.engine()])
        estate._start(twin, [made.emulator(with_tasks=True)])
        environment = {name: os.environ[name] for name in ("HOME", "PATH")} | made.aws_environment()
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            environment.pop(name, None)  # the page has to say it
        environment |= {"TF_CLI_ARGS": "-no-color", "BALANCER": f"{made.url('aws')}/_alb/raglite"}
        typed = {"$variables -target": "yes\n", "bootstrap apply": "yes\n", "read -rs": twin.keys.qdrant_api_key + "\n"}
        person = Person.at(checkout, environment, typed)
        yield person
        person.leaves()
    finally:
        roster.stop()


def _checkout(folder: Path) -> Path:
    for part in PARTS:
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "__pycache__")
        )
    for path in (folder / "infra" / "terraform" / "environments").glob("staging.*"):
        path.write_text(path.read_text().replace("eu-central-1", "us-east-1"))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    run(sys.executable, "-m", "scripts.sample_corpus", "--out", str(folder / "sample"))
    shutil.copy(next((folder / "sample").glob("*.pdf")), folder / "report.pdf")
    return folder


@pytest.mark.parametrize("block", DEPLOYING, ids=str)
def test_every_block_of_the_page_does_what_it_says(person: Person, block: Block) -> None:
    if block.text.startswith(ON_AWS_ONLY):
        pytest.skip(f"{block.step}: on AWS only")
    if "raglite query" in block.text:
        person.does("export RAGLITE_API_URL=$BALANCER")  # the load balancer has no name here
    said = person.does(block.text.replace("eu-central-1", "us-east-1"))
    print(said[-3000:])


def test_two_tasks_answer_for_the_account(person: Person) -> None:
    said = person.does("aws ecs describe-services --cluster raglite-cluster --services raglite-service --output json")
    [service] = json.loads(said)["services"]
    assert (service["runningCount"], service["desiredCount"]) == (2, 2)


def test_the_answer_cites_the_report_that_was_uploaded(person: Person) -> None:
    assert any("report.pdf" in said and "searchable" in said for said in person.seen)
    assert "report.pdf" in person.does('.venv/bin/raglite query --json "What was the revenue?"')


@pytest.mark.parametrize("block", ROTATING, ids=str)
def test_a_key_is_replaced_while_the_service_answers(person: Person, block: Block) -> None:
    if "--force-new-deployment" in block.text:
        person.does(UNWATCHED)
    person.does(block.text)
    for key in ("$api_key", "$key"):  # the one there was, and the one that was made here
        ask = f'RAGLITE_API_KEY="{key}" .venv/bin/raglite query --json "What was the revenue?"'
        # A new key works within five seconds of its first use.
        said = person.does(f"for second in 1 2 3 4 5 6; do ! {ask} || break; sleep 1; done")
        assert "report.pdf" in said


def test_the_state_is_encrypted_and_versioned(person: Person) -> None:
    where = '--bucket "raglite-state-$SUFFIX"'
    head = json.loads(person.does(f"aws s3api head-object {where} --key raglite.tfstate --output json"))
    assert head["ServerSideEncryption"] == "aws:kms"
    listed = json.loads(person.does(f"aws s3api list-object-versions {where} --prefix raglite.tfstate --output json"))
    assert len([version for version in listed["Versions"] if version["Key"] == "raglite.tfstate"]) > 1


def test_neither_state_nor_plan_holds_a_secret(person: Person) -> None:
    person.does('aws s3 cp "s3://raglite-state-$SUFFIX/raglite.tfstate" state.json')
    person.does('terraform show -json "../../build/plan/$ENVIRONMENT.tfplan" >plan.json')
    for name in ("state.json", "plan.json"):
        assert "raglite/api-keys" in (person.folder / name).read_text()
        secrets = '-e "$api_key" -e "$canary_key" -e "$qdrant_key" -e "$(hash_of "$api_key")"'
        assert person.does(f"grep -cF {secrets} {name} || true").strip() == "0"


def test_while_somebody_applies_nobody_else_can(person: Person) -> None:
    lock = '--bucket "raglite-state-$SUFFIX" --key raglite.tfstate.tflock'
    (person.folder / "lock").write_text(json.dumps({"ID": "1", "Operation": "Apply", "Who": "somebody@elsewhere"}))
    person.does(f"aws s3api put-object {lock} --body lock >/dev/null")
    said = person.does("terraform plan $variables || echo refused")
    person.does(f"aws s3api delete-object {lock} >/dev/null")
    assert said.rstrip().endswith("refused")
    assert "Error acquiring the state lock" in said
    assert "somebody@elsewhere" in said
