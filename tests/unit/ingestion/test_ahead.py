"""What is made one step ahead, how it ends, and where it runs."""

import threading
from collections.abc import Generator
from contextlib import closing
from contextvars import ContextVar

import pytest

from raglite.ingestion.ahead import ahead

WHOSE: ContextVar[str] = ContextVar("whose", default="nobody's")


def counting(upto: int, made: list[int], closed: threading.Event) -> Generator[int, None, None]:
    try:
        for number in range(upto):
            made.append(number)
            yield number
    finally:
        closed.set()


@pytest.mark.parametrize("many", [0, 1, 2, 7])
def test_everything_comes_in_its_order(many: int) -> None:
    closed = threading.Event()
    assert list(ahead(counting(many, [], closed))) == list(range(many))
    assert closed.is_set()


def test_the_next_is_made_while_one_is_worked_on_and_no_further_one() -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[str] = []

    def parts() -> Generator[str, None, None]:
        for name in ("first", "second", "third"):
            if name == "second":
                begun.set()
                assert go_on.wait(10)
            made.append(name)
            yield name

    with closing(ahead(parts())) as coming:
        assert next(coming) == "first"
        assert begun.wait(10), "the second is on its way while the first is worked on"
        go_on.set()
        assert next(coming) == "second"
        assert "third" not in made[:2]
    assert made in (["first", "second"], ["first", "second", "third"])


def test_what_fails_while_it_is_made_fails_where_it_is_worked_on() -> None:
    def parts() -> Generator[int, None, None]:
        yield 1
        raise KeyError("gone")

    worked_on = []
    with pytest.raises(KeyError, match="gone"):
        worked_on.extend(ahead(parts()))
    assert worked_on == [1]


def test_work_that_fails_ends_the_making_too() -> None:
    made: list[int] = []
    closed = threading.Event()
    with pytest.raises(OSError, match="full"), closing(ahead(counting(9, made, closed))) as parts:  # noqa: PT012  the body is what fails
        for _ in parts:
            raise OSError("full")
    assert closed.is_set()
    assert made == [0, 1]


def test_it_is_made_in_one_thread_of_its_own_in_the_callers_context() -> None:
    def parts() -> Generator[tuple[int, str], None, None]:
        for _ in range(3):
            yield threading.get_ident(), WHOSE.get()

    token = WHOSE.set("a.pdf's")
    try:
        found = set(ahead(parts()))
    finally:
        WHOSE.reset(token)
    ((thread, whose),) = found
    assert (thread != threading.get_ident(), whose) == (True, "a.pdf's")
