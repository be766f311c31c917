"""Python programs forked from a process that has imported already what they import.

That is most of what a start costs. What is forked is a process like any other: with memory, connections, signals, a
group and an end of its own.
"""

import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Nothing here opens a connection, reads a model or starts a thread when it is imported: neither survives a fork.
IMPORTED = [
    "boto3.dynamodb.transform",
    "botocore.httpsession",
    "qdrant_client.qdrant_remote",
    "raglite.adapters.audit_log",
    "raglite.adapters.docling_parser",
    "raglite.adapters.dynamodb_registry",
    "raglite.adapters.eventbridge_tasks",
    "raglite.adapters.onnx_embedder",
    "raglite.adapters.qdrant_index",
    "raglite.adapters.s3_documents",
    "raglite.adapters.xray_telemetry",
    "raglite.ingestion.pipeline",
    "tests.faults.task",
]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(IMPORTED)


class Forked:
    """A program that runs: `python -m MODULE ARGUMENTS`, whose `main` takes them, or `python -c SCRIPT`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        assert command[0] == "python", command
        self._process = _FORKS.Process(target=_become, args=(tuple(command[1:]), dict(environment), log))
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id, and its group's."""
        return int(self._process.pid or 0)

    @property
    def returncode(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """Kill it, with what it has started."""
        with suppress(ProcessLookupError):  # it has ended
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:  # it has no group yet, and so has started nothing
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait until it ends, at most so long."""
        self._process.join(seconds)
        return self.returncode


def _become(command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    os.setpgid(0, 0)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    with log.open("wb") as said:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(said.fileno(), stream.fileno())
    flag, program, *arguments = command
    if flag == "-m":
        sys.exit(importlib.import_module(program).main(arguments))
    exec(program, {"__name__": "__main__"})  # noqa: S102  a test's own script
