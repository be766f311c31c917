"""`raglite figure`: ask the running service for one figure, and print it with the cells that prove it."""

from typing import Annotated

import typer

from raglite.cli.completion import companies, periods
from raglite.cli.exits import Exit
from raglite.cli.output import AsJson, AsOf, print_figures, print_json, print_notes, read_at, understood
from raglite.cli.outside import outside
from raglite.cli.terminal import stdout, styled
from raglite.model import FigureAnswer

Company = Annotated[
    str, typer.Argument(help="The company, as the documents or people write it.", autocompletion=companies)
]
Metric = Annotated[str, typer.Argument(help="A line of a statement or a ratio, such as 'capex' or 'quick ratio'.")]
Period = Annotated[
    str,
    typer.Argument(help="FY2022, Q2 FY2023, 2023-01-28 ...; the newest year if left out.", autocompletion=periods),
]


def figure(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    company: Company,
    metric: Metric,
    period: Period = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a figure at RAGLITE_API_URL with RAGLITE_API_KEY, and print it with its proof."""
    asked = {"company": company, "metric": metric, "period": period, "as_of": as_of}
    found = outside(ctx).service.fetch("POST", "/api/figure", asked)
    answer = understood(FigureAnswer, found)
    if as_json:
        print_json(found)
    else:
        print_notes(answer, stdout())
        print_figures(answer.figures, answer.withheld, stdout())
        if answer.as_of:
            stdout().print(styled(read_at(answer), "dim"))
    raise typer.Exit(Exit.DONE if answer.figures else Exit.FOUND)
