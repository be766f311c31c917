"""`python -m tests.faults --seed N --runs M --jobs J`: play schedules and judge them; exit code 0 if all held.

The schedule of a seed is the same every time. What runs at the same time is not: two plays of one schedule may differ
in who is first.
"""

import argparse
import signal
import sys
import time
from dataclasses import fields

from local.twin.programs import missing
from tests.faults.tally import Tally, Verdict
from tests.faults.workers import unwind, verdicts


def main() -> int:
    """Return 0 if every schedule held."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--runs", type=int, default=1, help="how many seeds from there on")
    parser.add_argument("--jobs", type=int, default=1, help="how many schedules at a time")
    parser.add_argument("--story", action="store_true", help="tell every schedule, not only those that fail")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, unwind)
    absent = missing()
    if absent:
        print(absent)
        return 1
    begun, failed, total = time.monotonic(), [], Tally()
    for verdict in verdicts(range(chosen.seed, chosen.seed + chosen.runs), chosen.jobs):
        print(_line(verdict), flush=True)
        if chosen.story or verdict.violations:
            print(_story(verdict), flush=True)
        failed += [verdict.schedule.seed] if verdict.violations else []
        _add(total, verdict.tally)
    print(_totals(total, chosen.runs, time.monotonic() - begun))
    print(f"failed: {', '.join(map(str, sorted(failed)))}" if failed else "every invariant held in every run")
    return 1 if failed else 0


def _line(verdict: Verdict) -> str:
    tally = verdict.tally
    troubles = {
        "kills": tally.kills,
        "stops": tally.stops,
        "freezes": tally.freezes,
        "full disks": tally.full_disks,
        "poisonings": tally.poisoned,
        "outages": tally.outages + tally.index_kills,
        "refused starts": tally.refused_tasks,
        "lost events": tally.lost_events,
    }
    told = ", ".join(f"{number} {name}" for name, number in troubles.items() if number) or "no trouble"
    missed = "".join(f"; not reached: {crash}" for crash in tally.unreached)
    held = "ok" if not verdict.violations else f"VIOLATED: {', '.join(verdict.violations)}"
    steps = len(verdict.schedule.steps)
    return (
        f"seed {verdict.schedule.seed:4}  {steps:2} steps  {verdict.seconds:5.1f} s  {tally.tasks} tasks  "
        f"{told}{missed}  {held}"
    )


def _story(verdict: Verdict) -> str:
    lines = [str(verdict.schedule)]
    for invariant, faults in verdict.violations.items():
        lines += [f"  {invariant}:", *(f"    - {fault}" for fault in faults)]
    if verdict.violations:
        lines += [verdict.told, f"again: make faults SEED={verdict.schedule.seed} RUNS=1"]
    return "\n".join(lines)


def _add(total: Tally, tally: Tally) -> None:
    for one in fields(Tally):
        setattr(total, one.name, getattr(total, one.name) + getattr(tally, one.name))


def _totals(total: Tally, runs: int, seconds: float) -> str:
    return (
        f"{runs} schedules in {seconds:.0f} s: {total.tasks} tasks started, {total.refused_tasks} starts refused; "
        f"{total.kills} killed, {total.stops} told to stop, {total.freezes} frozen, {total.full_disks} on a full disk, "
        f"{total.poisoned} poisoned; {total.outages} outages of the network that some request met, "
        f"{total.index_kills} kills of Qdrant; {total.events} events handled, {total.lost_events} lost; "
        f"{total.looks} looks at the index; {len(total.unreached)} crash points that no task came to"
    )


if __name__ == "__main__":
    sys.exit(main())
