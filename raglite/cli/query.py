"""`raglite query`: ask the running service, and print passages with their citations."""

from typing import Annotated

import typer
from rich.console import Console

from raglite.cli.completion import companies, forms, years
from raglite.cli.output import AsJson, AsOf, print_figures, print_json, print_notes, read_at, understood
from raglite.cli.outside import outside
from raglite.cli.terminal import plain, stdout, styled
from raglite.model import Answer, SearchResult

NOTHING = "No passage was found. Ask without filters, or name company and fiscal year as the documents do."

Question = Annotated[str, typer.Argument(help="The question, in quotes: company, fiscal period and figure or topic.")]
TopK = Annotated[int, typer.Option("--top-k", "-k", help="How many passages, best first, at most one per page.")]
Company = Annotated[
    list[str] | None,
    typer.Option(help="Only this company's documents; may be repeated.", autocompletion=companies),
]
Form = Annotated[
    list[str] | None,
    typer.Option(help="Only this form, such as 10-K; may be repeated.", autocompletion=forms),
]
Year = Annotated[list[int] | None, typer.Option(help="Only this fiscal year; may be repeated.", autocompletion=years)]


def query(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    question: Question,
    top_k: TopK = 5,
    company: Company = None,
    form: Form = None,
    year: Year = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Ask a question at RAGLITE_API_URL with RAGLITE_API_KEY, and print the figures and passages that answer it."""
    filters = {"companies": company or [], "forms": form or [], "fiscal_years": year or []}
    asked = {"query": question, "top_k": top_k, "filters": filters, "as_of": as_of}
    answer = outside(ctx).service.ask(asked)
    if as_json:
        print_json(answer)
    else:
        _print(understood(Answer, answer), stdout())


def _print(answer: Answer, console: Console) -> None:
    print_notes(answer, console)
    print_figures(answer.figures, answer.withheld, console)
    if answer.figures or answer.withheld:
        console.print()
    if answer.abstained and answer.results:
        console.print(styled(f"The documents seem not to answer this. {answer.abstained_because}", "bold yellow"))
        console.print()
    for place, result in enumerate(answer.results, 1):
        _print_passage(place, result, console)
    if not answer.results:
        console.print(plain((answer.as_of and answer.abstained_because) or NOTHING))
    console.print(styled(f"{answer.took_ms:.0f} ms at {read_at(answer)}", "dim"))


def _print_passage(place: int, result: SearchResult, console: Console) -> None:
    console.print(styled(f"[{place}] {result.citation.label}", "bold"))
    console.print(styled(f"    {result.document.key}  {result.citation.uri}", "dim"), soft_wrap=True)
    for line in result.excerpt.splitlines():
        console.print(f"    {plain(line)}", soft_wrap=True)
    console.print()
