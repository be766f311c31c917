"""`raglite audit`: whether the audit log is as it was written, and what it says."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from raglite.cli.door import Group, Verb
from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import outside
from raglite.cli.terminal import complain, plain, stdout, styled, tabulated
from raglite.errors import InvalidRequest
from raglite.observability.audit_trail import Checked, Entry, check, entries
from raglite.observability.audit_verification import Verdict

NOTHING = "There are no records."
Since = Annotated[str | None, typer.Option(help="Only what may have records since then: 2026-03-31, or with a time.")]
OneChain = Annotated[str | None, typer.Option("--chain", help="Only this chain: what one process wrote.")]
WithTexts = Annotated[bool, typer.Option("--texts", help="Show what was asked and answered; needs the right to.")]

audit = typer.Typer(
    cls=Group, help="Check the audit log, or read in it. Needs AWS credentials that may.", no_args_is_help=True
)


@audit.command(cls=Verb)
def verify(ctx: typer.Context, since: Since = None, chain: OneChain = None, as_json: AsJson = False) -> None:
    """Check every chain of records against its own hashes and against its anchors; the first bad record is named."""
    reach = outside(ctx)
    checked = check(reach.audit_trail, reach.services.clock.now(), moment(since), chain)
    if chain is not None and not checked.verdicts:
        raise InvalidRequest(f"There is nothing of a chain {chain!r}: `raglite audit verify` lists those there are.")
    if as_json:
        verdicts = [_verdict_json(verdict) for verdict in checked.verdicts]
        print_json({"intact": checked.intact, "chains": verdicts, "no_anchors": list(checked.no_anchors)})
    else:
        _print_checked(checked)
    if not checked.intact:
        raise typer.Exit(Exit.FOUND)


@audit.command(cls=Verb)
def show(
    ctx: typer.Context,
    since: Since = None,
    chain: OneChain = None,
    texts: WithTexts = False,
    as_json: AsJson = False,
) -> None:
    """List who asked or changed what, oldest first. Lines that are no records are left out: `verify` names them."""
    found = entries(outside(ctx).audit_trail, moment(since), chain, texts=texts)
    if as_json:
        print_json({"records": [_entry_json(one) for one in found]})
    else:
        stdout().print(_table(found) if found else NOTHING)


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "chain": verdict.head.chain,
        "records": verdict.records,
        "head": {"number": verdict.head.number, "hash": verdict.head.hash},
        "anchored": verdict.anchored,
        "repeated": verdict.repeated,
        "intact": verdict.intact,
        "fault": verdict.fault,
    }


def _print_checked(checked: Checked) -> None:
    for one in checked.verdicts:
        anchored = f"anchored up to {one.anchored}" if one.anchored else "not anchored"
        head = f"{one.head.chain}: {one.records} records, {anchored}, head {one.head.hash[:12]}: "
        verdict = styled("intact", "green") if one.fault is None else styled(f"BAD. {one.fault}", "red")
        stdout().print(plain(head), verdict, sep="", soft_wrap=True)
    for key in checked.no_anchors:
        complain(f"{key} lies where anchors are kept and is none: somebody else may put objects there.")
    if not checked.verdicts:
        stdout().print(NOTHING)


def _entry_json(entry: Entry) -> dict[str, Any]:
    told = {name: {"text": one.text, "genuine": one.genuine} for name, one in entry.texts.items()}
    return {**entry.record.written, "hash": entry.record.head.hash, "told": told}


def _table(found: list[Entry]) -> Table:
    table = tabulated("when", "who", "did", "what")
    for entry in found:
        written = entry.record.written
        said = (f"{name} {_said(value)}" for name, value in written["fields"].items() if value not in (None, []))
        table.add_row(written["time"], plain(written["actor"]), plain(written["action"]), plain(", ".join(said)))
        for name, told in entry.texts.items():
            mark = styled(name, "dim") if told.genuine else styled(f"{name} (NOT what was recorded)", "red")
            table.add_row("", "", mark, plain(told.text))
    return table


def _said(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def moment(since: str | None) -> datetime | None:
    """Return what --since means; InvalidRequest if it is no day or time."""
    if since is None:
        return None
    try:
        found = datetime.fromisoformat(since)
    except ValueError as error:
        raise InvalidRequest(
            f"--since takes a date such as 2026-03-31, or 2026-03-31T17:30:00+02:00, not {since!r}."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
