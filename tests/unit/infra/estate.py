"""The estate that Terraform would build, read from the state of a mocked apply: nothing is unknown, nobody is asked."""

import fnmatch
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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
    """Every resource's values by its address; beside them, by role, the IAM actions that its code needs and where."""

    resources: Mapping[str, Values]
    calls: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    folder: Path = MODULE  # that paths in it are seen from

    @classmethod
    def applied(cls, home: Path) -> "Estate":
        """Our own estate."""
        terraform(MODULE, home, "init", "-backend=false", "-input=false", "-lockfile=readonly")
        return cls.tested(MODULE, home, "tests/estate.tftest.hcl")

    @classmethod
    def tested(cls, folder: Path, home: Path, test: str) -> "Estate":
        """What the one run of a Terraform test leaves."""
        output = terraform(folder, home, "test", "-json", "-verbose", f"-filter={test}")
        events = [json.loads(line) for line in output.splitlines()]
        state = next(event["test_state"] for event in events if event.get("type") == "test_state")
        resources = {resource["address"]: resource["values"] for resource in _managed(state["root_module"])}
        return cls(resources, folder=folder)

    def __getitem__(self, address: str) -> Values:
        return self.resources[address]

    def kind(self, kind: str) -> dict[str, Values]:
        """The resources of a type, by address."""
        return {address: values for address, values in self.resources.items() if f".{kind}." in f".{address}"}

    def all(self, kind: str) -> dict[str, Values]:
        """The resources of a type, of which there must be some."""
        found = self.kind(kind)
        assert found, f"no {kind} in the estate"
        return found

    def module(self, name: str) -> "Estate":
        """What one module holds, with addresses as it sees them."""
        prefix = f"module.{name}."
        inside = {a.removeprefix(prefix): values for a, values in self.resources.items() if a.startswith(prefix)}
        return replace(self, resources=inside)

    @cached_property
    def identity_policies(self) -> dict[str, list[Statement]]:
        """What each role may do, by the role's name."""
        ids = {role["id"]: role["name"] for role in self.kind("aws_iam_role").values()}
        found: dict[str, list[Statement]] = {name: [] for name in ids.values()}
        for policy in self.kind("aws_iam_role_policy").values():
            role = policy["role"]
            found[ids.get(role, role)] += statements(policy["policy"])
        return found

    def may(self, role: str, action: str, resource: str) -> bool:
        """Whether the role's own policies allow the action on the resource, conditions aside."""
        return any(
            statement["Effect"] == "Allow"
            and matches(statement["Action"], action)
            and matches(statement["Resource"], resource)
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


def named(bucket: Values) -> set[str]:
    """By what other resources refer to a bucket: on AWS both are the same, in a mocked apply they differ."""
    return {bucket["id"], bucket["bucket"]}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def matches(patterns: str | list[str], value: str) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in listed(patterns))


def _managed(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (resource for resource in module.get("resources", ()) if resource["mode"] == "managed")
    for child in module.get("child_modules", ()):
        yield from _managed(child)
