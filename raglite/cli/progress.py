"""How far a long work has come, on stderr and only where somebody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from raglite.cli.terminal import can_move, is_watched, moving, plain, stderr

PARTS = 10  # lines that tell of a work where no bar can be drawn, at most, unless something else changes
Show = Callable[[int, int, str], None]  # how many are done, of how many, and a remark


@contextmanager
def progress(what: str) -> Iterator[Show]:
    """Yield what shows how far the work is: a bar, or lines on a terminal that is to be left without escape codes."""
    if not is_watched():
        yield lambda _done, _of, _remark: None
    elif not can_move():
        yield _lines(what)
    else:
        with moving() as console, Progress(*_columns(what), console=console, transient=True) as bar:
            task = bar.add_task(what, visible=False, remark="")
            yield lambda done, of, remark: bar.update(
                task, completed=done, total=of, remark=remark, visible=True, refresh=True
            )


def _columns(what: str) -> tuple[TextColumn, BarColumn, MofNCompleteColumn, TimeElapsedColumn, TextColumn]:
    remark = TextColumn("{task.fields[remark]}", markup=False)
    return TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), remark


def _lines(what: str) -> Show:
    told: list[tuple[int, str]] = []

    def show(done: int, of: int, remark: str) -> None:
        state = (PARTS * done // of if of else 0, remark)
        if told[-1:] != [state]:
            told.append(state)
            stderr().print(plain(f"{what}: {done} of {of}{f', {remark}' if remark else ''}"))

    return show
