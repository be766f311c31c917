"""`raglite doctor`: try each thing that has to be right, and say what to do about those that are not."""

from collections.abc import Iterator
from typing import Literal

import typer
from pydantic import Field

from raglite.cli.checks import CHECKS, Check
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import Outside, outside
from raglite.cli.terminal import plain, stdout, styled
from raglite.errors import RagliteError
from raglite.model import Frozen

STYLES = {"ok": "green", "failed": "bold red", "skipped": "yellow"}


class Finding(Frozen):
    """What a check came to; of one that failed, what to do about it."""

    check: str
    outcome: Literal["ok", "failed", "skipped"]
    finding: str
    exit_code: int = Field(default=0, exclude=True)


def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Check settings, AWS, buckets, registry, model, index, service, API key, clock and disk.

    Changes nothing. The exit code is that of the first fault: 78 something is set wrongly, 75 something does not
    answer, 77 the API key is refused.
    """
    findings = list(examined(outside(ctx)))
    fault = next((finding for finding in findings if finding.outcome == "failed"), None)
    if as_json:
        print_json({"ok": fault is None, "checks": [finding.model_dump() for finding in findings]})
    else:
        _print(findings)
    if fault:
        raise typer.Exit(fault.exit_code)


def examined(reach: Outside) -> Iterator[Finding]:
    """Yield a finding for every check; one whose condition has failed is skipped."""
    bad: set[str] = set()
    for check in CHECKS:
        missing = next((name for name in check.needs if name in bad), None)
        if missing:
            found = Finding(check=check.name, outcome="skipped", finding=f"not before {missing} is right")
        else:
            found = _tried(check, reach)
        if found.outcome != "ok":
            bad.add(check.name)
        yield found


def _tried(check: Check, reach: Outside) -> Finding:
    try:
        return Finding(check=check.name, outcome="ok", finding=check.look(reach))
    except RagliteError as error:
        return Finding(check=check.name, outcome="failed", finding=str(error), exit_code=error.exit_code)
    except Exception as error:  # noqa: BLE001  what nobody foresaw is a finding too, and the other checks go on
        sentence = f"{type(error).__name__}: {error}"
        return Finding(check=check.name, outcome="failed", finding=sentence, exit_code=RagliteError.exit_code)


def _print(findings: list[Finding]) -> None:
    console = stdout()
    for finding in findings:
        line = styled(f"{finding.outcome:8}", STYLES[finding.outcome]).append(f"{finding.check:18}", style="default")
        console.print(line.append(plain(finding.finding), style="default"))
