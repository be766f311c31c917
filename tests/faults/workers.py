"""Plays schedules in processes of their own, each on its own ground."""

import multiprocessing
import queue
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from raglite.bootstrap import bootstrap
from tests.faults.ground import Ground, Names
from tests.faults.play import Play
from tests.faults.rebuild import CarefulParser
from tests.faults.schedule import schedule
from tests.faults.tally import Verdict


def verdicts(seeds: Sequence[int], jobs: int) -> Iterator[Verdict]:
    """Yield a verdict for every seed, in the order they are reached, `jobs` at a time."""
    context = multiprocessing.get_context("spawn")  # a fork would share the clients' connections
    todo, done = context.Queue(), context.Queue()
    workers = [context.Process(target=_work, args=(todo, done)) for _ in range(min(jobs, len(seeds)))]
    for entry in [*seeds, *[None] * len(workers)]:
        todo.put(entry)
    for worker in workers:
        worker.start()
    try:
        for _ in seeds:
            yield _next(done, workers)
    except BaseException:
        for worker in workers:
            worker.terminate()  # each ends what it has started
        raise
    finally:
        for worker in workers:
            worker.join()


def _next(done: Any, workers: Sequence[Any]) -> Verdict:
    while True:
        try:
            found: Verdict = done.get(timeout=1)
        except queue.Empty:
            if any(worker.exitcode for worker in workers):
                raise SystemExit("A worker ended early: its traceback stands above.") from None
            continue
        return found


def unwind(_signal: int, _frame: Any) -> None:
    """End by an exception, so that everything that was started is ended."""
    sys.exit(128 + signal.SIGTERM)


def _work(todo: Any, done: Any) -> None:
    signal.signal(signal.SIGTERM, unwind)
    with tempfile.TemporaryDirectory(prefix="raglite-faults-") as home, Ground(Path(home) / "ground") as ground:
        ground.use_here()
        services = bootstrap(ground.settings(Names.of("unused")))
        parts = {"parser": CarefulParser(services.parser), "embedder": services.embedder}
        while (seed := todo.get()) is not None:
            done.put(Play(ground, schedule(seed), Path(home) / f"seed-{seed}", parts).run())
