"""Whose the processors were: everybody's seconds less our own."""

import subprocess
import sys

from tests.load.bench.others import QUIET_PERCENT, Others, Spent, share

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def test_their_share_is_what_neither_we_nor_our_children_took() -> None:
    before, after = Spent(100.0, 1000.0, 50.0), Spent(110.0, 1014.0, 58.0)
    assert share(before, after, processors=2) == 30.0


def test_rounding_leaves_them_nothing_and_never_less() -> None:
    assert share(Spent(0.0, 0.0, 0.0), Spent(10.0, 4.99, 5.0), processors=2) == 0.0


def test_what_a_process_of_ours_took_is_ours_while_it_runs_and_when_it_has_ended() -> None:
    before = Spent.now()
    with subprocess.Popen([sys.executable, "-c", f"{BURN}\nprint(flush=True)\ninput()"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # fmt: skip
        assert process.stdout
        process.stdout.readline()
        running = Spent.now()
        process.communicate("\n")
    ended = Spent.now()
    assert before.ours + 0.25 <= running.ours <= ended.ours  # the kernel counts in hundredths
    assert running.everybody >= before.everybody


def test_a_machine_is_quiet_up_to_a_bound() -> None:
    assert Others(QUIET_PERCENT).quiet
    assert not Others(QUIET_PERCENT + 0.1).quiet
    with Others().watched() as others:
        pass
    assert others.percent >= 0
