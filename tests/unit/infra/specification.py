"""The specification's own HCL, with what it lacks put in, fault by fault (tests/data/specification/mends.toml)."""

import json
import shutil
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.unit.infra.estate import MODULE, ROOT, Estate, terraform
from tests.unit.infra.rules.calls import called_by
from tests.unit.infra.rules.roles import DEAD_LETTERS, LAMBDA

DATA = ROOT / "tests" / "data" / "specification"
HCL = (DATA / "main.tf").read_text()
FUNCTION = (DATA / "ingestion_trigger.py.txt").read_text()
ROLES = ("lambda_exec", "task", "execution", "backup")
WHOLE, UNTOUCHED = "whole", "untouched"
PROVIDER = 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'


@dataclass(frozen=True)
class Mend:
    """One thing the HCL lacks, and who notices: `terraform validate` in some words, or one of our rules."""

    text: str
    fault: str = ""
    error: str = ""
    rule: str = ""
    instead_of: str = ""

    @property
    def name(self) -> str:
        """The fault as the name of a module."""
        return "".join(letter if letter.isalnum() else "_" for letter in self.fault)

    def applied(self, hcl: str) -> str:
        if not self.instead_of:
            return f"{hcl}\n{self.text}"
        return hcl.replace(self.instead_of.rstrip("\n"), self.text.rstrip("\n"))


MENDS = [Mend(**entry) for entry in tomllib.loads((DATA / "mends.toml").read_text())["mend"]]
REFUSED = [mend for mend in MENDS if mend.error]
REJECTED = [mend for mend in MENDS if mend.rule]


def mended(without: Mend | None = None) -> str:
    hcl = HCL
    for mend in MENDS:
        if mend is not without:
            hcl = mend.applied(hcl)
    return hcl


def errors(home: Path) -> dict[str, list[str]]:
    """What `terraform validate` says about the HCL as it is, whole, and without each mend of its own."""
    texts = {mend.name: mended(mend) for mend in REFUSED} | {WHOLE: mended(), UNTOUCHED: HCL}
    _root(home, texts)
    found = json.loads(terraform(home, home / ".terraform", "validate", "-json", ok=(0, 1)))
    said: dict[str, list[str]] = {name: [] for name in texts}
    for diagnostic in found["diagnostics"]:
        if diagnostic["severity"] == "error":
            module = Path(diagnostic["range"]["filename"]).parts[0]
            said[module].append(" ".join(f"{diagnostic['summary']} {diagnostic['detail']}".split()))
    return said


def estates(home: Path) -> dict[str, Estate]:
    """The estates of a mocked apply: the whole one, and one without each mend that a rule asks for."""
    texts = {mend.name: mended(mend) for mend in REJECTED} | {WHOLE: mended()}
    _root(home, texts)
    (home / "mocks").mkdir()
    shutil.copy(DATA / "aws.tfmock.hcl", home / "mocks")
    (home / "estates.tftest.hcl").write_text(_test(texts))
    applied = Estate.tested(home, home / ".terraform", "estates.tftest.hcl")
    calls = {"lambda-exec": {**LAMBDA, **DEAD_LETTERS, **called_by(FUNCTION)}}
    return {name: replace(applied.module(name), calls=calls) for name in texts}


def _root(home: Path, texts: Mapping[str, str]) -> None:
    """Lay out a root module that consists of one module for each text."""
    for name, text in texts.items():
        (home / name).mkdir(parents=True)
        (home / name / "main.tf").write_text(text)
    (home / "main.tf").write_text(
        PROVIDER + "\n".join(f'module "{name}" {{\n  source = "./{name}"\n}}\n' for name in texts)
    )
    shutil.copy(MODULE / ".terraform.lock.hcl", home)  # the same provider as ours
    with zipfile.ZipFile(home / "ingestion_trigger.zip", "w") as package:
        package.writestr("ingestion_trigger.py", FUNCTION)
    terraform(home, home / ".terraform", "init", "-input=false", "-lockfile=readonly")


def _test(texts: Mapping[str, str]) -> str:
    """Roles that must be told apart get ARNs of their own; everything else the mocks give."""
    arns = "".join(
        f"override_resource {{\n  target = module.{name}.aws_iam_role.{role}\n"
        f'  values = {{ arn = "arn:aws:iam::123456789012:role/{role}" }}\n}}\n'
        for name in texts
        for role in ROLES
    )
    return f'mock_provider "aws" {{\n  source = "./mocks"\n}}\n{arns}run "estates" {{\n}}\n'
