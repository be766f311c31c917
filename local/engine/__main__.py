"""Serve Docker's API on a unix socket until told to stop; `DOCKER_HOST=unix://SOCKET` leads a client here."""

import argparse
import fcntl
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from local.engine.app import create_app
from local.engine.containers import Containers
from local.engine.credentials import Credentials
from local.engine.definitions import Definitions
from local.engine.environment import Host

UNAVAILABLE = 75  # EX_TEMPFAIL: another engine is there already
LAST_ANSWERS = 1  # seconds for open requests: most of them only wait for a container


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m local.engine", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where to listen; only its owner may connect")
    parser.add_argument("--scratch", type=Path, required=True, help="one home per container; for this engine alone")
    parser.add_argument("--logs", type=Path, required=True, help="one file per container")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="where the code lies (default: here)")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="every image's interpreter")
    parser.add_argument("--endpoint", help="the emulator, asked for task definitions and roles")
    for name, what in (("--set", "wins over a container's own variable"), ("--default", "fills a gap")):
        parser.add_argument(name, action="append", default=[], type=variable, metavar="NAME=VALUE", help=what)
    return parser.parse_args()


def variable(text: str) -> tuple[str, str]:
    """Return the name and value of a NAME=VALUE."""
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def listen(path: Path) -> socket.socket:
    """Return a listening socket that only its owner can reach."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(128)
    return listener


def _claimed(scratch: Path) -> int | None:
    """Lock the scratch directory for as long as this process lives; None if another engine did."""
    descriptor = os.open(scratch, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def main() -> int:
    """Return an exit code."""
    chosen = arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for directory in (chosen.scratch, chosen.logs, chosen.socket.parent):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _claimed(chosen.scratch) is None:
        sys.stderr.write(f"Another engine uses {chosen.scratch}: stop it first.\n")
        return UNAVAILABLE
    scratch, root = chosen.scratch.resolve(), chosen.root.resolve()
    host = Host(chosen.python, root, scratch, chosen.logs.resolve(), dict(chosen.set), dict(chosen.default))
    credentials = Credentials(chosen.endpoint) if chosen.endpoint else None
    app = create_app(Containers(host, Definitions(chosen.endpoint), credentials))
    config = uvicorn.Config(
        app, loop="asyncio", log_level="warning", access_log=False, timeout_graceful_shutdown=LAST_ANSWERS
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # uvicorn raises it once more when all is shut down
    try:
        uvicorn.Server(config).run(sockets=[listen(chosen.socket)])
    finally:
        chosen.socket.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
