"""The command line's verbs."""

import typer

from raglite.cli.alarms import alarms
from raglite.cli.audit import audit
from raglite.cli.backup import backup
from raglite.cli.doctor import doctor
from raglite.cli.documents import documents
from raglite.cli.door import Door, Verb
from raglite.cli.drill import drill
from raglite.cli.eval import evaluate
from raglite.cli.feedback import feedback
from raglite.cli.figure import figure
from raglite.cli.promote import promote
from raglite.cli.query import query
from raglite.cli.reconcile import reconcile
from raglite.cli.reindex import reindex
from raglite.cli.replay import replay
from raglite.cli.restore import restore
from raglite.cli.slo import slo
from raglite.cli.trace import trace
from raglite.cli.upload import upload
from raglite.cli.validate import validate

app = typer.Typer(
    cls=Door,
    help="Ask financial documents questions, and get passages with their pages cited.",
    epilog="Reaches AWS by its standard environment variables and everything else by RAGLITE_*; `raglite doctor` "
    "checks them. What a code says of one verb stands in its own --help.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables, keys among them
    rich_markup_mode=None,
)
for verb in (
    upload, query, figure, documents, replay, reconcile, reindex, doctor, slo, trace, promote, restore, drill, validate,
):  # fmt: skip
    app.command(cls=Verb)(verb)
app.command("eval", cls=Verb)(evaluate)
app.add_typer(alarms, name="alarms")
app.add_typer(audit, name="audit")
app.add_typer(backup, name="backup")
app.add_typer(feedback, name="feedback")
