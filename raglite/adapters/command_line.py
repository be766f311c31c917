"""`raglite ...` in a process of its own, as a person at a terminal gives it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from raglite.ports.drills import Done

SAID = 4000  # characters of stderr that are kept
LOOK_EVERY = 0.02  # seconds, at whether it is to be killed


class CommandLine:
    """Commands, against the estate that `variables` (RAGLITE_*) lead to besides what the environment says."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = dict(variables)

    def run(
        self,
        words: Sequence[str],
        variables: Mapping[str, str] | None = None,
        kill_when: Callable[[], bool] | None = None,
    ) -> Done:
        """Run a command to its end, or kill it as soon as a condition holds."""
        began = time.monotonic()
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "raglite.cli", *words],
                env={**os.environ, **self._variables, **(variables or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            code = _ended(process, kill_when)
            out.seek(0), err.seek(0)
            return Done(code, _json(out.read()), err.read()[-SAID:], time.monotonic() - began)


def _ended(process: "subprocess.Popen[bytes]", kill_when: Callable[[], bool] | None) -> int:
    try:
        while kill_when is not None and process.poll() is None:
            if kill_when():
                process.kill()
            time.sleep(LOOK_EVERY)
        return process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
