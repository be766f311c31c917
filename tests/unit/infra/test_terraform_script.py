"""scripts/terraform: which program it runs, with which provider, and what it makes first."""

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Checkout:
    """A checkout with nothing in it but what the script touches, and a home with no settings."""

    root: Path

    @property
    def package(self) -> Path:
        return self.root / "build" / "lambda" / "ingestion_trigger.zip"

    def program(self, body: str) -> Path:
        path = self.root / "bin" / "terraform"
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {"PATH": os.environ["PATH"], "HOME": str(self.root), "PYTHON": sys.executable, **environment}
        script = self.root / "scripts" / "terraform"
        return subprocess.run([script, *arguments], env=given, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for name in ("scripts/terraform", "scripts/package_lambda.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "lambda", tmp_path / "lambda", ignore=shutil.ignore_patterns("__pycache__"))
    return Checkout(tmp_path)


def mirror(root: Path) -> Path:
    (root / "mirror" / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    return root / "mirror"


def test_the_program_that_is_named_gets_the_arguments_and_gives_the_exit_code(checkout: Checkout) -> None:
    program = checkout.program('echo "$@"; exit 2')
    done = checkout.run("plan", "-var", "a=b c", TERRAFORM=str(program))
    assert (done.returncode, done.stdout) == (2, "plan -var a=b c\n")


def test_the_program_on_the_path_is_found(checkout: Checkout) -> None:
    program = checkout.program("echo found")
    assert checkout.run("version", PATH=f"{program.parent}:{os.environ['PATH']}").stdout == "found\n"


def test_settings_that_exist_are_left_alone(checkout: Checkout) -> None:
    program = checkout.program('echo "$TF_CLI_CONFIG_FILE"')
    mine = checkout.root / "mine.tfrc"
    mine.touch()
    done = checkout.run("init", TERRAFORM=str(program), TF_CLI_CONFIG_FILE=str(mine), TF_PLUGIN_MIRROR="/nowhere")
    assert done.stdout == f"{mine}\n"


def test_a_persons_own_settings_are_left_alone(checkout: Checkout) -> None:
    program = checkout.program('echo "${TF_CLI_CONFIG_FILE-none}"')
    (checkout.root / ".terraformrc").touch()
    done = checkout.run("init", TERRAFORM=str(program), TF_PLUGIN_MIRROR=str(mirror(checkout.root)))
    assert done.stdout == "none\n"


def test_settings_that_are_missing_give_way_to_a_mirror(checkout: Checkout) -> None:
    program = checkout.program('cat "$TF_CLI_CONFIG_FILE"')
    place = mirror(checkout.root)
    done = checkout.run("init", TERRAFORM=str(program), TF_CLI_CONFIG_FILE="/nowhere", TF_PLUGIN_MIRROR=str(place))
    assert f'path    = "{place}"' in done.stdout


def test_without_a_mirror_the_registry_is_asked_and_a_failure_says_what_helps(checkout: Checkout) -> None:
    program = checkout.program('echo "${TF_CLI_CONFIG_FILE-none} $TF_PLUGIN_CACHE_DIR"; exit 1')
    nothing = program.with_name("find")  # so that this machine's own mirror, if it has one, stays out of sight
    nothing.symlink_to("/bin/true")
    path = f"{program.parent}:{os.environ['PATH']}"
    done = checkout.run("-chdir=infra", "init", PATH=path, TF_CLI_CONFIG_FILE="/nowhere")
    assert (done.returncode, done.stdout) == (1, f"none {checkout.root}/build/terraform/plugins\n")
    assert "TF_PLUGIN_MIRROR" in done.stderr


@pytest.mark.parametrize("named", ["{place}", "{place}/registry.terraform.io"])
def test_a_mirror_may_be_named_with_or_without_its_host(checkout: Checkout, named: str) -> None:
    program = checkout.program('cat "$TF_CLI_CONFIG_FILE"')
    place = mirror(checkout.root)
    done = checkout.run("init", TERRAFORM=str(program), TF_PLUGIN_MIRROR=named.format(place=place))
    assert f'path    = "{place}"' in done.stdout


def test_the_functions_package_is_there_before_the_program_runs(checkout: Checkout) -> None:
    program = checkout.program(f'test -s "{checkout.package}"')
    assert checkout.run("plan", TERRAFORM=str(program)).returncode == 0


def test_the_functions_package_has_the_same_bytes_whenever_it_is_made(checkout: Checkout) -> None:
    program = checkout.program("true")
    source = checkout.root / "lambda" / "ingestion_trigger.py"
    seen = []
    for moment in (1_000_000_000, 2_000_000_000):
        os.utime(source, (moment, moment))
        checkout.package.unlink(missing_ok=True)
        checkout.run("plan", TERRAFORM=str(program))
        seen.append(checkout.package.read_bytes())
    assert seen[0] == seen[1]


@pytest.mark.parametrize("file", ["ingestion_trigger.py", "tracing.py"])
def test_a_changed_function_is_packed_again(checkout: Checkout, file: str) -> None:
    program = checkout.program("true")
    source = checkout.root / "lambda" / file
    checkout.run("plan", TERRAFORM=str(program))
    source.write_text("changed = True\n")
    later = checkout.package.stat().st_mtime + 5
    os.utime(source, (later, later))
    checkout.run("plan", TERRAFORM=str(program))
    with zipfile.ZipFile(checkout.package) as package:
        assert package.read(file) == b"changed = True\n"


@pytest.mark.parametrize("name", ["ingestion_trigger", "canary"])
def test_a_function_is_packed_with_all_that_it_imports(checkout: Checkout, name: str) -> None:
    checkout.run("plan", TERRAFORM=str(checkout.program("true")))
    archive = checkout.package.with_name(f"{name}.zip")
    alone = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1"}
    called = f"import sys; sys.path.insert(0, {str(archive)!r}); import {name}; {name}.lambda_handler"
    done = subprocess.run([sys.executable, "-c", called], env=alone, capture_output=True, text=True, check=False)
    assert done.stderr == ""
