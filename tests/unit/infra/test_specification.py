"""The specification's own HCL, kept to show why ours differs."""

import json
import shutil
from pathlib import Path

from tests.unit.infra.estate import MODULE, ROOT, terraform


def test_the_specifications_hcl_does_not_validate(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "data" / "specification.tf", tmp_path)
    shutil.copy(MODULE / ".terraform.lock.hcl", tmp_path)  # the same provider as ours
    home = tmp_path / ".terraform"
    terraform(tmp_path, home, "init", "-input=false", "-lockfile=readonly")
    found = json.loads(terraform(tmp_path, home, "validate", "-json", ok=(1,)))
    errors = [diagnostic for diagnostic in found["diagnostics"] if diagnostic["severity"] == "error"]
    undeclared = {error["detail"].split('"')[1] for error in errors if "undeclared resource" in error["summary"]}
    assert undeclared == {"aws_sns_topic", "aws_ecs_task_definition", "aws_lb_target_group", "aws_iam_role"}
    assert [error["detail"] for error in errors if error["summary"] == "Missing required argument"] == [
        'The argument "iam_role_arn" is required, but no definition was found.'
    ]
    assert len(errors) == 7
