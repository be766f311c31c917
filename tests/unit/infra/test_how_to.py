"""docs/how-to/deploy.md, as far as it goes without an account; tests/integration/test_first_deploy.py has all of it."""

import os
import re
import subprocess
import sys

from tests.unit.infra.estate import ROOT, Estate

PAGE = (ROOT / "docs" / "how-to" / "deploy.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_after_the_first_block_every_program_knows_the_region() -> None:
    asks = f"'{sys.executable}' -c 'import boto3; print(boto3.client(\"ecr\").meta.region_name)'; echo $AWS_REGION"
    shell = subprocess.run(
        ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", f"{BLOCKS[0]}\n{asks}"],
        env={"PATH": os.environ["PATH"], "AWS_CONFIG_FILE": os.devnull, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout.split() == ["eu-central-1", "eu-central-1"]


def test_everything_is_committed_before_images_are_built_and_pushed_images_are_deployed_by_digest() -> None:
    order = [
        PAGE.index(step)
        for step in ("Commit both", "make image push", "pushed.tfvars.json", "terraform plan $variables")
    ]
    assert order == sorted(order)


def test_no_init_changes_a_lock_file_and_with_it_the_commit_that_images_are_built_from() -> None:
    begun = re.findall(r"^.*terraform.* init .*$", PAGE, re.MULTILINE)
    assert len(begun) == 2
    assert [line for line in begun if "-lockfile=readonly" not in line] == []


def test_both_environments_are_for_main_alone() -> None:
    [last] = re.findall(r"^## 10\..+", PAGE, re.MULTILINE | re.DOTALL)
    assert "*Deployment branches and tags*" in last
    assert "add the branch `main`" in last


def test_what_is_made_first_is_there_under_the_address_that_the_page_names(estate: Estate) -> None:
    targets = re.findall(r"-target=(\S+)", PAGE)
    assert len(targets) == 4
    assert [one for one in targets if not any(address.startswith(one) for address in estate.resources)] == []
