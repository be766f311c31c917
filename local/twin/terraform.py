"""Runs the real root module: the same files by links, with its state in the twin's home instead of a bucket."""

import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.files import write_json
from local.twin.layout import ROOT, TwinError, read_json

ROOT_MODULE = ROOT / "infra" / "terraform"
PROGRAM = ROOT / "scripts" / "terraform"
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
STATE = "terraform.tfstate"
GENERATIONS = "generations.auto.tfvars.json"  # Terraform reads it by itself: what a drill or a person has switched
KEPT = {".terraform", STATE, f"{STATE}.backup", GENERATIONS}
VALUES = "environments/local.tfvars"
VARIABLES = f"-var-file={VALUES}"
CHANGES = 2  # the exit code of `plan -detailed-exitcode` when there are some
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "PYTHON", "TERRAFORM", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Terraform:
    """Terraform in `folder`, talking to AWS as `aws` says and to no other; its output goes to `log`."""

    folder: Path
    log: Path
    aws: Mapping[str, str]

    @property
    def prepared(self) -> bool:
        """Whether the folder can be planned in."""
        return (self.folder / ".terraform").is_dir()

    @property
    def generations(self) -> Path:
        """The file of variables that may be changed while the twin runs."""
        return self.folder / GENERATIONS

    @property
    def command(self) -> list[str]:
        """What runs Terraform here, but for verbs and variables."""
        return [str(PROGRAM), f"-chdir={self.folder}"]

    def forget(self) -> None:
        """Drop the state: what it describes is gone."""
        (self.folder / STATE).unlink(missing_ok=True)
        self.go_back()

    def go_back(self) -> None:
        """Give up what was switched: a fresh estate has its first generation only."""
        if self.folder.is_dir():
            write_json(self.generations, {})

    def switch(self, variables: Mapping[str, Any]) -> None:
        """Set variables from now on, beside those that were set before."""
        write_json(self.generations, {**read_json(self.generations), **variables})

    def prepare(self) -> None:
        """Link the root module's files into the folder as they are now, and initialise it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for entry in self.folder.iterdir():
            if entry.name not in KEPT:
                entry.unlink()
        for source in ROOT_MODULE.iterdir():
            if source.name not in KEPT and source.name != "tests":
                (self.folder / source.name).symlink_to(os.path.relpath(source, self.folder))
        (self.folder / "backend_override.tf").write_text(BACKEND)
        self.switch({})
        self._run("init", "-input=false", "-lockfile=readonly")

    def apply(self) -> None:
        """Make the estate what the files say."""
        self._run("apply", "-auto-approve", "-input=false", "-parallelism=40", VARIABLES)

    def outputs(self) -> dict[str, Any]:
        """Return the root module's outputs by name, as whoever applied last has left them; none without a state."""
        return {name: output["value"] for name, output in read_json(self.folder / STATE).get("outputs", {}).items()}

    def plan(self) -> dict[str, Any]:
        """Plan once more and return the plan as JSON; an empty one without changes is one too."""
        self._run("plan", "-detailed-exitcode", "-input=false", "-out=second.tfplan", VARIABLES, ok={0, CHANGES})
        plan: dict[str, Any] = json.loads(self._run("show", "-json", "second.tfplan"))
        (self.folder / "second.tfplan").unlink()
        return plan

    def _run(self, *arguments: str, ok: frozenset[int] | set[int] = frozenset({0})) -> str:
        own = {
            name: value for name, value in os.environ.items() if name in INHERITED or name.startswith("TF_CLI_CONFIG")
        }
        mirrors = {name: value for name, value in os.environ.items() if name.startswith("TF_PLUGIN")}
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=ROOT,
            env=own | mirrors | {"TF_IN_AUTOMATION": "1", "NO_COLOR": "1"} | dict(self.aws),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        with self.log.open("a") as log:
            log.write(f"\n$ terraform {' '.join(arguments)}  # {time.strftime('%H:%M:%S')}, exit {done.returncode}\n")
            log.write(("" if arguments[0] == "show" else done.stdout) + done.stderr)
        if done.returncode not in ok:
            raise TwinError(
                f"terraform {arguments[0]} failed; all of it is in {self.log}.\n{done.stderr[-4000:].strip()}"
            )
        return done.stdout
