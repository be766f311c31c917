"""What each environment is told: everything that must be, nothing secret, and no laptop's values anywhere else."""

import re
from pathlib import Path

import pytest

from tests.unit.infra.estate import MODULE, ROOT, terraform

ENVIRONMENTS = MODULE / "environments"
SECRET = re.compile(r"(?i)\b\w*(password|secret|token|api_key|private_key)\w*\s*=\s*\"(?P<value>[^\"$]+)\"")
TESTS = "-test-directory=tests/environments"
READS_A_VALUE = re.compile(r'^(resource|data|ephemeral) "aws_secretsmanager_secret_version"', re.MULTILINE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("terraform")
    terraform(MODULE, made, "init", "-backend=false", "-input=false", "-lockfile=readonly", TESTS)
    return made


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_an_environments_values_are_accepted(environment: str, home: Path) -> None:
    values = (f"-var-file=environments/{environment}.tfvars", "-var=image_tag=0123abc")
    terraform(MODULE, home, "test", TESTS, *values)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_every_value_that_only_an_example_has_is_marked(environment: str) -> None:
    for kind in ("tfvars", "tfbackend"):
        lines = (ENVIRONMENTS / f"{environment}.{kind}").read_text().splitlines()
        unmarked = [line for line in lines if re.search(r"example|000000000000", line) and "# replace" not in line]
        assert unmarked == [], kind


def test_no_file_holds_a_secret() -> None:
    files = (path for path in (ROOT / "infra").rglob("*") if path.suffix in {".tf", ".tfvars", ".tfbackend"})
    assert [match[0] for path in files for match in SECRET.finditer(path.read_text())] == []


def test_what_looks_like_a_secret_would_be_found() -> None:
    assert SECRET.search('  qdrant_api_key = "0123456789"')


def test_terraform_reads_no_secrets_value_so_that_no_state_plan_or_output_holds_one() -> None:
    sources = [path.read_text() for path in (ROOT / "infra").rglob("*.tf")]
    assert [text for text in sources if READS_A_VALUE.search(text)] == []
