"""Holds what each role may do against what it did in a run of the twin: `python -m scripts.iam_table`.

Writes build/iam/: the run's decisions and the policies as they were, and both as a table with counts.
docs/reference/iam.md is the same table without them. A grant that no call needed is explained in
local/unused_grants.json, or Terraform should not give it.
"""

import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3

from local.twin.layout import HERE, ROOT
from local.twin.programs import DECISIONS

OUT = ROOT / "build" / "iam"
PAGE = ROOT / "docs" / "reference" / "iam.md"
REASONS = ROOT / "local" / "unused_grants.json"
ADMINISTRATOR = "administrator"
ON_PURPOSE = "refused-on-purpose"  # the session of calls that a test makes to see them refused
RANDOM = re.compile(r"(:key/|:secret:[\w/-]+-)[0-9a-f-]{6,36}(?=`)")
HEAD = """# What each role may do, and does

<!-- Written by `python -m scripts.iam_table` from a run of `make e2e`. -->

Every call of the run was judged by the policies that Terraform deploys (ADR 21), and none was refused. “used” means
that at least one call needed the permission; where none did, or not every run does, stands why it is given.
A permission that a service needs in the role's name counts where the emulator did what needs it: it is judged before.
Resources are those of the twin. Counts of the last run: build/iam/table.md.
"""

Decision = Mapping[str, Any]  # a line that the emulator writes: time, role, session, action, resource, refusal
Policies = Mapping[str, Sequence[Mapping[str, Any]]]  # statements by role


@dataclass(frozen=True)
class Grant:
    """One action of one statement of a role's policy."""

    role: str
    statement: str
    action: str
    resources: tuple[str, ...]

    def allows(self, action: str, resource: str) -> bool:
        """Whether it lets a call pass, conditions aside."""
        return fnmatchcase(action, self.action) and any(fnmatchcase(resource, one) for one in self.resources)


@dataclass(frozen=True)
class Reason:
    """Why permissions are given that a run does not need. With `rarely`, some runs do. `statements`: all if empty."""

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    because: str
    statements: tuple[str, ...] = ()
    rarely: bool = False

    def explains(self, grant: Grant) -> bool:
        """Whether it is about the grant."""
        meant = grant.role in self.roles and grant.statement in (self.statements or [grant.statement])
        return meant and any(fnmatchcase(grant.action, action) for action in self.actions)


@dataclass(frozen=True)
class Row:
    """A grant, how many calls of the run it let pass, and why it is given if that does not say it."""

    grant: Grant
    calls: int
    because: str


@dataclass(frozen=True)
class Table:
    """Everything that was granted or refused, and what contradicts the reasons."""

    rows: tuple[Row, ...]
    refused: tuple[Decision, ...]
    faults: tuple[str, ...]


def table(policies: Policies, decisions: Iterable[Decision], reasons: Sequence[Reason]) -> Table:
    """Hold grants against calls; refusals on purpose and the administrator's calls do not count."""
    ours = [one for one in decisions if one["role"] != ADMINISTRATOR and one["session"] != ON_PURPOSE]
    calls = Counter((one["role"], one["action"], one["resource"]) for one in ours if not one["refusal"])
    rows, faults = [], []
    for grant in grants_in(policies):
        count = sum(n for (role, *call), n in calls.items() if role == grant.role and grant.allows(*call))
        reason = next((one for one in reasons if one.explains(grant)), None)
        rows.append(Row(grant, count, reason.because if reason else ""))
        if not count and reason is None:
            faults.append(
                f"{grant.role} may {grant.action} ({grant.statement}), which no call needed and nothing explains."
            )
        if count and reason and not reason.rarely:
            faults.append(f"{grant.role} used {grant.action} ({grant.statement}), which is said not to be used.")
    idle = [reason for reason in reasons if not any(reason.explains(row.grant) for row in rows)]
    faults += [f"Nothing is granted that this would explain: {reason.because}" for reason in idle]
    return Table(tuple(rows), tuple(one for one in ours if one["refusal"]), tuple(faults))


def grants_in(policies: Policies) -> Iterator[Grant]:
    """Yield every action that a policy allows, in its order."""
    for role, statements in sorted(policies.items()):
        for statement in statements:
            if statement["Effect"] == "Allow":
                resources = tuple(_listed(statement["Resource"]))
                yield from (Grant(role, statement["Sid"], one, resources) for one in _listed(statement["Action"]))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def reasons_in(path: Path = REASONS) -> list[Reason]:
    """Read the reasons."""
    read: list[dict[str, Any]] = json.loads(path.read_text())
    return [_reason(**one) for one in read]


def _reason(roles: list[str], actions: list[str], statements: Sequence[str] = (), **more: Any) -> Reason:
    return Reason(tuple(roles), tuple(actions), statements=tuple(statements), **more)


def decisions_in(path: Path) -> list[Decision]:
    """Read a run's decisions, as far as they have been written."""
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def deployed(iam: Any) -> dict[str, list[Mapping[str, Any]]]:
    """Return the statements of every role's own policies; those that AWS keeps are not ours to judge."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for page in iam.get_paginator("list_roles").paginate():
        for role in (one["RoleName"] for one in page["Roles"]):
            names = iam.list_role_policies(RoleName=role)["PolicyNames"]
            documents = [
                iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in sorted(names)
            ]
            found[role] = [statement for document in documents for statement in document["Statement"]]
    return found


def page(made: Table) -> str:
    """Return docs/reference/iam.md: what is the same for every run, so without the ids that AWS draws by lot."""
    return RANDOM.sub(r"\1*", HEAD + "".join(_sections(made, lambda row: row.because or "used")))


def report(made: Table) -> str:
    """Return the table with this run's counts."""
    refused = [f"- {one['role']}: {one['action']} on {one['resource']}: {one['refusal']}\n" for one in made.refused]
    counted = _sections(made, lambda row: f"{row.calls}" + (f": {row.because}" if row.because else ""))
    return "# Calls of the run\n" + "".join([*counted, "\n## Refused\n\n", *(refused or ["none\n"])])


def _sections(made: Table, told: Any) -> Iterator[str]:
    for role in dict.fromkeys(row.grant.role for row in made.rows):
        yield f"\n## {role}\n\n| statement | action | on | in the run |\n|---|---|---|---|\n"
        for row in (one for one in made.rows if one.grant.role == role):
            where = "<br>".join(f"`{one}`" for one in row.grant.resources)
            yield f"| {row.grant.statement} | `{row.grant.action}` | {where} | {told(row)} |\n"


def write(made: Table, policies: Policies, decisions: Path, out: Path = OUT) -> None:
    """Leave the raw figures and both tables in a directory."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(decisions, out / "decisions.jsonl")
    (out / "policies.json").write_text(json.dumps(policies, indent=1))
    (out / "table.json").write_text(json.dumps(asdict(made), indent=1))
    (out / "table.md").write_text(report(made))


def main() -> int:
    """Write the tables and the page from the running twin; 1 if something was refused or is not explained."""
    policies, decisions = deployed(boto3.client("iam")), HERE.logs / DECISIONS
    made = table(policies, decisions_in(decisions), reasons_in())
    write(made, policies, decisions)
    PAGE.write_text(page(made))
    sys.stderr.writelines(f"{fault}\n" for fault in made.faults)
    used = sum(1 for row in made.rows if row.calls)
    print(f"{len(made.rows)} permissions, {used} used, {len(made.refused)} calls refused")
    return 1 if made.faults or made.refused else 0


if __name__ == "__main__":
    sys.exit(main())
