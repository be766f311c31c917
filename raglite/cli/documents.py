"""`raglite documents`: every version and where it stands, straight from the registry."""

from typing import Annotated

import typer

from raglite.cli.output import AsJson, complain, documents_json, documents_table, print_json, stdout
from raglite.cli.outside import outside
from raglite.retrieval import catalog

Everything = Annotated[bool, typer.Option("--all", help="Superseded and deleted versions too.")]


def documents(ctx: typer.Context, everything: Everything = False, as_json: AsJson = False) -> None:
    """List the documents: searchable, on their way, or quarantined and why. Needs AWS credentials, no API key."""
    listed = catalog.documents(outside(ctx).services.registry, everything=everything)
    if as_json:
        print_json(documents_json(listed))
    elif listed:
        stdout().print(documents_table(listed))
    else:
        complain("there are no documents yet; `raglite upload FILE --wait` brings one in.")
