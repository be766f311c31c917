"""`raglite feedback`: rate an answer, and report how much the service is used and how well it serves."""

from collections import Counter
from datetime import UTC, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from raglite.cli.audit import Since, moment
from raglite.cli.door import Group, Verb
from raglite.cli.output import AsJson, print_json, understood
from raglite.cli.outside import outside
from raglite.cli.terminal import at_most, complain, plain, stdout, tabulated
from raglite.observability.audit_trail import entries
from raglite.observability.feedback import Receipt
from raglite.observability.satisfaction import SATISFIED, Rated, Report, by_time, report

WEEKS = timedelta(weeks=4)
SHOWN = 20  # ratings on a terminal, newest first

TraceId = Annotated[str, typer.Argument(help="trace_id of the answer, which `raglite query --json` gives.")]
Rating = Annotated[int, typer.Argument(help="1: useless, to 10: exactly what was needed, rightly cited.")]
Comment = Annotated[str, typer.Option(help="What was good, wrong or missing.")]
Replaced = Annotated[
    bool | None, typer.Option("--replaced/--not-replaced", help="Whether it spared looking the answer up by hand.")
]
Nobody = Annotated[list[str], typer.Option("--without", help="A key's name whose questions are no user's. Repeatable.")]
WithComments = Annotated[bool, typer.Option("--comments", help="Show what users wrote; needs the right to.")]

feedback = typer.Typer(cls=Group, help="Rate answers, and report what users say of them.", no_args_is_help=True)


@feedback.command(cls=Verb)
def give(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    trace_id: TraceId,
    rating: Rating,
    comment: Comment = "",
    replaced: Replaced = None,
    as_json: AsJson = False,
) -> None:
    """Rate an answer at RAGLITE_API_URL with RAGLITE_API_KEY. A later rating of the same answer takes its place."""
    given = {"trace_id": trace_id, "rating": rating, "comment": comment, "replaced_manual_search": replaced}
    found = outside(ctx).service.fetch("POST", "/api/feedback", given)
    taken = understood(Receipt, found)
    if as_json:
        print_json(found)
    else:
        stdout().print(plain(taken.message))


@feedback.command(name="report", cls=Verb)
def show(
    ctx: typer.Context,
    since: Since = None,
    without: Nobody = ["canary"],  # noqa: B006  typer shows it as the default
    comments: WithComments = False,
    as_json: AsJson = False,
) -> None:
    """Report use and satisfaction from the audit log, of the last four weeks if no day is given.

    Needs AWS credentials that may read the audit log. Ratings of answers that nobody was given are told apart.
    """
    reach = outside(ctx)
    now = reach.services.clock.now()
    begin = moment(since) or now - WEEKS
    found = entries(reach.audit_trail, begin, None, texts=comments)
    made = report(found, begin, now, frozenset(without))
    if as_json:
        print_json(_json(made))
    else:
        _print(made)


def _json(made: Report) -> dict[str, Any]:
    return {
        "since": made.since.isoformat(),
        "until": made.until.isoformat(),
        "questions": made.questions,
        "questions_a_week": round(made.questions_a_week, 2),
        "users": made.users,
        "rated": len(made.rated),
        "satisfaction": made.satisfaction,
        "replaced": made.replaced,
        "ratings": [_rating_json(one) for one in by_time(made.rated)],
        "of_no_known_answer": [_rating_json(one) for one in by_time(made.unknown)],
    }


def _rating_json(one: Rated) -> dict[str, Any]:
    return {
        "time": one.time.isoformat(),
        "by": one.actor,
        "asked_by": one.asker,
        "trace_id": one.trace_id,
        "rating": one.rating,
        "replaced": one.replaced,
        "comment": one.comment,
    }


def _print(made: Report) -> None:
    span = f"{made.since:%Y-%m-%d} to {made.until:%Y-%m-%d}"
    say = stdout().print
    asked = f"{_counted(made.questions, 'question')} of {_counted(made.users, 'user')}"
    say(f"{span}: {asked}, {made.questions_a_week:.1f} a week.")
    if made.satisfaction is None:
        say("Nobody has rated an answer: `raglite feedback give TRACE_ID RATING`, or submit_feedback over MCP.")
    else:
        share = Counter(one.rating >= SATISFIED for one in made.rated)[True] / len(made.rated)
        say(
            f"{_counted(len(made.rated), 'rating')}, {made.satisfaction:.1f} of 10 in the mean; "
            f"{share:.0%} {SATISFIED} or better (the specification asks for a mean of {SATISFIED})."
        )
        say(_table(made))
    if made.replaced is not None:
        said = sum(one.replaced is not None for one in made.rated)
        say(f"Spared looking up by hand: {made.replaced:.0%} of {said} who said.")
    if made.unknown:
        which = "is" if len(made.unknown) == 1 else "are"
        complain(f"{_counted(len(made.unknown), 'rating')} {which} not counted: nobody was given such an answer then.")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _table(made: Report) -> Table:
    table = tabulated("when", "rating", "by", "answer", "comment", whole=("rating",))
    for one in at_most(by_time(made.rated), SHOWN):
        when = one.time.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(when, str(one.rating), plain(one.actor), one.trace_id, plain(one.comment or ""))
    return table
