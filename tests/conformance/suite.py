"""MCP's official conformance suite, run from npm, and what it said."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.nodes import node

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "conformance"
SUITE = HOME / "node_modules" / "@modelcontextprotocol" / "conformance"
REVISIONS = ("2025-11-25", "2026-07-28")
SECONDS = 300
_RESULT = re.compile(r"^[✓✗] (?P<name>\S+): (?P<passed>\d+) passed, (?P<failed>\d+) failed$", re.MULTILINE)
_UNSCORED = re.compile(r"^  [✓✗] (?P<name>\S+) \((?P<why>[\w-]+)\)$", re.MULTILINE)


INTRODUCTION = """# What MCP's conformance suite finds

<!-- Written by `make conformance`. -->

`make conformance` runs `@modelcontextprotocol/conformance` {version}, both requirement sets, against two replicas that
take turns request by request behind the twin's load balancer. The application, its middleware, its key check and its
limits are the product's. What the suite asks a server to have (tools that send images, speak with their caller, and so
on) are fixtures beside our own tools, in `tests/conformance`. So are sessions, which the product does not keep: a
session's id names the replica that began it, and the other hands on what belongs to it. So is the API key, which the
suite cannot present: a replica adds it to what comes through the load balancer without one.

{parts}"""


@dataclass(frozen=True)
class Scenario:
    """What became of one; `why` it is not required, None if it is."""

    name: str
    passed: int
    failed: int
    why: str | None

    @property
    def holds(self) -> bool:
        return self.failed == 0 and (self.passed > 0 or self.why is not None)


def _suite(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [node(HOME), str(SUITE / "dist" / "index.js"), *arguments]
    return subprocess.run(
        command, cwd=HOME, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def required(revision: str) -> tuple[str, ...]:
    """Return the scenarios that a revision requires of servers, as the suite lists them."""
    listed = _suite("list", "--server", "--requirements", revision).stdout
    servers = listed.partition("Server scenarios")[2].partition("Client scenarios")[0]
    return tuple(re.findall(r"^  - (\S+)$", servers, re.MULTILINE))


def ran(revision: str, url: str) -> tuple[int, tuple[Scenario, ...]]:
    """Run what a revision requires against a server; return the suite's exit code and what became of each scenario."""
    done = _suite("server", "--url", url, "--requirements", revision, "-o", f"results-{revision}")
    (HOME / f"{revision}.log").write_text(done.stdout + done.stderr)
    unscored = {one["name"]: one["why"] for one in _UNSCORED.finditer(done.stdout)}
    found = (
        Scenario(one["name"], int(one["passed"]), int(one["failed"]), unscored.get(one["name"]))
        for one in _RESULT.finditer(done.stdout)
    )
    return done.returncode, tuple(found)


def version() -> str:
    """Return the suite's version."""
    found = re.search(r'"version":\s*"([^"]+)"', (SUITE / "package.json").read_text())
    assert found
    return found[1]


def page(results: Mapping[str, Sequence[Scenario]]) -> str:
    """Return the report that is published."""
    parts = [_part(revision, scenarios) for revision, scenarios in results.items()]
    return INTRODUCTION.format(version=version(), parts="\n".join(parts))


def _part(revision: str, scenarios: Sequence[Scenario]) -> str:
    scored = [one for one in scenarios if one.why is None]
    rows = "\n".join(_row(one) for one in scenarios)
    return f"""## {revision}

{sum(one.holds for one in scored)} of {len(scored)} required scenarios pass.

| scenario | checks passed | failed | |
|---|---|---|---|
{rows}
"""


def _row(one: Scenario) -> str:
    told = "required" if one.why is None else f"not required: {one.why}"
    return f"| {one.name} | {one.passed} | {one.failed} | {told} |"
