"""`raglite drill`: break the estate on purpose, mend it, and prove that all is as before."""

import uuid
from datetime import datetime
from typing import Annotated, Any

import typer

from raglite.cli.completion import drills, sabotages
from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, print_json
from raglite.cli.outside import Outside, outside
from raglite.cli.terminal import complain, plain, stderr, stdout, styled, tabulated
from raglite.errors import InvalidRequest
from raglite.ports.drills import Estate, Names
from raglite.recovery.drills.engine import Drill
from raglite.recovery.drills.ground import Ground
from raglite.recovery.drills.report import Report
from raglite.recovery.drills.sabotages import SABOTAGES
from raglite.recovery.drills.scenario import Sabotage, Scenario
from raglite.recovery.drills.scenarios import SCENARIOS
from raglite.recovery.drills.telling import Limits
from raglite.release.policy import RPO_SECONDS, RTO_SECONDS

NEVER_HERE = "production"

Name = Annotated[str | None, typer.Argument(help="The scenario; without one they are listed.", autocompletion=drills)]
ToSabotage = Annotated[
    str | None,
    typer.Option(
        "--sabotage",
        help="Spoil it on purpose: the drill must turn red. Listed likewise.",
        autocompletion=sabotages,
    ),
]
Rto = Annotated[float, typer.Option(min=0, help="Seconds that an outage may last at most.")]
Rpo = Annotated[float, typer.Option(min=0, help="Seconds of writes that may be lost at most.")]


def drill(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    name: Name = None,
    sabotage: ToSabotage = None,
    rto: Rto = RTO_SECONDS,
    rpo: Rpo = RPO_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Play a disaster on this estate while questions are asked and documents written, and judge the way back.

    Refused unless RAGLITE_ENVIRONMENT says that this is not production.
    """
    if name is None:
        _list(as_json)
        return
    scenario, spoiled = _chosen(name, sabotage)
    reach = outside(ctx)
    if "environment" not in reach.settings.model_fields_set:
        raise InvalidRequest("Say by RAGLITE_ENVIRONMENT which environment this is: a drill destroys what it finds.")
    if reach.settings.environment == NEVER_HERE:
        raise InvalidRequest("This is production: drills are for estates that nobody depends on.")
    report = Drill(_ground(reach), scenario, Limits(rto, rpo, reach.settings.revision), spoiled).run()
    if as_json:
        print_json(report.as_json())
    else:
        _print(report)
    for fault in report.faults:
        complain(fault)
    if not report.green:
        raise typer.Exit(Exit.NOT_RIGHT)


def _chosen(name: str, sabotage: str | None) -> tuple[Scenario, Sabotage | None]:
    if name not in SCENARIOS:
        raise InvalidRequest(f"There is no drill {name!r}: {', '.join(SCENARIOS)}.")
    if sabotage is None:
        return SCENARIOS[name], None
    if sabotage not in SABOTAGES or SABOTAGES[sabotage].scenario != name:
        fitting = [one.name for one in _spoiling(name)]
        raise InvalidRequest(f"The drill {name} has no sabotage {sabotage!r}: {', '.join(fitting) or 'it has none'}.")
    return SCENARIOS[name], SABOTAGES[sabotage]


def _ground(reach: Outside) -> Ground:
    """Stand where the estate is by what is declared; an earlier drill may have moved it."""

    def connect(names: Names | None) -> Estate:
        return reach.drill_by(reach.settings, names)

    run = f"{datetime.now().astimezone():%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"
    estate = connect(None)
    declared = estate.levers.infrastructure
    if declared is not None:
        outputs = declared.outputs()
        estate = connect(Names(**{name: str(outputs[name]) for name in Names.__dataclass_fields__}))
    return Ground(connect, estate, run, tell=lambda sentence: stderr().print(plain(f"- {sentence}")))


def _list(as_json: bool) -> None:
    if as_json:
        print_json({"drills": [_listed_json(one) for one in SCENARIOS.values()]})
        return
    table = tabulated("drill", "sabotage", "what happens", whole=("drill", "sabotage"))
    for one in SCENARIOS.values():
        table.add_row(one.name, "", one.sentence)
        for other in _spoiling(one.name):
            table.add_row("", other.name, other.sentence)
    stdout().print(table)


def _listed_json(one: Scenario) -> dict[str, Any]:
    sabotages = [{"name": other.name, "sentence": other.sentence} for other in _spoiling(one.name)]
    return {"name": one.name, "sentence": one.sentence, "sabotages": sabotages}


def _spoiling(scenario: str) -> list[Sabotage]:
    return [one for one in SABOTAGES.values() if one.scenario == scenario]


def _print(report: Report) -> None:
    say = stdout().print
    verdict = styled("GREEN", "bold green") if report.green else styled("RED", "bold red")
    say(plain(f"{report.name}{f' ({report.sabotage})' if report.sabotage else ''}: "), verdict, sep="")
    rto = "not over" if report.rto_seconds is None else f"{report.rto_seconds:g} s"
    say(
        f"RTO {rto}, RPO {report.rpo_seconds:g} s. "
        f"{report.right} answers right, {report.refused} refused, {report.wrong} wrong."
    )
    for one in report.assertions:
        mark = "skipped" if one.skipped else "ok" if one.holds else "BROKEN"
        say(plain(f"  {mark:8}{one.name}{f' ({one.skipped})' if one.skipped else ''}"), soft_wrap=True)
    phases = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report.phases.items())
    say(styled(phases, "dim"), soft_wrap=True)
    for rate in report.rates:
        hours = rate.extrapolated_hours
        more = "" if hours is None else f"; EXTRAPOLATED, 100 GB would take {hours:.1f} h"
        say(f"{rate.what}: {rate.bytes:,} bytes, {rate.points} points in {rate.seconds:.1f} s{more}", soft_wrap=True)
