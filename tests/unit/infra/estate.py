"""The estate that Terraform would build, read from the state of a mocked apply: nothing is unknown, nobody is asked."""

import fnmatch
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULE = ROOT / "infra" / "terraform"
OUT_OF_REACH = ("Failed to query available provider packages", "No matching distribution found")

Values = Mapping[str, Any]
Statement = Mapping[str, Any]


def terraform(folder: Path, home: Path, *arguments: str, ok: tuple[int, ...] = (0,)) -> str:
    """Run Terraform with its working files in `home`; skip where it or its provider cannot be had."""
    done = subprocess.run(
        [ROOT / "scripts" / "terraform", f"-chdir={folder}", *arguments],
        env={**os.environ, "TF_DATA_DIR": str(home), "NO_COLOR": "1", "TF_CLI_ARGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in ok and any(reason in done.stdout + done.stderr for reason in OUT_OF_REACH):
        pytest.skip(f"no Terraform or no AWS provider on this machine: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode in ok, f"terraform {' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@dataclass(frozen=True)
class Estate:
    """Every resource's values by its address."""

    resources: Mapping[str, Values]

    @classmethod
    def applied(cls, home: Path) -> "Estate":
        terraform(MODULE, home, "init", "-backend=false", "-input=false", "-lockfile=readonly")
        output = terraform(MODULE, home, "test", "-json", "-verbose", "-filter=tests/estate.tftest.hcl")
        events = [json.loads(line) for line in output.splitlines()]
        state = next(event["test_state"] for event in events if event.get("type") == "test_state")
        return cls({resource["address"]: resource["values"] for resource in _managed(state["root_module"])})

    def __getitem__(self, address: str) -> Values:
        return self.resources[address]

    def all(self, kind: str) -> dict[str, Values]:
        """Every resource of a type, by address."""
        found = {address: values for address, values in self.resources.items() if f".{kind}." in f".{address}"}
        assert found, f"no {kind} in the estate"
        return found

    @cached_property
    def identity_policies(self) -> dict[str, list[Statement]]:
        """What each role may do, by the role's name."""
        ids = {role["id"]: role["name"] for role in self.all("aws_iam_role").values()}
        found: dict[str, list[Statement]] = {name: [] for name in ids.values()}
        for policy in self.all("aws_iam_role_policy").values():
            role = policy["role"]
            found[ids.get(role, role)] += statements(policy["policy"])
        return found

    def may(self, role: str, action: str, resource: str) -> bool:
        """Whether the role's own policies allow the action on the resource, conditions aside."""
        return any(
            matches(statement["Action"], action) and matches(statement["Resource"], resource)
            for statement in self.identity_policies[role]
        )

    def private_subnets(self) -> list[Values]:
        """The subnets that tasks run in."""
        return [values for address, values in self.all("aws_subnet").items() if ".private[" in address]

    def container(self, family: str, name: str) -> Values:
        """One container of a task definition."""
        task = next(task for task in self.all("aws_ecs_task_definition").values() if task["family"] == family)
        return next(one for one in json.loads(task["container_definitions"]) if one["name"] == name)


def environment(container: Values) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container["environment"]}


def statements(policy: str) -> list[Statement]:
    return list(json.loads(policy)["Statement"])


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def matches(patterns: str | list[str], value: str) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in listed(patterns))


def _managed(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (resource for resource in module.get("resources", ()) if resource["mode"] == "managed")
    for child in module.get("child_modules", ()):
        yield from _managed(child)
