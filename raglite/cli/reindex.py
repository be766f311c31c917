"""`raglite reindex`: build another collection beside the live one and switch to it, back, or remove the old one."""

import uuid
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from raglite.cli.exits import Exit
from raglite.cli.operations import operator
from raglite.cli.output import AsJson, print_faults, print_json
from raglite.cli.outside import outside
from raglite.cli.progress import Show, progress
from raglite.cli.terminal import complain, plain, stderr, stdout
from raglite.errors import ConfigurationError, InvalidRequest
from raglite.evaluation.runs import Question, read_questions, some
from raglite.ingestion.chunking import CHUNKER_VERSION, HEADER_VERSION
from raglite.ingestion.reconciling import wake
from raglite.ingestion.reindex.mirror import Worker
from raglite.ingestion.reindex.switching import Reindexed, Reindexer
from raglite.model import EmbeddingSpec
from raglite.ports import Built, Phase, Services
from raglite.settings import Settings

SHOWN = 20  # faults on a terminal

ToSpec = Annotated[
    Path | None,
    typer.Option(help="The directory of the model to build with, spec.json in it; without it RAGLITE_MODEL_DIR."),
]
Golden = Annotated[
    Path | None,
    typer.Option(
        help="Questions (JSON lines, as for `raglite eval`) that must find their pages first; those that have none are "
        "not asked.",
        exists=True,
        dir_okay=False,
    ),
]
Prepare = Annotated[bool, typer.Option("--prepare", help="Build and verify; switch when it is run again without it.")]
Back = Annotated[bool, typer.Option("--back", help="Go back to the collection that was live before.")]
DropOld = Annotated[bool, typer.Option("--drop-old", help="Remove the collection that was live before.")]
Abandon = Annotated[bool, typer.Option("--abandon", help="Remove the collection that is being built.")]


def reindex(  # noqa: PLR0913, PLR0917  the parameters are the command line's options
    ctx: typer.Context,
    to_spec: ToSpec = None,
    golden: Golden = None,
    prepare: Prepare = False,
    back: Back = False,
    drop_old: DropOld = False,
    abandon: Abandon = False,
    as_json: AsJson = False,
) -> None:
    """Build the collection of this release's embedding spec beside the live one, and make it the live one.

    From the parsed documents: nothing is parsed, nothing uploaded is read. Run it again if it was interrupted.
    """
    if sum((prepare, back, drop_old, abandon)) > 1:
        raise InvalidRequest("Choose one of --prepare, --back, --drop-old and --abandon.")
    reach = outside(ctx)
    questions = _with_pages(golden) if golden else []
    settings = reach.settings if to_spec is None else reach.settings.model_copy(update={"model_dir": to_spec})
    services = reach.services if to_spec is None else reach.connect(settings)
    if drop_old or abandon:
        with progress("documents") as show:
            dropped = _reindexer(services, settings, show).drop(Phase.KEPT if drop_old else Phase.BUILDING)
        _show_dropped(dropped, as_json)
        return
    with progress("documents") as show:
        if not back:
            _refuse_foreign(services.embedder.spec)
        worker = _reindexer(services, settings, show)
        done = worker.back(questions) if back else worker.forward(questions, switching=not prepare)
        asleep = wake(services) if done.switched and services.registry.waiting(1) else None
    _show(done, questions, as_json)
    if asleep:
        complain(asleep)
    if done.faults:
        raise typer.Exit(Exit.NOT_RIGHT)


def _reindexer(services: Services, settings: Settings, show: Show) -> Reindexer:
    owner = f"reindex-{uuid.uuid4().hex[:12]}"
    worker = Worker(owner, settings.lease_seconds, settings.publish_seconds, operator())
    return Reindexer(
        services,
        worker,
        told=lambda sentence: stderr().print(plain(sentence)),
        progress=lambda done, of: show(done, of, ""),
    )


def _with_pages(golden: Path) -> list[Question]:
    """Read the questions that have pages to find; InvalidRequest, before anything is built, if they cannot be asked."""
    questions = [one for one in read_questions(golden) if one.gold]
    if not questions:
        raise InvalidRequest(f"{golden} has no question that names its pages, so it would show nothing.")
    if silent := [one.id for one in questions if not one.question.strip()]:
        raise InvalidRequest(f"{golden} has no words for {some(silent)}: give them a `question`.")
    return questions


def _refuse_foreign(spec: EmbeddingSpec) -> None:
    """The chunks are cut and headed by this code: a spec that says otherwise would lie."""
    ours = {"chunker_version": CHUNKER_VERSION, "header_version": HEADER_VERSION}
    wrong = [f"{name} {getattr(spec, name)}" for name, number in ours.items() if getattr(spec, name) != number]
    if wrong:
        has = " and ".join(f"{name} {number}" for name, number in ours.items())
        raise ConfigurationError(f"The spec speaks of {' and '.join(wrong)}; this release has {has}: run `make setup`.")


def _show(done: Reindexed, questions: list[Question], as_json: bool) -> None:
    if as_json:
        print_json(_json(done))
        return
    say = partial(stdout().print, soft_wrap=True)
    seen = done.verified
    if seen:
        say(
            f"{seen.keys:,} documents, {seen.editions:,} editions, {seen.points:,} points; visible: "
            f"{seen.visible_before:,} before, {seen.visible_after:,} after. {done.embedded:,} vectors computed."
        )
        say(f"Passages found by their own vectors: {seen.probes} asked. Golden questions: {seen.golden} asked.")
        if questions and not seen.golden:
            complain("the golden questions were not asked: this process has another model than that collection.")
    print_faults(done.faults, SHOWN)
    for sentence in _next(done):
        say(sentence)


def _next(done: Reindexed) -> list[str]:
    """Return what has come of it and what to do next."""
    if done.faults:
        return ["Nothing was switched. Mend the faults and run it again, or give it up by `raglite reindex --abandon`."]
    if not done.switched:
        return [f"{done.after.name} is whole and verified. `raglite reindex` catches up with what comes, and switches."]
    if done.verified is None:
        return [f"{done.after.name} is the live collection already."]
    told = [f"{done.after.name} is the live collection since commit {done.commit}; {done.before.name} is kept."]
    if done.before.spec.space != done.after.spec.space:
        told.append("Now deploy the service that has its model: until then, tasks of the other answer from the other.")
    told.append("Deploy the ingest task of its release: others leave what is uploaded waiting.")
    return [*told, "`raglite reindex --back` goes back; `raglite reindex --drop-old` removes what was kept."]


def _json(done: Reindexed) -> dict[str, Any]:
    return {
        "before": _named(done.before),
        "after": _named(done.after),
        "switched": done.switched,
        "commit": done.commit,
        "embedded": done.embedded,
        "verified": asdict(done.verified) if done.verified else None,
        "faults": list(done.faults),
        "next": _next(done),
    }


def _named(built: Built) -> dict[str, str]:
    return {"name": built.name, "spec": built.spec.digest}


def _show_dropped(dropped: Built, as_json: bool) -> None:
    if as_json:
        print_json({"dropped": _named(dropped)})
    else:
        stdout().print(f"{dropped.name} is removed.")
