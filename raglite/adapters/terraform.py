"""Terraform, run by the words that a setting gives it."""

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from raglite.errors import DependencyUnavailable

CHDIR = "-chdir="
CHANGES = 2  # the exit code of `plan -detailed-exitcode` where there are some
SHOWN = 1500  # characters of what it said
GENERATION = re.compile(r'\["\d+"\]')  # of a resource there is one of for each generation


class Terraform:
    """Infrastructure. `variables` are files of variables; the last, JSON, keeps what is applied."""

    def __init__(self, words: Sequence[str], variables: Sequence[str]) -> None:
        self._words = tuple(words)
        self._kept = Path(variables[-1])
        self._files = tuple(f"-var-file={path}" for path in variables)
        self._folder = next((Path(one.removeprefix(CHDIR)) for one in words if one.startswith(CHDIR)), Path())

    def outputs(self) -> Mapping[str, Any]:
        """Return what the estate says of itself."""
        told = json.loads(self._run("output", "-json"))
        return {name: one["value"] for name, one in told.items()}

    def apply(self, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the estate what is declared, with these variables from now on, and return the outputs."""
        if variables:
            before = json.loads(self._kept.read_text())
            self._kept.write_text(json.dumps(_merged(before, variables), indent=1))
        self._run("apply", "-auto-approve", "-input=false", "-parallelism=40", *self._files)
        return self.outputs()

    def drift(self) -> frozenset[str]:
        """Return what another plan would change, a line each; generations of a store are not told apart."""
        plan = self._folder / "drill.tfplan"
        try:
            self._run("plan", "-detailed-exitcode", "-input=false", f"-out={plan.name}", *self._files, ok=(0, CHANGES))
            changes = json.loads(self._run("show", "-json", plan.name)).get("resource_changes", ())
        finally:
            plan.unlink(missing_ok=True)
        return frozenset(line for one in changes if (line := _line(one)))

    def _run(self, *arguments: str, ok: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [*self._words, *arguments],
            env={**os.environ, "TF_IN_AUTOMATION": "1", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in ok:
            said = done.stderr.strip()[-SHOWN:]
            raise DependencyUnavailable("Terraform", f"`{arguments[0]}` ended with {done.returncode}: {said}")
        return done.stdout


def _merged(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return variables with others added; of an object only the fields that are given are replaced."""
    of_objects = {
        name: {**before[name], **value}
        for name, value in more.items()
        if isinstance(value, dict) and isinstance(before.get(name), dict)
    }
    return {**before, **more, **of_objects}


def _line(change: Mapping[str, Any]) -> str:
    """Return a change as address, actions and attributes; empty if it is none."""
    told = change["change"]
    if told["actions"] in (["no-op"], ["read"]):
        return ""
    before, after, unknown = (told.get(name) or {} for name in ("before", "after", "after_unknown"))
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    names |= {name for name in unknown if unknown[name]}
    changed = sorted(names) if before and after else []
    return " ".join([GENERATION.sub('["N"]', change["address"]), "/".join(told["actions"]), *changed])
