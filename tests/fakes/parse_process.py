"""What a parsing process may do besides parsing: crash, hang, allocate, look around. The document says which."""

import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from raglite.adapters.parse_child import RESULT, Outcome, Task, Terms, leave, work
from raglite.adapters.parse_limits import ParseLimits, hold_to
from raglite.model import Page, ParsedDocument

STRAY = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"


def behave(behaviour: str, task: Task, limits: ParseLimits) -> None:
    match behaviour:
        case "crash":
            ctypes.string_at(0)
        case "hang":
            time.sleep(600)
        case "spin":
            while True:
                pass
        case "allocate":
            sys.stderr.write(f"{len(bytearray(limits.memory_bytes))}")
        case "chatter":
            leave(_document("x" * 2 * limits.result_bytes))
            sys.exit()
        case "disk full":
            RESULT.with_suffix(".unfinished").symlink_to("/dev/full")
            sys.exit(work(task, limits))
        case "stray in another session":
            _stray(task, start_new_session=True, env={"TMPDIR": os.environ["TMPDIR"]}, cwd="/")
        case "stray without environment":
            _stray(task, start_new_session=True, env={})


def _document(text: str) -> Outcome:
    pages = (Page(number=1, text=text),)
    return Outcome(
        document=ParsedDocument(media_type="a/b", parser="p", parser_version="1", pages=pages, pages_total=1)
    )


def _stray(task: Task, **options: object) -> None:
    started = task.path.with_suffix(".stray")
    subprocess.Popen([sys.executable, "-c", STRAY, str(started)], **options)  # type: ignore[call-overload]  any of its options
    while not started.exists() or not started.read_text():
        time.sleep(0.01)


def start() -> None:
    terms = Terms.model_validate_json(sys.argv[1])
    hold_to(terms.limits, terms.parent)
    task = Task.model_validate_json(sys.stdin.readline())
    seen = {"pid": os.getpid(), "cwd": str(Path.cwd()), "environment": dict(os.environ)}
    task.path.with_suffix(".seen").write_text(json.dumps(seen))
    behave(task.path.read_text(), task, terms.limits)
    sys.exit("the process cannot work")


if __name__ == "__main__":
    start()
