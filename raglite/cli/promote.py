"""`raglite promote`: may this commit go to an environment? Judged anew from raw measurements."""

import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from raglite.cli.completion import environments
from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, print_json
from raglite.cli.terminal import complain, plain, stdout
from raglite.errors import ConfigurationError, InvalidRequest
from raglite.evaluation.baseline import read_baseline
from raglite.observability.slo import load
from raglite.release.allowances import read_allowances
from raglite.release.case import Bounds, Case
from raglite.release.checkout import look_at
from raglite.release.evidence import write
from raglite.release.policy import ENVIRONMENTS
from raglite.release.promote import Promotion, against, promotion, refusals
from raglite.release.reading import read_folder
from raglite.release.refusals import Refusal

To = Annotated[
    str,
    typer.Option("--to", help=f"The environment: {' or '.join(ENVIRONMENTS)}.", autocompletion=environments),
]
Evidence = Annotated[Path, typer.Option(help="The folder that `make evidence` wrote.")]
Root = Annotated[Path, typer.Option(help="The checked-out repository, whose rules count.")]
Capabilities = Annotated[
    Path | None, typer.Option(help="How far each AWS behaviour was real.", show_default="ROOT/local/capabilities.json")
]
Record = Annotated[Path | None, typer.Option(help="Write what was promoted here, if it was.", writable=True)]
Check = Annotated[
    Path | None, typer.Option(help="Only ask whether this record still lets the checked-out commit be deployed.")
]


def promote(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    to: To,
    evidence: Evidence = Path("build/evidence"),
    root: Root = Path(),
    capabilities: Capabilities = None,
    record: Record = None,
    check: Check = None,
    as_json: AsJson = False,
) -> None:
    """Decide from evidence whether the checked-out commit may go to an environment. Nothing is deployed."""
    if to not in ENVIRONMENTS:
        raise InvalidRequest(f"There is no promotion to {to!r}: say {' or '.join(ENVIRONMENTS)}.")
    if check:
        _tell(against(check, to, look_at(root), datetime.now(UTC)), None, as_json)
        return
    if record:
        record.unlink(missing_ok=True)  # an earlier decision must not outlive this one
    found, unread = read_folder(evidence)
    case = Case(
        evidence=found,
        checkout=look_at(root),
        policy=ENVIRONMENTS[to],
        allowances=read_allowances(root, capabilities),
        bounds=bounds_of(root),
        now=datetime.now(UTC),
    )
    reasons = (*unread, *refusals(case))
    promoted = None if reasons else promotion(case, to)
    if promoted and record:
        write(record, promoted)
    _tell(reasons, promoted, as_json)


def bounds_of(root: Path) -> Bounds:
    """Return what this tree holds measurements against; ConfigurationError if it does not say."""
    try:
        stated = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        floor = float(stated["tool"]["coverage"]["report"]["fail_under"])
        return Bounds(
            slo=load(root / "dashboards/slo.json"),
            baseline=read_baseline(root / "tests/data/baselines/generated.json"),
            coverage=floor,
        )
    except (OSError, KeyError, ValueError) as error:
        raise ConfigurationError(f"{root} does not state the bounds of a release ({error}): name --root.") from error


def _tell(reasons: tuple[Refusal, ...], promoted: Promotion | None, as_json: bool) -> None:
    if as_json:
        told = {
            "promoted": not reasons,
            "refusals": [asdict(reason) for reason in reasons],
            "promotion": promoted.model_dump(mode="json") if promoted else None,
        }
        print_json(told)
    for reason in () if as_json else reasons:
        complain(f"{reason.why.value}: {reason.sentence}")
    if promoted and not as_json:
        console = stdout()
        console.print(plain(f"promoted to {promoted.environment}: commit {promoted.git_sha}"))
        for name, digest in promoted.images.items():
            console.print(plain(f"  {name}@{digest}"))
        console.print(plain(f"  until {promoted.expires:%F %T%z}"))
    if reasons:
        raise typer.Exit(Exit.FOUND)
