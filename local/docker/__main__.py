"""Serve Docker's API on a unix socket, in front of a real Docker Engine, until told to stop."""

import argparse
import logging
import signal
import sys
from pathlib import Path

import uvicorn

from local.docker.app import create_app
from local.docker.containers import Containers, Host
from local.engine.__main__ import LAST_ANSWERS, listen, variable


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m local.docker", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where to listen; only its owner may connect")
    parser.add_argument("--daemon", type=Path, required=True, help="the Docker Engine's own socket")
    parser.add_argument("--home", required=True, help="labels everything of this twin on the engine")
    parser.add_argument("--logs", type=Path, required=True, help="one file per container")
    parser.add_argument("--endpoint", required=True, help="the emulator, asked for task definitions and roles")
    parser.add_argument(
        "--set", action="append", default=[], type=variable, metavar="NAME=VALUE", help="wins over a container's own"
    )
    return parser.parse_args()


def main() -> int:
    """Return an exit code."""
    chosen = arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    for directory in (chosen.logs, chosen.socket.parent):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = create_app(
        Containers(Host(chosen.home, chosen.daemon, chosen.endpoint, chosen.logs.resolve(), dict(chosen.set)))
    )
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
