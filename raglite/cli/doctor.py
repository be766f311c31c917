"""`raglite doctor`: try each thing that has to be right, and say what to do about those that are not."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import typer
from pydantic import Field

from raglite.cli.checks import CHECKS
from raglite.cli.checks.check import Check, Found, fault
from raglite.cli.checks.faults import KINDS, Fault
from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import Outside, outside
from raglite.cli.terminal import plain, stdout, styled, tabulated
from raglite.errors import RagliteError, TransientError
from raglite.model import Frozen
from raglite.ports.setup import CredentialsRefused, Unseen
from raglite.settings import Settings

PATIENCE = 20.0  # seconds for one check: the model may have to be read from a slow disk
WIDTHS = {"outcome": 7, "check": 16, "finding": 0}  # columns, so that rows stand below each other
STYLES = {"ok": "green", "failed": "bold red", "skipped": "yellow"}


class Finding(Frozen):
    """What a check came to; of one that failed, the fault's code and what puts it right."""

    check: str
    outcome: Literal["ok", "failed", "skipped"]
    finding: str
    code: Fault | None = None
    fix: str | None = None
    exit_code: int = Field(default=Exit.DONE, exclude=True)


class _Blanks(dict[str, Any]):
    """What a fix names and nobody knows is left to whoever reads it, in capitals."""

    def __missing__(self, name: str) -> str:
        return name.upper()


def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Find what is set up wrongly: packages, settings, AWS, buckets, events, registry, model, index, service, key.

    Changes nothing. Every fault has a code and a fix, and none hides another. The exit code is that of the first.
    """
    reach = replace(outside(ctx), read=Settings.as_usable)
    findings: list[Finding] = []
    for found in examined(reach):
        findings.append(found)
        if not as_json:
            _print(found)
    faults = [finding for finding in findings if finding.outcome == "failed"]
    if as_json:
        print_json({"ok": not faults, "checks": [finding.model_dump(mode="json") for finding in findings]})
    else:
        told = f"{len(faults)} fault{'' if len(faults) == 1 else 's'} found." if faults else "No fault found."
        stdout().print(told)
    if faults:
        raise typer.Exit(faults[0].exit_code)


def examined(reach: Outside) -> Iterator[Finding]:
    """Yield a finding for every check; one whose condition has failed is skipped."""
    bad: set[str] = set()
    for check in CHECKS:
        missing = next((name for name in check.needs if name in bad), None)
        found = _skipped(check, f"not before {missing} is right") if missing else _tried(check, reach)
        if found.outcome == "failed" or missing:
            bad.add(check.name)
        yield found


def _tried(check: Check, reach: Outside) -> Finding:
    """Look in a thread that nobody waits for longer than PATIENCE."""
    found: list[Finding] = []
    thread = threading.Thread(target=lambda: found.append(_told(check, reach)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if not found:
        return _failed(check, fault(Fault.TIMED_OUT, f"It did not come to an end within {PATIENCE:g} s.", reach))
    return found[0]


def _told(check: Check, reach: Outside) -> Finding:
    try:
        return Finding(check=check.name, outcome="ok", finding=check.look(reach))
    except Found as found:
        return _failed(check, found)
    except Unseen as unseen:
        return _skipped(check, f"not looked at: {unseen}")
    except CredentialsRefused as error:
        return _failed(check, fault(Fault.CREDENTIALS_REFUSED, error, reach))
    except RagliteError as error:
        kind = check.silent if isinstance(error, TransientError) else check.wrong
        return _failed(check, Found(kind, str(error), _fix(kind, reach)))
    except Exception as error:  # noqa: BLE001  what nobody foresaw is a finding too, and the other checks go on
        return _failed(check, fault(Fault.UNFORESEEN, f"{type(error).__name__}: {error}", reach))


def _fix(kind: Fault, reach: Outside) -> str:
    """Return the fix of a fault that nobody has told more of."""
    return KINDS[kind].fix.format_map(_Blanks(settings=reach.settings))


def _skipped(check: Check, why: str) -> Finding:
    return Finding(check=check.name, outcome="skipped", finding=why)


def _failed(check: Check, found: Found) -> Finding:
    code = KINDS[found.fault].exit
    return Finding(
        check=check.name, outcome="failed", finding=str(found), code=found.fault, fix=found.fix, exit_code=code
    )


def _print(one: Finding) -> None:
    row = tabulated(*WIDTHS, whole=("outcome", "check"))
    row.show_header = False
    for column, width in zip(row.columns, WIDTHS.values(), strict=True):
        column.min_width = width
    finding = f"{one.code}: {one.finding}" if one.code else one.finding
    row.add_row(styled(one.outcome, STYLES[one.outcome]), one.check, plain(finding))
    stdout().print(row)
    if one.fix:  # in one piece, to be copied
        fix = styled(f"{'':{WIDTHS['outcome'] + 1}}fix: ", "bold").append(plain(one.fix), style="not bold")
        stdout().print(fix, soft_wrap=True)
